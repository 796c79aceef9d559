"""Reads the restricted store: the identity and whereabouts of victims and ex-partners.

It is opened for a stated purpose only, and every disclosure is recorded. The database enforces this: the
API's role may write these tables and may not read them.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, TextClause, select, text
from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.gathering import flush_but_last, is_key_made
from service.people.model import Address, Contact

Details = dict[uuid.UUID, dict[str, Any]]
Words = Mapping[str, Any]
"""A name with its aliases and number, or the lines and postcode of an address; `is_current` when so now."""
CONTACT_DETAILS = (
    "given_name", "family_name", "aliases", "phone", "date_of_birth", "due_date", "estimated_age",
    "description",
)  # fmt: skip
ADDRESS_DETAILS = ("lines", "postcode")


PURPOSES: dict[str, frozenset[str]] = {
    "case_management": frozenset({"probation_region"}),
    "police_check": frozenset({"probation_region", "police_force"}),
    "public_protection": frozenset({"probation_region", "mappa_area"}),
    # A child who is a victim, and the mother of an unborn child: nobody finds either without a name.
    "childrens_safeguarding": frozenset({"probation_region", "local_authority"}),
}
"""What the store may be opened for, and by which kinds of organisation."""

_CONTACTS = text("SELECT * FROM restricted_contact_details(CAST(:ids AS uuid[]), :purpose)")
_ADDRESSES = text("SELECT * FROM restricted_address_details(CAST(:ids AS uuid[]), :purpose)")
_WORDS = text(
    "SELECT one.person_id, words.*"
    " FROM unnest(CAST(:person_ids AS uuid[])) AS one(person_id), protected_words(one.person_id) AS words"
)
_IN_ERROR = text(
    "SELECT one.person_id, words.*"
    " FROM unnest(CAST(:person_ids AS uuid[])) AS one(person_id), words_in_error(one.person_id) AS words"
)
_ASKED_ABOUT = text("SELECT * FROM words_asked_about(CAST(:requests AS uuid[]))")


def contact_details(
    session: Session, actor: Actor, contact_ids: Sequence[uuid.UUID], purpose: str
) -> Details:
    """Return the identity of protected contacts, and record that it was shown.

    Args:
        actor: the caller; you have already checked that these contacts are in one of its cases.
        contact_ids: of protected contacts.
        purpose: one of `PURPOSES`.

    Raises:
        PermissionError: this caller may not read the store for this purpose.
    """
    _require_permitted(actor, purpose)
    found = read_contacts(session, contact_ids, purpose)
    whose = session.scalars(select(Contact.person_id).where(Contact.id.in_(found)).distinct())
    record_disclosure(session, actor, whose, CONTACT_DETAILS, purpose)
    return found


def address_details(
    session: Session, actor: Actor, address_ids: Sequence[uuid.UUID], purpose: str
) -> Details:
    """Return the whereabouts of protected addresses, and record that they were shown.

    Args:
        actor: the caller; you have already checked that these addresses are in one of its cases.
        address_ids: of protected addresses.
        purpose: one of `PURPOSES`.

    Raises:
        PermissionError: this caller may not read the store for this purpose.
    """
    _require_permitted(actor, purpose)
    found = read_addresses(session, address_ids, purpose)
    whose = session.scalars(select(Address.person_id).where(Address.id.in_(found)).distinct())
    record_disclosure(session, actor, whose, ADDRESS_DETAILS, purpose)
    return found


def read_contacts(session: Session, contact_ids: Sequence[uuid.UUID], purpose: str) -> Details:
    """Return the stored details of contacts for comparison inside this package; they are never shown."""
    if not contact_ids:
        return {}
    rows = _opened(session, _CONTACTS, Contact, contact_ids, purpose)
    return {row["contact_id"]: {name: row[name] for name in CONTACT_DETAILS} for row in rows}


def read_addresses(session: Session, address_ids: Sequence[uuid.UUID], purpose: str) -> Details:
    """Return the stored details of addresses for comparison inside this package; they are never shown."""
    if not address_ids:
        return {}
    rows = _opened(session, _ADDRESSES, Address, address_ids, purpose)
    return {row["address_id"]: {name: row[name] for name in ADDRESS_DETAILS} for row in rows}


def _opened(
    session: Session,
    statement: TextClause,
    about: type[Contact | Address],
    ids: Sequence[uuid.UUID],
    purpose: str,
) -> Sequence[RowMapping]:
    # The statement does not say what it reads: what waits is written first if it is about any of these.
    if any(isinstance(row, about) for row in session.dirty) or any(
        is_key_made(session, about, (one,)) for one in ids
    ):
        flush_but_last(session)
    given = {"ids": list(ids), "purpose": purpose}
    return session.connection().execute(statement, given).mappings().all()


def own_details(row: Contact | Address) -> dict[str, Any]:
    """Return the details that stand on a row itself, as they do where none are kept apart."""
    names = CONTACT_DETAILS if isinstance(row, Contact) else ADDRESS_DETAILS
    return {name: getattr(row, name) for name in names}


def read_words(session: Session, person_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Words]]:
    """Return every name and address that records protect, of now and of before, to compare texts with."""
    return _read_words(session, _WORDS, person_ids)


def read_words_in_error(
    session: Session, person_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Words]]:
    """Return every name and address that records protected until they were entered in error."""
    return _read_words(session, _IN_ERROR, person_ids)


def _read_words(
    session: Session, statement: TextClause, person_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Words]]:
    flush_but_last(session)  # audit entries go on waiting: nothing here reads them
    found: dict[uuid.UUID, list[Words]] = {one: [] for one in person_ids}
    for row in session.connection().execute(statement, {"person_ids": list(person_ids)}).mappings():
        found[row["person_id"]].append(dict(row))
    return found


def read_asked_about(
    session: Session, request_ids: Sequence[uuid.UUID]
) -> dict[tuple[str, uuid.UUID], Words]:
    """Return the names and places of the protected whom check requests are about, to compare texts with.

    A worker has no other key to the store than this and `read_words`.

    Args:
        request_ids: of requests of one record; you have already checked that the caller may know of it.

    Returns:
        By the kind of subject, `contact` or `address`, and its id.
    """
    if not request_ids:
        return {}
    flush_but_last(session)
    found = session.connection().execute(_ASKED_ABOUT, {"requests": list(request_ids)})
    return {(row["kind"], row["subject_id"]): dict(row) for row in found.mappings()}


def _require_permitted(actor: Actor, purpose: str) -> None:
    if actor.organisation_kind not in PURPOSES[purpose]:
        raise PermissionError(f"restricted details are not for {actor.organisation_kind} to {purpose}")


def record_disclosure(
    session: Session, actor: Actor, person_ids: Iterable[uuid.UUID], fields: Sequence[str], purpose: str
) -> None:
    """Record that restricted details were shown to a caller.

    Args:
        person_ids: of the records they belong to.
        fields: the names of the details.

    Raises:
        PermissionError: this caller may not read the store for this purpose.
    """
    _require_permitted(actor, purpose)
    own = actor.side == "probation"
    for person_id in person_ids:
        audit.record(
            session,
            actor,
            "consultation" if own else "disclosure",
            object_kind="restricted_details",
            object_id=person_id,
            person_id=person_id,
            fields=[f"restricted.{name}" for name in fields],
            recipients=() if own else (actor.organisation_id,),
            purpose=purpose,
        )
