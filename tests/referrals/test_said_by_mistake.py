"""A decline, or that the work has ended, that was said by mistake: the referral goes on where it was."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cast import Caller
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import asking, darren_and_toby, toby, urgent_from_court
from tests.referrals.stays import leave, settle_in, without_mappa
from tests.rows import person_at

pytestmark = pytest.mark.long

CORRECTED = "destination_referral.corrected"
OF_TOBY = "X320744"


def told(caller: Caller, name: str) -> list[Json]:
    return [one for one in said(caller.get("/v1/events", limit=500))["items"] if one["event"] == name]


def at_work(driver: Driver) -> tuple[Json, Json]:
    """Return a referral and its provider's part, of which the work has started."""
    referral = driver.submit(toby())
    part = part_of(referral, "crs")
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "start")
    return referral, part


def received(driver: Driver) -> tuple[Json, Json]:
    referral = driver.submit(toby())
    part = part_of(referral, "crs")
    said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
    return referral, part


def running(part: Json) -> list[str]:
    rows = as_owner(
        "SELECT timer FROM clock WHERE subject_kind IN ('destination_referral', 'emergency')"
        f" AND state = 'running' AND subject_id = '{part['id']}'"
    )
    return sorted(row["timer"] for row in rows)


def anchor(part: Json, timer: str) -> datetime:
    """Return from when the clock of a part that runs is counted."""
    rows = as_owner(
        "SELECT max(anchor) AS anchor FROM clock WHERE subject_kind = 'destination_referral'"
        f" AND state = 'running' AND timer = '{timer}' AND subject_id = '{part['id']}'"
    )
    found: datetime = rows[0]["anchor"]
    return found


def reviews(driver: Driver, kind: str = "report_corrected", crn: str = OF_TOBY) -> list[Json]:
    found = said(driver.officer.get(f"{person_at(crn)}/changes-of-circumstance", limit=100))["items"]
    return [one for change in found if change["kind"] == kind for one in change["reviews"]]


ENDS: list[tuple[str, Json]] = [
    ("complete", {"outcome_code": "achieved"}),
    ("end_early", {"reason_code": "MOV"}),
]


@pytest.mark.parametrize(("action", "code"), ENDS)
def test_work_that_was_ended_by_mistake_goes_on_and_news_of_it_is_owed_from_now(
    driver: Driver, action: str, code: Json
) -> None:
    _, part = at_work(driver)
    driver.move(driver.cast.crs, part, action, **code)
    assert running(part) == []
    driver.clock.move(timedelta(days=2))
    seen = driver.correct_move(driver.cast.crs, part, action, withdrawn=True, reason="Another man.")
    assert seen["state"] == "in_progress"
    assert "complete" in seen["allowed_transitions"]
    assert running(part) == ["update"]
    assert anchor(part, "update") == driver.clock.at
    for reader in (driver.officer, driver.cast.crs):
        *_, old, new = driver.look(reader, part)["moves"]
        assert (old["action"], old["corrected_by"], old["detail"]) == (action, new["id"], code)
        assert (new["from_state"], new["to_state"]) == (old["to_state"], "in_progress")
        assert new["correction"] == {"corrects": old["id"], "withdrawn": True, "reason": "Another man."}
        (news,) = told(reader, CORRECTED)
        assert news["data"] == {
            "move_id": new["id"], "corrects": old["id"], "action": action, "withdrawn": True,
        }  # fmt: skip
    assert told(driver.cast.police, CORRECTED) == []
    (review,) = reviews(driver)
    assert (review["owner"], review["state"]) == ("practitioner", "open")


@pytest.mark.parametrize("settled", [True, False])
def test_a_decline_of_somebody_else_is_withdrawn_and_an_answer_is_owed_again(
    driver: Driver, settled: bool
) -> None:
    _, part = received(driver)
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    if settled:
        driver.move(driver.officer, part, "settle_decline", decision="close", reason="It is not needed.")
    driver.clock.move(timedelta(days=1))
    seen = driver.correct_move(driver.cast.crs, part, "decline", withdrawn=True)
    assert (seen["state"], running(part)) == ("received", ["answer"])
    assert anchor(part, "answer") == driver.clock.at
    assert driver.look(driver.officer, part)["decline_settled"] is None
    assert len(reviews(driver)) == 1, "probation may have looked elsewhere"
    driver.accept(driver.cast.crs, part)


