"""The restricted store: who and where victims and ex-partners are; opened for a purpose, on the record.

The database refuses every other way: the API's role may write these tables and may not read them.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from service import audit, clock
from service.access.actor import Actor
from service.people.model import Address, Contact, RestrictedAddressDetail, RestrictedContactDetail

Details = dict[uuid.UUID, dict[str, Any]]
CONTACT_DETAILS = ("given_name", "family_name", "date_of_birth", "due_date")
ADDRESS_DETAILS = ("lines", "postcode")


@dataclass(frozen=True)
class Purpose:
    """What the store may be opened for, and by which kinds of organisation."""

    kinds: frozenset[str]
    people: bool = True
    """Whether it shows who they are; where they are, it always shows."""


PURPOSES: dict[str, Purpose] = {
    "case_management": Purpose(frozenset({"probation_region"})),
    "police_check": Purpose(frozenset({"probation_region", "police_force"})),
    "public_protection": Purpose(frozenset({"probation_region", "mappa_area"})),
    # A child may live with them: children's services must find the child, and need not be told who they are.
    "childrens_safeguarding": Purpose(frozenset({"probation_region", "local_authority"}), people=False),
}

_CONTACTS = text("SELECT * FROM restricted_contact_details(CAST(:ids AS uuid[]), :purpose)")
_ADDRESSES = text("SELECT * FROM restricted_address_details(CAST(:ids AS uuid[]), :purpose)")


def contact_details(
    session: Session, actor: Actor, contact_ids: Sequence[uuid.UUID], purpose: str
) -> Details:
    """Return who protected contacts are, and record that somebody was shown it.

    Args:
        actor: who asks; it must already be settled that these contacts are in a case of theirs.
        contact_ids: of protected contacts.
        purpose: one of `PURPOSES`.

    Raises:
        PermissionError: this caller may not have it for this purpose.
    """
    _settle(actor, purpose, people=True)
    found = read_contacts(session, contact_ids, purpose)
    whose = session.scalars(select(Contact.person_id).where(Contact.id.in_(found)).distinct())
    _record(session, actor, whose, fields=CONTACT_DETAILS, purpose=purpose)
    return found


def address_details(
    session: Session, actor: Actor, address_ids: Sequence[uuid.UUID], purpose: str
) -> Details:
    """Return where protected addresses are, and record that somebody was shown it.

    Args:
        actor: who asks; it must already be settled that these addresses are in a case of theirs.
        address_ids: of protected addresses.
        purpose: one of `PURPOSES`.

    Raises:
        PermissionError: this caller may not have it for this purpose.
    """
    _settle(actor, purpose, people=False)
    found = read_addresses(session, address_ids, purpose)
    whose = session.scalars(select(Address.person_id).where(Address.id.in_(found)).distinct())
    _record(session, actor, whose, fields=ADDRESS_DETAILS, purpose=purpose)
    return found


def read_contacts(session: Session, contact_ids: Sequence[uuid.UUID], purpose: str) -> Details:
    """Return what the store holds of contacts, for this package to compare; nobody is shown it."""
    if not contact_ids:
        return {}
    rows = session.execute(_CONTACTS, {"ids": list(contact_ids), "purpose": purpose}).mappings()
    return {row["contact_id"]: {name: row[name] for name in CONTACT_DETAILS} for row in rows}


def read_addresses(session: Session, address_ids: Sequence[uuid.UUID], purpose: str) -> Details:
    """Return what the store holds of addresses, for this package to compare; nobody is shown it."""
    if not address_ids:
        return {}
    rows = session.execute(_ADDRESSES, {"ids": list(address_ids), "purpose": purpose}).mappings()
    return {row["address_id"]: {name: row[name] for name in ADDRESS_DETAILS} for row in rows}


def keep_contact(session: Session, contact_id: uuid.UUID, details: Mapping[str, Any]) -> None:
    """Put who a protected contact is into the store, in place of what it held."""
    values = {name: details.get(name) for name in CONTACT_DETAILS} | {"recorded_at": clock.now()}
    _keep(session, RestrictedContactDetail, RestrictedContactDetail.contact_id, contact_id, values)


def keep_address(session: Session, address_id: uuid.UUID, details: Mapping[str, Any]) -> None:
    """Put where a protected address is into the store, in place of what it held."""
    values = {name: details.get(name) for name in ADDRESS_DETAILS} | {"recorded_at": clock.now()}
    _keep(session, RestrictedAddressDetail, RestrictedAddressDetail.address_id, address_id, values)


def _keep(
    session: Session,
    store: type[RestrictedContactDetail | RestrictedAddressDetail],
    key: InstrumentedAttribute[uuid.UUID],
    value: uuid.UUID,
    details: dict[str, Any],
) -> None:
    # Not an upsert: that would need the right to read what it replaces. The person's row is locked.
    session.flush()
    held = session.scalar(select(key).where(key == value))
    if held is None:
        session.execute(insert(store).values(**{key.key: value}, **details))
    else:
        session.execute(
            update(store).where(key == value).values(**details).execution_options(synchronize_session=False)
        )


def _settle(actor: Actor, purpose: str, *, people: bool) -> None:
    allowed = PURPOSES[purpose]
    if actor.organisation_kind not in allowed.kinds or (people and not allowed.people):
        raise PermissionError(f"restricted details are not for {actor.organisation_kind} to {purpose}")


def _record(
    session: Session,
    actor: Actor,
    person_ids: Iterable[uuid.UUID],
    *,
    fields: Sequence[str],
    purpose: str,
) -> None:
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
