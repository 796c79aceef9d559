"""Reads people, limited to those the caller may know of. Reads nothing of the restricted store."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.access.actor import Actor
from service.gathering import rows_of
from service.http.problems import not_found
from service.people.model import Address, Contact, Involvement, Person, Restriction, RoshAssessment
from service.people.rules import highest


@dataclass(frozen=True)
class Household:
    """A person with the contacts and addresses on record."""

    person: Person
    contacts: tuple[Contact, ...]
    addresses: tuple[Address, ...]


def visible_to(actor: Actor) -> Select[uuid.UUID]:
    """Select the ids of the people a caller may know of.

    For probation: people its region supervises or has an open referral about, and of limited access cases
    those in which the practitioner (or the whole region) is named. The service itself knows everyone. Others
    know of people only through what they were sent.
    """
    everyone = select(Person.id)
    match actor.side:
        case "service":
            return everyone
        case "probation":
            return everyone.where(_involved(actor), or_(Person.restricted.is_(False), named_for(actor)))
        case _:
            return everyone.where(false())


def named_for(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a caller is named in a person's restriction; for queries over `Person`."""
    who: ColumnElement[bool] = Restriction.practitioner_id.is_(None)
    if actor.practitioner is not None:
        who = or_(who, Restriction.practitioner_id == actor.practitioner.id)
    return exists().where(
        Restriction.person_id == Person.id, Restriction.organisation_id == actor.organisation_id, who
    )


def _involved(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        Involvement.person_id == Person.id,
        Involvement.organisation_id == actor.organisation_id,
        Involvement.ended_at.is_(None),
    )


def find_person(session: Session, actor: Actor, person_id: uuid.UUID, *, lock: bool = False) -> Person:
    """Find a person.

    Args:
        lock: hold the person, and with it everything under it, until the transaction ends.

    Raises:
        Problem: 404 when there is none that this caller may know of.
    """
    query = select(Person).where(Person.id == person_id, Person.id.in_(visible_to(actor)))
    if lock:
        query = query.with_for_update(of=Person).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise not_found()
    return found


IDENTIFIERS: Final[Mapping[str, InstrumentedAttribute[Any]]] = MappingProxyType(
    {"crn": Person.crn, "noms_number": Person.noms_number, "pnc_number": Person.pnc_number}
)
"""The numbers by which a person can be searched for."""


def search_people(session: Session, actor: Actor, number: str, value: str, limit: int) -> Sequence[Person]:
    """Return the people with exactly this number that a caller may know of, oldest record first.

    Args:
        number: one of `IDENTIFIERS`.
    """
    return session.scalars(
        select(Person)
        .where(IDENTIFIERS[number] == value, Person.id.in_(visible_to(actor)))
        .order_by(Person.recorded_at, Person.id)
        .limit(limit)
    ).all()


def find_contact(session: Session, person: Person, contact_id: uuid.UUID) -> Contact:
    """Find a contact of a person whom the caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(select(Contact).where(Contact.id == contact_id, Contact.person_id == person.id))
    if found is None:
        raise not_found()
    return found


Place = tuple[datetime, uuid.UUID]
"""The place in a list: the moment and the id of the last row shown."""


def _place(row: Contact | Address) -> Place:
    return row.recorded_at, row.id


def household(session: Session, person_id: uuid.UUID) -> Household:
    """Return a person with all contacts and addresses, oldest first, without checking who may see them."""
    return Household(
        session.get_one(Person, person_id),
        tuple(sorted(rows_of(session, Contact.person_id, [person_id]), key=_place)),
        tuple(sorted(rows_of(session, Address.person_id, [person_id]), key=_place)),
    )


def contacts_of(
    session: Session, person_id: uuid.UUID, *, after: Place | None = None, limit: int | None = None
) -> Sequence[Contact]:
    """Return the contacts of a person, oldest first."""
    query = select(Contact).where(Contact.person_id == person_id).order_by(Contact.recorded_at, Contact.id)
    if after is not None:
        query = query.where(tuple_(Contact.recorded_at, Contact.id) > tuple_(*after))
    return session.scalars(query.limit(limit)).all()


def addresses_of(
    session: Session, person_id: uuid.UUID, *, after: Place | None = None, limit: int | None = None
) -> Sequence[Address]:
    """Return the addresses of a person, oldest first."""
    query = select(Address).where(Address.person_id == person_id).order_by(Address.recorded_at, Address.id)
    if after is not None:
        query = query.where(tuple_(Address.recorded_at, Address.id) > tuple_(*after))
    return session.scalars(query.limit(limit)).all()


def current_rosh(session: Session, person_id: uuid.UUID) -> dict[str, RoshAssessment]:
    """Return the latest assessment of the risk to each group that has one."""
    return {judged.group_at_risk: judged for judged in _judgements(session, person_id)}


def submitted_rosh(session: Session, person_id: uuid.UUID) -> dict[str, str]:
    """Return the digest of the latest document's statement on each group."""
    return {
        judged.group_at_risk: judged.submitted
        for judged in _judgements(session, person_id)
        if judged.submitted is not None
    }


def _judgements(session: Session, person_id: uuid.UUID) -> list[RoshAssessment]:
    return rows_of(session, RoshAssessment.person_id, [person_id], RoshAssessment.ordinal)


def highest_rosh(session: Session, person_id: uuid.UUID) -> str | None:
    """Return the highest level of risk to any group now, None when there is no assessment."""
    return highest(assessment.level for assessment in current_rosh(session, person_id).values())


def rosh_history(
    session: Session, person_id: uuid.UUID, *, after: int = 0, limit: int | None = None
) -> Sequence[RoshAssessment]:
    """Return every assessment in the order they were made.

    Args:
        after: the `ordinal` of the last one shown.
    """
    return session.scalars(
        select(RoshAssessment)
        .where(and_(RoshAssessment.person_id == person_id, RoshAssessment.ordinal > after))
        .order_by(RoshAssessment.ordinal)
        .limit(limit)
    ).all()


def involved_organisations(session: Session, person_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the probation regions that work with a person now.

    In a limited access case, only regions that have a named practitioner.
    """
    named = exists().where(
        Restriction.person_id == person_id, Restriction.organisation_id == Involvement.organisation_id
    )
    return session.scalars(
        select(Involvement.organisation_id)
        .join(Person, Person.id == Involvement.person_id)
        .where(
            Involvement.person_id == person_id,
            Involvement.ended_at.is_(None),
            or_(Person.restricted.is_(False), named),
        )
    ).all()
