"""What is left of a question once a part of it is withdrawn."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from service import clock
from service.checks.model import CheckRequest
from service.people.model import Address, Contact
from service.timers.sweep import sweep
from tests.cast import Caller
from tests.checks.factories import (
    LEEDS,
    Case,
    answer,
    children_answer,
    clock_of,
    police_answer,
    read,
    review,
)
from tests.conftest import TheClock

CHILDREN = "childrens_safeguarding"


def heard_last(agency: Caller, request: CheckRequest) -> str:
    """Return the last that an agency's feed says of a request."""
    items = agency.get("/v1/events").get_json()["items"]
    return str([one["event"] for one in items if str(request.id) in str(one)][-1])


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


def test_an_only_child_who_turns_out_to_be_a_grown_up_friend_is_asked_about_no_more(case: Case) -> None:
    home = case.address()
    child = case.contact("child", child=True, lives_at=home)
    case.raise_checks()
    request = case.request(CHILDREN, LEEDS)
    read(case.cast.council, request.id)
    case.change(Contact, child, relationship="friend", is_child=False)
    seen, _ = read(case.cast.council, request.id)
    assert (seen["state"], "document" in seen) == ("cancelled", False)
    assert clock_of(request.id, "answer").state == "stopped"
    assert heard_last(case.cast.council, request) == "check_request.cancelled"
    assert case.check(CHILDREN).state == "cancelled"
    case.change(Contact, child, relationship="child", is_child=True)
    (again,) = (one for one in case.requests(CHILDREN) if one.state == "requested")
    told = read(case.cast.council, again.id)[0]["document"]
    assert [one["id"] for one in told["contacts"]] == [str(child)]


def test_one_of_two_children_who_turns_out_to_be_grown_up_leaves_the_other_asked_about(case: Case) -> None:
    home = case.address()
    first, second = (case.contact("child", child=True, lives_at=home) for _ in range(2))
    case.raise_checks()
    request = case.request(CHILDREN, LEEDS)
    case.change(Contact, first, relationship="friend", is_child=False)
    case.change(Contact, second, relationship="friend", is_child=False)
    assert case.request(CHILDREN, LEEDS).state == "cancelled"
    assert heard_last(case.cast.council, request) == "check_request.cancelled"


def test_what_was_answered_about_others_stays_when_the_last_one_is_grown_up(case: Case) -> None:
    home = case.address()
    first, second = (case.contact("child", child=True, lives_at=home) for _ in range(2))
    case.raise_checks()
    request = case.request(CHILDREN, LEEDS)
    part = children_answer(first) | {"complete": False, "remaining": "The other."}
    assert answer(case.cast.council, request.id, part).status_code == 201
    case.change(Contact, second, relationship="friend", is_child=False)
    assert case.request(CHILDREN, LEEDS).state == "returned"


def test_a_child_whose_authority_is_not_known_and_who_is_grown_up_is_waited_for_no_longer(
    case: Case,
) -> None:
    case.address()
    child = case.contact("child", child=True)
    case.raise_checks()
    (waiting,) = case.requests(CHILDREN)
    assert waiting.state == "awaiting_details"
    case.change(Contact, child, relationship="friend", is_child=False)
    assert [one.state for one in case.requests(CHILDREN)] == ["cancelled"]
    assert clock_of(waiting.id, "ask").state == "stopped"
    assert case.cast.council.get("/v1/check-requests").get_json()["items"] == []
    case.change(Contact, child, relationship="child", is_child=True)
    assert [one.state for one in case.requests(CHILDREN)] == ["cancelled", "awaiting_details"]


def test_an_only_partner_whose_home_is_not_known_and_who_was_a_friend_is_waited_for_no_longer(
    case: Case,
) -> None:
    case.address()
    her = case.contact("partner")
    case.raise_checks()
    case.change(Contact, her, relationship="friend")
    assert {one.state for one in case.requests("police_da")} <= {"requested", "cancelled"}
    assert read(case.cast.police, case.request().id)[0]["document"]["contacts"] == []


def test_a_partners_child_without_a_name_whose_date_of_birth_is_an_adults_is_waited_for_no_longer(
    case: Case,
) -> None:
    home = case.address()
    child = case.contact("partners_child", child=True, named=False, born=None, lives_at=home)
    case.raise_checks()
    (waiting,) = case.requests(CHILDREN)
    assert waiting.state == "awaiting_details"
    case.change(Contact, child, date_of_birth=date(1999, 5, 1), dated=True, is_child=False)
    assert [one.state for one in case.requests(CHILDREN)] == ["cancelled"]


@pytest.mark.parametrize("joined", ["one home", "one mother"])
def test_two_families_that_become_one_are_asked_about_once(
    case: Case, the_clock: TheClock, joined: str
) -> None:
    home, other = case.address(), case.address("visited")
    first, second = (case.contact("child", child=True, lives_at=one) for one in (home, other))
    mother = case.contact("partner", born=date(1990, 1, 1))
    case.raise_checks()
    assert len(case.requests("childrens_safeguarding")) == 2
    the_clock.move(timedelta(days=2))
    if joined == "one home":
        case.change(Contact, second, lives_at=home)
    else:
        for child in (first, second):
            case.change(Contact, child, mother_id=mother)
    (asked,) = (one for one in case.requests("childrens_safeguarding") if one.state == "requested")
    (gone,) = (one for one in case.requests("childrens_safeguarding") if one.id != asked.id)
    assert (gone.state, gone.succeeded_by_id) == ("superseded", asked.id)
    shown, _ = read(case.practitioner, asked.id)
    assert {one["id"] for one in shown["subjects"]} == {str(first), str(second)}
    assert {one["exposed_since"][:10] for one in shown["subjects"]} == {"2026-03-02"}