def test_who_was_accepted_by_mistake_is_answered_again(driver: Driver) -> None:
    _, part = received(driver)
    driver.accept(driver.cast.crs, part)
    assert running(part) == ["update"]
    driver.clock.move(timedelta(days=1))
    seen = driver.correct_move(driver.cast.crs, part, "accept", withdrawn=True, reason="Another man.")
    assert (seen["state"], running(part)) == ("received", ["answer"])
    assert anchor(part, "answer") == driver.clock.at
    assert driver.look(driver.officer, part)["next_update_due"] is not None
    for reader in (driver.officer, driver.cast.crs):
        (news,) = told(reader, CORRECTED)
        assert (news["data"]["action"], news["data"]["withdrawn"]) == ("accept", True)
    (review,) = reviews(driver)
    assert (review["owner"], review["state"]) == ("practitioner", "open")
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")


def test_who_was_accepted_by_mistake_after_a_challenge_is_decided_about_again(driver: Driver) -> None:
    _, part = received(driver)
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    driver.move(driver.officer, part, "challenge", reason="There is room in May.")
    driver.accept(driver.cast.crs, part)
    seen = driver.correct_move(driver.cast.crs, part, "accept", withdrawn=True)
    assert (seen["state"], running(part)) == ("challenged", ["answer"])
    driver.move(driver.cast.crs, part, "uphold", reason="Still no room.")


def test_a_bed_that_was_given_by_mistake_is_searched_for_again(driver: Driver) -> None:
    part = part_of(driver.submit(urgent_from_court()), "approved_premises")
    assert "danger" in running(part)
    driver.accept(driver.cast.ap, part)
    assert "danger" not in running(part)
    driver.correct_move(driver.cast.ap, part, "accept", withdrawn=True)
    assert {"answer", "danger"} <= set(running(part))


def test_nobody_is_accepted_no_more_to_whom_a_bed_is_offered(driver: Driver) -> None:
    part = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, part)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, part, "offer", **days)
    refused = said(driver.try_to_correct_move(driver.cast.ap, part, "accept", withdrawn=True), 409)
    assert refused["state"] == "offered"
    said(driver.try_to_place(driver.cast.ap, part, "cancel", reason="Another man."))
    assert driver.correct_move(driver.cast.ap, part, "accept", withdrawn=True)["state"] == "received"
    assert "answer" in running(part)


