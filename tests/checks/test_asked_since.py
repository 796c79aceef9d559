"""An answer covers what had happened before it was asked for: what happens later asks again."""

from datetime import timedelta
from typing import Any

import pytest

from service.checks import actions
from service.people.model import Address, Contact
from tests import rows
from tests.checks.factories import LEEDS, MANCHESTER, Case, answer, children_answer, move, police_answer
from tests.conftest import TheClock

POLICE, CHILDREN = "police_da", "childrens_safeguarding"
HERE, THERE = "west-yorkshire", "greater-manchester"


def happens(case: Case, the_clock: TheClock, number: int = 1) -> None:
    """Have something happen, a day later, that asks everybody again."""
    the_clock.move(timedelta(days=1))
    with rows.transaction() as session:
        actions.recheck(session, case.actor, case.person_id, f"change:{number}", referral_id=case.referral_id)


def open_ones(case: Case, kind: str = POLICE) -> dict[str, set[str]]:
    """Return whom the open requests of a kind need an answer about, by area."""
    found: dict[str, set[str]] = {}
    for request in case.requests(kind):
        if request.state == "requested":
            shown = case.practitioner.get(f"/v1/check-requests/{request.id}").get_json()
            found[str(request.area)] = {one["id"] for one in shown["subjects"] if not one["answered"]}
    return found


def all_answered(case: Case) -> None:
    for request in case.requests(POLICE):
        if request.state == "requested":
            force = case.cast.police if request.area == HERE else case.cast.other_police
            assert answer(force, request.id, police_answer()).status_code == 201
    for request in case.requests(CHILDREN):
        if request.state == "requested":
            council = case.cast.council if request.area == LEEDS else case.cast.other_council
            shown = council.get(f"/v1/check-requests/{request.id}").get_json()
            children = [one["id"] for one in shown["subjects"] if one["kind"] == "contact"]
            assert answer(council, request.id, children_answer(*children)).status_code == 201
    assert not open_ones(case)
    assert not open_ones(case, CHILDREN)


def test_whom_the_record_has_again_has_not_been_asked_about_since_it_happened(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    her = case.contact("partner", lives_at=home)
    case.raise_checks()
    all_answered(case)
    case.change(Contact, her, given_name="Kate")
    all_answered(case)
    happens(case, the_clock)
    all_answered(case)
    case.change(Contact, her, given_name="Robin")
    assert str(her) in open_ones(case)[HERE], "Kate was asked about since, and Robin before"


def test_the_person_by_a_name_of_before_is_asked_about_again(case: Case, the_clock: TheClock) -> None:
    case.address()
    case.change_person(given_name="Toby")
    case.raise_checks()
    all_answered(case)
    case.change_person(given_name="Tobias")
    all_answered(case)
    happens(case, the_clock)
    all_answered(case)
    case.change_person(given_name="Toby")
    assert str(case.person_id) in open_ones(case)[HERE]


def test_a_home_that_is_back_where_it_was_is_asked_about_there_again(case: Case, the_clock: TheClock) -> None:
    home = case.address()
    case.raise_checks()
    all_answered(case)
    case.change(Address, home, police_force=THERE)
    all_answered(case)
    happens(case, the_clock)
    all_answered(case)
    case.change(Address, home, police_force=HERE)
    assert open_ones(case) == {HERE: {str(case.person_id), str(home)}}


def test_a_child_who_is_back_where_it_was_is_asked_about_there_again(case: Case, the_clock: TheClock) -> None:
    kit = case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    all_answered(case)
    case.change(Contact, kit, local_authority=MANCHESTER)
    all_answered(case)
    happens(case, the_clock)
    all_answered(case)
    case.change(Contact, kit, local_authority=LEEDS)
    assert open_ones(case, CHILDREN) == {LEEDS: {str(kit)}}


def test_who_is_a_partner_again_is_asked_about_for_what_happened_meanwhile(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    her = case.contact("partner", lives_at=home)
    case.raise_checks()
    all_answered(case)
    case.change(Contact, her, relationship="friend")
    happens(case, the_clock)
    all_answered(case)
    case.change(Contact, her, relationship="partner")
    assert str(her) in open_ones(case)[HERE]


def test_a_managers_decision_covers_only_until_something_happens(case: Case, the_clock: TheClock) -> None:
    case.address()
    case.change_person(given_name="Toby")
    case.raise_checks()
    ended: Any = move(case.manager, case.request().id, "cancel", reason="Not now.")
    assert ended.get_json()["state"] == "cancelled"
    case.change_person(given_name="Tobias")
    all_answered(case)
    happens(case, the_clock)
    all_answered(case)
    case.change_person(given_name="Toby")
    assert str(case.person_id) in open_ones(case)[HERE]


@pytest.mark.parametrize("again", ["Toby", "Tobias"])
def test_what_was_answered_since_it_happened_is_not_asked_again(
    case: Case, the_clock: TheClock, again: str
) -> None:
    case.address()
    case.change_person(given_name="Toby")
    case.raise_checks()
    all_answered(case)
    happens(case, the_clock)
    all_answered(case)
    case.change_person(given_name="Tobias")
    all_answered(case)
    case.change_person(given_name=again)
    assert open_ones(case) == {}
