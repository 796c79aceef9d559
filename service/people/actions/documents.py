"""Brings documents about a person in line with the record, and says where a statement differs from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.gathering import is_made
from service.people import aliases, documents, queries, restricted
from service.people.actions import stating
from service.people.documents import ADDRESS, CONTACT, PERSON, Entry, Recorded
from service.people.model import Address, Contact, Person
from service.people.verification import as_it_is_since, stands

_PURPOSE: Final = "case_management"
_Row = TypeVar("_Row", Contact, Address)


class Kept(NamedTuple):
    """Where the record stays as it is although a statement says otherwise.

    Args:
        said_at: since when the caller's system says so; None where that is not known.
        recorded_at: when the record of that subject last changed.
    """

    pointer: str
    said_at: datetime | None
    recorded_at: datetime


def as_recorded(
    session: Session, person: Person, document: Mapping[str, Any], client_id: str
) -> dict[str, Any]:
    """Return a document that says of everybody whom it names what the record says.

    Of a record that was merged it says the CRN that stands for it.

    Args:
        client_id: the system whose references the document uses.
    """
    if is_made(session, person):
        # It is the first that is said of this person: the record has nothing else.
        return documents.unverified(documents.without_changes(document))
    return _as_recorded(session, person, document, _recorded(session, person, document, client_id))


def taken(
    session: Session,
    actor: Actor,
    person: Person,
    document: Mapping[str, Any],
    statement: Mapping[str, Any],
    *,
    client_id: str,
) -> tuple[dict[str, Any], list[Kept]]:
    """Return what `as_recorded` and `kept` return, of a document and what was said by it."""
    if is_made(session, person):
        # It is the first that is said of this person: the record has nothing else.
        return documents.unverified(documents.without_changes(document)), []
    recorded = _recorded(session, person, document, client_id)
    found = _as_recorded(session, person, document, recorded)
    return found, _kept(session, actor, person, statement, recorded)


def kept(
    session: Session, actor: Actor, person: Person, statement: Mapping[str, Any], client_id: str
) -> list[Kept]:
    """Return where the record stays as it is although a statement that was taken says otherwise.

    Args:
        statement: a canonical document, with null for what it withdraws.
        client_id: the system whose references it uses.
    """
    return _kept(session, actor, person, statement, _recorded(session, person, statement, client_id))


@bypasses_row_security
def never_said(
    session: Session,
    actor: Actor,
    person_id: UUID,
    listed: Mapping[str, list[dict[str, Any]]],
    *,
    client_id: str,
) -> dict[str, list[dict[str, Any]]]:
    """Return those contacts and addresses of which the caller's system never spoke.

    Of a system of which nothing is kept it is not known: what its own document says, it said.

    Args:
        listed: of a document, by list.
        client_id: the system whose references the document uses.
    """
    said = stating.read(session, actor, session.get_one(Person, person_id))
    if not said.stored and actor.client_id == client_id:
        return {sort: [] for sort in listed}
    around = queries.ever_recorded(session, person_id)
    rows: dict[str, Sequence[Contact | Address]] = {
        "contacts": [one for one in around.contacts if not one.ref_left],
        "addresses": around.addresses,
    }
    known = {
        sort: {
            one.ref for one in rows[sort] if one.client_id == client_id and str(one.id) not in said.members
        }
        for sort in listed
    }
    return {sort: [one for one in entries if one["ref"] in known[sort]] for sort, entries in listed.items()}


def _kept(
    session: Session, actor: Actor, person: Person, statement: Mapping[str, Any], recorded: Recorded
) -> list[Kept]:
    found = list(documents.differences(statement, recorded))
    if not found:
        return []
    around = queries.ever_recorded(session, person.id)
    rows: list[Contact | Address] = [*around.contacts, *around.addresses]
    changed = {one.id: as_it_is_since(one.changed_at, one.verification) for one in rows}
    said = stating.read(session, actor, person)
    return [
        Kept(
            one.pointer,
            said.since(one.subject or person.id, one.column) if one.column else None,
            changed[one.subject] if one.subject else person.changed_at,
        )
        for one in found
    ]


@bypasses_row_security
def _as_recorded(
    session: Session, person: Person, document: Mapping[str, Any], recorded: Recorded
) -> dict[str, Any]:
    found = documents.as_recorded(document, recorded)
    return {**found, "person": {**found["person"], "crn": aliases.crn_of(session, person)}}


@bypasses_row_security
def _recorded(session: Session, person: Person, document: Mapping[str, Any], client_id: str) -> Recorded:
    around = queries.ever_recorded(session, person.id)
    contacts = {one.ref: one for one in around.contacts if one.client_id == client_id and not one.ref_left}
    addresses = {one.ref: one for one in around.addresses if one.client_id == client_id}
    household = document.get("household") or {}
    return Recorded(
        {column: getattr(person, column) for column in PERSON} | aliases.who_is(session, person),
        _entries(
            session, contacts, household.get("contacts") or [], (*CONTACT, "details_status"),
            restricted.read_contacts,
        ),
        _entries(session, addresses, document.get("addresses") or [], ADDRESS, restricted.read_addresses),
    )  # fmt: skip


def _entries(
    session: Session,
    rows: Mapping[str, _Row],
    listed: Iterable[Mapping[str, Any]],
    columns: Iterable[str],
    read: Callable[[Session, list[UUID], str], restricted.Details],
) -> dict[str, Entry]:
    columns = tuple(columns)
    named = {one["ref"] for one in listed}
    apart = read(session, [one.id for ref, one in rows.items() if one.protected and ref in named], _PURPOSE)
    return {
        ref: Entry(
            one.id,
            {column: getattr(one, column) for column in columns}
            | {"verified": stands(one.verification)}
            | apart.get(one.id, {}),
            in_error=one.in_error_at is not None,
        )
        for ref, one in rows.items()
    }
