"""What covers whom: only who needs an answer is answered, and who helped to find a child is part of it."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from service.checks.kinds import childrens_safeguarding, police_da
from service.checks.kinds.contract import CheckKind
from service.checks.planning import Plan, Standing, plan
from service.checks.rules import (
    AddressFacts,
    ContactFacts,
    Household,
    PersonFacts,
    SubjectRef,
    together,
)

POLICE, CHILDREN = police_da.KIND, childrens_safeguarding.KIND
PERSON = PersonFacts(uuid4())
ME = SubjectRef("person", PERSON.id)
LEEDS, MANCHESTER, WEST, NORTH = "E08000035", "E08000003", "west-yorkshire", "greater-manchester"


def home(force: str = WEST) -> AddressFacts:
    return AddressFacts(uuid4(), "current", police_force=force, local_authority=LEEDS)


def at(address: AddressFacts) -> SubjectRef:
    return SubjectRef("address", address.id)


def who(contact: ContactFacts) -> SubjectRef:
    return SubjectRef("contact", contact.id)


def child(**facts: Any) -> ContactFacts:
    return ContactFacts(uuid4(), "child", is_child=True, local_authority=LEEDS, **facts)


def household(*contacts: ContactFacts, at: tuple[AddressFacts, ...] = (), asked: bool = False) -> Household:
    return Household(PERSON, contacts, at, "no", children_asked=asked)


def standing(
    area: str, needs: set[SubjectRef], helps: frozenset[SubjectRef] = frozenset(), **more: Any
) -> Standing:
    return Standing(
        uuid4(),
        **{"stands": "open", "area": area, "area_on_record": area, "family": None}
        | {"subjects": helps | needs | {ME}, "needs": frozenset(needs)}
        | more,
    )


def planned(kind: CheckKind, of: Household, one: Standing) -> Plan:
    return plan(of, kind.lines(of), [one], about_person=kind.about_person, again=False)


def test_a_redirected_question_is_not_joined_by_what_is_in_the_area_that_redirected_it() -> None:
    first, second = home(), home()
    redirected = standing(NORTH, {ME, at(first)}, area_on_record=WEST)
    found = planned(POLICE, household(at=(first, second)), redirected)
    assert ([one.area for one in found.ask], found.join) == ([WEST], {})


def test_what_is_put_right_into_the_area_that_redirected_another_is_asked_about_there() -> None:
    first, second = home(), home()
    recorded = {at(first): WEST, at(second): NORTH}
    redirected = standing(NORTH, {ME, at(first), at(second)}, area_on_record=WEST, recorded_in=recorded)
    found = planned(POLICE, household(at=(first, second)), redirected)
    assert [(one.area, at(second) in one.subjects, at(first) in one.subjects) for one in found.ask] == [
        (WEST, True, False)
    ]
    assert found.withdraw == {redirected.id: {at(second)}}


def test_a_child_is_asked_about_where_it_is_said_to_live_and_where_its_home_is() -> None:
    place = home()
    kirsty = replace(child(lives_at=place.id), local_authority=MANCHESTER)
    lines = CHILDREN.lines(household(kirsty, at=(place,)))
    assert {(line.key, line.area) for line in lines} == {
        (f"contact:{kirsty.id}", MANCHESTER),
        (f"contact:{kirsty.id}@home", LEEDS),
    }
    found = planned(CHILDREN, household(kirsty, at=(place,)), standing(MANCHESTER, {who(kirsty)}))
    assert [one.area for one in found.ask] == [LEEDS]
    assert found.withdraw == {}


def test_a_child_whose_home_moves_is_asked_about_in_the_new_place_although_its_own_is_not_changed() -> None:
    place = replace(home(), local_authority=MANCHESTER)
    kirsty = child(lives_at=place.id)
    answered = standing(LEEDS, {who(kirsty)}, stands="answered", answered=frozenset({who(kirsty)}))
    found = planned(CHILDREN, household(kirsty, at=(place,)), answered)
    assert [one.area for one in found.ask] == [MANCHESTER]


def test_a_home_that_helped_to_find_a_child_is_not_asked_about_for_children() -> None:
    place = home()
    kirsty = child(lives_at=place.id)
    one = standing(LEEDS, {who(kirsty)}, frozenset({at(place)}))
    found = planned(CHILDREN, household(kirsty, at=(place,), asked=True), one)
    (asked,) = found.ask
    assert [missing.detail for missing in asked.missing] == ["whether_children"]


def test_a_mother_who_turns_out_to_be_a_child_is_asked_about() -> None:
    mother = child()
    baby = child(unborn=True, named=False, mother_id=mother.id)
    of = household(mother, baby)
    one = standing(LEEDS, {who(baby)}, frozenset({who(mother)}))
    assert who(mother) in planned(CHILDREN, of, one).join[one.id].subjects
    assert who(mother) not in planned(CHILDREN, of, one).join[one.id].context


def test_an_answer_about_an_unborn_child_is_about_its_mother_too() -> None:
    mother = ContactFacts(uuid4(), "friend")
    other = replace(mother, id=uuid4())
    baby = child(unborn=True, named=False, mother_id=mother.id)
    of = household(mother, other, baby)
    one = standing(
        LEEDS,
        {who(baby)},
        frozenset({who(mother)}),
        stands="answered",
        answered=frozenset({who(baby)}),
    )
    assert planned(CHILDREN, of, one).ask == ()
    corrected = planned(CHILDREN, of, one._replace(otherwise=frozenset({who(mother)})))
    assert who(baby) in corrected.ask[0].subjects
    of = household(mother, other, replace(baby, mother_id=other.id))
    (asked,) = planned(CHILDREN, of, one).ask
    assert {who(baby), who(other)} <= set(asked.subjects)


def test_a_named_child_is_not_asked_about_again_for_a_corrected_home() -> None:
    place = home()
    named, nameless = child(lives_at=place.id), child(lives_at=place.id, named=False)
    for one, again in ((named, 0), (nameless, 1)):
        stands = standing(
            LEEDS,
            {who(one)},
            frozenset({at(place)}),
            stands="answered",
            answered=frozenset({who(one)}),
            otherwise=frozenset({at(place)}),
        )
        assert len(planned(CHILDREN, household(one, at=(place,)), stands).ask) == again


def test_another_mother_joins_an_open_question_and_the_one_before_is_withdrawn() -> None:
    mother, other = ContactFacts(uuid4(), "friend"), ContactFacts(uuid4(), "friend")
    baby = child(unborn=True, named=False, mother_id=other.id)
    one = standing(LEEDS, {who(baby)}, frozenset({who(mother)}))
    found = planned(CHILDREN, household(mother, other, baby), one)
    assert who(other) in found.join[one.id].context
    assert found.withdraw == {one.id: frozenset({who(mother)})}


def test_another_home_of_a_child_joins_an_open_question_and_the_one_before_is_withdrawn() -> None:
    before, now = home(), home()
    kirsty = child(lives_at=now.id)
    one = standing(LEEDS, {who(kirsty)}, frozenset({at(before)}))
    found = planned(CHILDREN, household(kirsty, at=(before, now)), one)
    assert at(now) in found.join[one.id].context
    assert found.withdraw == {one.id: frozenset({at(before)})}


def test_what_a_part_said_of_others_goes_with_the_identity_of_the_person() -> None:
    place = home()
    partner = ContactFacts(uuid4(), "partner", lives_at=place.id)
    needs = {ME, at(place), who(partner)}
    one = standing(WEST, needs, answered=frozenset({who(partner)}), otherwise=frozenset({ME}))
    assert planned(POLICE, household(partner, at=(place,)), one).ask_anew == {one.id: {who(partner)}}


def test_who_was_looked_for_through_the_person_is_asked_about_again_where_the_person_was_another() -> None:
    place = home()
    nameless = child(named=False, lives_at=place.id)
    one = standing(
        LEEDS, {who(nameless)}, frozenset({at(place)}), stands="answered", answered=frozenset({who(nameless)})
    )
    of = household(nameless, at=(place,))
    assert planned(CHILDREN, of, one).ask == ()
    (again,) = planned(CHILDREN, of, one._replace(otherwise=frozenset({ME}))).ask
    assert who(nameless) in again.subjects


def test_whether_there_are_children_is_asked_again_with_an_adult_who_is_another_or_has_come() -> None:
    place = home()
    partner = ContactFacts(uuid4(), "partner", lives_at=place.id)
    one = standing(
        LEEDS, {at(place)}, frozenset({who(partner)}), stands="answered", answered=frozenset({at(place)})
    )
    of = household(partner, at=(place,), asked=True)
    assert planned(CHILDREN, of, one).ask == ()
    for otherwise in (ME, who(partner)):
        (again,) = planned(CHILDREN, of, one._replace(otherwise=frozenset({otherwise}))).ask
        assert at(place) in again.subjects
    another = ContactFacts(uuid4(), "partner")
    (again,) = planned(CHILDREN, household(partner, another, at=(place,), asked=True), one).ask
    assert who(another) in again.context


def test_whether_there_are_children_is_asked_by_an_adult_with_a_name_or_a_place_that_can_be_found() -> None:
    place = home()
    nowhere, nobody = replace(place, found=False), replace(PERSON, named=False)
    for at_, person, is_asked in (
        (place, nobody, True),
        (nowhere, PERSON, True),
        (nowhere, nobody, False),
    ):
        of = replace(household(at=(at_,), asked=True), person=person)
        (question,) = together(of, CHILDREN.lines(of))
        assert (question.held_back_by(by_description=True) == ()) is is_asked
