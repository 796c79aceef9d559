"""Something urgent joins an open question: what raised it is due soon, and nobody else is late for that."""

from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from sqlalchemy import select

from service.checks import actions
from service.checks.model import CheckRequest
from service.people.model import Contact, Person
from service.timers.model import Clock, ClockFiring
from service.timers.sweep import sweep
from tests import rows
from tests.cast import Caller
from tests.checks.factories import Case, answer, clock_of, move, police_answer, read
from tests.conftest import TheClock

pytestmark = pytest.mark.long

ONE_DAY = timedelta(days=1)
TUESDAY, WEDNESDAY, FRIDAY = "2026-03-03", "2026-03-04", "2026-03-06"


def happened(case: Case, urgency: Literal["routine", "urgent"] = "urgent", trigger: str = "change:1") -> None:
    """Have something happen that asks every force again."""
    with rows.transaction() as session:
        actions.recheck(
            session,
            case.actor,
            case.person_id,
            trigger,
            referral_id=case.referral_id,
            kinds=["police_da"],
            urgency=urgency,
        )


def subjects(caller: Caller, request: CheckRequest) -> dict[str, tuple[str, str]]:
    """Return how urgent each subject of a request is, and the day on which it is due."""
    view, _ = read(caller, request.id)
    return {one["id"]: (one["urgency"], (one["due_at"] or "")[:10]) for one in view["subjects"]}


def said(*subject_ids: object) -> dict[str, Any]:
    named = [{"id": str(id_), "outcome": "nothing_found"} for id_ in subject_ids]
    return police_answer(complete=False, remaining="The rest.", subjects=named)


def fired(request: CheckRequest) -> list[str]:
    """Return the steps that the agency's clocks of a request have fired."""
    with rows.transaction() as session:
        of_request = select(Clock.id).where(Clock.subject_id == request.id, Clock.timer == "answer")
        found = select(ClockFiring.step_key).where(ClockFiring.clock_id.in_(of_request))
        return sorted(session.scalars(found))


def asked_about_her_on_the_second_day(case: Case, the_clock: TheClock) -> tuple[CheckRequest, UUID, UUID]:
    home = case.address()
    case.raise_checks()
    the_clock.move(ONE_DAY)
    her = case.contact("partner", lives_at=home)
    happened(case)
    return case.request(), home, her


def test_who_joins_urgently_is_due_from_when_she_is_asked_about_and_the_others_as_they_were(
    case: Case, the_clock: TheClock
) -> None:
    request, home, her = asked_about_her_on_the_second_day(case, the_clock)
    for caller in (case.practitioner, case.cast.police):
        assert subjects(caller, request) == {
            str(case.person_id): ("routine", FRIDAY),
            str(home): ("routine", FRIDAY),
            str(her): ("urgent", TUESDAY),
        }
        view, _ = read(caller, request.id)
        (ticking,) = view["clocks"]
        assert view["urgency"] == "urgent"
        assert (ticking["due_at"][:10], ticking["overdue"], ticking["step"]) == (TUESDAY, False, None)
    sweep(the_clock.at)
    assert fired(request) == [], "no step is born overdue"


def test_once_she_is_answered_the_clock_counts_by_what_was_asked_first(
    case: Case, the_clock: TheClock
) -> None:
    request, home, her = asked_about_her_on_the_second_day(case, the_clock)
    assert answer(case.cast.police, request.id, said(her)).status_code == 201
    assert subjects(case.practitioner, request) == {
        str(case.person_id): ("routine", FRIDAY),
        str(home): ("routine", FRIDAY),
        str(her): ("urgent", ""),
    }
    assert clock_of(request.id, "answer").due_at.date().isoformat() == FRIDAY


def test_what_was_asked_first_and_is_due_first_goes_on_leading(case: Case, the_clock: TheClock) -> None:
    home = case.address()
    case.raise_checks()
    the_clock.move(4 * ONE_DAY + timedelta(hours=3))
    her = case.contact("partner", lives_at=home)
    happened(case)
    request = case.request()
    shown = subjects(case.cast.police, request)
    assert (shown[str(home)], shown[str(her)]) == (("routine", FRIDAY), ("urgent", "2026-03-09"))
    ticking = clock_of(request.id, "answer")
    assert (ticking.due_at.date().isoformat(), ticking.urgency) == (FRIDAY, "urgent")
    before = set(fired(request))
    sweep(the_clock.at)
    assert set(fired(request)) - before <= {"chaser_50"}


