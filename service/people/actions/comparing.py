"""Reads the held record of a CRN and the records beside it as plain values, and compares them.

It looks further than its caller, who holds one record and not the others: it runs with every row in sight,
and shows nothing. The number of statements is the same however many records and rows there are.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from service.events.model import Event
from service.gathering import rows_of
from service.people import aliases, restricted
from service.people.model import Address, Contact, Person, ProposalDecision, RoshAssessment, SameAsDecision
from service.people.proposals import (
    ADDRESS,
    ASSESSED,
    CONTACT,
    PERSON,
    Around,
    Change,
    Decided,
    Proposal,
    Stated,
    asked_anew,
    open_proposals,
)

_PURPOSE: Final = "case_management"
_CHANGED: Final = "change_of_circumstance.recorded"
_SAID: Final = ("person.recorded", "person.changed", "referral.submitted", "referral.amended", _CHANGED)
"""The events with which something is stated on a side record."""


@dataclass(frozen=True)
class Comparison:
    """The held record of a CRN, the side records beside it, and what these propose and nobody has decided."""

    held: Stated
    sides: tuple[Stated, ...]
    proposed: list[Proposal]


def compare(session: Session, held: Person) -> Comparison:
    """Compare a held record with the side records of its CRNs, and with those merged into it.

    What it took of a record that was merged into it, and is another person's again, is asked of it anew: of
    that record it is told nothing else.
    """
    sides = session.scalars(
        select(Person).where(aliases.beside(held)).order_by(Person.recorded_at, Person.id)
    ).all()
    parted = _parted(session, held, [one.id for one in sides])
    ours, *theirs = _read_records(session, held, [*sides, *_people(session, parted)])
    beside, apart = theirs[: len(sides)], theirs[len(sides) :]
    decided = _decided(session, held)
    proposed = open_proposals(ours, beside, decided) + asked_anew(
        open_proposals(ours, apart, ()), decided, parted
    )
    return Comparison(ours, tuple(theirs), sorted(proposed, key=lambda one: (one.at, one.side_id)))


def _people(session: Session, ids: Collection[UUID]) -> Sequence[Person]:
    if not ids:
        return []
    return session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)).all()


def _parted(session: Session, held: Person, beside: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the records of which one has taken something and was parted since, by the last event of that.

    What stands beside one that was parted was parted with it.
    """
    decisions: list[ProposalDecision] = rows_of(session, ProposalDecision.person_id, [held.id])
    others = {one.from_id for one in decisions if one.taken} - {*beside}
    if not others:
        return {}
    merged = aliased(Person)
    parted = session.execute(
        select(Person.id, SameAsDecision.event_id)
        .join(merged, merged.crn == Person.crn)
        .join(SameAsDecision, SameAsDecision.person_id == merged.id)
        .where(Person.id.in_(others), SameAsDecision.other_id == held.id, SameAsDecision.same.is_(False))
        .order_by(SameAsDecision.decided_at, SameAsDecision.id)
    )
    return {row.id: row.event_id for row in parted}


def _read_records(session: Session, held: Person, sides: Sequence[Person]) -> list[Stated]:
    """Return records as plain values, with what the restricted store keeps of them.

    What happened by a merged record's own history is its holder's already, and proposed to nobody.
    """
    people = [held, *sides]
    ids = [person.id for person in people]
    contacts: list[Contact] = rows_of(session, Contact.person_id, ids)
    addresses: list[Address] = rows_of(session, Address.person_id, ids)
    judged: list[RoshAssessment] = rows_of(session, RoshAssessment.person_id, ids, RoshAssessment.ordinal)
    who = restricted.read_contacts(session, [row.id for row in contacts if row.protected], _PURPOSE)
    where = restricted.read_addresses(session, [row.id for row in addresses if row.protected], _PURPOSE)
    said = _said(session, [person.id for person in sides])
    return [
        Stated(
            id=person.id,
            region_id=person.holder_id,
            at=person.changed_at,
            person=_columns(person, PERSON),
            restricted=person.restricted,
            rosh={row.group_at_risk: _columns(row, ASSESSED) for row in judged if row.person_id == person.id},
            contacts=_in_order(
                Around(
                    row.id,
                    _columns(row, CONTACT) | who.get(row.id, {}),
                    protected=row.protected,
                    child=row.is_child,
                    of=row.lives_at,
                    ref=row.ref,
                )
                for row in contacts
                if row.person_id == person.id and row.in_error_at is None
            ),
            addresses=_in_order(
                Around(
                    row.id,
                    _columns(row, ADDRESS) | where.get(row.id, {}),
                    protected=row.protected,
                    of=row.contact_id,
                    ref=row.ref,
                )
                for row in addresses
                if row.person_id == person.id and row.in_error_at is None
            ),
            changes=[
                _change(row)
                for row in said.get(person.id, ())
                if row.name == _CHANGED and person.same_as_id is None
            ],
            by=next((row.practitioner_id for row in reversed(said.get(person.id, ()))), None),
        )
        for person in people
    ]


def _decided(session: Session, held: Person) -> dict[Decided, bool]:
    """Return whether each thing that was decided was taken."""
    decisions: list[ProposalDecision] = rows_of(session, ProposalDecision.person_id, [held.id])
    return {(one.from_id, one.path, one.value_digest): one.taken for one in decisions}


def _said(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Event]]:
    """Return the events with which side records came to say what they do, in order."""
    found: dict[UUID, list[Event]] = {one: [] for one in ids}
    if not ids:
        return found
    said = select(Event).where(Event.person_id.in_(ids), Event.name.in_(_SAID)).order_by(Event.ordinal)
    for row in session.scalars(said):
        if row.person_id is not None:
            found[row.person_id].append(row)
    return found


def _change(row: Event) -> Change:
    """Return what happened as its event says it: in codes."""
    told = row.data
    return Change(row.subject_id, told["kind"], told["standing"], told["urgency"], row.occurred_at)


def _columns(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _in_order(rows: Iterable[Around]) -> tuple[Around, ...]:
    return tuple(sorted(rows, key=lambda row: row.id))
