"""Writes people, contacts, addresses and risk: keeps what a row held before, and records who changed it.

It does not decide who may change what. The caller has locked the person's row.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute, Session

from service import audit, clock, events, settling
from service.access.actor import Actor
from service.db import new_id
from service.gathering import flush_but_last, is_made, note_made
from service.people import aliases, restricted
from service.people.corrected import note_corrected, note_identity, note_put_right
from service.people.documents import NEVER_CHANGING
from service.people.facts import plain
from service.people.model import (
    Address,
    CaseHolding,
    Contact,
    Person,
    RestrictedAddressDetail,
    RestrictedContactDetail,
    SupersededFact,
)
from service.people.newly_protected import note_protected
from service.people.one_person import NUMBERS, note_numbers
from service.people.proposals import UNSAID
from service.people.verification import (
    VERIFIED,
    WHERE,
    Because,
    as_it_is_since,
    because_of,
    is_looked_at_again,
    stands,
)
from service.people.writes import verifications

Kind = Literal["person", "contact", "address"]
Row = Person | Contact | Address
Around = Contact | Address
Holds = Literal["submitted", "opened", "reassigned", "caretaker", "transferred", "merged"]
"""Why a case is held as it is."""

KEPT_APART = {"contact": restricted.CONTACT_DETAILS, "address": restricted.ADDRESS_DETAILS}
"""The columns that are kept in the restricted store when the row is protected."""
_NOT_FACTS = frozenset({"id", "person_id", "client_id", "submitted", "version", "changed_at", "recorded_at"})


_ADD_HELD: Final = (
    postgresql.insert(Person)
    .on_conflict_do_nothing(index_elements=["crn"], index_where=text("held"))
    .returning(Person)
    .execution_options(dml_strategy="orm")
)
_ADD_ASIDE: Final = (
    postgresql.insert(Person)
    .on_conflict_do_nothing(index_elements=["crn", "holder_id", "limited_to"], index_where=text("NOT held"))
    .returning(Person)
    .execution_options(dml_strategy="orm")
)


def add_person(
    session: Session,
    actor: Actor,
    crn: str,
    facts: Mapping[str, Any],
    *,
    restricted: bool,
    submitted: str,
    held: bool = True,
    limited_to: str | None = None,
) -> Person | None:
    """Add a record of the caller's own for a CRN and return it, locked; None when there is one already.

    Args:
        facts: by column.
        restricted: whether the case is a limited access case.
        submitted: the digest of the submission.
        held: whether it is the record of the CRN, or a side record.
        limited_to: the only practitioner who may know of a side record.
    """
    now = clock.now()
    columns = {
        "aliases": [],
        "children": "not_recorded",
        **facts,
        "id": new_id(),
        "crn": crn,
        "holder_id": actor.organisation_id,
        "held": held,
        "limited_to": limited_to,
        "restricted": restricted,
        "submitted": submitted,
        "region": actor.practitioner.region if actor.practitioner else None,
        "version": 1,
        "recorded_at": now,
        "changed_at": now,
    }
    added: Person | None = session.scalar(_ADD_HELD if held else _ADD_ASIDE, columns)
    if added is not None:
        note_made(session, added)
        if not NUMBERS.isdisjoint(facts):
            note_numbers(session, added.id)
            settling.mark(session, actor, added.id)
    return added


def begin_holding(
    session: Session, actor: Actor, person: Person, pdu: str | None, *, because: Holds, event_id: uuid.UUID
) -> None:
    """Record that the practitioner who put a person on record answers for the case.

    Args:
        pdu: the unit that the document names, where the practitioner's assertion names none.
    """
    if actor.practitioner is not None:
        who, unit = actor.practitioner.id, actor.practitioner.pdu or pdu
        start_holding(session, person, who, unit, because=because, event_id=event_id)


def start_holding(
    session: Session,
    person: Person,
    practitioner_id: str,
    pdu: str | None,
    *,
    because: Holds,
    event_id: uuid.UUID,
    caretaker_id: str | None = None,
    caretaker_until: datetime | None = None,
) -> CaseHolding:
    """Record who answers for a case from now on, in the region that holds its record."""
    holding = CaseHolding(
        id=new_id(),
        person_id=person.id,
        organisation_id=person.holder_id,
        practitioner_id=practitioner_id,
        pdu=pdu,
        because=because,
        caretaker_id=caretaker_id,
        caretaker_until=caretaker_until,
        since=clock.now(),
        ended_at=None,
        event_id=event_id,
    )
    session.add(holding)
    return holding


def write_person(
    session: Session, actor: Actor, person: Person, new: Mapping[str, Any], *, submitted: str | None
) -> list[str]:
    """Set the facts about a person that differ; return the names of those that changed.

    Args:
        new: by column; a column that is not named stays as it is.
        submitted: the digest of the submission.
    """
    changed = sorted(name for name, value in new.items() if getattr(person, name) != value)
    if changed:
        put_right = any(getattr(person, name) not in UNSAID for name in NEVER_CHANGING & {*changed})
        supersede(session, actor, "person", person, {})
        _set(person, new)
        if not NUMBERS.isdisjoint(changed):
            note_numbers(session, person.id)
        settling.mark(session, actor, person.id)
        if not set(aliases.IDENTITY).isdisjoint(changed):
            _follow_merged(session, actor, person, put_right=put_right)
    person.submitted = submitted
    return changed


def _follow_merged(session: Session, actor: Actor, person: Person, *, put_right: bool) -> None:
    """Mark the records for which this one stands: what is asked and told of them says who this is."""
    if is_made(session, person):
        return
    if put_right:
        note_identity(session, person.id)
    for one in aliases.others_of(session, person):
        if one.same_as_id == person.id:
            note_corrected(session, one.id)
            if put_right:
                note_identity(session, one.id)
            settling.mark(session, actor, one.id)


def new_contact(actor: Actor, person: Person, ref: str, **as_said: Any) -> Contact:
    """Return a contact of a person that `write_around` will add.

    Args:
        as_said: the client and the digest, where the reference is another client's.
    """
    return Contact(**_new_around(actor, person, ref) | as_said)


def new_address(actor: Actor, person: Person, ref: str, **as_said: Any) -> Address:
    """Return an address of a person that `write_around` will add.

    Args:
        as_said: as of `new_contact`.
    """
    return Address(**_new_around(actor, person, ref) | as_said)


def _new_around(actor: Actor, person: Person, ref: str) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": new_id(),
        "person_id": person.id,
        "client_id": actor.client_id,
        "ref": ref,
        "version": 1,
        "protected": False,
        "recorded_at": now,
        "changed_at": now,
    }


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
    submitted: str | None = None,
) -> list[str]:
    """Set the facts about a contact or an address that differ; return the names of those that changed.

    The details of a protected row go into the restricted store instead.

    Args:
        row: stored, unless `first`.
        new: by column; a column that is not named stays as it is.
        protected: whether its details are kept in the restricted store from now on.
        held: the details as they are on record.
        first: the row is new, so there is no earlier version to keep.
        submitted: the digest of the submission; None for a change that no document made.
    """
    if submitted is not None:
        row.submitted = submitted
    apart = KEPT_APART[kind]
    details = {name: new.get(name, held.get(name)) for name in apart}
    columns = {name: value for name, value in new.items() if name not in apart} | {"protected": protected}
    columns |= dict.fromkeys(apart) if protected else details
    changed = {name for name, value in columns.items() if name not in apart and getattr(row, name) != value}
    changed |= {name for name in apart if details[name] != held.get(name)}
    only_verified = changed <= VERIFIED
    ends = "verification" not in new and verifications.is_outlived(kind, row, columns, changed)
    if ends:
        columns |= verifications.ended_columns(row, because_of(changed))
        changed.add("verification")
    if first:
        _set(row, columns)
        session.add(row)
        settling.mark(session, actor, row.person_id)
    elif changed:
        supersede(session, actor, kind, row, held, only_verified=only_verified)
        _set(row, columns)
        settling.mark(session, actor, row.person_id)
    if protected and (first or changed):
        note_protected(session, row.person_id)
        _KEEP_DETAILS[kind](session, row.id, details, first=first)
    if ends:
        verifications.follow_end(session, actor, kind, row)
    if isinstance(row, Address) and not first and not WHERE.isdisjoint(changed):
        for contact in verifications.living_at(session, row):
            end_verification(session, actor, "contact", contact, Because.CHANGED)
    return sorted(changed)


def end_verification(
    session: Session, actor: Actor, kind: Literal["contact", "address"], row: Around, because: Because
) -> None:
    """End a verification that stands, where no change of the row itself does."""
    read = restricted.read_contacts if kind == "contact" else restricted.read_addresses
    held = read(session, [row.id], "case_management").get(row.id, {}) if row.protected else {}
    supersede(session, actor, kind, row, held, only_verified=True)
    _set(row, verifications.ended_columns(row, because))
    settling.mark(session, actor, row.person_id)
    verifications.follow_end(session, actor, kind, row)


def change_contact(
    session: Session,
    actor: Actor,
    contact: Contact,
    new: Mapping[str, Any],
    *,
    protected: bool,
    held: Mapping[str, Any],
) -> None:
    """Set columns of a contact that no statement about it sets, such as whom it may be the same as.

    One that was added in this transaction has no earlier version to keep.

    Args:
        new, protected, held: as for `write_around`.
    """
    if is_made(session, contact) and protected == contact.protected:
        _set(contact, new)
    else:
        write_around(session, actor, "contact", contact, new, protected=protected, held=held, first=False)


_GIVEN_UP: Final = re.compile("a-[0-9a-f]{30}")


def has_given_up_ref(address: Address) -> bool:
    """Return whether the reference of an address names a later one."""
    return _GIVEN_UP.fullmatch(address.ref) is not None


def give_up_ref(session: Session, address: Address) -> str:
    """Let the reference of an address name another one from now on, and return it."""
    ref = address.ref
    address.ref = f"a-{new_id().hex[:30]}"
    flush_but_last(session)  # only one address at a time can have the reference
    return ref


def name_alone(address: Address) -> None:
    """Give an address that stays where it is a reference which nothing else has, nor will have."""
    address.ref = f"p-{new_id().hex[:30]}"


def note_moved(old: Address, new: Address) -> None:
    """Note to which address somebody moved from one that has given up its reference."""
    old.ref = _moved_to(new)


def has_moved_to(old: Address, new: Address) -> bool:
    """Return whether somebody was said to have moved from one address to another."""
    return old.ref == _moved_to(new)


def _moved_to(address: Address) -> str:
    return f"a-{address.id.hex[:30]}"


def enter_in_error(
    session: Session,
    actor: Actor,
    kind: Literal["contact", "address"],
    row: Around,
    *,
    held: Mapping[str, Any],
    reason: str,
) -> None:
    """Mark a contact or an address as one that should never have been recorded; it stays as it is.

    Args:
        held: its details in the restricted store.
    """
    supersede(session, actor, kind, row, held)
    note_put_right(session, row.person_id)
    row.in_error_at = clock.now()
    row.in_error_by = actor.practitioner.id if actor.practitioner else actor.client_id
    row.in_error_reason = reason
    if is_looked_at_again(row.verification):
        verifications.stop_looking(session, kind, row.id)
    if stands(row.verification):
        _set(row, verifications.ended_columns(row, Because.ENTERED_IN_ERROR))
        verifications.follow_end(session, actor, kind, row)
    settling.mark(session, actor, row.person_id)
    if row.protected:
        note_protected(session, row.person_id)


def supersede(
    session: Session,
    actor: Actor,
    kind: Kind,
    row: Row,
    details: Mapping[str, Any],
    *,
    only_verified: bool = False,
) -> None:
    """Keep a row as it is before a change, and give it its next version.

    Args:
        details: its columns that are kept in the restricted store.
        only_verified: what it says stays as it is, so that what was agreed to since it last changed counts.
    """
    now = clock.now()
    note_corrected(session, row.id if isinstance(row, Person) else row.person_id)
    columns = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    facts = {name: value for name, value in columns.items() if name not in _NOT_FACTS} | dict(details)
    session.add(
        SupersededFact(
            id=new_id(),
            person_id=row.id if isinstance(row, Person) else row.person_id,
            subject_kind=kind,
            subject_id=row.id,
            version=row.version,
            facts={name: _as_json(value) for name, value in facts.items() if value is not None},
            recorded_at=row.changed_at
            if isinstance(row, Person)
            else as_it_is_since(row.changed_at, row.verification),
            superseded_at=now,
            superseded_by=actor.practitioner.id if actor.practitioner else actor.client_id,
        )
    )
    row.version += 1
    if not only_verified:
        row.changed_at = now
        if isinstance(row, Address):
            settling.mark(session, actor, row.person_id, only=settling.DEPARTURE_GATE)


def keep_contact_details(
    session: Session, contact_id: uuid.UUID, details: Mapping[str, Any], *, first: bool = False
) -> None:
    """Put the identity of a protected contact into the restricted store, in place of what it held.

    Args:
        first: the contact is new, so the store holds nothing of it.
    """
    values = {name: details.get(name) for name in restricted.CONTACT_DETAILS} | {"recorded_at": clock.now()}
    _keep(
        session, RestrictedContactDetail, RestrictedContactDetail.contact_id, contact_id, values, first=first
    )


def keep_address_details(
    session: Session, address_id: uuid.UUID, details: Mapping[str, Any], *, first: bool = False
) -> None:
    """Put the whereabouts of a protected address into the restricted store, in place of what it held.

    Args:
        first: the address is new, so the store holds nothing of it.
    """
    values = {name: details.get(name) for name in restricted.ADDRESS_DETAILS} | {"recorded_at": clock.now()}
    _keep(
        session, RestrictedAddressDetail, RestrictedAddressDetail.address_id, address_id, values, first=first
    )


_KEEP_DETAILS = {"contact": keep_contact_details, "address": keep_address_details}


def _keep(
    session: Session,
    store: type[RestrictedContactDetail | RestrictedAddressDetail],
    key: InstrumentedAttribute[uuid.UUID],
    value: uuid.UUID,
    details: dict[str, Any],
    *,
    first: bool,
) -> None:
    if first:
        session.add(store(**{key.key: value}, **details))
        return
    # Not an upsert: that would need the right to read the row it replaces. The person's row is locked.
    held = session.scalar(select(key).where(key == value))
    if held is None:
        session.execute(insert(store).values(**{key.key: value}, **details))
    else:
        session.execute(
            update(store).where(key == value).values(**details).execution_options(synchronize_session=False)
        )


def note_release(person: Person, day: date | None) -> None:
    """Set the day of release that a prison sent last; its own line says who sent it, and when."""
    person.releases_on = day


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
    """Record an event about the person, a contact or an address; return its id."""
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
    """Record on the audit trail which fields of a person were collected, changed or read."""
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


def _as_json(value: Any) -> Any:
    return plain(value) if isinstance(value, date | uuid.UUID) else value
