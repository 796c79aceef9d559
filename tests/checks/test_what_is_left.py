"""After a part of the answer an agency can ask back about the rest, refuse it, or name who has it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from service.checks import actions
from service.checks.model import CheckRequest
from tests import rows
from tests.cast import Caller
from tests.checks.factories import Case, answer, clock_of, move, police_answer, read, review
from tests.conftest import TheClock

HERE, THERE = "west-yorkshire", "greater-manchester"


def said(*subject_ids: object) -> list[dict[str, str]]:
    return [{"id": str(id_), "outcome": "nothing_found"} for id_ in subject_ids]


def answered_in_part(case: Case) -> tuple[CheckRequest, UUID, UUID]:
    """Have a force answer about the person and one of two addresses; return those."""
    home, work = case.address(), case.address("visited")
    case.raise_checks()
    request = case.request(area=HERE)
    part = police_answer(complete=False, remaining="The rest.", subjects=said(case.person_id, home))
    assert answer(case.cast.police, request.id, part).status_code == 201
    return request, home, work


def left(caller: Caller, request_id: UUID) -> set[str]:
    view, _ = read(caller, request_id)
    return {one["id"] for one in view["subjects"] if not one["answered"]}


def does(case: Case, request: CheckRequest, action: str, **members: Any) -> str:
    moved = move(case.cast.police, request.id, action, **members)
    assert moved.status_code == 200, moved.text
    return str(moved.get_json()["state"])


def test_a_force_asks_back_about_the_rest_and_its_clock_waits_for_that(
    case: Case, the_clock: TheClock
) -> None:
    request, home, work = answered_in_part(case)
    about_answered = move(
        case.cast.police, request.id, "return_for_information", question="Who?", about=[str(home)]
    )
    assert about_answered.status_code == 422
    assert [one["pointer"] for one in about_answered.get_json()["errors"]] == ["/about/0"]
    asked = does(case, request, "return_for_information", question="Which flat?", about=[str(work)])
    assert asked == "partially_returned"
    assert clock_of(request.id, "answer").state == "paused"
    assert clock_of(request.id, "reply").state == "running"
    allowed = read(case.cast.police, request.id)[0]["allowed_transitions"]
    assert not {"return_for_information", "refuse", "misdirect"} & set(allowed)
    the_clock.move(timedelta(days=1))
    given = move(case.practitioner, request.id, "answer_information", answer="The upper one.")
    assert given.get_json()["state"] == "partially_returned"
    assert clock_of(request.id, "answer").state == "running"
    assert clock_of(request.id, "reply").state == "stopped"
    rest = police_answer(subjects=said(work))
    assert answer(case.cast.police, request.id, rest).get_json()["complete"]


def test_a_force_refuses_the_rest_and_what_it_answered_is_reviewed_all_the_same(case: Case) -> None:
    request, _, work = answered_in_part(case)
    assert does(case, request, "refuse", reason_code="other", reason="Not without a basis.") == "refused"
    assert case.check().state == "open"
    assert clock_of(request.id, "answer").state == "running"
    assert review(case.practitioner, case.check().id, request.id, "nothing").status_code == 200
    assert case.request(area=HERE).state == "refused"
    assert clock_of(request.id, "review").state == "stopped"
    assert left(case.practitioner, request.id) == {str(work)}


def test_a_refused_rest_is_asked_again_without_what_has_been_answered(case: Case) -> None:
    request, _, work = answered_in_part(case)
    does(case, request, "refuse", reason_code="other", reason="Not without a basis.")
    assert (
        move(case.practitioner, request.id, "ask_again", reason="The Domestic Abuse Act.").status_code == 200
    )
    states = {one.id: one.state for one in case.requests()}
    assert states.pop(request.id) == "returned"
    ((again_id, state),) = states.items()
    assert (state, left(case.cast.police, again_id)) == ("requested", {str(work)})
    assert left(case.practitioner, request.id) == set()
    assert answer(case.cast.police, again_id, police_answer()).status_code == 201
    assert case.check().state == "answered"


def test_a_force_redirects_the_rest_and_what_it_answered_stays_its_answer(case: Case) -> None:
    request, home, work = answered_in_part(case)
    assert does(case, request, "misdirect", to_area=THERE, reason="In Manchester.") == "returned"
    there = case.request(area=THERE)
    assert left(case.cast.other_police, there.id) == {str(case.person_id), str(work)}
    told = read(case.cast.other_police, there.id)[0]["document"]["addresses"]
    assert [one["id"] for one in told] == [str(work)]
    view, _ = read(case.practitioner, request.id)
    assert {one["id"] for one in view["subjects"]} == {str(case.person_id), str(home)}
    assert there.exposed_since == request.exposed_since
    assert clock_of(request.id, "answer").state == "stopped"
    assert clock_of(request.id, "review").state == "running"
    assert case.check().state == "open"
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    assert {one.area for one in case.requests()} == {HERE, THERE}, "nobody else is asked"


def test_a_redirected_rest_that_comes_back_leaves_both_asked(case: Case) -> None:
    request, _, work = answered_in_part(case)
    does(case, request, "misdirect", to_area=THERE, reason="In Manchester.")
    there = case.request(area=THERE)
    back = move(case.cast.other_police, there.id, "misdirect", to_area=HERE, reason="In Leeds.")
    assert back.get_json()["state"] == "acknowledged"
    assert left(case.cast.police, request.id) >= {str(work)}
    assert case.request(area=HERE).state == "partially_returned"
    assert clock_of(request.id, "answer").state == "running"
    settled = move(case.practitioner, request.id, "settle_redirect", area=HERE, reason="In Leeds.")
    assert settled.get_json()["state"] == "partially_returned"
    assert {one.id: one.state for one in case.requests()}[there.id] == "superseded"
