"""What happens to a destination referral less often is recorded as the catalogue of events says."""

from tests.cast import Caller
from tests.referrals.driver import Driver, Json, part_of, said

OFFER = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}


def happened(caller: Caller, part: Json) -> list[tuple[str, Json]]:
    """Return the events about a destination referral and its stay in a feed, with their data."""
    entries = said(caller.get("/v1/events", limit=500))["items"]
    return [(entry["event"], entry["data"]) for entry in entries if entry["subject"]["id"] == part["id"]]


def test_a_destination_puts_off_its_decision_twice(driver: Driver) -> None:
    part = part_of(driver.submit(), "crs", "accommodation")
    said(driver.cast.crs.get(f"{part['href']}/document"))
    driver.move(driver.cast.crs, part, "waitlist", reason="No room yet.", expected_by="2026-03-20")
    driver.move(driver.cast.crs, part, "defer", reason="Not before spring.", not_before="2026-04-01")
    for caller in (driver.cast.crs, driver.cast.probation):
        assert happened(caller, part)[-2:] == [
            ("destination_referral.waitlisted", {"expected_by": "2026-03-20"}),
            ("destination_referral.deferred", {"not_before": "2026-04-01"}),
        ]


def test_a_message_is_known_to_both_sides_by_its_id_alone(driver: Driver) -> None:
    part = part_of(driver.submit(), "crs", "accommodation")
    sent = said(driver.cast.crs.post(f"{part['href']}/messages", json={"body": "When may we ring?"}), 201)
    for caller in (driver.cast.crs, driver.cast.probation):
        told = ("destination_referral.message_sent", {"message_id": sent["id"], "from": "destination"})
        assert happened(caller, part)[-1] == told


def test_a_stay_that_comes_to_nothing(driver: Driver) -> None:
    stay = part_of(driver.submit(), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    driver.place(driver.cast.ap, stay, "offer", **OFFER)
    driver.place(driver.cast.ap, stay, "cancel", reason="The room was flooded.")
    driver.place(driver.cast.ap, stay, "offer", **OFFER)
    driver.place(driver.officer, stay, "confirm")
    driver.place(driver.cast.ap, stay, "record_non_arrival", reason="Did not come.")
    for caller in (driver.cast.ap, driver.cast.probation):
        assert happened(caller, stay)[-5:] == [
            ("placement.offered", OFFER),
            ("placement.cancelled", {}),
            ("placement.offered", OFFER),
            ("placement.confirmed", {}),
            ("placement.not_arrived", {}),
        ]
