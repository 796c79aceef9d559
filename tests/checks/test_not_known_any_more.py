"""Who was named when the question went out, and is not named any more, is asked about by nobody's name."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.checks.model import CheckRequest
from service.people.model import Address, Contact
from service.timers.sweep import sweep
from tests.checks.factories import LEEDS, Case, answer, children_answer, clock_of, police_answer, read
from tests.checks.whole_case import held_true_of
from tests.conftest import TheClock

CHILDREN = "childrens_safeguarding"
NAMELESS: dict[str, Any] = {"given_name": None, "family_name": None, "named": False}


def missing_of(request: CheckRequest) -> list[tuple[str, str]]:
    return [(one["id"], one["detail"]) for one in request.missing]


def waiting(case: Case, kind: str) -> CheckRequest:
    """Return the only request that waits for details, with probation asked for them."""
    (found,) = (one for one in case.requests(kind) if one.state == "awaiting_details")
    assert clock_of(found.id, "ask").state == "running"
    return found


def in_error(case: Case, contact: UUID) -> None:
    """Have the practitioner say that a contact should never have been recorded."""
    path = f"/v1/people/{case.person_id}/contacts/{contact}"
    tag = case.practitioner.get(path).headers["ETag"]
    said = case.practitioner.post(f"{path}/entered-in-error", json={"reason": "A slip."}, if_match=tag)
    assert said.status_code == 200, said.text


def with_the_force(case: Case) -> CheckRequest:
    """Return the only request that a force has to answer."""
    (found,) = (one for one in case.requests("police_da") if one.state in {"requested", "acknowledged"})
    return found


def expecting(case: Case) -> tuple[UUID, UUID]:
    """Put a partner and the child that she expects on record."""
    home = case.address()
    mother = case.contact("partner", born=date(1994, 5, 1), lives_at=home)
    child = case.contact("unborn_child", child=True, named=False, born=None, authority=LEEDS)
    case.change(Contact, child, mother_id=mother, due_date=date(2026, 7, 30), dated=True)
    return mother, child


def test_an_unborn_child_whose_mother_is_withdrawn_is_asked_about_once_she_is_known(case: Case) -> None:
    mother, child = expecting(case)
    case.raise_checks()
    before = case.request(CHILDREN, LEEDS)
    case.change(Contact, child, mother_id=None, lives_at=None)
    case.change(Contact, mother, relationship="friend")
    asked = waiting(case, CHILDREN)
    assert missing_of(asked) == [(str(child), "mother")]
    assert "document" not in read(case.cast.council, before.id)[0]
    held_true_of(case.person_id)
    case.change(Contact, child, mother_id=mother)
    (again,) = (one for one in case.requests(CHILDREN) if one.state == "requested")
    told = read(case.cast.council, again.id)[0]["document"]["contacts"]
    assert {one["id"] for one in told} == {str(mother), str(child)}
    assert clock_of(again.id, "ask").state == "stopped"


def test_an_answer_about_a_mothers_child_says_nothing_of_a_child_of_nobody_known(case: Case) -> None:
    mother, child = expecting(case)
    case.raise_checks()
    before = case.request(CHILDREN, LEEDS)
    assert answer(case.cast.council, before.id, children_answer(child)).status_code == 201
    in_error(case, mother)
    assert missing_of(waiting(case, CHILDREN)) == [(str(child), "mother")]
    (answered,) = (one for one in case.requests(CHILDREN) if one.id == before.id)
    assert answered.state == "returned"
    held_true_of(case.person_id)


def test_a_mother_entered_in_error_leaves_no_authority_asked_about_a_child_of_nobody(case: Case) -> None:
    mother, child = expecting(case)
    case.raise_checks()
    before = case.request(CHILDREN, LEEDS)
    in_error(case, mother)
    assert missing_of(waiting(case, CHILDREN)) == [(str(child), "mother")]
    assert "document" not in read(case.cast.council, before.id)[0]
    held_true_of(case.person_id)


def test_the_same_person_under_a_later_reference_is_the_mother_and_lives_there_instead(case: Case) -> None:
    mother, child = expecting(case)
    hers = case.address("partner")
    case.change(Address, hers, contact_id=mother)
    later = case.contact("partner", born=date(1995, 5, 1))
    said = {"same": True, "same_reason": "Married.", "same_by": "p.shah", "same_at": clock.now()}
    case.change(Contact, later, alike_id=mother, alike_because="identity_changed", **said)
    case.raise_checks()
    before = case.request(CHILDREN, LEEDS)
    in_error(case, mother)
    assert {one.state for one in case.requests(CHILDREN)} == {"requested"}
    told = read(case.cast.council, before.id)[0]["document"]["contacts"]
    assert {one["id"] for one in told} == {str(child), str(later)}
    home = case.practitioner.get(f"/v1/people/{case.person_id}/addresses/{hers}").get_json()
    assert home["contact_id"] == str(later)
    held_true_of(case.person_id)


def test_of_two_children_the_one_whose_name_is_withdrawn_waits_and_joins_again(case: Case) -> None:
    home = case.address()
    first, second = (case.contact("child", child=True, lives_at=home) for _ in range(2))
    case.raise_checks()
    request = case.request(CHILDREN, LEEDS)
    read(case.cast.council, request.id)
    case.change(Contact, second, **NAMELESS)
    assert missing_of(waiting(case, CHILDREN)) == [(str(second), "name")]
    told = read(case.cast.council, request.id)[0]["document"]
    assert [one["id"] for one in told["contacts"]] == [str(first)]
    assert [one["id"] for one in told["changed"]["withdrawn"]] == [str(second)]
    held_true_of(case.person_id)
    case.change(Contact, second, given_name="Sam", family_name="Testcase", named=True)
    told = read(case.cast.council, request.id)[0]["document"]
    assert {one["id"] for one in told["contacts"]} == {str(first), str(second)}
    held_true_of(case.person_id)


def test_what_was_answered_of_a_child_by_name_stays_and_the_nameless_one_is_asked_about(case: Case) -> None:
    home = case.address()
    first, _ = (case.contact("child", child=True, lives_at=home) for _ in range(2))
    case.raise_checks()
    request = case.request(CHILDREN, LEEDS)
    part = children_answer(first) | {"complete": False, "remaining": "The other."}
    assert answer(case.cast.council, request.id, part).status_code == 201
    case.change(Contact, first, **NAMELESS)
    assert missing_of(waiting(case, CHILDREN)) == [(str(first), "name")]
    shown, _ = read(case.practitioner, request.id)
    assert shown["state"] == "partially_returned"
    (result,) = shown["results"]
    assert {one["given_name"] for one in result["about"]["contacts"]} == {"Robin"}
    held_true_of(case.person_id)


def test_who_was_asked_about_by_description_goes_on_being_asked_about(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    case.contact("child", child=True, lives_at=home)
    nameless = case.contact("child", child=True, named=False, born=None, lives_at=home)
    case.raise_checks()
    for _ in range(30):
        the_clock.move(timedelta(days=1))
        sweep(clock.now())
    request = case.request(CHILDREN, LEEDS)
    told = read(case.cast.council, request.id)[0]["document"]["contacts"]
    assert str(nameless) in {one["id"] for one in told}
    assert {one for one, _ in missing_of(request)} == {str(nameless)}
    case.change(Address, home, lines=["9 Cawdor Yard"])
    request = case.request(CHILDREN, LEEDS)
    assert {one for one, _ in missing_of(request)} == {str(nameless)}
    assert [one.state for one in case.requests(CHILDREN)].count("awaiting_details") == 0
    held_true_of(case.person_id)


def test_no_force_is_asked_about_a_person_who_is_not_known_any_more(case: Case) -> None:
    case.address()
    case.raise_checks()
    before = case.request()
    case.change_person(given_name="Unknown", family_name="-")
    asked = waiting(case, "police_da")
    assert missing_of(asked) == [(str(case.person_id), "name")]
    assert "document" not in read(case.cast.police, before.id)[0]
    case.change_person(given_name="Toby", family_name="Testcase")
    (again,) = (one for one in case.requests("police_da") if one.state == "requested")
    assert read(case.cast.police, again.id)[0]["document"]["person"]["given_name"] == "Toby"
    held_true_of(case.person_id)


def test_a_partner_without_a_date_of_birth_whose_home_is_withdrawn_is_asked_about_once_found(
    case: Case,
) -> None:
    home = case.address()
    partner = case.contact("partner", born=None, lives_at=home)
    case.raise_checks()
    case.change(Contact, partner, lives_at=None)
    assert missing_of(waiting(case, "police_da")) == [(str(partner), "address")]
    told = read(case.cast.police, case.request().id)[0]["document"]
    assert told["contacts"] == []
    held_true_of(case.person_id)


NOWHERE: dict[str, Any] = {"lines": None, "postcode": None}


@pytest.mark.parametrize("when", ["from the beginning", "later"])
def test_no_force_is_asked_about_an_address_that_it_cannot_find(case: Case, when: str) -> None:
    home, other = case.address(), case.address("visited")
    partner = case.contact("partner", named=False, born=None, lives_at=other)
    if when == "from the beginning":
        case.change(Address, other, **NOWHERE)
    case.raise_checks()
    case.change(Address, other, **NOWHERE)
    asked = waiting(case, "police_da")
    assert missing_of(asked) == [(str(other), "address")]
    shown, _ = read(case.practitioner, asked.id)
    assert {one["id"] for one in shown["subjects"]} == {str(case.person_id), str(other), str(partner)}
    told = read(case.cast.police, with_the_force(case).id)[0]["document"]
    assert ([one["id"] for one in told["addresses"]], told["contacts"]) == ([str(home)], [])
    held_true_of(case.person_id)
    case.change(Address, other, postcode="LS6 2AA")
    told = read(case.cast.police, with_the_force(case).id)[0]["document"]
    assert {one["id"] for one in told["addresses"]} == {str(home), str(other)}
    assert [one["id"] for one in told["contacts"]] == [str(partner)]
    held_true_of(case.person_id)


def test_of_an_answered_address_that_is_nowhere_by_now_the_practitioner_is_asked(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    assert answer(case.cast.police, case.request().id, police_answer()).status_code == 201
    case.change(Address, home, **NOWHERE)
    assert missing_of(waiting(case, "police_da")) == [(str(home), "address")]
    held_true_of(case.person_id)


def test_while_danger_stands_a_child_is_asked_about_by_what_else_identifies_it(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = case.address()
    child = case.contact("child", child=True, lives_at=home)
    case.raise_checks()
    monkeypatch.setattr("service.checks.danger._registered", [lambda *_: True])
    case.change(Contact, child, **NAMELESS)
    (request,) = case.requests(CHILDREN)
    told = read(case.cast.council, request.id)[0]["document"]["contacts"]
    assert [(one["id"], one["given_name"]) for one in told] == [(str(child), None)]
    assert missing_of(request) == [(str(child), "name")]
    # Once it is over, the practitioner is asked first again.
    monkeypatch.setattr("service.checks.danger._registered", [])
    case.change(Address, home, lines=["9 Cawdor Yard"])
    (left,) = (one for one in case.requests(CHILDREN) if one.state != "superseded")
    assert (left.state, missing_of(left)) == ("awaiting_details", [(str(child), "name")])
