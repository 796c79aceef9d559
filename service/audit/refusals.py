"""Refusals on the trail: the first of a kind in a minute in full, and those that follow it in one entry.

A caller that is refused without end would fill the trail otherwise. Each refusal after the first is counted
in a row; when the minute is past, a worker replaces the row by an entry in one transaction. So no refusal is
lost or recorded twice, however many processes there are and wherever one of them ends.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, inspect, select, tuple_
from sqlalchemy.orm import Session

from service import clock, db
from service.access.actor import Actor, Practitioner
from service.audit.model import RefusalCount
from service.audit.trail import record
from service.oauth.caller import neighbourhood

MINUTE: Final = 60
NOTHING_NAMED: Final = "-"
"""The object of an entry about nothing in particular, or about several things."""
_AT_ONCE: Final = 100


def denied(
    actor: Actor, *, object_kind: str, object_id: UUID | str, reason: str, person_id: UUID | None = None
) -> UUID | None:
    """Put a refusal on the trail, in a transaction of its own that outlives what was refused.

    Args:
        actor: who was refused.
        object_kind, object_id: what was asked for; the id in a known form, or a code.
        reason: a code with the route, or fixed words. With the actor and the kind, it decides which refusals
            are counted together.
        person_id: whose record was asked for, so that the refusal stands on that person's trail.

    Returns:
        The id of the entry; None when the refusal was counted.
    """
    with db.transaction("api") as session:
        first_at = session.scalar(select(_count(actor, object_kind, str(object_id), reason, person_id)))
        if first_at is None:
            return None
        db.note_start(session, first_at)
        return record(
            session,
            actor,
            "denied",
            object_kind=object_kind,
            object_id=object_id,
            outcome="denied",
            person_id=person_id,
            reason=reason,
        )


def _count(actor: Actor, object_kind: str, object_id: str, reason: str, person_id: UUID | None) -> Any:
    now, person = clock.now(), actor.practitioner
    return func.count_refusal(
        _minute(now),
        actor.client_id,
        person.id if person else "",
        neighbourhood(actor.address) if actor.address else "",
        object_kind,
        reason,
        str(person_id or ""),
        actor.organisation_id,
        person.role if person else "",
        actor.strength,
        now,
        None if object_id == NOTHING_NAMED else object_id,
    )


def sum_up_refusals(now: datetime) -> int:
    """Write the entries of the minutes that are past; a worker does this at every look.

    Args:
        now: the present moment.

    Returns:
        The number of entries.
    """
    entries, more = 0, True
    while more:
        with db.transaction("worker") as session:
            counted = _take(session, before=_minute(now))
            entries += sum(_sum_up(session, row) for row in counted)
        more = len(counted) == _AT_ONCE
    return entries


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // MINUTE


def _take(session: Session, *, before: int) -> Sequence[RefusalCount]:
    """Delete and return rows that no other worker is taking."""
    key = inspect(RefusalCount).primary_key
    taken = (
        select(*key)
        .where(RefusalCount.minute < before)
        .order_by(RefusalCount.minute)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(
        delete(RefusalCount)
        .where(tuple_(*key).in_(taken))
        .returning(RefusalCount)
        .execution_options(synchronize_session=False)
    ).all()


def _sum_up(session: Session, counted: RefusalCount) -> bool:
    """Add the entry for a row; return whether there is one: a single refusal already has its own entry."""
    if not counted.further:
        return False
    person = counted.practitioner_id and Practitioner(
        counted.practitioner_id, "", counted.practitioner_role, region=""
    )
    actor = Actor(
        client_id=counted.client_id,
        organisation_id=counted.organisation_id,
        organisation_kind="service",
        practitioner=person or None,
        scopes=frozenset(),
        request_id=str(db.new_id()),
        address=counted.address or None,
        strength=counted.strength,
    )
    record(
        session,
        actor,
        "denied",
        object_kind=counted.object_kind,
        object_id=counted.objects[0] if len(counted.objects) == 1 else NOTHING_NAMED,
        outcome="denied",
        person_id=UUID(counted.person_id) if counted.person_id else None,
        reason=counted.reason,
        refusals={
            "count": counted.further,
            "first_at": counted.first_at,
            "last_at": counted.last_at,
            "objects": counted.objects,
        },
    )
    return True
