"""An agency asks back: its own clock waits for probation, whose clock starts and climbs in its place."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from service import clock
from service.checks import actions
from service.checks.model import CheckRequest
from service.people.model import Address
from service.timers.model import Clock, ClockFiring, NoticeItem
from service.timers.sweep import sweep
from tests import rows
from tests.checks.factories import (
    LEEDS,
    Case,
    answer,
    children_answer,
    clock_of,
    move,
    police_answer,
    read,
)
from tests.conftest import TheClock

QUESTION = "Which of the two flats?"
PART = police_answer(complete=False, remaining="The other address.")


def asked_back(case: Case, *about: UUID) -> CheckRequest:
    """Have a force ask back about an address of two, or all of the request; return it."""
    case.raise_checks()
    request = case.request()
    only = {"about": [str(one) for one in about]} if about else {}
    asked = move(case.cast.police, request.id, "return_for_information", question=QUESTION, **only)
    assert asked.status_code == 200, asked.text
    return request


def notified(request: CheckRequest, timer: str) -> list[tuple[str, str]]:
    """Return who was notified by a clock of a request: each side with the step."""
    with rows.transaction() as session:
        found = session.execute(
            select(NoticeItem.side, ClockFiring.step_key)
            .join(ClockFiring, ClockFiring.id == NoticeItem.firing_id)
            .join(Clock, Clock.id == ClockFiring.clock_id)
            .where(Clock.subject_id == request.id, Clock.timer == timer)
            .order_by(ClockFiring.ordinal)
        )
        return [(side, step) for side, step in found]


def test_the_force_does_not_climb_because_probation_is_silent(case: Case, the_clock: TheClock) -> None:
    case.address()
    request = asked_back(case)
    the_clock.move(timedelta(days=90))
    sweep(clock.now())
    assert [side for side, _ in notified(request, "answer") if side == "partner"] == []
    climbed = [step for side, step in notified(request, "reply") if side == "probation"]
    assert climbed[:4] == ["practitioner", "spo", "pdu_head", "repeat_1"]
    seen, _ = read(case.cast.police, request.id)
    (theirs,) = seen["clocks"]
    assert theirs == {"timer": "answer", "state": "paused", "due_at": None, "overdue": False, "step": None}


def test_the_reply_is_late_for_probation_and_the_answer_goes_on_with_it(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    request = asked_back(case)
    due = clock_of(request.id, "answer").due_at
    the_clock.move(timedelta(days=7))
    late = case.practitioner.get("/v1/overdue").get_json()["items"]
    assert [each["timer"] for each in late if each["subject"]["id"] == str(request.id)] == ["reply"]
    move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert clock_of(request.id, "reply").state == "stopped"
    running = clock_of(request.id, "answer")
    assert running.state == "running"
    # Five working days were left, and are left still.
    assert clock.now() < running.due_at < due


def test_the_force_does_not_climb_because_probation_settles_no_refusal(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    refused = move(case.cast.police, request.id, "refuse", reason_code="other", reason="Not ours.")
    assert refused.status_code == 200, refused.text
    the_clock.move(timedelta(days=90))
    sweep(clock.now())
    told = notified(request, "answer")
    assert [side for side, _ in told if side == "partner"] == []
    assert {"owner", "escalated", "unit", "area", "region", "director"} & {step for _, step in told}
    theirs = case.cast.police.get("/v1/overdue").get_json()["items"]
    assert str(request.id) not in {each["subject"]["id"] for each in theirs}
    late = case.practitioner.get("/v1/overdue").get_json()["items"]
    (ours,) = (each for each in late if each["subject"]["id"] == str(request.id))
    assert (ours["timer"], ours["waits_for"], ours["waiting_for"]) == ("answer", None, None)


def test_a_question_about_one_address_leaves_the_clock_of_the_others_running(
    case: Case, the_clock: TheClock
) -> None:
    one, _ = case.address(), case.address("visited")
    request = asked_back(case, one)
    assert clock_of(request.id, "answer").state == clock_of(request.id, "reply").state == "running"
    seen, _ = read(case.cast.police, request.id)
    assert (seen["state"], seen["asks_about"]) == ("returned_for_information", [str(one)])
    the_clock.move(timedelta(days=30))
    sweep(clock.now())
    assert ("partner", "spo") in notified(request, "answer")
    move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert clock_of(request.id, "answer").state == "running"
    assert read(case.cast.police, request.id)[0]["asks_about"] is None


def test_a_question_about_everything_one_by_one_is_about_all_of_it(case: Case) -> None:
    request = asked_back(case, case.address(), case.address("visited"))
    assert clock_of(request.id, "answer").state == "paused"
    assert read(case.practitioner, request.id)[0]["asks_about"] == []


def test_a_question_about_the_only_child_waits_whatever_helps_to_find_it(case: Case) -> None:
    child = case.contact("child", child=True, lives_at=case.address())
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    move(case.cast.council, request.id, "return_for_information", question="Whose?", about=[str(child)])
    assert (clock_of(request.id, "answer").state, clock_of(request.id, "reply").state) == (
        "paused",
        "running",
    )


def test_what_is_taken_back_while_the_agency_waits_is_owed_meanwhile(case: Case, the_clock: TheClock) -> None:
    home, other = case.address(), case.address("visited")
    case.raise_checks()
    request = case.request()
    said = [{"id": str(home), "outcome": "nothing_found"}]
    part = answer(case.cast.police, request.id, PART | {"subjects": said}).get_json()
    asked = move(
        case.cast.police, request.id, "return_for_information", question=QUESTION, about=[str(other)]
    )
    assert asked.status_code == 200, asked.text
    assert clock_of(request.id, "answer").state == "paused"
    the_clock.move(timedelta(days=1))
    result = part["id"]
    taken = case.cast.police.post(
        f"/v1/check-requests/{request.id}/results/{result}/corrections",
        json={"withdrawn": True, "reason": "Of somebody else."},
    )
    assert taken.status_code == 201, taken.text
    seen, _ = read(case.cast.police, request.id)
    due = {one["id"]: one["due_at"] for one in seen["subjects"]}
    assert (due[str(home)] is not None, due[str(other)]) == (True, None)
    running = clock_of(request.id, "answer")
    assert (running.state, running.due_at > clock.now()) == ("running", True)


def test_a_question_is_about_what_the_request_is_about(case: Case) -> None:
    case.address()
    case.raise_checks()
    refused = move(
        case.cast.police,
        case.request().id,
        "return_for_information",
        question=QUESTION,
        about=[str(case.person_id), str(uuid4())],
    )
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/about/1"]
    assert case.request().state == "acknowledged"


def test_a_force_asks_back_about_the_person_alone_and_goes_on_with_the_others(case: Case) -> None:
    case.address()
    request = asked_back(case, case.person_id)
    seen, _ = read(case.practitioner, request.id)
    assert seen["asks_about"] == [str(case.person_id)]
    assert (clock_of(request.id, "answer").state, clock_of(request.id, "reply").state) == (
        "running",
        "running",
    )
    due = {one["id"]: one["due_at"] for one in seen["subjects"]}
    assert due.pop(str(case.person_id)) is None
    assert None not in due.values()


def test_a_part_of_the_answer_leaves_the_question_open(case: Case) -> None:
    case.address()
    request = asked_back(case)
    assert answer(case.cast.police, request.id, PART).status_code == 201
    assert (clock_of(request.id, "answer").state, clock_of(request.id, "reply").state) == (
        "paused",
        "running",
    )
    seen, _ = read(case.practitioner, request.id)
    assert (seen["asks_about"], "answer_information" in seen["allowed_transitions"]) == ([], True)
    told = move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert told.get_json()["state"] == "partially_returned"
    assert (clock_of(request.id, "answer").state, clock_of(request.id, "reply").state) == (
        "running",
        "stopped",
    )
    assert "check_request.information_given" in str(case.cast.police.get("/v1/events").get_json())
    again = move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert again.status_code == 409


def test_an_agency_that_answers_all_the_same_waits_for_nothing(case: Case) -> None:
    case.address()
    child = case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    move(case.cast.council, request.id, "return_for_information", question="Whose?", about=[str(child)])
    assert answer(case.cast.council, request.id, children_answer(child)).status_code == 201
    assert clock_of(request.id, "reply").state == clock_of(request.id, "answer").state == "stopped"
    assert read(case.practitioner, request.id)[0]["asks_about"] is None


def test_what_a_manager_ends_owes_the_agency_no_reply(case: Case) -> None:
    case.address()
    request = asked_back(case)
    move(case.manager, request.id, "cancel", reason="Person has died.")
    assert clock_of(request.id, "reply").state == "stopped"
    assert read(case.practitioner, request.id)[0]["asks_about"] is None


def test_what_joins_while_the_agency_waits_is_not_what_it_waits_for(case: Case, the_clock: TheClock) -> None:
    home = case.address()
    request = asked_back(case)
    assert clock_of(request.id, "answer").state == "paused"
    the_clock.move(timedelta(days=2))
    joined = case.address("visited")
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    seen, _ = read(case.cast.police, request.id)
    assert set(seen["asks_about"]) == {str(home), str(case.person_id)}
    due = {one["id"]: one["due_at"] for one in seen["subjects"]}
    assert due[str(joined)] is not None
    assert (clock_of(request.id, "answer").state, clock_of(request.id, "reply").state) == (
        "running",
        "running",
    )


def test_the_clock_waits_once_all_that_is_left_is_what_the_agency_asks_about(case: Case) -> None:
    home, other = case.address(), case.address("visited")
    request = asked_back(case, other)
    assert clock_of(request.id, "answer").state == "running"
    said = [{"id": str(one), "outcome": "nothing_found"} for one in (case.person_id, home)]
    assert answer(case.cast.police, request.id, PART | {"subjects": said}).status_code == 201
    assert clock_of(request.id, "answer").state == "paused"
    told = move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert told.status_code == 200, told.text
    assert clock_of(request.id, "answer").state == "running"


@pytest.mark.parametrize("part", [False, True], ids=["nothing answered", "a part answered"])
def test_a_question_about_what_is_withdrawn_needs_no_reply(case: Case, part: bool) -> None:
    home, other = case.address(), case.address("visited")
    request = asked_back(case, other)
    if part:
        said = [{"id": str(home), "outcome": "nothing_found"}]
        assert answer(case.cast.police, request.id, PART | {"subjects": said}).status_code == 201
    case.change(Address, other, police_force="greater-manchester")
    seen, _ = read(case.practitioner, request.id)
    assert (seen["state"], seen["asks_about"]) == ("partially_returned" if part else "requested", None)
    assert (clock_of(request.id, "answer").state, clock_of(request.id, "reply").state) == (
        "running",
        "stopped",
    )


def asks_again(case: Case, request: CheckRequest, *about: UUID) -> dict[str, Any]:
    """Have a force ask back once more, and return what it reads."""
    only = {"about": [str(one) for one in about]} if about else {}
    asked = move(case.cast.police, request.id, "return_for_information", question=QUESTION, **only)
    assert asked.status_code == 200, asked.text
    read_back: dict[str, Any] = asked.get_json()
    return read_back


def replied(case: Case, request: CheckRequest) -> None:
    """Have the practitioner answer what a force has asked back."""
    told = move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert told.status_code == 200, told.text


def test_a_third_question_about_the_same_pauses_nothing(case: Case, the_clock: TheClock) -> None:
    home = case.address()
    request = asked_back(case)
    for _ in range(2):
        assert clock_of(request.id, "answer").state == "paused"
        replied(case, request)
        seen = asks_again(case, request)
    assert (seen["state"], clock_of(request.id, "answer").state, clock_of(request.id, "reply").state) == (
        "returned_for_information",
        "running",
        "running",
    )
    assert set(seen["asks_about"]) == {str(home), str(case.person_id)}
    assert {one["waits_for_reply"] for one in seen["subjects"]} == {False}
    assert None not in [one["due_at"] for one in seen["subjects"]]
    due = clock_of(request.id, "answer").due_at
    the_clock.move(timedelta(days=1))
    replied(case, request)
    assert (clock_of(request.id, "answer").due_at, clock_of(request.id, "reply").state) == (due, "stopped")
    assert [one["about"] for one in read(case.practitioner, request.id)[0]["messages"]] == [
        "question",
        "answer",
    ] * 3


def test_questions_are_counted_by_whom_they_are_about(case: Case) -> None:
    home, other = case.address(), case.address("visited")
    request = asked_back(case, home)
    replied(case, request)
    asks_again(case, request, home)
    replied(case, request)
    seen = asks_again(case, request, home, other, case.person_id)
    assert clock_of(request.id, "answer").state == "running"
    assert {one["id"]: (one["waits_for_reply"], one["due_at"] is None) for one in seen["subjects"]} == {
        str(home): (False, False),
        str(other): (True, True),
        str(case.person_id): (True, True),
    }
    said = [{"id": str(home), "outcome": "nothing_found"}]
    assert answer(case.cast.police, request.id, PART | {"subjects": said}).status_code == 201
    assert clock_of(request.id, "answer").state == "paused"
