"""A record is corrected before or after an answer: who must be asked is asked, and nothing false is kept."""

import threading
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.checks import actions, writes
from service.checks.model import CheckRequest, CheckRequestSubject
from service.people import visibility
from service.people.model import Address, Contact
from tests import rows
from tests.checks.factories import (
    LEEDS,
    Case,
    answer,
    children_answer,
    move,
    police_answer,
    read,
)
from tests.conftest import TheClock

pytestmark = pytest.mark.long

CHILDREN = "childrens_safeguarding"


def look_again(case: Case) -> None:
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)


def of_council(case: Case) -> dict[str, Any]:
    """Return what the council of Leeds is asked now."""
    found: dict[str, Any] = read(case.cast.council, case.request(CHILDREN, LEEDS).id)[0]["document"]
    return found


def expecting(case: Case) -> tuple[UUID, UUID, UUID]:
    """Put an unborn child, its mother and another woman on record."""
    case.address()
    mother, other = (case.contact("friend", born=date(year, 1, 1)) for year in (1990, 1991))
    baby = case.contact("unborn_child", child=True, named=False, born=date(2026, 6, 1), authority=LEEDS)
    case.change(Contact, baby, mother_id=mother)
    return mother, other, baby


def asked_of_council(case: Case) -> list[CheckRequest]:
    return [one for one in case.requests(CHILDREN) if one.area == LEEDS]


def test_another_mother_is_asked_about_after_the_answer_and_a_corrected_one_too(case: Case) -> None:
    mother, other, baby = expecting(case)
    case.raise_checks()
    (first,) = asked_of_council(case)
    assert answer(case.cast.council, first.id, children_answer(baby)).status_code == 201
    case.change(Contact, mother, given_name="Edna", family_name="Quill", date_of_birth=date(1988, 8, 8))
    (second,) = (one for one in asked_of_council(case) if one.state == "requested")
    assert answer(case.cast.council, second.id, children_answer(baby)).status_code == 201
    case.change(Contact, baby, mother_id=other)
    (third,) = (one for one in asked_of_council(case) if one.state == "requested")
    assert len({first.id, second.id, third.id}) == 3
    told = read(case.cast.council, third.id)[0]["document"]["contacts"]
    assert {one["id"] for one in told} == {str(baby), str(other)}


def test_another_mother_is_told_before_the_answer_and_the_one_before_no_more(case: Case) -> None:
    mother, other, baby = expecting(case)
    case.raise_checks()
    case.change(Contact, baby, mother_id=other)
    told = {one["id"] for one in of_council(case)["contacts"]}
    assert (str(mother) in told, told) == (False, {str(baby), str(other)})


def test_a_child_who_moves_within_the_authority_is_told_with_the_new_home(case: Case) -> None:
    before, now = case.address(), case.address("visited")
    kirsty = case.contact("child", child=True, lives_at=before)
    case.raise_checks()
    case.change(Contact, kirsty, lives_at=now)
    told = of_council(case)
    assert [one["id"] for one in told["addresses"]] == [str(now)]
    assert [one["lives_at"] for one in told["contacts"]] == [str(now)]


def test_a_nameless_child_is_asked_about_again_where_the_home_is_corrected(case: Case) -> None:
    home = case.address()
    child = case.contact("child", child=True, named=False, lives_at=home)
    case.raise_checks(kinds=[CHILDREN])
    with rows.transaction() as session:
        actions.ask_by_description(session, case.actor, case.person_id)
    (first,) = asked_of_council(case)
    assert answer(case.cast.council, first.id, children_answer(child)).status_code == 201
    case.change(Address, home, lines=["99 Other Street", "Leeds"], postcode="LS9 9ZZ")
    # Its name is owed again; it goes out without, once nobody can be waited for.
    assert {one.state for one in asked_of_council(case)} == {"returned", "awaiting_details"}
    with rows.transaction() as session:
        actions.ask_by_description(session, case.actor, case.person_id)
    assert sorted(one.state for one in asked_of_council(case)) == ["requested", "returned"]


def test_a_child_who_moves_in_elsewhere_while_its_question_waits_is_of_that_family(case: Case) -> None:
    home = case.address()
    nameless = case.contact("child", child=True, named=False, authority=LEEDS)
    case.raise_checks(kinds=[CHILDREN])
    case.contact("child", child=True, authority=LEEDS)
    look_again(case)
    case.change(Contact, nameless, lives_at=home)
    with rows.transaction() as session:
        actions.ask_by_description(session, case.actor, case.person_id)
    asked = [one for one in asked_of_council(case) if one.state == "requested"]
    assert sorted(str(one.family) for one in asked) == sorted(["unplaced", str(home)])


