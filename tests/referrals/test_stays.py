"""A stay is offered, taken up and left; nobody leaves for an address while somebody must still answer."""

from typing import Any

import pytest
from sqlalchemy import text

from service import db
from tests.referrals.driver import Desk, Json, part_of, said
from tests.referrals.samples import darren_and_toby

ADDRESS = {
    "lines": ["7 Cobden Terrace", "Leeds"],
    "postcode": "LS12 2BN",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}


def without_mappa() -> Json:
    document = darren_and_toby()
    document["destinations"] = [e for e in document["destinations"] if e["kind"] != "mappa"]
    return document


def settle_in(desk: Desk, document: Json | None = None) -> tuple[Json, Json]:
    """Bring somebody into approved premises; return the referral and its part."""
    referral = desk.submit(document)
    stay = part_of(referral, "approved_premises")
    desk.accept(desk.cast.ap, stay)
    desk.place(desk.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16")
    desk.place(desk.officer, stay, "confirm")
    desk.clock.set("2026-03-24T15:00:00Z")
    desk.place(desk.cast.ap, stay, "record_arrival", arrived_on="2026-03-24")
    return referral, stay


def leave(desk: Desk, stay: Json, **more: Any) -> Any:
    return desk.try_to_place(
        desk.cast.ap, stay, "record_departure", departed_on="2026-03-24", reason="Moved on.", **more
    )


def have_police_answer(desk: Desk) -> None:
    """Have the police return, for every request they were sent, that they searched and hold nothing."""
    found: Json = {
        sort: [] for sort in ("incidents", "convictions", "call_outs", "intelligence", "orders", "protective")
    }
    body: Json = {
        "complete": True,
        "nothing_found": True,
        "valid_as_at": "2026-03-24",
        "searched": {"from": "2010-01-01", "until": "2026-03-24", "sources": ["Own records"]},
        "findings": found,
    }
    for request in said(desk.cast.police.get("/v1/check-requests", limit=100))["check_requests"]:
        said(desk.cast.police.post(f"/v1/check-requests/{request['id']}/results", json=body), 201)


def test_a_stay_has_a_beginning_and_an_end_that_is_watched(desk: Desk) -> None:
    _, stay = settle_in(desk, without_mappa())
    shown = said(desk.officer.get(f"{stay['href']}/placement"))
    assert (shown["state"], shown["arrived_on"], shown["ends_on"]) == ("arrived", "2026-03-24", "2026-06-16")
    with db.transaction("owner") as session:
        clocks = session.execute(
            text("SELECT state FROM clock WHERE subject_kind = 'placement' AND timer = 'placement_end'")
        ).all()
    assert [row.state for row in clocks] == ["running"]
    said(leave(desk, stay, departed_to="custody"))
    with db.transaction("owner") as session:
        assert session.scalar(text("SELECT state FROM clock WHERE timer = 'placement_end'")) == "stopped"


def test_only_the_side_that_may_moves_a_stay(desk: Desk) -> None:
    referral = desk.submit(without_mappa())
    stay = part_of(referral, "approved_premises")
    early = desk.try_to_place(
        desk.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16"
    )
    assert said(early, 409)["allowed"] == []
    desk.accept(desk.cast.ap, stay)
    assert said(desk.try_to_place(desk.officer, stay, "confirm"), 409)["state"] == "not_offered"
    assert desk.cast.crs.get(f"{part_of(referral, 'crs')['href']}/placement").status_code == 404


def test_nothing_ends_a_stay_but_its_departure_and_nothing_else_is_said_to(desk: Desk) -> None:
    _, stay = settle_in(desk, without_mappa())
    assert desk.look(desk.cast.ap, stay)["allowed_transitions"] == ["start", "put_on_hold"]
    refused = said(desk.try_to_move(desk.cast.ap, stay, "end_early", reason_code="other"), 409)
    assert refused["allowed"] == ["put_on_hold", "start"]
    said(leave(desk, stay, departed_to="custody"))
    assert "end_early" in desk.look(desk.cast.ap, stay)["allowed_transitions"]


def test_a_withdrawal_that_is_asked_for_during_a_stay_is_confirmed_after_the_departure(desk: Desk) -> None:
    _, stay = settle_in(desk, without_mappa())
    desk.move(desk.officer, stay, "request_withdrawal", reason="A flat was found.")
    assert desk.look(desk.cast.ap, stay)["allowed_transitions"] == []
    said(leave(desk, stay, departed_to="other_placement"))
    assert desk.move(desk.cast.ap, stay, "confirm_withdrawal")["state"] == "withdrawn"


def test_days_must_be_possible(desk: Desk) -> None:
    stay = part_of(desk.submit(without_mappa()), "approved_premises")
    desk.accept(desk.cast.ap, stay)
    backwards = desk.try_to_place(
        desk.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-03-01"
    )
    assert said(backwards, 422)["errors"][0]["pointer"] == "/expected_departure"
    desk.place(desk.cast.ap, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16")
    desk.place(desk.officer, stay, "confirm")
    early = desk.try_to_place(desk.cast.ap, stay, "record_arrival", arrived_on="2026-03-24")
    assert said(early, 422)["errors"][0]["pointer"] == "/arrived_on"


def test_nobody_leaves_for_an_address_that_nobody_was_asked_about(desk: Desk) -> None:
    _, stay = settle_in(desk, without_mappa())
    assert said(leave(desk, stay), 409)["outstanding"] == [{"code": "probation_agreement"}]


def test_nobody_leaves_while_a_check_of_the_address_is_open(desk: Desk) -> None:
    _, stay = settle_in(desk, without_mappa())
    proposed = desk.place(desk.officer, stay, "propose_move_on", address=ADDRESS)
    assert proposed["move_on"]["postcode"] == "LS12 2BN"
    refused = said(leave(desk, stay), 409)
    assert {one["code"] for one in refused["outstanding"]} == {"check_request"}
    assert {one["kind"] for one in refused["outstanding"]} == {"police_da"}
    open_ones = {one["id"] for one in refused["outstanding"]}
    asked = said(desk.cast.police.get("/v1/check-requests", limit=100))["check_requests"]
    assert open_ones & {request["id"] for request in asked}

    have_police_answer(desk)
    assert said(leave(desk, stay))["state"] == "departed"


def test_mappa_must_agree_and_the_premises_never_learn_that_it_exists(desk: Desk) -> None:
    referral, stay = settle_in(desk)
    mappa = part_of(referral, "mappa")
    desk.accept(desk.cast.mappa, mappa)
    desk.place(desk.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(desk)

    refused = leave(desk, stay)
    assert said(refused, 409)["outstanding"] == [{"code": "probation_agreement"}]
    assert "mappa" not in refused.text.lower()
    assert "mappa" not in desk.cast.ap.get(f"{stay['href']}/placement").text.lower()
    outstanding = said(desk.officer.get(f"{stay['href']}/placement"))["outstanding"]
    assert [(one["code"], one["kind"]) for one in outstanding] == [("agreement", "mappa")]
    assert outstanding[0]["destination_referral_id"] == mappa["id"]

    (asked,) = desk.look(desk.cast.mappa, mappa)["agreements_to_give"]
    assert (asked["postcode"], asked["agreed"]) == ("LS12 2BN", None)
    agree = {"address_id": asked["address_id"], "decided_on": "2026-03-24"}
    desk.report(desk.cast.mappa, mappa, "move_on_agreement", agreed=False, reason="Too near.", **agree)
    assert leave(desk, stay).status_code == 409
    desk.report(desk.cast.mappa, mappa, "move_on_agreement", agreed=True, **agree)
    assert said(leave(desk, stay))["state"] == "departed"


def test_only_a_head_of_unit_opens_the_gate_and_that_is_an_override(desk: Desk) -> None:
    _, stay = settle_in(desk)
    desk.place(desk.officer, stay, "propose_move_on", address=ADDRESS)
    refused = desk.try_to_place(desk.officer, stay, "override_gate", reason="He must leave today.")
    assert refused.status_code == 403
    desk.place(desk.pdu_head, stay, "override_gate", reason="Threats from another resident.")
    with db.transaction("owner") as session:
        (body,) = session.scalars(text("SELECT body FROM audit_entry WHERE verb = 'override'")).all()
    assert "h.grant" in body
    assert "Threats" not in body
    assert "Threats" not in desk.cast.ap.get(f"{stay['href']}/placement").text
    assert said(leave(desk, stay))["state"] == "departed"


def test_an_override_is_for_one_address(desk: Desk) -> None:
    _, stay = settle_in(desk)
    desk.place(desk.officer, stay, "propose_move_on", address=ADDRESS)
    desk.place(desk.pdu_head, stay, "override_gate", reason="Threats from another resident.")
    desk.place(desk.officer, stay, "propose_move_on", address={**ADDRESS, "lines": ["9 Cobden Terrace"]})
    assert leave(desk, stay).status_code == 409


def test_a_referral_does_not_end_while_somebody_still_stays_there(desk: Desk) -> None:
    _, stay = settle_in(desk, without_mappa())
    refused = desk.try_to_move(desk.cast.ap, stay, "complete", outcome_code="planned_move_on")
    assert said(refused, 409)["state"] == "accepted"
    said(leave(desk, stay, departed_to="custody"))
    desk.move(desk.cast.ap, stay, "end_early", reason_code="recalled")


@pytest.mark.parametrize("nights_over", [0, 3])
def test_nights_beyond_the_most_are_an_overstay_with_a_reason(desk: Desk, nights_over: int) -> None:
    document = darren_and_toby()
    document["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-24"
    stay = part_of(desk.submit(document), "cas3")
    desk.accept(desk.cast.cas3, stay)
    long = desk.try_to_place(
        desk.cast.cas3, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-17"
    )
    assert said(long, 422)["errors"][0]["pointer"] == "/expected_departure"
    desk.place(desk.cast.cas3, stay, "offer", expected_arrival="2026-03-24", expected_departure="2026-06-16")
    desk.place(desk.officer, stay, "confirm")
    desk.clock.set("2026-03-24T15:00:00Z")
    desk.place(desk.cast.cas3, stay, "record_arrival", arrived_on="2026-03-24")
    extended = desk.place(
        desk.cast.cas3,
        stay,
        "extend",
        expected_departure=f"2026-06-{16 + nights_over}",
        reason="The tenancy begins on the Friday.",
    )
    assert extended["details"]["overstay_nights"] == nights_over
