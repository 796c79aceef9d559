"""What is left of a question once a part of it is withdrawn."""

from datetime import timedelta
from uuid import UUID

from service import clock
from service.checks.model import CheckRequest
from service.people.model import Address
from service.timers.sweep import sweep
from tests.checks.factories import Case, answer, clock_of, police_answer, read, review
from tests.conftest import TheClock


def answered_but_for_one(case: Case) -> tuple[CheckRequest, UUID]:
    """Have a force answer about the person and one of two addresses; return the request and the other."""
    first, second = case.address(), case.address("visited")
    case.raise_checks()
    request = case.request()
    said = [{"id": str(one), "outcome": "nothing_found"} for one in (case.person_id, first)]
    part = police_answer(complete=False, remaining="The other address.", subjects=said)
    assert answer(case.cast.police, request.id, part).status_code == 201
    return request, second


def test_once_the_rest_is_withdrawn_the_parts_are_the_whole_answer(case: Case, the_clock: TheClock) -> None:
    request, second = answered_but_for_one(case)
    answered_at = clock.now()
    the_clock.move(timedelta(days=1))
    case.change(Address, second, police_force="greater-manchester")
    seen, _ = read(case.practitioner, request.id)
    assert (seen["state"], seen["answered_at"]) == ("returned", answered_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert (clock_of(request.id, "answer").state, clock_of(request.id, "review").state) == (
        "stopped",
        "running",
    )
    the_clock.move(timedelta(days=30))
    sweep(clock.now())
    late = case.cast.police.get("/v1/overdue").get_json()["items"]
    assert str(request.id) not in str(late)


def test_parts_that_were_reviewed_are_reviewed_once_more_as_the_whole(case: Case) -> None:
    request, second = answered_but_for_one(case)
    assert review(case.practitioner, case.check().id, request.id, "risk").status_code == 200
    assert clock_of(request.id, "review").state == "stopped"
    case.change(Address, second, police_force="greater-manchester")
    again = review(case.practitioner, case.check().id, request.id, "risk")
    assert again.status_code == 200, again.text
    assert read(case.practitioner, request.id)[0]["state"] == "reviewed"
    # There is nothing more to review.
    assert review(case.practitioner, case.check().id, request.id, "risk").status_code == 409


def test_what_is_still_unanswered_stays_open(case: Case) -> None:
    _, second, third = case.address(), case.address("visited"), case.address("previous")
    case.raise_checks()
    request = case.request()
    said = [{"id": str(third), "outcome": "nothing_found"}]
    part = police_answer(complete=False, remaining="The others.", subjects=said)
    assert answer(case.cast.police, request.id, part).status_code == 201
    case.change(Address, second, police_force="greater-manchester")
    assert read(case.practitioner, request.id)[0]["state"] == "partially_returned"
    assert clock_of(request.id, "answer").state == "running"