def test_a_child_who_joins_a_household_that_is_asked_about_by_then_joins_its_question(case: Case) -> None:
    home = case.address()
    first = case.contact("child", child=True, authority=LEEDS)
    nameless = case.contact("child", child=True, named=False, authority=LEEDS)
    case.raise_checks(kinds=[CHILDREN])
    case.change(Contact, first, lives_at=home)
    case.change(Contact, nameless, lives_at=home)
    with rows.transaction() as session:
        actions.ask_by_description(session, case.actor, case.person_id)
    (asked,) = (one for one in asked_of_council(case) if one.state == "requested")
    told = {one["id"] for one in read(case.cast.council, asked.id)[0]["document"]["contacts"]}
    assert told == {str(first), str(nameless)}


def test_a_mother_who_is_a_child_herself_needs_an_answer_of_her_own(case: Case) -> None:
    mother, _, baby = expecting(case)
    case.raise_checks(kinds=[CHILDREN])
    case.change(Contact, mother, relationship="other_child", is_child=True, local_authority=LEEDS)
    request = case.request(CHILDREN, LEEDS)
    whole = children_answer(baby) | {"question_version": request.question_version}
    assert answer(case.cast.council, request.id, whole).status_code == 422
    with rows.transaction() as session:
        hers = session.get_one(CheckRequestSubject, (request.id, "contact", mother))
        assert (hers.context, hers.answered_by) == (False, None)
    assert read(case.practitioner, request.id)[0]["state"] != "returned"


def test_an_address_in_an_area_that_redirected_is_asked_about_there(case: Case) -> None:
    case.address()
    case.raise_checks(kinds=["police_da"])
    redirected = case.request()
    sent_on = move(
        case.cast.police, redirected.id, "misdirect", to_area="greater-manchester", reason="Theirs."
    )
    assert sent_on.status_code == 200, sent_on.text
    second = case.address("visited")
    look_again(case)
    again = case.request()
    assert (again.state, again.id != redirected.id) == ("requested", True)
    told = read(case.cast.police, again.id)[0]["document"]["addresses"]
    assert [one["id"] for one in told] == [str(second)]


def test_an_address_whose_force_was_not_known_goes_with_the_question_it_has_joined(case: Case) -> None:
    case.address(force="greater-manchester")
    nowhere = case.address("visited", force=None)
    case.raise_checks(kinds=["police_da"])
    case.change(Address, nowhere, police_force="greater-manchester")
    joined = case.request(area="greater-manchester")
    back = move(case.cast.other_police, joined.id, "misdirect", to_area="west-yorkshire", reason="Theirs.")
    assert back.status_code == 200, back.text
    look_again(case)
    assert [one.state for one in case.requests("police_da") if one.area == "greater-manchester"] == [
        "misdirected"
    ]
    told = read(case.cast.police, case.request().id)[0]["document"]["addresses"]
    assert str(nowhere) in {one["id"] for one in told}
    with rows.transaction() as session:
        kept = session.get_one(CheckRequestSubject, (case.request().id, "address", nowhere))
        assert kept.area_on_record == "greater-manchester"


def test_whoever_is_found_at_a_place_that_was_redirected_is_asked_about_there(case: Case) -> None:
    case.address()
    there = case.address("visited", force="greater-manchester")
    case.contact("ex_partner", lives_at=there)
    case.raise_checks(kinds=["police_da"])
    elsewhere = case.request(area="greater-manchester")
    moved = move(
        case.cast.other_police, elsewhere.id, "misdirect", to_area="west-yorkshire", reason="Theirs."
    )
    assert moved.status_code == 200
    she = case.contact("partner", lives_at=there)
    look_again(case)
    look_again(case)
    assert {one.state for one in case.requests("police_da") if one.area == "greater-manchester"} == {
        "misdirected"
    }
    told = read(case.cast.police, case.request().id)[0]["document"]
    assert str(she) in {one["id"] for one in told["contacts"]}
    with rows.transaction() as session:
        kept = session.get_one(CheckRequestSubject, (case.request().id, "contact", she))
        assert (kept.area_on_record, kept.withdrawn_version) == ("greater-manchester", None)


def test_a_redirect_leaves_each_subject_its_own_exposure(case: Case, the_clock: TheClock) -> None:
    first = case.address()
    case.raise_checks(kinds=["police_da"])
    asked_first = clock.now()
    the_clock.move(timedelta(days=4))
    second = case.address("visited")
    look_again(case)
    request = case.request()
    move(case.cast.police, request.id, "misdirect", to_area="greater-manchester", reason="Theirs.")
    sent_on = case.request(area="greater-manchester")
    with rows.transaction() as session:
        since = {
            one: session.get_one(CheckRequestSubject, (sent_on.id, "address", one)).exposed_since
            for one in (first, second)
        }
    assert since == {first: asked_first, second: clock.now()}


