"""What happens to a destination referral less often is recorded as the catalogue of events says."""

from tests.cast import Caller
from tests.referrals.driver import Desk, Json, part_of, said

OFFER = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}


def happened(caller: Caller, part: Json) -> list[tuple[str, Json]]:
    """Return the events about a destination referral and its stay in a feed, with their data."""
    entries = said(caller.get("/v1/events", limit=500))["events"]
    return [(entry["event"], entry["data"]) for entry in entries if entry["subject"]["id"] == part["id"]]


def test_a_destination_puts_off_its_decision_twice(desk: Desk) -> None:
    part = part_of(desk.submit(), "crs", "accommodation")
    said(desk.cast.crs.get(f"{part['href']}/document"))
    desk.move(desk.cast.crs, part, "waitlist", reason="No room yet.", expected_by="2026-03-20")
    desk.move(desk.cast.crs, part, "defer", reason="Not before spring.", not_before="2026-04-01")
    for caller in (desk.cast.crs, desk.cast.probation):
        assert happened(caller, part)[-2:] == [
            ("destination_referral.waitlisted", {"expected_by": "2026-03-20"}),
            ("destination_referral.deferred", {"not_before": "2026-04-01"}),
        ]


def test_a_message_is_known_to_both_sides_by_its_id_alone(desk: Desk) -> None:
    part = part_of(desk.submit(), "crs", "accommodation")
    sent = said(desk.cast.crs.post(f"{part['href']}/messages", json={"body": "When may we ring?"}), 201)
    for caller in (desk.cast.crs, desk.cast.probation):
        told = ("destination_referral.message_sent", {"message_id": sent["id"], "from": "destination"})
        assert happened(caller, part)[-1] == told


def test_a_stay_that_comes_to_nothing(desk: Desk) -> None:
    stay = part_of(desk.submit(), "approved_premises")
    desk.accept(desk.cast.ap, stay)
    desk.place(desk.cast.ap, stay, "offer", **OFFER)
    desk.place(desk.cast.ap, stay, "cancel", reason="The room was flooded.")
    desk.place(desk.cast.ap, stay, "offer", **OFFER)
    desk.place(desk.officer, stay, "confirm")
    desk.place(desk.cast.ap, stay, "record_non_arrival", reason="Did not come.")
    for caller in (desk.cast.ap, desk.cast.probation):
        assert happened(caller, stay)[-5:] == [
            ("placement.offered", OFFER),
            ("placement.cancelled", {}),
            ("placement.offered", OFFER),
            ("placement.confirmed", {}),
            ("placement.not_arrived", {}),
        ]
