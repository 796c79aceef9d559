"""The one place where facts about people are written: what was there before is kept, who changed it is told.

Whoever calls holds the person's row.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from sqlalchemy.orm import Session

from service import audit, clock, events
from service.access.actor import Actor
from service.db import new_id
from service.people import restricted
from service.people.facts import plain
from service.people.model import Address, Contact, Person, SupersededFact

Kind = Literal["person", "contact", "address"]
Row = Person | Contact | Address
Around = Contact | Address

KEPT_APART = {"contact": restricted.CONTACT_DETAILS, "address": restricted.ADDRESS_DETAILS}
"""The columns that stand in the restricted store when the row is protected."""
_KEEP = {"contact": restricted.keep_contact, "address": restricted.keep_address}
_NOT_FACTS = frozenset({"id", "person_id", "client_id", "submitted", "version", "changed_at", "recorded_at"})


def write_person(session: Session, actor: Actor, person: Person, new: Mapping[str, Any]) -> list[str]:
    """Set what differs about a person; return the names of what changed."""
    changed = sorted(name for name, value in new.items() if getattr(person, name) != value)
    if changed:
        supersede(session, actor, "person", person, {})
        _set(person, new)
    return changed


def write_around(
    session: Session,
    actor: Actor,
    kind: Literal["contact", "address"],
    row: Around,
    new: Mapping[str, Any],
    *,
    protected: bool,
    held: Mapping[str, Any],
    first: bool,
) -> list[str]:
    """Set what differs about a contact or an address, protected details apart; return the names.

    Args:
        row: stored, unless `first`.
        new: by column, whole: what is not named stays as it is.
        protected: whether details stand apart from now on.
        held: the details as they are known now.
        first: the row is new: there is nothing to keep.
    """
    apart = KEPT_APART[kind]
    details = {name: new.get(name, held.get(name)) for name in apart}
    columns = {name: value for name, value in new.items() if name not in apart} | {"protected": protected}
    columns |= dict.fromkeys(apart) if protected else details
    changed = {name for name, value in columns.items() if name not in apart and getattr(row, name) != value}
    changed |= {name for name in apart if details[name] != held.get(name)}
    if first:
        _set(row, columns)
        session.add(row)
    elif changed:
        supersede(session, actor, kind, row, held)
        _set(row, columns)
    if protected and (first or changed):
        _KEEP[kind](session, row.id, details)
    return sorted(changed)


def supersede(session: Session, actor: Actor, kind: Kind, row: Row, details: Mapping[str, Any]) -> None:
    """Keep a row as it stands, because it is about to change.

    Args:
        details: what the restricted store holds of it.
    """
    now = clock.now()
    columns = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    facts = {name: value for name, value in columns.items() if name not in _NOT_FACTS} | dict(details)
    session.add(
        SupersededFact(
            id=new_id(),
            person_id=row.id if isinstance(row, Person) else row.person_id,
            subject_kind=kind,
            subject_id=row.id,
            version=row.version,
            facts={name: _plainly(value) for name, value in facts.items() if value is not None},
            recorded_at=row.changed_at,
            superseded_at=now,
            superseded_by=actor.practitioner.id if actor.practitioner else actor.client_id,
        )
    )
    row.version += 1
    row.changed_at = now


def record_event(
    session: Session,
    actor: Actor,
    name: str,
    kind: Kind,
    subject: Row,
    *,
    referral_id: uuid.UUID | None = None,
    audience: Iterable[uuid.UUID] = (),
    data: Mapping[str, Any] | None = None,
) -> uuid.UUID:
    """Say what happened to the person, or to somebody or somewhere around them; return the event's id."""
    return events.append(
        session,
        actor,
        name,
        subject_kind=kind,
        subject_id=subject.id,
        audience=audience,
        person_id=subject.id if isinstance(subject, Person) else subject.person_id,
        referral_id=referral_id,
        version=subject.version,
        data=data or {},
    )


def record(
    session: Session,
    actor: Actor,
    person: Person,
    verb: Literal["collection", "alteration", "consultation"],
    fields: Iterable[str],
) -> None:
    """Put on the trail which fields of a person's record were taken in, changed or looked at."""
    audit.record(
        session,
        actor,
        verb,
        object_kind="person",
        object_id=person.id,
        object_version=person.version,
        person_id=person.id,
        fields=fields,
    )


def _set(row: Row, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _plainly(value: Any) -> Any:
    return plain(value) if isinstance(value, date | uuid.UUID) else value
