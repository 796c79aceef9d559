"""Which records a caller may see or change, and which sections of them: as `sight` says, in SQL."""

import uuid
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Text, and_, any_, exists, false, literal, or_, select, union_all
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.http.problems import Problem, conflict, not_found
from service.people import aliases
from service.people.model import Person, Restriction, Sight
from service.people.sight import EMERGENCY, SECTIONS

Row = TypeVar("Row")


def visible_to(
    actor: Actor, section: str | None = None, *, in_an_emergency: bool = True
) -> Select[uuid.UUID]:
    """Select the ids of the records a caller may see, as `sight.may_see` says.

    The service itself sees every record. Destinations and agencies know of people only through what they
    were sent.

    Args:
        section: one of `sight.SECTIONS`; None for who the person is.
        in_an_emergency: whether emergency access counts.
    """
    everyone = select(Person.id)
    match actor.side:
        case "service":
            return everyone
        case "probation":
            held = Person.holder_id == actor.organisation_id
            shares = () if in_an_emergency else (Sight.basis != EMERGENCY,)
            shared = _shared_with(actor, section, *shares)
            return everyone.where(or_(held, shared), open_to(actor, section, in_an_emergency=in_an_emergency))
        case _:
            return everyone.where(false())


def open_to(actor: Actor, section: str | None = None, *, in_an_emergency: bool = True) -> ColumnElement[bool]:
    """Return the condition that a record is not closed to a caller; for queries over `Person`.

    It is closed to those who are excluded, and a limited case to those it does not name.

    Args:
        section: one of `sight.SECTIONS`; None for who the person is.
        in_an_emergency: whether emergency access opens it; it lets its holder read, and change nothing.
    """
    who = actor.practitioner.id if actor.practitioner else None
    named = exists().where(
        Restriction.person_id == Person.id,
        Restriction.organisation_id == actor.organisation_id,
        Restriction.excluded.is_(False),
        Restriction.ended_at.is_(None),
        or_(Restriction.practitioner_id.is_(None), Restriction.practitioner_id == who),
    )
    to_whom = or_(Person.limited_to.is_(None), Person.limited_to == who)
    listed = or_(and_(to_whom, Person.restricted.is_(False)), named)
    if who is None:
        return listed
    excluded = exists().where(
        Restriction.person_id == Person.id,
        Restriction.organisation_id == actor.organisation_id,
        Restriction.practitioner_id == who,
        Restriction.excluded,
        Restriction.ended_at.is_(None),
    )
    if not in_an_emergency:
        return and_(~excluded, listed)
    return and_(~excluded, or_(listed, _shared_with(actor, section, Sight.basis == EMERGENCY)))


def open_to_change(actor: Actor) -> Select[uuid.UUID]:
    """Select the ids of the records on which a caller may act, as far as limits and exclusions go.

    Emergency access lets its holder read.
    """
    everyone = select(Person.id)
    return everyone.where(open_to(actor, in_an_emergency=False)) if actor.side == "probation" else everyone


def in_force() -> ColumnElement[bool]:
    """Return the condition that a share has begun and has not ended; for queries over `Sight`."""
    now = clock.now()
    return and_(Sight.ended_at.is_(None), Sight.from_at <= now, Sight.until_at > now)


def _shared_with(actor: Actor, section: str | None, *only: ColumnElement[bool]) -> ColumnElement[bool]:
    who = actor.practitioner.id if actor.practitioner else None
    parts = () if section is None else (literal(section) == any_(Sight.sections),)
    return exists().where(
        Sight.person_id == Person.id,
        Sight.organisation_id == actor.organisation_id,
        or_(Sight.practitioner_id.is_(None), Sight.practitioner_id == who),
        in_force(),
        *parts,
        *only,
    )