def test_what_joins_an_urgent_question_for_no_urgent_reason_is_routine(
    case: Case, the_clock: TheClock
) -> None:
    request, _, her = asked_about_her_on_the_second_day(case, the_clock)
    with rows.transaction() as session:
        routine = actions.CheckCase(
            referral_id=case.referral_id,
            person=session.get_one(Person, case.person_id),
            probation_id=case.cast.probation.organisation_id,
            practitioner="p.shah",
        )
        work = case.address("visited")
        actions.raise_checks(session, case.actor, routine, "change:2", kinds=["police_da"])
    shown = subjects(case.cast.police, request)
    assert (shown[str(work)], shown[str(her)]) == (("routine", "2026-03-09"), ("urgent", TUESDAY))


def test_an_urgent_change_that_brings_nobody_new_makes_all_of_it_urgent_from_now(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    case.raise_checks()
    the_clock.move(2 * ONE_DAY)
    happened(case)
    request = case.request()
    assert set(subjects(case.cast.police, request).values()) == {("urgent", WEDNESDAY)}
    assert str(home) in subjects(case.cast.police, request)
    ticking = clock_of(request.id, "answer")
    assert (ticking.due_at.date().isoformat(), ticking.due_at > the_clock.at) == (WEDNESDAY, True)
    sweep(the_clock.at)
    assert "spo" not in fired(request)


def test_a_part_leaves_nothing_less_urgent_by_what_happens_afterwards(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    her = case.contact("partner", lives_at=home)
    case.raise_checks()
    assert answer(case.cast.police, case.request().id, said(her)).status_code == 201
    the_clock.move(2 * ONE_DAY)
    happened(case)
    shown = subjects(case.cast.police, case.request())
    assert shown == dict.fromkeys((str(case.person_id), str(home), str(her)), ("urgent", WEDNESDAY))


def test_urgency_that_rises_while_the_agency_waits_counts_from_when_it_can_go_on(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    the_clock.move(ONE_DAY)
    assert move(case.cast.police, request.id, "return_for_information", question="Who?").status_code == 200
    the_clock.move(ONE_DAY)
    with rows.transaction() as session:
        actions.raise_urgency(session, case.actor, case.referral_id)
    assert clock_of(request.id, "answer").state == "paused"
    the_clock.move(ONE_DAY)
    assert move(case.practitioner, request.id, "answer_information", answer="He.").status_code == 200
    ticking = clock_of(request.id, "answer")
    assert (ticking.state, ticking.due_at.date().isoformat()) == ("running", "2026-03-05")
    assert set(subjects(case.cast.police, request).values()) == {("urgent", "2026-03-05")}


def test_pauses_count_for_whoever_was_asked_about_by_then(case: Case, the_clock: TheClock) -> None:
    home = case.address()
    case.raise_checks()
    request = case.request()
    move(case.cast.police, request.id, "return_for_information", question="Who?")
    the_clock.move(ONE_DAY)
    move(case.practitioner, request.id, "answer_information", answer="He.")
    her = case.contact("partner", lives_at=home)
    happened(case)
    shown = subjects(case.cast.police, request)
    # One working day was spent waiting for probation.
    assert (shown[str(home)], shown[str(her)]) == (("routine", "2026-03-09"), ("urgent", TUESDAY))
    assert answer(case.cast.police, request.id, said(her)).status_code == 201
    assert clock_of(request.id, "answer").due_at.date().isoformat() == "2026-03-09"


def ticking_by_the_first(request: CheckRequest, caller: Caller) -> str:
    """Return the day on which the agency's clock is due, which is that of the first subject by its view."""
    view, _ = read(caller, request.id)
    (ticking,) = (one for one in view["clocks"] if one["timer"] == "answer")
    due = min(one["due_at"] for one in view["subjects"] if one["due_at"] and not one["answered"])
    assert ticking["due_at"] == due
    return str(due[:10])


def test_who_comes_back_urgent_into_an_open_question_has_the_clock_count_by_her(
    case: Case, the_clock: TheClock
) -> None:
    request, _, her = asked_about_her_on_the_second_day(case, the_clock)
    case.change(Contact, her, relationship="friend")
    assert ticking_by_the_first(request, case.practitioner) == FRIDAY
    the_clock.move(timedelta(hours=2))
    case.change(Contact, her, relationship="partner")
    assert ticking_by_the_first(request, case.practitioner) == WEDNESDAY
    the_clock.move(2 * ONE_DAY)
    sweep(the_clock.at)
    assert "spo" in fired(request)


def test_who_is_asked_about_anew_after_an_urgent_part_is_urgent_from_then(
    case: Case, the_clock: TheClock
) -> None:
    request, _, her = asked_about_her_on_the_second_day(case, the_clock)
    assert answer(case.cast.police, request.id, said(her)).status_code == 201
    the_clock.move(ONE_DAY)
    case.change(Contact, her, given_name="Kate")
    assert ticking_by_the_first(request, case.practitioner) == WEDNESDAY


def test_a_clock_counts_by_who_does_not_wait_for_probation(case: Case, the_clock: TheClock) -> None:
    request, _, her = asked_about_her_on_the_second_day(case, the_clock)
    asked = move(case.cast.police, request.id, "return_for_information", question="Who?", about=[str(her)])
    assert asked.status_code == 200
    assert subjects(case.practitioner, request)[str(her)] == ("urgent", "")
    assert ticking_by_the_first(request, case.practitioner) == FRIDAY
    the_clock.move(ONE_DAY)
    assert not read(case.cast.police, request.id)[0]["clocks"][0]["overdue"], "it is probation that is late"
    assert move(case.practitioner, request.id, "answer_information", answer="Her.").status_code == 200
    assert ticking_by_the_first(request, case.practitioner) == WEDNESDAY, "she is due from the reply on"


def test_who_was_answered_about_as_somebody_else_is_as_urgent_as_before(
    case: Case, the_clock: TheClock
) -> None:
    _, _, her = asked_about_her_on_the_second_day(case, the_clock)
    assert answer(case.cast.police, case.request().id, police_answer()).status_code == 201
    the_clock.move(ONE_DAY)
    case.change(Contact, her, given_name="Kate")
    (request,) = (one for one in case.requests("police_da") if one.state == "requested")
    assert subjects(case.practitioner, request)[str(her)][0] == "urgent"


def test_what_is_recorded_long_after_an_urgent_change_was_answered_is_routine(
    case: Case, the_clock: TheClock
) -> None:
    asked_about_her_on_the_second_day(case, the_clock)
    assert answer(case.cast.police, case.request().id, police_answer()).status_code == 201
    the_clock.move(60 * ONE_DAY)
    work = case.address("visited")
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    (request,) = (one for one in case.requests("police_da") if one.state == "requested")
    assert request.urgency == "routine"
    assert subjects(case.practitioner, request)[str(work)][0] == "routine"


def test_who_else_becomes_urgent_is_news_of_a_question_that_was_urgent_already(
    case: Case, the_clock: TheClock
) -> None:
    """Its agency is notified, and reads under another tag by when each of them is due."""
    request, home, _ = asked_about_her_on_the_second_day(case, the_clock)
    before, tag = read(case.cast.police, request.id)
    assert (before["urgency"], subjects(case.cast.police, request)[str(home)][0]) == ("urgent", "routine")
    with rows.transaction() as session:
        actions.raise_urgency(session, case.actor, case.referral_id)
    after, another = read(case.cast.police, request.id)
    assert {one["urgency"] for one in after["subjects"]} == {"urgent"}
    assert (after["version"], another != tag) == (before["version"] + 1, True)
    told = case.cast.police.get("/v1/events", limit=500).get_json()["items"]
    assert told[-1]["event"] == "check_request.urgency_raised"
    with rows.transaction() as session:
        actions.raise_urgency(session, case.actor, case.referral_id)
    assert read(case.cast.police, request.id)[1] == another, "nobody more is urgent"


def test_who_comes_urgent_into_a_question_that_waits_shows_under_another_tag(
    case: Case, the_clock: TheClock
) -> None:
    """Of those who wait for a force that nobody is registered for, one was urgent before."""
    request, _, _ = asked_about_her_on_the_second_day(case, the_clock)
    moved = move(case.cast.police, request.id, "misdirect", to_area="lancashire", reason="Theirs.")
    assert moved.status_code == 200
    waits = case.request(area="lancashire")
    before, tag = read(case.practitioner, waits.id)
    assert before["urgency"] == "urgent"
    happened(case, trigger="change:2")
    after, another = read(case.practitioner, waits.id)
    assert {one["urgency"] for one in after["subjects"]} == {"urgent"}
    assert another != tag