@pytest.mark.parametrize(("known", "owed"), [(True, ["answer"]), (False, [])])
def test_who_was_accepted_by_mistake_is_so_no_more_after_a_recall_either(
    driver: Driver, known: bool, owed: list[str]
) -> None:
    referral = driver.submit(asking(darren_and_toby(), lambda asked: asked["kind"] == "crs"))
    part = part_of(referral, "crs")
    said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
    driver.accept(driver.cast.crs, part)
    recalled = {
        "kind": "recalled",
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    if known:
        recalled["release_date"] = (driver.clock.at + timedelta(days=40)).date().isoformat()
    person = f"/v1/people/{referral['person']['id']}"
    said(driver.officer.post(f"{person}/changes-of-circumstance", json=recalled), 201)
    assert driver.look(driver.officer, part)["state"] == "on_hold"
    seen = driver.correct_move(driver.cast.crs, part, "accept", withdrawn=True)
    assert (seen["state"], running(part)) == ("received", owed)


def test_whoever_has_accepted_nobody_any_more_is_not_asked_whether_they_can_go_on(driver: Driver) -> None:
    document = toby()
    referral = driver.submit(document)
    part = part_of(referral, "crs")
    driver.accept(driver.cast.crs, part)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    driver.amend(referral, document)
    path = f"{part['href']}/acknowledgements"
    asked = said(driver.cast.crs.post(path, json={"version": 2}), 422)
    assert [one["pointer"] for one in asked["errors"]] == ["/can_continue"]
    driver.correct_move(driver.cast.crs, part, "accept", withdrawn=True)
    shown = said(driver.cast.crs.post(path, json={"version": 2}))
    assert (shown["acknowledged_version"], shown["notices"][0]["can_continue"]) == (2, None)


def test_an_answer_waits_for_what_the_destination_had_asked_before_it_declined(driver: Driver) -> None:
    _, part = received(driver)
    driver.move(driver.cast.crs, part, "request_information", question="Which landlord?")
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    seen = driver.correct_move(driver.cast.crs, part, "decline", withdrawn=True)
    assert [(one["timer"], one["state"]) for one in seen["deadlines"]] == [("answer", "paused")]
    driver.move(driver.officer, part, "answer_information", answer="The one at Bond Court.")


def test_a_decline_that_was_upheld_by_mistake_is_decided_again(driver: Driver) -> None:
    _, part = received(driver)
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    driver.move(driver.officer, part, "challenge", reason="He needs it.")
    driver.move(driver.cast.crs, part, "uphold", reason="Still no room.")
    gone_on = said(driver.try_to_correct_move(driver.cast.crs, part, "decline", withdrawn=True), 409)
    assert gone_on["state"] == "declined"
    seen = driver.correct_move(driver.cast.crs, part, "uphold", withdrawn=True)
    assert (seen["state"], running(part)) == ("challenged", ["answer"])
    driver.accept(driver.cast.crs, part)


def test_another_reason_of_a_decline_is_put_right_and_the_referral_can_be_sent_again(driver: Driver) -> None:
    referral, part = received(driver)
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    document = driver.document(referral)
    document["needs"]["rehabilitative_summary"] = "He slept in a car for six weeks."
    driver.amend(referral, document)
    assert "send_again" not in driver.look(driver.officer, part)["allowed_transitions"]
    same = driver.try_to_correct_move(driver.cast.crs, part, "decline", said={"reason_code": "no_capacity"})
    assert [one["pointer"] for one in said(same, 422)["errors"]] == ["/said"]
    right = {"reason_code": "need_not_evidenced", "reason": "Say what he needs."}
    seen = driver.correct_move(driver.cast.crs, part, "decline", said=right)
    assert (seen["state"], seen["moves"][-1]["detail"]) == ("declined", right)
    (news,) = told(driver.officer, CORRECTED)
    assert (news["data"]["withdrawn"], news["data"]["reason_code"]) == (False, "need_not_evidenced")
    assert reviews(driver) == [], "nobody has decided anything about it yet"
    driver.move(driver.officer, part, "send_again", reason="It says so now.")


def test_another_reason_of_a_decline_that_was_settled_is_decided_again(driver: Driver) -> None:
    referral, part = received(driver)
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    driver.move(driver.officer, part, "settle_decline", decision="close", reason="It is not needed.")
    right = {"reason_code": "no_capacity", "reason": "There is no room before May."}
    driver.correct_move(driver.cast.crs, part, "decline", said=right)
    assert reviews(driver) == [], "for the same reason, in other words"
    driver.correct_move(driver.cast.crs, part, "decline", said={"reason_code": "need_not_evidenced"})
    found = said(driver.officer.get(referral["href"]))
    assert "declined" in found["overall"]["needs_attention"]


def test_an_outcome_is_put_right_and_the_work_stays_ended(driver: Driver) -> None:
    _, part = at_work(driver)
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    wrong = driver.try_to_correct_move(driver.cast.crs, part, "complete", said={"outcome_code": "x"})
    assert said(wrong, 422)["errors"][0]["pointer"] == "/said/outcome_code"
    seen = driver.correct_move(driver.cast.crs, part, "complete", said={"outcome_code": "not_achieved"})
    assert (seen["state"], running(part), seen["deadlines"]) == ("completed", [], [])
    assert seen["moves"][-1]["detail"] == {"outcome_code": "not_achieved"}
    assert len(reviews(driver)) == 1
    # Put right, it can be withdrawn as well: the referral goes on where it was before the first of them.
    assert driver.correct_move(driver.cast.crs, part, "complete", withdrawn=True)["state"] == "in_progress"


def test_only_whoever_said_it_corrects_it_once_and_only_what_ends(driver: Driver) -> None:
    _, part = at_work(driver)
    other = driver.try_to_correct_move(driver.cast.crs, part, "start", withdrawn=True)
    assert said(other, 409)["action"] == "start"
    gone_on = said(driver.try_to_correct_move(driver.cast.crs, part, "accept", withdrawn=True), 409)
    assert gone_on["state"] == "in_progress"
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    assert driver.try_to_correct_move(driver.cast.ap, part, "complete", withdrawn=True).status_code == 404
    assert driver.try_to_correct_move(driver.officer, part, "complete", withdrawn=True).status_code == 403
    ended = driver.look(driver.officer, part)["moves"][-1]
    path = f"/v1/destination-referrals/{part['id']}/moves/{ended['id']}"
    body: Json = {"reason": "A mistake.", "withdrawn": True}
    for _ in range(2):
        said(driver.cast.crs.post(f"{path}/corrections", json=body, idempotency_key="once"))
    assert len(told(driver.cast.crs, CORRECTED)) == 1
    assert said(driver.cast.crs.post(f"{path}/corrections", json=body), 409)["corrected_by"]


def test_a_death_that_was_said_by_mistake_with_the_end_of_the_work_is_one_no_more(driver: Driver) -> None:
    referral, part = at_work(driver)
    driver.move(driver.cast.crs, part, "end_early", reason_code="USE")
    person = f"/v1/people/{referral['person']['id']}"
    assert said(driver.officer.get(person))["died_on"] is not None
    seen = driver.correct_move(driver.cast.crs, part, "end_early", withdrawn=True)
    assert said(driver.officer.get(person))["died_on"] is None
    assert (seen["state"], running(part)) == ("in_progress", ["update"])
    assert [one["urgency"] for one in reviews(driver, "death_in_error")] == ["urgent"]


def test_a_death_that_was_meant_for_another_reason_is_put_right(driver: Driver) -> None:
    referral, part = at_work(driver)
    person = f"/v1/people/{referral['person']['id']}"
    driver.move(driver.cast.crs, part, "end_early", reason_code="USE")
    seen = driver.correct_move(driver.cast.crs, part, "end_early", said={"reason_code": "MOV"})
    assert (seen["state"], said(driver.officer.get(person))["died_on"]) == ("ended_early", None)
    driver.correct_move(driver.cast.crs, part, "end_early", said={"reason_code": "USE"})
    assert said(driver.officer.get(person))["died_on"] == driver.clock.at.date().isoformat()


def test_nothing_goes_on_for_whom_others_say_that_he_has_died(driver: Driver) -> None:
    referral, part = at_work(driver)
    driver.move(driver.cast.crs, part, "end_early", reason_code="MOV")
    died = {
        "kind": "died",
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
    }
    person = f"/v1/people/{referral['person']['id']}"
    said(driver.officer.post(f"{person}/changes-of-circumstance", json=died), 201)
    refused = said(driver.try_to_correct_move(driver.cast.crs, part, "end_early", withdrawn=True), 409)
    assert refused["detail"] == "Probation has closed the case.", "and not why"
    assert driver.look(driver.officer, part)["state"] == "ended_early"


def test_a_death_that_another_destination_has_said_too_stands(driver: Driver) -> None:
    referral = driver.submit(darren_and_toby())
    first = driver.cast.crs, part_of(referral, "crs", "accommodation")
    second = driver.cast.crs_ete, part_of(referral, "crs", "education_training_and_employment")
    for provider, part in (first, second):
        driver.accept(provider, part)
    for provider, part in (first, second):
        driver.move(provider, part, "end_early", reason_code="USE")
    person = f"/v1/people/{referral['person']['id']}"
    refused = said(driver.try_to_correct_move(*first, "end_early", withdrawn=True), 409)
    assert refused["detail"] == "Probation has closed the case."
    driver.correct_move(*first, "end_early", said={"reason_code": "MOV"})
    assert said(driver.officer.get(person))["died_on"] is not None
    driver.correct_move(*second, "end_early", withdrawn=True)
    assert said(driver.officer.get(person))["died_on"] is None


def test_work_that_probation_asks_for_no_longer_does_not_go_on(driver: Driver) -> None:
    referral = driver.submit(darren_and_toby())
    part = part_of(referral, "crs", "accommodation")
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "start")
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    document = driver.document(referral)
    document["destinations"] = [
        one for one in document["destinations"] if one.get("service_category") != "accommodation"
    ]
    driver.amend(referral, document)
    refused = said(driver.try_to_correct_move(driver.cast.crs, part, "complete", withdrawn=True), 409)
    assert refused["detail"] == "Probation no longer needs your answer."


