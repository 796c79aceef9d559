"""Records refusals: the first of a kind in a minute gets its own entry, and those that follow share one.

Otherwise a caller that is refused repeatedly would fill the trail. Refusals after the first are counted in a
row; after the minute, a worker replaces the row with an entry in one transaction. No refusal is lost or
recorded twice, however many processes run and whenever one of them stops.
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
"""The object of an entry that is about no particular object, or about several."""
_BATCH: Final = 100


def denied(
    actor: Actor, *, object_kind: str, object_id: UUID | str, reason: str, person_id: UUID | None = None
) -> UUID | None:
    """Record a refusal in a transaction of its own, so that it survives the rollback of the refused request.

    Args:
        actor: the caller that was refused.
        object_kind, object_id: what was requested; the id in a known form, or a code.
        reason: a code with the route, or fixed words. Refusals with the same actor, kind and reason are
            counted together.
        person_id: the person whose record was requested, so that the refusal appears on that person's trail.

    Returns:
        The id of the entry; None when the refusal was counted.
    """
    with db.transaction("api") as session:
        first_at = session.scalar(
            select(_count_statement(actor, object_kind, str(object_id), reason, person_id))
        )
        if first_at is None:
            return None
        db.set_started_at(session, first_at)
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


def _count_statement(
    actor: Actor, object_kind: str, object_id: str, reason: str, person_id: UUID | None
) -> Any:
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


def aggregate_refusals(now: datetime) -> int:
    """Write the entries for past minutes; a worker does this in every pass.

    Returns:
        The number of entries written.
    """
    entries, more = 0, True
    while more:
        with db.transaction("worker") as session:
            counted = _take_counts(session, before=_minute(now))
            entries += sum(_add_entry(session, row) for row in counted)
        more = len(counted) == _BATCH
    return entries


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // MINUTE


def _take_counts(session: Session, *, before: int) -> Sequence[RefusalCount]:
    """Delete and return rows that no other worker has locked."""
    key = inspect(RefusalCount).primary_key
    taken = (
        select(*key)
        .where(RefusalCount.minute < before)
        .order_by(RefusalCount.minute)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(
        delete(RefusalCount)
        .where(tuple_(*key).in_(taken))
        .returning(RefusalCount)
        .execution_options(synchronize_session=False)
    ).all()


def _add_entry(session: Session, counted: RefusalCount) -> bool:
    """Add the entry for a row and return whether one was needed: a single refusal already has its own."""
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
