"""Somebody has left and nobody had agreed to it: the fact is recorded, and probation alarmed at any hour."""

from typing import Any

import pytest

from service import db
from service.access.actor import Actor
from service.organisations.writes.staff import set_role_holder
from service.timers.delivery import deliver
from service.timers.sweep import sweep
from tests.cast import Caller
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import ADDRESS, have_police_answer, leave, settle_in, without_mappa
from tests.rows import person_at

ALARM = "SELECT state, stop_reason FROM clock WHERE subject_kind = 'placement' AND timer = 'danger'"


def alarms() -> list[str]:
    return [row["state"] for row in as_owner(ALARM)]


def on_call(driver: Driver, who: str) -> None:
    with db.transaction("owner") as session:
        whose = driver.cast.probation.organisation_id
        set_role_holder(session, Actor.for_service("registration"), whose, "on_call_manager", who)


def until(driver: Driver, moment: str) -> None:
    driver.clock.set(moment)
    while sweep(driver.clock.at).firings:
        pass
    deliver(driver.clock.at)


def urgencies(driver: Driver) -> set[str]:
    asked = said(driver.cast.police.get("/v1/check-requests", limit=100))["items"]
    return {one["urgency"] for one in asked}


def told(caller: Caller, name: str) -> list[Json]:
    return [one for one in said(caller.get("/v1/events", limit=500))["items"] if one["event"] == name]


def test_a_departure_against_the_gate_is_recorded_and_three_people_are_alarmed_at_night(
    driver: Driver,
) -> None:
    on_call(driver, "n.ight")
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    driver.clock.set("2026-03-24T23:30:00Z")
    refused = said(leave(driver, stay), 409)
    assert "without_agreement" in refused["detail"]
    assert urgencies(driver) == {"routine"}

    left = said(leave(driver, stay, without_agreement=True))
    assert left["state"] == "departed"
    assert urgencies(driver) == {"urgent"}, "each force has one request, of which the address is a part"
    (news,) = told(driver.officer, "placement.departed_without_agreement")
    assert news["data"] == {"outstanding": ["check_request", "probation_agreement"]}
    assert news["subject"]["href"] == f"{stay['href']}/placement"

    until(driver, "2026-03-24T23:31:00Z")
    notified = {
        (one["role"], one["holder"])
        for one in as_owner(
            "SELECT i.role, i.holder FROM notice_item i JOIN clock c ON c.id = i.clock_id"
            " WHERE c.timer = 'danger' AND i.notice_id IS NOT NULL"
        )
    }
    assert notified == {("practitioner", "p.shah"), ("on_call_manager", "n.ight"), ("pdu_head", "h.grant")}


def test_the_alarm_goes_on_until_a_person_has_confirmed_it(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="whereabouts_unknown"))
    driver.move(driver.cast.ap, stay, "end_early", reason_code="absconded")
    until(driver, "2026-03-25T03:02:00Z")
    mine = said(driver.pdu_head.get("/v1/escalations", mine="yes", open="yes"))["items"]
    (found,) = [one for one in mine if one["timer"] == "danger"]
    assert found["about"] == (
        "The person left the placement before everybody had agreed, "
        "and probation must act now and confirm that it has."
    )
    assert "confirm" in found["allowed_transitions"]
    done = {"done": "He is at his sister's; the police have seen him."}
    said(driver.pdu_head.post(f"/v1/escalations/{found['id']}/confirmation", json=done))
    assert as_owner(ALARM)[0] == {"state": "stopped", "stop_reason": "confirmed"}


def test_the_colleague_to_whom_an_alarm_is_handed_over_confirms_it(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="whereabouts_unknown"))
    until(driver, "2026-03-24T15:02:00Z")
    mine = said(driver.pdu_head.get("/v1/escalations", mine="yes", open="yes"))["items"]
    (found,) = [one for one in mine if one["timer"] == "danger"]
    path, colleague = f"/v1/escalations/{found['id']}", driver.cast.probation.as_practitioner("a.boyle")
    done = {"done": "I have spoken to him; he is safe."}
    assert colleague.post(f"{path}/confirmation", json=done).status_code == 403
    said(driver.pdu_head.post(f"{path}/handover", json={"to": "a.boyle", "reason": "She knows him."}))
    said(colleague.post(f"{path}/confirmation", json=done))
    assert alarms() == ["stopped"]


@pytest.mark.parametrize(
    ("departed_to", "alarmed"),
    [
        ("other_placement", True),
        ("whereabouts_unknown", True),
        ("custody", False),
        ("hospital", False),
        ("died", False),
    ],
)
def test_it_is_an_alarm_where_somebody_should_have_agreed(
    driver: Driver, departed_to: str, alarmed: bool
) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    said(leave(driver, stay, departed_to=departed_to))
    assert alarms() == (["running"] if alarmed else [])
    assert ("urgent" in urgencies(driver)) == alarmed
    assert len(told(driver.officer, "placement.departed_without_agreement")) == alarmed