def test_a_death_that_the_premises_said_twice_is_taken_back_with_the_second(driver: Driver) -> None:
    referral, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="died"))
    driver.move(driver.cast.ap, stay, "end_early", reason_code="died")
    person = f"/v1/people/{referral['person']['id']}"
    driver.correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    assert said(driver.officer.get(person))["died_on"] is not None, "they say it elsewhere, too"
    driver.correct_move(driver.cast.ap, stay, "end_early", withdrawn=True)
    assert said(driver.officer.get(person))["died_on"] is None


def test_what_goes_on_is_sent_what_changed_while_it_had_ended(driver: Driver) -> None:
    referral, part = at_work(driver)
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    document = driver.document(referral)
    document["needs"]["rehabilitative_summary"] = "He slept in a car for six weeks."
    driver.amend(referral, document)
    path = f"/v1/destination-referrals/{part['id']}/document"
    assert "six weeks" not in str(said(driver.cast.crs.get(path)))
    seen = driver.correct_move(driver.cast.crs, part, "complete", withdrawn=True)
    assert "six weeks" in str(said(driver.cast.crs.get(path)))
    assert [one["sections"] for one in seen["notices"] if one["acknowledged_at"] is None] == [["needs"]]
    assert len(told(driver.cast.crs, "destination_referral.changed")) == 1


