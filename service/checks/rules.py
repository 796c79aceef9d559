"""Which questions arise from a person's household, and which agency each is for.

Pure, and from stable facts only: the same facts in any order give the same obligations with the same names,
so that a retry raises nothing twice. Offence, sentence and risk are not looked at: gating checks on them is
how real cases were missed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple, Protocol, TypeVar
from uuid import UUID

from service.people.rules import PARTNERS

FORCES_WITHOUT_MAPPA: Final = ("british-transport", "northern-ireland", "scotland")
"""Forces outside the 43 of England and Wales that may know a person or an address."""
FORCES: Final = (
    "avon-and-somerset",
    "bedfordshire",
    "cambridgeshire",
    "cheshire",
    "city-of-london",
    "cleveland",
    "cumbria",
    "derbyshire",
    "devon-and-cornwall",
    "dorset",
    "durham",
    "dyfed-powys",
    "essex",
    "gloucestershire",
    "greater-manchester",
    "gwent",
    "hampshire",
    "hertfordshire",
    "humberside",
    "kent",
    "lancashire",
    "leicestershire",
    "lincolnshire",
    "merseyside",
    "metropolitan",
    "norfolk",
    "north-wales",
    "north-yorkshire",
    "northamptonshire",
    "northumbria",
    "nottinghamshire",
    "south-wales",
    "south-yorkshire",
    "staffordshire",
    "suffolk",
    "surrey",
    "sussex",
    "thames-valley",
    "warwickshire",
    "west-mercia",
    "west-midlands",
    "west-yorkshire",
    "wiltshire",
    *FORCES_WITHOUT_MAPPA,
)
"""The 43 territorial forces of England and Wales, and `FORCES_WITHOUT_MAPPA`."""

OF_IDENTITY: Final = frozenset({"name", "date_of_birth", "mother"})
"""Details that a question can do without, in the end, when its subject is identified otherwise."""
OF_HOUSEHOLD: Final = frozenset({"children", "whether_children"})
"""Details of the person that it can do without where a change has brought people into the case."""
SAME: Final = "same"
"""What is missing of a contact who may be another that is asked about already."""

ASKED_BEFORE: Final = "#"
"""Stands between the name of a question and its number where a check asks the same agency once more."""

UNBORN: Final = "unborn_child"
LIVES_AT: Final = ("current", "proposed_release")
"""The kinds of addresses that are the person's own home, the likelier first."""

Children = Literal["yes", "no", "not_recorded"]
SubjectKind = Literal["person", "contact", "address"]


class SubjectRef(NamedTuple):
    """A person, contact or address that a question is about."""

    kind: SubjectKind
    id: UUID


class Missing(NamedTuple):
    """A detail without which the question cannot be sent, and whose it is; a code, never the detail."""

    kind: SubjectKind
    id: UUID
    detail: str


class Child(Protocol):
    """What tells whether a child, on record or among facts, is one that the person expects."""

    @property
    def relationship(self) -> str:
        """To the person."""

    @property
    def unborn(self) -> bool:
        """Whether the child is not yet born."""

    @property
    def mother_id(self) -> UUID | None:
        """The contact who is named as the mother."""


class Place(Protocol):
    """What tells an address, on record or among facts, by what it is to the person."""

    @property
    def kind(self) -> str:
        """What it is to the person."""


AnyPlace = TypeVar("AnyPlace", bound=Place)


def expects(child: Child, *, woman: bool) -> bool:
    """Return whether the person is the mother of a child not yet born: a woman, where no other is named."""
    return woman and child.unborn and child.mother_id is None and child.relationship == UNBORN


def own_home(addresses: Iterable[AnyPlace]) -> AnyPlace | None:
    """Return where the person lives or will live, of several such places the last on record."""
    by_kind = {one.kind: one for one in addresses}
    return next((by_kind[kind] for kind in LIVES_AT if kind in by_kind), None)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Whether enough is known of the person to identify them, and whether they may be a mother."""

    id: UUID
    named: bool = True
    dated: bool = True
    police_reference: bool = False
    woman: bool = False


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """An address the person lives, lived, will live or visits at, and who answers for it.

    Args:
        found: its lines or its postcode say where it is.
        left: nobody lives there any more.
    """

    id: UUID
    kind: str
    police_force: str | None = None
    local_authority: str | None = None
    contact_id: UUID | None = None
    found: bool = True
    left: bool = False


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A contact, and what of the identity is on record.

    Args:
        dated: a date of birth, or for an unborn child the date they are due.
        aged: an estimated age.
        described: part of the name, or a description.
        asked_in_vain: the details have been asked for and are not known.
        asked_as: the contact with whom this one is, or may be, one person, and as whom it is asked about.
    """

    id: UUID
    relationship: str
    is_child: bool = False
    unborn: bool = False
    named: bool = True
    dated: bool = True
    aged: bool = False
    described: bool = False
    asked_in_vain: bool = False
    mother_id: UUID | None = None
    local_authority: str | None = None
    lives_at: UUID | None = None
    asked_as: UUID | None = None


