"""Writes what a sweep does: firings, notices and what waits to be sent, and that it has swept."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.access.actor import THE_SERVICE
from service.db import new_id
from service.timers.ladder import Firing, Schedule
from service.timers.model import (
    Clock,
    ClockFiring,
    Notice,
    NoticeItem,
    SweepRun,
)
from service.timers.recipients import Recipient
from service.timers.writes.clocks import arm

SWEEPS_KEPT: Final = timedelta(days=1)
"""How long a worker that no longer sweeps stays listed."""


def record_firing(
    session: Session,
    row: Clock,
    firing: Firing,
    recipients: Iterable[Recipient],
    *,
    ordinal: int,
    late: bool,
    event_id: UUID,
    now: datetime,
    send_after: Mapping[UUID, datetime],
) -> None:
    """Add one firing of a clock, and a notice item for each recipient.

    Args:
        send_after: as of `add_items`.
        ordinal: the number of this firing on its clock, from 1.
        late: whether it is recorded long after it was due.
        event_id: of the event that records it.
    """
    firing_id = new_id()
    session.execute(
        insert(ClockFiring),
        {
            "id": firing_id,
            "clock_id": row.id,
            "step_key": firing.key,
            "ordinal": ordinal,
            "kind": firing.kind,
            "probation_id": row.probation_id,
            "due_at": firing.due_at,
            "fired_at": now,
            "late": late,
            "assumed": firing.assumed,
            "event_id": event_id,
        },
    )
    add_items(session, row, firing_id, recipients, now, send_after=send_after)


def add_items(
    session: Session,
    row: Clock,
    firing_id: UUID,
    recipients: Iterable[Recipient],
    now: datetime,
    *,
    send_after: Mapping[UUID, datetime] = MappingProxyType({}),
) -> None:
    """Add a notice item of a firing for each recipient that has none; the operator is sent no notice.

    Args:
        send_after: by the organisation of a recipient, the digest that it waits for.
    """
    items = [
        {
            "id": new_id(),
            "firing_id": firing_id,
            "clock_id": row.id,
            "organisation_id": each.organisation_id,
            "side": each.side,
            "role": each.role,
            "holder": each.holder,
            "fell_from": each.fell_from,
            "urgent": row.urgency == "urgent",
            "redirected": each.redirected,
            "fired_at": now,
            "send_after": send_after.get(each.organisation_id),
            "dropped_at": now if each.organisation_id == THE_SERVICE else None,
        }
        for each in recipients
    ]
    session.execute(postgresql.insert(NoticeItem).on_conflict_do_nothing(), items)


def advance(
    row: Clock, schedule: Schedule, *, fired: Collection[str], step: str | None, now: datetime
) -> None:
    """Move a clock past the firings that have been recorded, and arm the next.

    Args:
        fired: the keys of all of them.
        step: the last escalation among them; None leaves the step as it is.
    """
    if step is not None:
        row.step = step
    row.fired = len(fired)
    row.faulted_at = None
    arm(row, schedule, now, fired=fired)


def mark_faulted(session: Session, clock_id: UUID | None, now: datetime) -> None:
    """Record that a clock could not be fired, unless it has been stopped meanwhile."""
    session.execute(
        update(Clock).where(Clock.id == clock_id, Clock.state != "stopped").values(faulted_at=now)
    )


def add_notice(
    session: Session,
    notice_id: UUID,
    items: Collection[UUID],
    *,
    organisation_id: UUID,
    role: str | None,
    holder: str | None,
    urgent: bool,
    event_id: UUID,
    now: datetime,
) -> None:
    """Add a notice, and mark its items as sent."""
    session.execute(
        insert(Notice),
        {
            "id": notice_id,
            "organisation_id": organisation_id,
            "role": role,
            "holder": holder,
            "urgent": urgent,
            "items": len(items),
            "sent_at": now,
            "event_id": event_id,
        },
    )
    session.execute(update(NoticeItem).where(NoticeItem.id.in_(items)).values(notice_id=notice_id))


def drop_items(session: Session, items: Collection[UUID], now: datetime) -> None:
    """Mark notice items as no longer needed, because their clocks have stopped."""
    session.execute(update(NoticeItem).where(NoticeItem.id.in_(items)).values(dropped_at=now))


def record_sweep(
    session: Session, worker: str, now: datetime, *, fired: int, faulted: int, delivered: bool
) -> None:
    """Record when a worker last swept and delivered, and delete workers that have long been silent."""
    seen: dict[str, Any] = {"swept_at": now, "fired": fired, "faulted": faulted}
    if delivered:
        seen["delivered_at"] = now
    session.execute(
        postgresql.insert(SweepRun)
        .values(worker=worker, **seen)
        .on_conflict_do_update(index_elements=[SweepRun.worker], set_=seen)
    )
    session.execute(delete(SweepRun).where(SweepRun.swept_at < now - SWEEPS_KEPT))