def test_what_goes_on_rests_when_all_other_work_does(driver: Driver) -> None:
    referral, part = at_work(driver)
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    recalled = {
        "kind": "recalled",
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    person = f"/v1/people/{referral['person']['id']}"
    said(driver.officer.post(f"{person}/changes-of-circumstance", json=recalled), 201)
    seen = driver.correct_move(driver.cast.crs, part, "complete", withdrawn=True)
    assert (seen["state"], running(part)) == ("on_hold", [])


@pytest.mark.parametrize(("known", "owed"), [(True, ["answer"]), (False, [])])
def test_after_a_recall_an_answer_is_owed_again_only_once_the_next_release_is_known(
    driver: Driver, known: bool, owed: list[str]
) -> None:
    referral = driver.submit(asking(darren_and_toby(), lambda asked: asked["kind"] == "crs"))
    part = part_of(referral, "crs")
    said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    recalled = {
        "kind": "recalled",
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    if known:
        recalled["release_date"] = (driver.clock.at + timedelta(days=40)).date().isoformat()
    person = f"/v1/people/{referral['person']['id']}"
    said(driver.officer.post(f"{person}/changes-of-circumstance", json=recalled), 201)
    seen = driver.correct_move(driver.cast.crs, part, "decline", withdrawn=True)
    assert (seen["state"], running(part)) == ("received", owed)


def test_a_stay_that_was_ended_by_mistake_is_prompted_for_again(driver: Driver) -> None:
    _, stay = settle_in(driver, without_mappa())
    said(leave(driver, stay, departed_to="hospital"))
    driver.move(driver.cast.ap, stay, "complete", outcome_code="planned_move_on")
    driver.correct_move(driver.cast.ap, stay, "complete", withdrawn=True)
    driver.correct_stay(driver.cast.ap, stay, "record_departure", withdrawn=True)
    rows: list[Any] = as_owner(
        f"SELECT timer FROM clock WHERE subject_kind = 'placement' AND subject_id = '{stay['id']}'"
        " AND state = 'running'"
    )
    assert {row["timer"] for row in rows} == {"placement_end", "move_on"}