def test_a_part_about_a_partner_does_not_outlive_the_identity_of_the_person(case: Case) -> None:
    home = case.address()
    partner = case.contact("partner", lives_at=home)
    case.raise_checks(kinds=["police_da"])
    request = case.request()
    said = [{"id": str(partner), "outcome": "nothing_found"}]
    part = police_answer(complete=False, remaining="The others.", subjects=said)
    assert answer(case.cast.police, request.id, part).status_code == 201
    case.change_person(given_name="Zebedee", date_of_birth=date(1971, 1, 1))
    others = [{"id": str(one), "outcome": "nothing_found"} for one in (case.person_id, home)]
    rest = answer(
        case.cast.police,
        request.id,
        police_answer(complete=False, remaining="She.", question_version=2, subjects=others),
    )
    assert rest.status_code == 201, rest.text
    seen, _ = read(case.practitioner, request.id)
    assert seen["state"] == "partially_returned"
    unanswered = {one["id"] for one in seen["subjects"] if not one["answered"]}
    assert unanswered == {str(partner)}


def test_whoever_writes_about_a_record_does_not_wait_for_an_agency_that_waits_for_its_checks(
    case: Case,
) -> None:
    """The two took the same two locks, each the other's first: one of them was ended by the database."""
    case.address()
    case.raise_checks(kinds=["police_da"])
    request = case.request()
    case.cast.police.token()
    _, tag = read(case.cast.police, request.id)
    came_to: list[int] = []

    def redirect() -> None:
        given = case.cast.police.post(
            f"/v1/check-requests/{request.id}/transitions",
            json={"action": "misdirect", "to_area": "greater-manchester", "reason": "Theirs."},
            if_match=tag,
            idempotency_key=None,
        )
        came_to.append(given.status_code)

    agency = threading.Thread(target=redirect)
    with rows.transaction() as session:
        visibility.lock_record(session, case.person_id)
        agency.start()
        agency.join()  # it takes and leaves the lock of the checks, and only refers to the record
        writes.lock_record(session, case.person_id)
    assert came_to == [200]


def test_a_partner_whose_home_is_not_known_is_asked_about_where_the_person_lives(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    her = case.contact("ex_partner", born=date(1991, 5, 1))
    look_again(case)
    (now,) = (one for one in case.requests() if one.state == "requested")
    (told,) = read(case.cast.police, now.id)[0]["document"]["contacts"]
    assert (told["id"], told["given_name"], told["date_of_birth"]) == (str(her), "Robin", "1991-05-01")
    hers = case.address("visited", force="greater-manchester")
    with rows.transaction() as session:
        session.get_one(Contact, her).lives_at = hers
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)
    there = case.request(area="greater-manchester")
    assert [one["id"] for one in read(case.cast.other_police, there.id)[0]["document"]["contacts"]] == [
        str(her)
    ]
    still = read(case.cast.police, now.id)[0]["document"]
    assert ([one["id"] for one in still["contacts"]], still["addresses"]) == ([str(her)], [])


@pytest.mark.parametrize("is_there", [True, False])
def test_an_adult_of_a_home_of_which_it_is_asked_who_is_there_stays_when_a_child_of_nobody_joins(
    case: Case, *, is_there: bool
) -> None:
    """Another partner lives there too, or she is not known to live anywhere: the child may be of either."""
    home = case.address()
    her = case.contact("partner", lives_at=home if is_there else None)
    other = case.contact("partner", lives_at=home) if is_there else None
    case.change_person(children_asked_at=clock.now())
    case.raise_checks(kinds=[CHILDREN])
    with rows.transaction() as session:
        actions.ask_by_description(session, case.actor, case.person_id)
    (first,) = asked_of_council(case)
    baby = case.contact("unborn_child", child=True, named=False, born=None, lives_at=home)
    case.change_person(children_asked_at=None)
    with rows.transaction() as session:
        actions.ask_by_description(session, case.actor, case.person_id)
    case.change(Contact, baby, due_date=date(2026, 7, 30), dated=True)
    (now,) = (one for one in asked_of_council(case) if one.state == "requested")
    assert now.id == first.id
    told = {one["id"] for one in read(case.cast.council, now.id)[0]["document"]["contacts"]}
    assert told == {str(one) for one in (her, other, baby) if one is not None}