@dataclass(frozen=True, slots=True)
class Household:
    """The person, those around them and the places, with the answer given about children.

    children_asked: a change has brought people into the case since that answer.
    """

    person: PersonFacts
    contacts: tuple[ContactFacts, ...] = ()
    addresses: tuple[AddressFacts, ...] = ()
    children: Children = "not_recorded"
    children_asked: bool = False

    def address(self, address_id: UUID | None) -> AddressFacts | None:
        """Return one of the addresses."""
        return next((address for address in self.addresses if address.id == address_id), None)

    def home_of(self, contact: ContactFacts) -> AddressFacts | None:
        """Return where a contact is known to live."""
        return self.address(contact.lives_at) or next(
            (address for address in self.addresses if address.contact_id == contact.id), None
        )

    def expects(self, child: ContactFacts) -> bool:
        """Return whether the person is the mother of a child not yet born."""
        return expects(child, woman=self.person.woman)

    def mothers_of(self, child: ContactFacts) -> tuple[ContactFacts, ...]:
        """Return who is the mother of a child not yet born, as far as the record says.

        Whoever it names; else the only partner at the child's home. One who lives elsewhere is only a guess,
        and a guess tells children's services of somebody who may have nothing to do with the child. Nobody
        beside the person who expects the child.
        """
        if child.mother_id is not None:
            return tuple(contact for contact in self.contacts if contact.id == child.mother_id)
        if self.expects(child):
            return ()
        home = self.home_of(child)
        partners = [one for one in self.contacts if one.relationship in PARTNERS and one.id != child.id]
        there = tuple(one for one in partners if home is not None and self.home_of(one) == home)
        return there if len(there) == 1 else ()


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to ask about, before the lines for the same agency are put together.

    Args:
        key: a stable name for what must be answered.
        area: the police force or local authority that answers; None when not known.
        subjects: whom and where it is about, besides the person: each needs an answer.
        missing: what must be supplied before it can be sent.
        identified: its subject can be found without the `OF_IDENTITY` that is missing.
        in_danger: it is enough, where danger is alleged, that the question says whose family it is about.
        context: who and where helps to find the subjects, and needs no answer.
        found_by_context: nothing but that identifies the subject, so that the answer is about it, too.
        on_record: the area that the record gives, where its agency has redirected the place to another.
        family: the household of children it belongs to, each of which is asked about apart; None for all.
    """

    key: str
    area: str | None
    subjects: tuple[SubjectRef, ...]
    missing: tuple[Missing, ...] = ()
    identified: bool = False
    in_danger: bool = False
    context: tuple[SubjectRef, ...] = ()
    family: str | None = None
    found_by_context: bool = False
    on_record: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What one check request asks of one agency; `obligation` is its stable name within the check.

    `identified`, `in_danger`, `context`, `family`: as of `Line`; `subjects` has the context, too.
    `on_record`: the area that the record gives for a subject, where that is another one.
    """

    obligation: str
    area: str | None
    subjects: tuple[SubjectRef, ...]
    missing: tuple[Missing, ...] = ()
    identified: bool = False
    in_danger: bool = False
    context: frozenset[SubjectRef] = frozenset()
    family: str | None = None
    on_record: Mapping[SubjectRef, str] = field(default_factory=dict)

    def area_on_record(self, subject: SubjectRef) -> str | None:
        """Return the area that the record gives for a subject."""
        return self.on_record.get(subject, self.area)

    def held_back_by(self, *, by_description: bool, in_danger: bool = False) -> tuple[Missing, ...]:
        """Return the missing details without which it is not sent.

        Args:
            by_description: nobody could be asked in time, or danger is alleged, so that a subject who is
                identified otherwise needs no name.
            in_danger: danger is alleged and stands.
        """
        if not (by_description and (self.identified or (in_danger and self.in_danger))):
            return self.missing
        without = {"contact": OF_IDENTITY, "person": OF_HOUSEHOLD | OF_IDENTITY}
        return tuple(one for one in self.missing if one.detail not in without.get(one.kind, ()))


def person_ref(household: Household) -> SubjectRef:
    """Return the person as a subject."""
    return SubjectRef("person", household.person.id)


def together(
    household: Household, lines: Iterable[Line], *, always_missing: Iterable[Missing] = ()
) -> tuple[Question, ...]:
    """Put the lines for one agency and family into one question; one with a missing detail waits on its own.

    So a child without a date of birth does not delay the question about the others.

    Args:
        household: whose person every question is about.
        lines: what to ask about.
        always_missing: what no question can be sent without, such as who the person is.
    """
    held = tuple(always_missing)
    ready: dict[tuple[str, str | None], list[Line]] = {}
    waiting: list[Line] = []
    for line in lines:
        if line.area is None or line.missing:
            waiting.append(line)
        else:
            ready.setdefault((line.area, line.family), []).append(line)
    questions = [
        _question(household, ":".join(filter(None, ("area", *key))), key[0], group, held)
        for key, group in ready.items()
    ]
    questions += [
        _question(household, line.key, line.area, [line], (*held, *line.missing)) for line in waiting
    ]
    return tuple(sorted(questions, key=lambda question: question.obligation))


