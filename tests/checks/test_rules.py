"""Which questions arise from a household: never too few, and the same ones for the same facts."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.checks.kinds import childrens_safeguarding, police_da
from service.checks.kinds.contract import CheckKind
from service.checks.planning import Standing, plan
from service.checks.rules import (
    AddressFacts,
    Children,
    ContactFacts,
    Household,
    Line,
    Missing,
    PersonFacts,
    Question,
    SubjectRef,
    carried_by,
    corrected_question,
    current_question,
    subject_is_unknown,
    together,
    unidentified,
)
from service.people.rules import PARTNERS

POLICE, CHILDREN = police_da.KIND, childrens_safeguarding.KIND
PERSON = PersonFacts(uuid4())


def household(
    *contacts: ContactFacts,
    addresses: tuple[AddressFacts, ...] = (),
    children: Children = "no",
    person: PersonFacts = PERSON,
) -> Household:
    return Household(person, contacts, addresses, children)


def asks(kind: CheckKind, of: Household) -> tuple[Question, ...]:
    return together(of, kind.lines(of), always_missing=kind.missing_for_all(of))


def address(force: str | None = "west-yorkshire", authority: str | None = "E08000035") -> AddressFacts:
    return AddressFacts(uuid4(), "current", police_force=force, local_authority=authority)


def child(home: AddressFacts | None = None, *, authority: str | None = None) -> ContactFacts:
    return ContactFacts(
        uuid4(), "child", is_child=True, local_authority=authority, lives_at=home.id if home else None
    )


class TestPolice:
    def test_somebody_without_any_address_on_record_is_asked_about_all_the_same(self) -> None:
        (question,) = asks(POLICE, household())
        assert question.missing == (Missing("person", PERSON.id, "address"),)

    def test_each_force_is_asked_once_about_all_its_addresses(self) -> None:
        here, also_here, there = address(), address(), address("greater-manchester")
        questions = asks(POLICE, household(addresses=(here, also_here, there)))
        assert {question.area for question in questions} == {"west-yorkshire", "greater-manchester"}
        (west,) = (question for question in questions if question.area == "west-yorkshire")
        assert {("address", here.id), ("address", also_here.id), ("person", PERSON.id)} == set(west.subjects)
        assert not any(question.missing for question in questions)

    def test_an_address_whose_force_is_unknown_waits_and_holds_back_no_other(self) -> None:
        known, unknown = address(), address(None)
        waiting, ready = asks(POLICE, household(addresses=(known, unknown)))
        assert (waiting.obligation, ready.area) == (f"address:{unknown.id}", "west-yorkshire")
        assert not ready.missing
        assert waiting.missing == (Missing("address", unknown.id, "police_force"),)

    @pytest.mark.parametrize("relationship", ["partner", "ex_partner"])
    def test_the_force_where_a_partner_lives_is_asked_about_the_partner(self, relationship: str) -> None:
        home = address("north-yorkshire")
        partner = ContactFacts(uuid4(), relationship, lives_at=home.id)
        (question,) = asks(POLICE, household(partner, addresses=(home,)))
        assert SubjectRef("contact", partner.id) in question.subjects

    def test_a_partner_known_only_by_an_address_is_asked_about_by_the_address(self) -> None:
        home = address("north-yorkshire")
        partner = ContactFacts(uuid4(), "ex_partner", named=False, dated=False, lives_at=home.id)
        (question,) = asks(POLICE, household(partner, addresses=(home,)))
        assert (question.area, question.missing) == ("north-yorkshire", ())

    def test_a_partner_of_unknown_whereabouts_is_kept_waiting_and_not_forgotten(self) -> None:
        partner = ContactFacts(uuid4(), "partner", named=False)
        questions = asks(POLICE, household(partner, addresses=(address(),)))
        (waiting,) = (question for question in questions if question.missing)
        assert {missing.detail for missing in waiting.missing} == {"address", "name"}

    @pytest.mark.parametrize("relationship", ["partner", "ex_partner"])
    def test_who_is_named_and_of_unknown_whereabouts_is_asked_about_where_the_person_lives(
        self, relationship: str
    ) -> None:
        partner = ContactFacts(uuid4(), relationship)
        visited = AddressFacts(uuid4(), "visited", police_force="merseyside")
        here, there = address(), address("greater-manchester")
        questions = asks(POLICE, household(partner, addresses=(here, there, visited)))
        told = {one.area: SubjectRef("contact", partner.id) in one.subjects for one in questions}
        assert told == {"west-yorkshire": True, "greater-manchester": True, "merseyside": False}
        assert not any(one.missing for one in questions)
        (only,) = asks(POLICE, household(partner, addresses=(visited,)))
        assert SubjectRef("contact", partner.id) in only.subjects

    def test_who_lives_elsewhere_is_asked_about_where_the_person_lives_too(self) -> None:
        hers = AddressFacts(uuid4(), "visited", police_force="greater-manchester")
        partner = ContactFacts(uuid4(), "partner", lives_at=hers.id)
        questions = asks(POLICE, household(partner, addresses=(address(), hers)))
        assert [one.area for one in questions if SubjectRef("contact", partner.id) in one.subjects] == [
            "greater-manchester",
            "west-yorkshire",
        ]

    def test_nobody_can_be_looked_up_by_a_name_alone(self) -> None:
        vague = PersonFacts(PERSON.id, dated=False)
        (question,) = asks(POLICE, household(addresses=(address(),), person=vague))
        assert question.missing == (Missing("person", PERSON.id, "date_of_birth"),)
        with_pnc = PersonFacts(PERSON.id, named=False, dated=False, police_reference=True)
        (question,) = asks(POLICE, household(addresses=(address(),), person=with_pnc))
        assert question.missing == ()


class TestChildren:
    @pytest.mark.parametrize("children", ["no", "yes", "not_recorded"])
    def test_whether_there_are_children_goes_to_where_the_adults_live(self, children: Children) -> None:
        home, hers, before = address(), address(authority="E08000003"), address(authority="E08000034")
        before = AddressFacts(before.id, "previous", local_authority="E08000034")
        partner = ContactFacts(uuid4(), "partner", lives_at=hers.id)
        of = Household(PERSON, (partner,), (home, hers, before), children, children_asked=True)
        questions = asks(CHILDREN, of)
        assert {question.area for question in questions} == {"E08000035", "E08000003"}
        for question in questions:
            assert {one.kind for one in question.missing} == {"person"}
            assert question.held_back_by(by_description=False) == question.missing
            assert question.held_back_by(by_description=True) == ()
        (at_hers,) = (one for one in questions if one.area == "E08000003")
        assert SubjectRef("contact", partner.id) in at_hers.subjects

    def test_without_a_place_whether_there_are_children_waits(self) -> None:
        (question,) = asks(CHILDREN, Household(PERSON, children="no", children_asked=True))
        assert question.held_back_by(by_description=True) == question.missing

    def test_children_of_a_partner_are_asked_about_beside_those_on_record(self) -> None:
        home = address()
        of = Household(PERSON, (child(home),), (home,), "yes", children_asked=True)
        assert [len(question.missing) for question in asks(CHILDREN, of)] == [1, 0]

    def test_a_name_is_enough_once_nobody_knows_the_date_of_birth(self) -> None:
        known: dict[str, Any] = {"is_child": True, "dated": False, "local_authority": "E08000035"}
        (waits,) = asks(CHILDREN, household(ContactFacts(uuid4(), "child", **known)))
        assert [one.detail for one in waits.missing] == ["date_of_birth"]
        for enough in ({"asked_in_vain": True}, {"aged": True}):
            (question,) = asks(CHILDREN, household(ContactFacts(uuid4(), "child", **known | enough)))
            assert question.missing == ()

    def test_children_no_raises_nothing(self) -> None:
        assert asks(CHILDREN, household(addresses=(address(),))) == ()

    @pytest.mark.parametrize(
        ("answer", "detail"), [("not_recorded", "whether_children"), ("yes", "children")]
    )
    def test_no_recorded_answer_is_not_no_children(self, answer: Children, detail: str) -> None:
        (question,) = asks(CHILDREN, household(children=answer))
        assert question.missing == (Missing("person", PERSON.id, detail),)

    def test_a_child_on_record_counts_whatever_was_answered(self) -> None:
        (question,) = asks(CHILDREN, household(child(authority="E08000035"), children="no"))
        assert (question.area, question.missing) == ("E08000035", ())

    def test_three_authorities_are_asked_three_questions(self) -> None:
        homes = tuple(address(authority=code) for code in ("E08000035", "E08000032", "E08000034"))
        of = household(*(child(home) for home in homes), child(homes[0]), addresses=homes, children="yes")
        assert [question.area for question in asks(CHILDREN, of)] == ["E08000032", "E08000034", "E08000035"]

    @pytest.mark.parametrize(
        ("lacking", "detail"),
        [({"named": False}, "name"), ({"dated": False}, "date_of_birth"), ({}, "local_authority")],
    )
    def test_a_missing_detail_makes_the_question_wait(self, lacking: dict[str, Any], detail: str) -> None:
        facts = {"local_authority": "E08000035" if lacking else None, **lacking}
        toby = ContactFacts(uuid4(), "child", is_child=True, **facts)
        (question,) = asks(CHILDREN, household(toby))
        assert question.missing == (Missing("contact", toby.id, detail),)

    def test_a_child_without_a_date_of_birth_holds_back_no_other(self) -> None:
        known = child(authority="E08000035")
        unknown = ContactFacts(uuid4(), "child", is_child=True, dated=False, local_authority="E08000035")
        questions = asks(CHILDREN, household(known, unknown))
        assert [bool(question.missing) for question in questions] == [False, True]

    def test_an_unborn_child_needs_no_name_and_is_found_by_the_mother(self) -> None:
        home = address()
        mother = ContactFacts(uuid4(), "partner", lives_at=home.id)
        unborn = ContactFacts(uuid4(), "child", is_child=True, unborn=True, named=False, lives_at=home.id)
        (question,) = asks(CHILDREN, household(mother, unborn, addresses=(home,)))
        assert question.missing == ()
        assert SubjectRef("contact", mother.id) in question.subjects

    def test_adults_are_not_asked_about(self) -> None:
        assert asks(CHILDREN, household(ContactFacts(uuid4(), "parent"))) == ()


ids = st.uuids(version=4)
forces = st.sampled_from([None, "west-yorkshire", "north-yorkshire"])
authorities = st.sampled_from([None, "E08000035", "E08000032"])


@st.composite
def households(draw: st.DrawFn) -> Household:
    addresses = tuple(
        AddressFacts(id_, draw(st.sampled_from(["current", "visited"])), draw(forces), draw(authorities))
        for id_ in draw(st.lists(ids, max_size=4, unique=True))
    )
    homes: st.SearchStrategy[UUID | None] = st.sampled_from([None, *(a.id for a in addresses)])
    contacts = tuple(
        ContactFacts(
            id_,
            draw(st.sampled_from(["child", "partner", "ex_partner", "parent"])),
            is_child=draw(st.booleans()),
            unborn=draw(st.booleans()),
            named=draw(st.booleans()),
            dated=draw(st.booleans()),
            local_authority=draw(authorities),
            lives_at=draw(homes),
        )
        for id_ in draw(st.lists(ids, max_size=4, unique=True))
    )
    person = PersonFacts(draw(ids), True, draw(st.booleans()), draw(st.booleans()))
    return Household(person, contacts, addresses, draw(st.sampled_from(["yes", "no", "not_recorded"])))


@given(st.data())
def test_the_same_facts_in_any_order_make_the_same_obligations(data: st.DataObject) -> None:
    of = data.draw(households())
    contacts = data.draw(st.permutations(of.contacts))
    addresses = data.draw(st.permutations(of.addresses))
    shuffled = Household(of.person, tuple(contacts), tuple(addresses), of.children)
    for kind in (POLICE, CHILDREN):
        assert asks(kind, shuffled) == asks(kind, of)


@given(households())
def test_nobody_and_nowhere_is_left_out(of: Household) -> None:
    for kind in (POLICE, CHILDREN):
        asked = {subject for question in asks(kind, of) for subject in question.subjects}
        about = {subject for line in kind.lines(of) for subject in line.subjects}
        assert about <= asked
        held = kind.missing_for_all(of)
        stands = [
            Standing(
                uuid4(),
                "open",
                one.area,
                one.area,
                one.family,
                frozenset(one.subjects),
                frozenset(one.subjects) - one.context,
            )
            for one in asks(kind, of)
        ]
        left = plan(
            of, kind.lines(of), stands, always_missing=held, about_person=kind.about_person, again=False
        )
        assert not left.ask
        assert not left.join
    police = {subject.id for question in asks(POLICE, of) for subject in question.subjects}
    assert {address.id for address in of.addresses} <= police
    assert {c.id for c in of.contacts if c.relationship in PARTNERS} <= police
    children = {subject.id for question in asks(CHILDREN, of) for subject in question.subjects}
    assert {c.id for c in of.contacts if c.is_child} <= children


@given(households())
def test_an_obligation_has_one_name_and_either_an_agency_or_a_reason_to_wait(of: Household) -> None:
    for kind in (POLICE, CHILDREN):
        questions = asks(kind, of)
        assert len({question.obligation for question in questions}) == len(questions)
        assert all(question.area or question.missing for question in questions)


@given(households())
def test_a_waiting_question_is_found_again_from_the_facts(of: Household) -> None:
    for kind in (POLICE, CHILDREN):
        lines, held = kind.lines(of), kind.missing_for_all(of)
        for question in asks(kind, of):
            assert current_question(of, lines, question.obligation, always_missing=held) == question


def test_a_waiting_child_is_ready_once_the_details_are_there() -> None:
    toby = ContactFacts(uuid4(), "child", is_child=True, dated=False, local_authority="E08000035")
    (waiting,) = asks(CHILDREN, household(toby))
    now = household(ContactFacts(toby.id, "child", is_child=True, local_authority="E08000035"))
    found = current_question(now, CHILDREN.lines(now), waiting.obligation)
    assert found is not None
    assert (found.area, found.missing) == ("E08000035", ())


def test_a_request_that_waits_for_details_is_asked_about_its_subject_under_its_own_name() -> None:
    child, other = (SubjectRef("contact", uuid4()) for _ in range(2))
    lines = (Line("address:1", "leeds", (other,)), Line("address:2", "leeds", (child,)))
    obligation = f"contact:{child.id}"
    now = household()
    undated = Missing("contact", child.id, "date_of_birth")
    found = current_question(now, lines, obligation, always_missing=[undated])
    assert found == Question(obligation, "leeds", (SubjectRef("person", PERSON.id), child), (undated,))
    by_key = current_question(now, lines, "address:1")
    assert by_key == Question("address:1", "leeds", (SubjectRef("person", PERSON.id), other))
    assert current_question(now, lines, "contact:nobody") is None


def test_a_question_that_waits_keeps_the_area_it_is_for() -> None:
    line = Line("contact:1", "leeds", (), (Missing("contact", PERSON.id, "name"),))
    (found,) = together(household(), [line])
    assert (found.area, found.obligation) == ("leeds", "contact:1")


def test_a_new_cycle_replaces_a_waiting_request_by_name_then_by_subject_then_without_a_subject() -> None:
    child = SubjectRef("contact", uuid4())
    by_subject = Question("area:leeds", "leeds", (child,))
    by_name = Question(f"contact:{child.id}", None, ())
    assert carried_by(by_name.obligation, [by_subject, by_name]) == by_name
    assert carried_by(by_name.obligation, [Question("area:york", "york", ()), by_subject]) == by_subject
    assert carried_by("somebody_not_recorded", [by_name, by_subject]) == by_name
    assert carried_by("somebody_not_recorded", []) is None
    assert carried_by("contact:another", [by_subject, by_name]) is None


HOME, PARTNER = SubjectRef("address", uuid4()), SubjectRef("contact", uuid4())
WHO = SubjectRef("person", PERSON.id)


def lines_in(*areas: str | None) -> tuple[Line, ...]:
    """Make a line about the home, one about the partner, and one about somebody whom no question is about."""
    of_home, of_partner = areas
    return (
        Line(f"address:{HOME.id}", of_home, (HOME,)),
        Line(
            f"contact:{PARTNER.id}",
            of_partner,
            (PARTNER, HOME),
            (Missing("contact", PARTNER.id, "date_of_birth"),),
        ),
        Line(f"contact:{uuid4()}", "york", (SubjectRef("contact", uuid4()),)),
    )


class TestCorrections:
    def test_a_question_follows_all_that_it_is_about_to_another_area_with_what_is_missing(self) -> None:
        undated = Missing("person", PERSON.id, "date_of_birth")
        found = corrected_question(
            household(),
            lines_in("leeds", "leeds"),
            "area:durham",
            [WHO, PARTNER, HOME],
            always_missing=[undated],
        )
        assert found == Question(
            "area:durham",
            "leeds",
            (WHO, *sorted([HOME, PARTNER])),
            (undated, Missing("contact", PARTNER.id, "date_of_birth")),
        )

    def test_only_the_lines_about_its_subjects_count(self) -> None:
        found = corrected_question(household(), lines_in("leeds", "york"), "area:durham", [WHO, HOME])
        assert found == Question("area:durham", "leeds", (WHO, HOME))

    @pytest.mark.parametrize(
        ("areas", "obligation", "subjects"),
        [
            (("leeds", "york"), "area:durham", [WHO, HOME, PARTNER]),
            (("leeds", None), "area:durham", [WHO, HOME, PARTNER]),
            (("leeds", "leeds"), "area:durham", [WHO]),
            (("leeds", "leeds"), f"address:{HOME.id}", [WHO, HOME]),
        ],
        ids=["two areas", "an area and none", "nothing on record", "a question about one address"],
    )
    def test_a_question_follows_nothing_that_is_not_in_one_area(
        self, areas: tuple[str | None, ...], obligation: str, subjects: list[SubjectRef]
    ) -> None:
        assert corrected_question(household(), lines_in(*areas), obligation, subjects) is None


class TestWhatAQuestionWaitedFor:
    @pytest.mark.parametrize(
        ("named", "dated", "still"),
        [
            (False, False, ["name", "date_of_birth"]),
            (False, True, ["name"]),
            (True, False, ["date_of_birth"]),
            (True, True, []),
        ],
    )
    def test_a_contact_is_unidentified_by_each_detail_that_is_still_not_there(
        self, named: bool, dated: bool, still: list[str]
    ) -> None:
        toby = ContactFacts(uuid4(), "child", is_child=True, named=named, dated=dated)
        waited = [Missing("contact", toby.id, each) for each in ("name", "date_of_birth", "local_authority")]
        waited += [Missing("person", PERSON.id, "name"), Missing("address", uuid4(), "police_force")]
        found = unidentified(household(ContactFacts(uuid4(), "partner"), toby), waited)
        assert found == tuple(Missing("contact", toby.id, detail) for detail in still)

    @pytest.mark.parametrize("detail", ["children", "whether_children"])
    def test_a_question_about_children_not_recorded_yet_is_about_nobody(self, detail: str) -> None:
        waited = [Missing("person", PERSON.id, "name"), Missing("person", PERSON.id, detail)]
        assert subject_is_unknown(waited, besides={"address"})

    @pytest.mark.parametrize(
        "waited",
        [
            [],
            [Missing("person", PERSON.id, "name"), Missing("person", PERSON.id, "date_of_birth")],
            [Missing("person", PERSON.id, "address")],
            [Missing("contact", uuid4(), "children")],
        ],
        ids=["nothing", "who the person is", "where the person is", "a contact"],
    )
    def test_a_question_that_waited_for_who_or_where_somebody_is_was_about_somebody(
        self, waited: list[Missing]
    ) -> None:
        assert not subject_is_unknown(waited, besides={"address"})


class TestAskingAnew:
    """Of an open request that has been answered in part, and of one that was answered late."""

    def standing(self, *answered: SubjectRef, **more: Any) -> tuple[Household, Standing]:
        home, work = address(), address()
        found = household(addresses=(home, work))
        subjects = frozenset(subject for line in POLICE.lines(found) for subject in line.subjects)
        known = more.pop("answered", None) or (lambda _: frozenset(answered))
        area = "west-yorkshire"
        return found, Standing(
            uuid4(),
            more.pop("stands", "open"),
            area,
            area,
            None,
            subjects,
            subjects,
            answered=known(subjects),
            **more,
        )

    def plan(self, of: Household, one: Standing, *, again: bool) -> Any:
        lines = POLICE.lines(of)
        return plan(of, lines, [one], about_person=True, again=again)

    def test_only_what_happens_asks_again_about_what_a_part_has_answered(self) -> None:
        of, one = self.standing(answered=lambda subjects: frozenset({min(subjects)}))
        assert self.plan(of, one, again=False).ask_anew == {}
        anew = self.plan(of, one, again=True)
        assert (anew.ask_anew, anew.ask) == ({one.id: one.answered}, ())

    def test_a_corrected_subject_is_asked_about_anew_and_the_others_are_not(self) -> None:
        of, one = self.standing(answered=lambda subjects: subjects)
        corrected = frozenset({min(one.subjects)})
        anew = self.plan(of, one._replace(otherwise=corrected), again=False)
        assert anew.ask_anew == {one.id: corrected}

    def test_what_an_answer_left_out_is_asked_about(self) -> None:
        of, one = self.standing(stands="answered", answered=lambda subjects: frozenset({min(subjects)}))
        (asked,) = self.plan(of, one, again=False).ask
        assert {subject for subject in asked.subjects if subject.kind == "address"} == (
            one.subjects - one.answered
        )
        whole = one._replace(answered=one.subjects)
        assert self.plan(of, whole, again=False).ask == ()
        # What somebody decided to do without stays so.
        assert self.plan(of, one._replace(stands="ended"), again=False).ask == ()