def test_what_was_agreed_beforehand_is_no_alarm(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    said(leave(driver, stay))
    assert alarms() == []


def test_who_comes_to_live_there_after_the_agreement_is_probations_alarm_and_not_the_premises_gate(
    driver: Driver,
) -> None:
    _, stay = settle_in(driver, without_mappa())
    proposed = driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    theirs = said(driver.cast.ap.get(f"{stay['href']}/placement"))
    known = said(driver.officer.get(f"{stay['href']}/placement"))
    assert known["outstanding"] == []

    contacts = f"{person_at('X320741')}/contacts"
    somebody = {"ref": "new", "relationship": "partner", "given_name": "Ada", "family_name": "Quist"}
    somebody |= {"date_of_birth": "1990-02-11", "details_status": "provided"}
    began = {
        "kind": "new_relationship", "occurred_on": "2026-03-24", "source": "person", "standing": "alleged",
        "contacts": [somebody],
    }  # fmt: skip
    said(driver.officer.post(f"{person_at('X320741')}/changes-of-circumstance", json=began), 201)
    hers = next(one for one in said(driver.officer.get(contacts))["items"] if one["ref"] == "new")
    there = {"lives_at": proposed["move_on"]["address_id"]}
    said(driver.officer.patch(f"{contacts}/{hers['id']}", json=there, if_match=hers["etag"]))

    # Probation sees that it is asked again; the premises would learn of her from that alone.
    known = said(driver.officer.get(f"{stay['href']}/placement"))
    assert {one["code"] for one in known["outstanding"]} == {"check_request"}
    assert said(driver.cast.ap.get(f"{stay['href']}/placement")) == theirs
    assert alarms() == []
    left = said(leave(driver, stay))
    assert left["state"] == "departed"
    (news,) = told(driver.officer, "placement.departed_without_agreement")
    assert news["data"] == {"outstanding": ["check_request"]}
    assert told(driver.cast.ap, "placement.departed_without_agreement") == []
    assert (alarms(), "urgent" in urgencies(driver)) == (["running"], True)


def test_premises_may_say_that_nobody_agreed_also_where_nothing_is_outstanding(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    said(leave(driver, stay, without_agreement=True))
    assert alarms() == ["running"]


def test_a_team_without_a_gate_records_it_and_the_alarm_is_the_same(driver: Driver) -> None:
    document = darren_and_toby()
    document["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-24"
    stay = part_of(driver.submit(document), "cas3")
    driver.accept(driver.cast.cas3, stay)
    nights = {"expected_arrival": "2026-03-24", "expected_departure": "2026-05-01"}
    driver.place(driver.cast.cas3, stay, "offer", **nights)
    driver.place(driver.officer, stay, "confirm")
    driver.clock.set("2026-03-24T15:00:00Z")
    driver.place(driver.cast.cas3, stay, "record_arrival", arrived_on="2026-03-24")
    driver.place(driver.cast.cas3, stay, "record_departure", departed_on="2026-03-24", reason="He is gone.")
    assert alarms() == ["running"]


@pytest.mark.parametrize("departed_to", ["custody", "hospital", "died"])
def test_nobody_agrees_to_what_happens_to_somebody(driver: Driver, departed_to: str) -> None:
    _, stay = settle_in(driver, without_mappa())
    refused = said(leave(driver, stay, departed_to=departed_to, without_agreement=True), 422)
    assert [one["pointer"] for one in refused["errors"]] == ["/without_agreement"]


def test_a_second_departure_does_not_end_the_alarm_of_the_first(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="whereabouts_unknown"))
    nights = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **nights)
    driver.place(driver.officer, stay, "confirm")
    driver.place(driver.cast.ap, stay, "record_arrival", arrived_on="2026-03-24")
    said(leave(driver, stay, departed_to="whereabouts_unknown"))
    assert alarms() == ["running"]


def read_by_others(driver: Driver, stay: Json, **departure: Any) -> list[Any]:
    """Record a departure; return what the premises, a provider and the force read because of it."""
    callers = (driver.cast.ap, driver.cast.crs, driver.cast.police)
    before = [len(said(one.get("/v1/events", limit=500))["items"]) for one in callers]
    was = driver.look(driver.cast.ap, stay)["version"]
    answer = said(leave(driver, stay, **departure))
    read: list[Any] = [
        {name: answer[name] for name in ("state", "details", "outstanding", "allowed_actions")},
        answer["moves"][-1]["detail"],
        driver.look(driver.cast.ap, stay)["version"] - was,
        driver.look(driver.cast.ap, stay)["allowed_transitions"],
    ]
    until(driver, "2026-03-24T15:05:00Z")
    for number, caller in zip(before, callers, strict=True):
        news = said(caller.get("/v1/events", limit=500))["items"][number:]
        read.append([(one["event"], one["data"]) for one in news if one["event"] != "escalation.notified"])
        late = said(caller.get("/v1/escalations"))["items"]
        read.append([one["timer"] for one in late if one["timer"] == "danger"])
    return read


def test_whoever_may_not_know_why_it_is_an_alarm_reads_the_same(driver: Driver) -> None:
    referral, first = settle_in(driver)
    driver.accept(driver.cast.mappa, part_of(referral, "mappa"))
    other = without_mappa()
    other["submission_reference"], other["person"]["crn"] = "another-one", "X777777"
    second = part_of(driver.submit(other), "approved_premises")
    driver.accept(driver.cast.ap, second)
    nights = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, second, "offer", **nights)
    driver.place(driver.officer, second, "confirm")
    driver.place(driver.cast.ap, second, "record_arrival", arrived_on="2026-03-24")
    for stay in (first, second):
        driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    driver.place(driver.officer, second, "agree_move_on")
    assert driver.try_to_place(driver.officer, first, "agree_move_on").status_code == 409

    without = read_by_others(driver, second, departed_to="other_placement")
    assert alarms() == []
    assert read_by_others(driver, first, departed_to="other_placement") == without
    assert alarms() == ["running"], "MAPPA had not agreed"
