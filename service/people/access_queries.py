"""Reads who may see a record beside its holder, who may know of it and who must not.

Who may ask is decided by the caller, where a docstring does not say otherwise.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, literal, or_, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.events.model import Event
from service.http.problems import not_found
from service.keyset import in_pages
from service.people import aliases
from service.people.model import Person, Restriction, Sight
from service.people.queries import IDENTIFIERS, Place
from service.people.sight import EMERGENCY
from service.people.visibility import in_force


def list_shares(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    *,
    newest: bool,
    after: Place | None,
    limit: int,
) -> Sequence[Sight]:
    """Return the shares of a record; one more than `limit` when there are more.

    A region that does not hold the record finds its own.

    Args:
        newest: the newest first, otherwise the oldest.
    """
    place = (Sight.from_at, Sight.id)
    query = in_pages(_shares_of(actor, person_id), place, newest=newest, after=after, limit=limit)
    return session.scalars(query).all()


def find_share(session: Session, actor: Actor, person_id: uuid.UUID, share_id: uuid.UUID) -> Sight:
    """Find a share of a record that the caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(_shares_of(actor, person_id).where(Sight.id == share_id))
    if found is None:
        raise not_found()
    return found


def _shares_of(actor: Actor, person_id: uuid.UUID) -> Select[Sight]:
    holder = select(Person.holder_id).where(Person.id == person_id).scalar_subquery()
    return select(Sight).where(
        Sight.person_id == person_id,
        or_(holder == actor.organisation_id, Sight.organisation_id == actor.organisation_id),
    )


def shares_in_force(session: Session, person_id: uuid.UUID) -> Sequence[Sight]:
    """Return the shares by which others see a record now, the oldest first."""
    return session.scalars(
        select(Sight).where(Sight.person_id == person_id, in_force()).order_by(Sight.from_at, Sight.id)
    ).all()


def twins_of(session: Session, share: Sight) -> Sequence[Sight]:
    """Return what a share is on the other record of a person, since the two were merged, if it goes on there.

    Locked: the share that one was given for, or that was given for it.
    """
    return session.scalars(
        select(Sight)
        .where(
            or_(Sight.id == share.carried_from_id, Sight.carried_from_id == share.id),
            Sight.ended_at.is_(None),
        )
        .order_by(Sight.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def shares_with(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID) -> Sequence[Sight]:
    """Return the shares of a record with one region that have not ended, also those still to begin.

    Emergency access is not among them: it was taken, and is reviewed.
    """
    return session.scalars(
        select(Sight)
        .where(
            Sight.person_id == person_id,
            Sight.organisation_id == organisation_id,
            Sight.basis != EMERGENCY,
            Sight.ended_at.is_(None),
            Sight.until_at > clock.now(),
        )
        .order_by(Sight.from_at, Sight.id)
    ).all()


def shares_to_confirm(session: Session, now: datetime, limit: int) -> Sequence[Sight]:
    """Return shares in force that no holder gave and none has been asked about, locked."""
    return session.scalars(
        select(Sight)
        .where(Sight.event_id.is_(None), Sight.ended_at.is_(None), Sight.until_at > now)
        .order_by(Sight.until_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def shares_that_passed(session: Session, now: datetime, limit: int) -> Sequence[Sight]:
    """Return shares that were carried over, never confirmed and have passed, locked."""
    return session.scalars(
        select(Sight)
        .where(
            Sight.basis == literal("carried_over", literal_execute=True),
            Sight.ended_at.is_(None),
            Sight.until_at <= now,
        )
        .order_by(Sight.until_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def restrictions_of(session: Session, person_id: uuid.UUID) -> Sequence[Restriction]:
    """Return who is named for a record and who is excluded from it now, in the order in which they were."""
    return session.scalars(
        select(Restriction)
        .where(Restriction.person_id == person_id, Restriction.ended_at.is_(None))
        .order_by(Restriction.named_at, Restriction.id)
    ).all()


def restrictions_since(session: Session, person_id: uuid.UUID, since: datetime) -> Sequence[Restriction]:
    """Return the same, and those that have ended since a moment."""
    return session.scalars(
        select(Restriction).where(
            Restriction.person_id == person_id,
            Restriction.ended_at.is_(None) | (Restriction.ended_at > since),
        )
    ).all()


def find_exclusion(session: Session, person_id: uuid.UUID, exclusion_id: uuid.UUID) -> Restriction:
    """Find an exclusion from a record, also one that has ended.

    Raises:
        Problem: 404.
    """
    found = session.scalar(
        select(Restriction).where(
            Restriction.id == exclusion_id, Restriction.person_id == person_id, Restriction.excluded
        )
    )
    if found is None:
        raise not_found()
    return found


def limited_by(session: Session, person_id: uuid.UUID) -> str | None:
    """Return the practitioner who limited a case last, or recorded it as limited."""
    limited = select(Event.practitioner_id).where(
        Event.person_id == person_id,
        Event.subject_kind == "person",
        Event.name.in_(("person.limited", "person.recorded")),
    )
    return session.scalar(limited.order_by(Event.name, Event.occurred_at.desc(), Event.id.desc()).limit(1))


def excludes(session: Session, actor: Actor, person_id: uuid.UUID) -> bool:
    """Return whether the practitioner behind a call must not know of a record."""
    return (
        session.scalar(
            select(Restriction.id).where(
                Restriction.person_id == person_id,
                Restriction.organisation_id == actor.organisation_id,
                Restriction.practitioner_id == (actor.practitioner.id if actor.practitioner else None),
                Restriction.excluded,
                Restriction.ended_at.is_(None),
            )
        )
        is not None
    )


def was_not_justified(
    session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, practitioner_id: str
) -> bool:
    """Return whether the last emergency access of a member of staff to a record was judged not justified."""
    last = session.scalar(
        select(Sight.review_outcome)
        .where(
            Sight.person_id == person_id,
            Sight.organisation_id == organisation_id,
            Sight.practitioner_id == practitioner_id,
            Sight.basis == EMERGENCY,
        )
        .order_by(Sight.from_at.desc(), Sight.id)
        .limit(1)
    )
    return last == "not_justified"


def held_records(session: Session, number: str, value: str) -> Sequence[Person]:
    """Return the records that stand for exactly this number, locked, without checking who may see them.

    Args:
        number: one of `IDENTIFIERS`.
    """
    stand = select(aliases.stands_for(Person)).where(IDENTIFIERS[number] == value, Person.held)
    return session.scalars(
        select(Person)
        .where(Person.id.in_(stand.correlate(None)))
        .order_by(Person.id)
        .limit(2)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