def _question(
    household: Household, name: str, area: str | None, lines: list[Line], missing: tuple[Missing, ...]
) -> Question:
    about = {subject for line in lines for subject in line.subjects}
    context = {subject for line in lines for subject in line.context} - about - {person_ref(household)}
    return Question(
        name,
        area,
        (person_ref(household), *sorted(about | context)),
        missing,
        all(line.identified for line in lines),
        all(line.identified or line.in_danger for line in lines),
        frozenset(context),
        lines[0].family,
        {subject: line.on_record for line in lines if line.on_record for subject in line.subjects},
    )


def current_question(
    household: Household, lines: Iterable[Line], obligation: str, *, always_missing: Iterable[Missing] = ()
) -> Question | None:
    """Return what a request that waits for details asks, given the present facts.

    Args:
        household, lines, always_missing: as for `together`, from today's facts.
        obligation: the name it was raised under.

    Returns:
        None when no line covers it any more; the request is still owed until a manager decides.
    """
    lines, held = tuple(lines), tuple(always_missing)
    name = obligation.partition(ASKED_BEFORE)[0]
    for question in together(household, lines, always_missing=held):
        if question.obligation == name:
            return replace(question, obligation=obligation)
    for line in lines:
        if line.key == name or any(f"{kind}:{id_}" == name for kind, id_ in line.subjects):
            return _question(household, obligation, line.area, [line], (*held, *line.missing))
    for contact in household.contacts:
        if contact.asked_as is not None and name == f"contact:{contact.id}":
            # Another question covers this child or partner: somebody must first say that it is another one.
            subjects = (person_ref(household), SubjectRef("contact", contact.id))
            same = Missing("contact", contact.id, SAME)
            return Question(obligation, None, subjects, (*held, same))
    return None


def corrected_question(
    household: Household,
    lines: Iterable[Line],
    obligation: str,
    subjects: Iterable[SubjectRef],
    *,
    always_missing: Iterable[Missing] = (),
) -> Question | None:
    """Return what a question for an area asks when all its subjects are now on record in another area.

    Args:
        obligation: the name it was raised under, `area:` and the area.
        subjects: of the question.

    Returns:
        None when its subjects are now in several areas, or in none.
    """
    about = {f"{kind}:{id_}" for kind, id_ in subjects}
    now = [line for line in lines if line.key in about]
    areas = {line.area for line in now}
    if not obligation.startswith("area:") or len(areas) != 1:
        return None
    lacking = tuple(missing for line in now for missing in line.missing)
    return _question(household, obligation, areas.pop(), now, (*always_missing, *lacking))


def unidentified(household: Household, waited: Iterable[Missing]) -> tuple[Missing, ...]:
    """Return the contacts' details that a question waited for and that are still missing."""
    around = {contact.id: contact for contact in household.contacts}
    return tuple(
        each
        for each in waited
        if each.kind == "contact"
        and each.id in around
        and (
            (each.detail == "name" and not around[each.id].named)
            or (each.detail == "date_of_birth" and not (around[each.id].dated or around[each.id].aged))
        )
    )


def subject_is_unknown(waited: Iterable[Missing], *, besides: Collection[str]) -> bool:
    """Return whether a question still lacks a subject, rather than the identity or whereabouts of one.

    Args:
        besides: details of whereabouts.
    """
    of_the_person = {*besides, "name", "date_of_birth"}
    return any(each.kind == "person" and each.detail not in of_the_person for each in waited)


def carried_by(obligation: str, questions: Iterable[Question]) -> Question | None:
    """Return the question of a new cycle that replaces a request still waiting in an earlier one.

    Args:
        obligation: the name it was raised under.
        questions: of the new cycle.

    Returns:
        The question of that name; else the one that now has the same subject; else, for a request without a
        subject, the first. None when there is no such question, so that the request keeps waiting.
    """
    questions = tuple(questions)
    for question in questions:
        if question.obligation == obligation:
            return question
    for question in questions:
        if any(f"{kind}:{id_}" == obligation for kind, id_ in question.subjects):
            return question
    return questions[0] if questions and ":" not in obligation else None


def countersigned_as(*, nothing: bool, managed: bool, news: bool, on_a_plan: bool, drawn: bool) -> str | None:
    """Return the kind of agreement that a review of an answer needs; None when it closes the request.

    Args:
        nothing: the review says that the answer changes nothing.
        managed: the risk of serious harm is high or very high.
        news: the agency has found something.
        on_a_plan: a child of the case is on a child protection plan.
        drawn: its number has come up among the answers that found nothing.
    """
    if managed or (nothing and (news or on_a_plan)):
        return "review_countersigned"
    return "nil_return_drawn" if nothing and drawn else None
