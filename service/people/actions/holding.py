"""Decides which region holds a person's record, and refuses the others.

The holder is the region with the earliest involvement that has not ended. A refusal is the same for a record
that another region holds and for a limited access case of the caller's own region: it must not reveal which.
"""

import uuid
from datetime import datetime, time
from functools import partial
from typing import Literal

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, text, tuple_
from sqlalchemy.orm import Session, aliased

from service import audit, clock, db, events
from service.access.actor import Actor
from service.access.row_visibility import bypass_row_security
from service.events.model import Event
from service.http.problems import Problem
from service.organisations import queries as access
from service.people import queries, writes
from service.people.model import Involvement, Person

Asked = Literal["submission", "preview", "amendment", "change"]
"""What a region asked for: a referral, or a change of what is on record."""

SUBMITTED_ELSEWHERE = "person.submitted_elsewhere"
_NEVER_ENDING = text("CAST('infinity' AS timestamptz)")


def held_elsewhere(organisation_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that another region holds a person's record; for queries over `Person`."""
    own, other = aliased(Involvement), aliased(Involvement)
    since = (
        select(own.since)
        .where(own.person_id == Person.id, own.organisation_id == organisation_id, own.ended_at.is_(None))
        .correlate(Person)
        .scalar_subquery()
    )
    return exists().where(
        other.person_id == Person.id,
        other.organisation_id != organisation_id,
        other.ended_at.is_(None),
        tuple_(other.since, other.organisation_id)
        < tuple_(func.coalesce(since, _NEVER_ENDING), literal(organisation_id)),
    )


def take_part(session: Session, actor: Actor, person: Person, asked: Asked, *, first: bool) -> None:
    """Record that the caller's region works with a person.

    One statement checks and writes, with the person locked: of two regions that submit at the same time, the
    second sees the first.

    Args:
        person: locked by this transaction.
        asked: for the notice of a refusal.
        first: this transaction put the person on record.

    Raises:
        Problem: 409 `held-elsewhere`, also in a limited access case that does not name the caller.
    """
    if first:
        writes.add_first_involvement(session, person.id, actor.organisation_id)
        return
    visible = or_(Person.restricted.is_(False), queries.named_for(actor))
    allowed = (~held_elsewhere(actor.organisation_id), visible)
    if not writes.start_involvement(session, person.id, actor.organisation_id, *allowed):
        raise refusal(session, actor, person.id, asked)


def refusal(session: Session, actor: Actor, person_id: uuid.UUID, asked: Asked) -> Problem:
    """Return the refusal, the same for every reason; a rollback of this transaction notifies the holder."""
    db.after_rollback(session, SUBMITTED_ELSEWHERE, partial(_notify, actor, person_id, asked))
    return Problem(
        409,
        "held-elsewhere",
        "Not taken: this record is held elsewhere",
        "Nothing was stored or changed. The region that holds the record is notified.",
    )


def _notify(actor: Actor, person_id: uuid.UUID, asked: Asked) -> None:
    """Record a refusal on the person's trail, and notify the holder once a day for each region that asks.

    The region that asked gets an entry in its own feed too. Otherwise it would get one only after it was
    refused a limited access case of its own, and so learn which refusal it was.
    """
    today = datetime.combine(clock.today(), time(), clock.LONDON)
    audit.denied(
        actor,
        object_kind="person",
        object_id=person_id,
        person_id=person_id,
        reason=f"{asked} held-elsewhere",
    )
    with db.transaction("api") as session, bypass_row_security(session):
        lock = func.hashtextextended(f"{SUBMITTED_ELSEWHERE} {person_id} {actor.organisation_id}", 0)
        session.execute(select(func.pg_advisory_xact_lock(lock)))
        known = select(Event.id).where(
            Event.person_id == person_id,
            Event.name == SUBMITTED_ELSEWHERE,
            Event.organisation_id == actor.organisation_id,
            Event.occurred_at >= today,
        )
        if session.scalar(known.limit(1)):
            return
        holder = session.scalar(
            select(Involvement.organisation_id)
            .where(Involvement.person_id == person_id, Involvement.ended_at.is_(None))
            .order_by(Involvement.since, Involvement.organisation_id)
            .limit(1)
        )
        events.append(
            session,
            actor,
            SUBMITTED_ELSEWHERE,
            subject_kind="person",
            subject_id=person_id,
            audience={actor.organisation_id} | ({holder} if holder else set()),
            person_id=person_id,
            data={"region": access.organisation(session, actor.organisation_id).code, "asked": asked},
        )
