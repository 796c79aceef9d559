"""Reads people, limited to those the caller may know of. Reads nothing of the restricted store."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, case, func, literal, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from service.access.actor import Actor
from service.access.ringing import advice
from service.gathering import rows_of
from service.http.problems import not_found
from service.keyset import counted, in_pages
from service.organisations.contacts import numbers_to_ring
from service.people import aliases
from service.people.model import Address, Contact, Person, Restriction, RoshAssessment, ShareRequest
from service.people.rules import highest
from service.people.sight import Colleague
from service.people.visibility import visible_to


@dataclass(frozen=True)
class Household:
    """A person with the contacts and addresses on record."""

    person: Person
    contacts: tuple[Contact, ...]
    addresses: tuple[Address, ...]


IDENTIFIERS: Final[Mapping[str, InstrumentedAttribute[Any]]] = MappingProxyType(
    {"crn": Person.crn, "noms_number": Person.noms_number, "pnc_number": Person.pnc_number}
)
"""The numbers by which a person can be searched for."""


class Found(NamedTuple):
    """A record that a search found, and by what; see `FOUND_BY`."""

    person: Person
    found_by: str


def search_people(session: Session, actor: Actor, number: str, value: str, limit: int) -> list[Found]:
    """Return the people with exactly this number that a caller may know of, oldest record first.

    Of a record that was merged, that is the one that stands for it. An earlier number finds its person, too.

    Args:
        number: one of `IDENTIFIERS`.
    """
    known = aliased(Person)
    if number == "crn":
        has = known.crn == value
        by = case((known.same_as_id.is_not(None), "former_crn"), else_="crn")
    else:
        now = getattr(known, number) == value
        has = or_(now, known.id.in_(select(func.formerly_numbered(number, value))))
        by = case((now, number), else_=f"former_{number}")
    rows = session.execute(
        select(Person, func.array_agg(by))
        .join(known, aliases.stands_for(known) == Person.id)
        .where(has, Person.id.in_(visible_to(actor)), known.id.in_(visible_to(actor)))
        .group_by(Person.id)
        .order_by(Person.recorded_at, Person.id)
        .limit(limit)
    )
    return [Found(person, min(ways, key=lambda way: way != number)) for person, ways in rows]


class Named(NamedTuple):
    """Somebody by name and date of birth."""

    given: str
    family: str
    born: date


def search_by_name(session: Session, actor: Actor, named: Named, limit: int) -> list[Found]:
    """Return the people of exactly this name and date of birth that a caller may know of, oldest first."""
    found = session.scalars(
        select(Person)
        .where(
            Person.date_of_birth == named.born,
            func.lower(Person.family_name) == named.family.lower(),
            func.lower(Person.given_name) == named.given.lower(),
            Person.id.in_(visible_to(actor)),
        )
        .order_by(Person.recorded_at, Person.id)
        .limit(limit)
    )
    return [Found(person, "name_and_birth") for person in found]


def find_contact(session: Session, person: Person, contact_id: uuid.UUID) -> Contact:
    """Find a contact of a person whom the caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(select(Contact).where(Contact.id == contact_id, Contact.person_id == person.id))
    if found is None:
        raise not_found()
    return found


def find_address(session: Session, person: Person, address_id: uuid.UUID) -> Address:
    """Find an address of a person whom the caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(select(Address).where(Address.id == address_id, Address.person_id == person.id))
    if found is None:
        raise not_found()
    return found


Place = tuple[datetime, uuid.UUID]
"""The place in a list: the moment and the id of the last row shown."""


def _place(row: Contact | Address) -> Place:
    return row.recorded_at, row.id


def household(session: Session, person_id: uuid.UUID) -> Household:
    """Return a person with all contacts and addresses, oldest first, without checking who may see them.

    Those that were entered in error are not among them: nothing is asked, planned or told about them.
    """
    (found,) = households(session, [person_id])
    return found


def households(session: Session, person_ids: Collection[uuid.UUID]) -> list[Household]:
    """Return some people as `household` does, in the order given, in one statement for each table."""
    rows_of(session, Contact.person_id, person_ids)
    rows_of(session, Address.person_id, person_ids)
    return [
        Household(
            ever.person,
            tuple(one for one in ever.contacts if one.in_error_at is None),
            tuple(one for one in ever.addresses if one.in_error_at is None),
        )
        for ever in (ever_recorded(session, person_id) for person_id in person_ids)
    ]


def ever_recorded(session: Session, person_id: uuid.UUID) -> Household:
    """Return a person with every contact and address that was ever recorded, also in error, oldest first."""
    return Household(
        session.get_one(Person, person_id),
        tuple(sorted(rows_of(session, Contact.person_id, [person_id]), key=_place)),
        tuple(sorted(rows_of(session, Address.person_id, [person_id]), key=_place)),
    )


def records_under(session: Session, crn: str) -> list[uuid.UUID]:
    """Return the ids of every record of a CRN, of whichever region."""
    return list(session.scalars(select(Person.id).where(Person.crn == crn)))


def recorded_on(session: Session, records: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Return the ids of every contact and address that was ever recorded on some records."""
    columns = (Contact.person_id, Address.person_id)
    return [one.id for column in columns for one in rows_of(session, column, records)]


