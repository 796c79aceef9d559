"""Contacts who may be one person are one question to each agency, and no agency is left out."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from service.checks.kinds import childrens_safeguarding, police_da
from service.checks.rules import (
    AddressFacts,
    ContactFacts,
    Household,
    Missing,
    PersonFacts,
    current_question,
    together,
)

CHILDREN, POLICE = childrens_safeguarding.KIND, police_da.KIND
PERSON = PersonFacts(uuid4())
LEEDS, MANCHESTER = "E08000035", "E08000003"


def child(authority: str | None = LEEDS, asked_as: UUID | None = None) -> ContactFacts:
    return ContactFacts(uuid4(), "child", is_child=True, local_authority=authority, asked_as=asked_as)


def children_asked_about(*contacts: ContactFacts) -> list[tuple[str | None, UUID]]:
    found = CHILDREN.lines(Household(PERSON, contacts, children="yes"))
    return [(line.area, line.subjects[0].id) for line in found]


def test_a_twin_is_one_question_with_the_first() -> None:
    first = child()
    assert children_asked_about(first, child(asked_as=first.id)) == [(LEEDS, first.id)]


def test_what_only_the_twin_tells_completes_the_question() -> None:
    first = child(None)
    assert children_asked_about(first, child(asked_as=first.id)) == [(LEEDS, first.id)]


def test_a_child_on_record_in_two_places_is_asked_about_in_both() -> None:
    first = child()
    there = child(MANCHESTER, asked_as=first.id)
    assert children_asked_about(first, there) == [(LEEDS, first.id), (MANCHESTER, there.id)]


def test_a_mother_on_record_twice_is_found_as_the_first() -> None:
    mother = ContactFacts(uuid4(), "partner", local_authority=LEEDS)
    twin = ContactFacts(uuid4(), "partner", asked_as=mother.id)
    baby = ContactFacts(uuid4(), "unborn_child", is_child=True, unborn=True, named=False, mother_id=twin.id)
    (line,) = CHILDREN.lines(Household(PERSON, (mother, twin, baby), children="yes"))
    assert not line.missing
    assert ("contact", mother.id) in line.context


def test_a_friend_who_is_on_record_as_a_partner_too_is_asked_about_as_a_partner() -> None:
    home = AddressFacts(uuid4(), "current", "west-yorkshire")
    friend = ContactFacts(uuid4(), "friend")
    partner = ContactFacts(uuid4(), "partner", lives_at=home.id, asked_as=friend.id)
    lines = POLICE.lines(Household(PERSON, (friend, partner), (home,)))
    assert all(("contact", friend.id) in line.subjects for line in lines)
    assert not any(("contact", partner.id) in line.subjects for line in lines)


def test_what_waited_about_a_twin_waits_until_somebody_decides() -> None:
    first = child()
    twin = child(asked_as=first.id)
    household = Household(PERSON, (first, twin), children="yes")
    question = current_question(household, CHILDREN.lines(household), f"contact:{twin.id}")
    assert question is not None
    assert question.missing == (Missing("contact", twin.id, "same"),)
    assert question.held_back_by(by_description=True) == question.missing


@st.composite
def households(draw: st.DrawFn) -> Household:
    firsts = [child(draw(st.sampled_from([LEEDS, MANCHESTER, None]))) for _ in range(draw(st.integers(1, 4)))]
    twins = [
        child(draw(st.sampled_from([LEEDS, MANCHESTER, None])), asked_as=draw(st.sampled_from(firsts)).id)
        for _ in range(draw(st.integers(0, 5)))
    ]
    return Household(PERSON, tuple(draw(st.permutations([*firsts, *twins]))), children="yes")


@given(households())
def test_no_agency_is_ever_asked_twice_about_a_child_and_none_is_left_out(household: Household) -> None:
    root = {one.id: one.asked_as or one.id for one in household.contacts}
    questions = together(household, CHILDREN.lines(household))
    asked = [
        (question.area, root[id_])
        for question in questions
        for kind, id_ in question.subjects
        if kind == "contact"
    ]
    assert len(asked) == len(set(asked))
    owed = {(one.local_authority, root[one.id]) for one in household.contacts if one.local_authority}
    assert owed <= set(asked)
    assert {child_id for _, child_id in asked} == set(root.values())