def find_person(
    session: Session, actor: Actor, person_id: uuid.UUID, section: str | None = None, *, lock: bool = False
) -> Person:
    """Find a record of which a caller may see a section.

    Args:
        section: one of `sight.SECTIONS`; None for who the person is.
        lock: hold the person, and with it everything under it, until the transaction ends.

    Raises:
        Problem: 404 when there is none that this caller may know of; 409 `held-elsewhere` when it is to be
            locked and another region holds it.
    """
    seen = Person.id.in_(visible_to(actor, section))
    if not lock:
        found = session.scalar(select(Person).where(Person.id == person_id, seen))
        if found is None:
            raise not_found()
        return found
    named = open_to(actor, in_an_emergency=False).label("named")
    locked = session.execute(
        select(Person, named)
        .where(Person.id == person_id, seen)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if locked is None:
        raise not_found()
    require_holder(actor, locked.Person.holder_id, named=locked.named)
    held: Person = locked.Person
    return held


def find_on_record(
    session: Session, actor: Actor, kind: type[Row], row_id: uuid.UUID, section: str, *, lock: bool
) -> Row:
    """Find something on a record of which a caller may see a section.

    Args:
        kind: its class, which has a `person_id` and the `probation_id` of the region whose it is.
        section: one of `sight.SECTIONS`.
        lock: hold it until the transaction ends.

    Raises:
        Problem: 404; 409 `held-elsewhere` when it is to be locked and another region holds the record.
    """
    row: Any = kind
    query = select(kind).where(row.id == row_id, row.person_id.in_(visible_to(actor, section)))
    if lock:
        query = query.where(row.person_id.in_(open_to_change(actor)))
        query = query.with_for_update(of=kind).execution_options(populate_existing=True)
    found: Any = session.scalar(query)
    if found is None or actor.side != "probation":
        raise not_found()
    if lock:
        require_holder(actor, found.probation_id)
    here: Row = found
    return here


def lock_record(session: Session, person_id: uuid.UUID) -> Person:
    """Lock a record and everything under it, without checking who may see it or who holds it."""
    return session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def held_record(session: Session, crn: str) -> Person:
    """Return the held record that stands for a CRN, without checking who may see it."""
    stands = aliases.of_crn(crn).scalar_subquery()
    return session.scalars(select(Person).where(Person.id == stands)).one()


def shared_record(session: Session, actor: Actor, crn: str, section: str) -> Person | None:
    """Return the held record of a CRN if a section of it is shared with a caller's region; otherwise None.

    Args:
        section: one of `sight.SECTIONS`.
    """
    return session.scalars(
        select(Person).where(
            Person.id == aliases.of_crn(crn).scalar_subquery(),
            Person.holder_id != actor.organisation_id,
            Person.id.in_(visible_to(actor, section)),
        )
    ).one_or_none()


def require_more_than_emergency(session: Session, actor: Actor, person: Person) -> None:
    """Require that a caller does not see a record by emergency access alone, which only lets its holder read.

    Raises:
        Problem: 409 `held-elsewhere`.
    """
    seen = visible_to(actor, in_an_emergency=False).where(Person.id == person.id)
    require_holder(actor, actor.organisation_id, named=session.scalar(seen) is not None)


def require_holder(actor: Actor, holder_id: uuid.UUID, *, named: bool = True) -> None:
    """Require that a region which changes a record, or what hangs on it, holds it and does not only read it.

    Args:
        holder_id: of the region that holds the record.
        named: whether the caller sees it without emergency access, which only lets its holder read.

    Raises:
        Problem: 409 `held-elsewhere`.
    """
    if actor.only_reads(holder_id) or (actor.side == "probation" and not named):
        raise Problem(
            409,
            "held-elsewhere",
            "Not changed: this record is held elsewhere",
            "You may only read this record. Ask the region that holds it to make the change.",
        )


def require_standing(person: Person) -> None:
    """Require that a record has not been merged into another: whose the case is, is said of that.

    Raises:
        Problem: 409, with the record that stands for it.
    """
    if person.same_as_id is not None:
        raise conflict(
            "This record is an alias. Use the main record of the same person.",
            href=f"/v1/people/{person.same_as_id}",
        )


def sections_seen(session: Session, actor: Actor, person: Person) -> frozenset[str]:
    """Return the sections that a caller sees of a record, which it has been found to see.

    The staff of the region that holds the record see all of it, without a statement, unless it is limited:
    then somebody may see parts of it by emergency access.
    """
    limited = person.restricted or person.limited_to is not None
    if not actor.only_reads(person.holder_id) and not (limited and actor.side == "probation"):
        return frozenset(SECTIONS)
    seen = sections_seen_of_each(session, actor, [person.id], SECTIONS)
    return seen.get(person.id, frozenset())


def sees_all(session: Session, actor: Actor, person_id: uuid.UUID, sections: Collection[str]) -> bool:
    """Return whether a caller sees each of some sections of a record now."""
    seen = [visible_to(actor, section).where(Person.id == person_id).exists() for section in sections]
    return bool(session.scalar(select(and_(*seen))))


def sharing_organisations(session: Session, person_id: uuid.UUID, section: str) -> set[uuid.UUID]:
    """Return the region that holds a record and those that see a section of it now.

    In a limited access case, only regions that have a named practitioner.
    """
    named = exists().where(
        Restriction.person_id == Person.id,
        Restriction.organisation_id == Sight.organisation_id,
        Restriction.excluded.is_(False),
        Restriction.ended_at.is_(None),
    )
    shares = select(Sight.organisation_id).join(Person, Person.id == Sight.person_id)
    shown = session.scalars(
        shares.where(
            Sight.person_id == person_id,
            Sight.practitioner_id.is_(None),
            in_force(),
            literal(section) == any_(Sight.sections),
            or_(Person.restricted.is_(False), named),
        )
    )
    return {session.get_one(Person, person_id).holder_id, *shown}


def has_share(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID) -> bool:
    """Return whether an organisation sees anything of a record through a share now."""
    shares = exists().where(
        Sight.person_id == person_id,
        Sight.organisation_id == organisation_id,
        Sight.basis != EMERGENCY,
        in_force(),
    )
    return bool(session.scalar(select(shares)))


def sections_seen_of_each(
    session: Session, actor: Actor, person_ids: Collection[uuid.UUID], sections: Iterable[str]
) -> dict[uuid.UUID, frozenset[str]]:
    """Return, for those of some records that a caller may see, which of these sections it sees."""
    if not person_ids:
        return {}
    # One after the other, and not as columns of one row: those would be asked of every record there is.
    each = [
        visible_to(actor, section).add_columns(literal(section, Text)).where(Person.id.in_(person_ids))
        for section in (None, *sections)
    ]
    found: dict[uuid.UUID, set[str]] = {}
    for person_id, section in session.execute(union_all(*each)):
        found.setdefault(person_id, set()).update({section} - {None})
    return {person_id: frozenset(seen) for person_id, seen in found.items()}