def contacts_of(
    session: Session, person_id: uuid.UUID, *, newest: bool, after: Place | None, limit: int
) -> Sequence[Contact]:
    """Return the contacts of a person; one more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
    """
    query, place = select(Contact).where(Contact.person_id == person_id), (Contact.recorded_at, Contact.id)
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def addresses_of(
    session: Session, person_id: uuid.UUID, *, newest: bool, after: Place | None, limit: int
) -> Sequence[Address]:
    """Return the addresses of a person; one more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
    """
    query, place = select(Address).where(Address.person_id == person_id), (Address.recorded_at, Address.id)
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def count_addresses(session: Session, person_id: uuid.UUID) -> dict[str, int]:
    """Count the addresses of a person by their kind."""
    return counted(session, select(Address).where(Address.person_id == person_id), Address.kind)


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
    """Return the highest level of risk to any group now, on any record of a person; None without any."""
    records = aliases.ids_of(session, person_id)
    rows_of(session, RoshAssessment.person_id, records, RoshAssessment.ordinal)
    return highest(judged.level for one in records for judged in current_rosh(session, one).values())


def rosh_history(
    session: Session, person_id: uuid.UUID, *, newest: bool, after: int | None, limit: int
) -> Sequence[RoshAssessment]:
    """Return a page of the assessments, and one more when there are more.

    Args:
        newest: the last made first, otherwise the first.
        after: the `ordinal` of the last one shown.
    """
    query = select(RoshAssessment).where(RoshAssessment.person_id == person_id)
    last = None if after is None else (literal(after, BigInteger),)
    page = in_pages(query, (RoshAssessment.ordinal,), newest=newest, after=last, limit=limit)
    return session.scalars(page).all()


_NUMBERS: Final = text("SELECT role, phone FROM numbers_to_ring_holder(:side_record)")


def numbers_of_holder(session: Session, side_record: uuid.UUID) -> dict[str, str]:
    """Return the work phones of the region that holds the record beside a side record, by role.

    None where that is the caller's own region, whose case is limited then, and none to whoever does not hold
    the side record.
    """
    return {row.role: row.phone for row in session.execute(_NUMBERS, {"side_record": side_record})}


def danger_advice(session: Session, region_id: uuid.UUID) -> dict[str, Any]:
    """Return what whoever reports to a region is told about danger, whoever it is and in every case.

    Args:
        region_id: the region that the report is for.
    """
    return advice(numbers_to_ring(session, region_id))


def find_share_request(session: Session, request_id: uuid.UUID) -> ShareRequest:
    """Find a request for a share that the caller's region made, or that is about a record it holds.

    Raises:
        Problem: 404.
    """
    found = session.get(ShareRequest, request_id)
    if found is None:
        raise not_found()
    return found


def share_requests_of(
    session: Session, person: Person, *, newest: bool, after: Place | None, limit: int
) -> Sequence[ShareRequest]:
    """Return the requests for a share of a held record, or those made on a side record.

    One more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
    """
    whose = ShareRequest.person_id if person.held else ShareRequest.from_id
    query, place = select(ShareRequest).where(whose == person.id), (ShareRequest.asked_at, ShareRequest.id)
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def excluded_from(session: Session, person_id: uuid.UUID) -> set[Colleague]:
    """Return the members of staff who must not know of a case."""
    rows = session.execute(
        select(Restriction.organisation_id, Restriction.practitioner_id).where(
            Restriction.person_id == person_id, Restriction.excluded, Restriction.ended_at.is_(None)
        )
    )
    return {(organisation_id, practitioner_id) for organisation_id, practitioner_id in rows}
