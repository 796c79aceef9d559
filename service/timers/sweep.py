"""The sweep: records every firing that has come due, one short transaction for each clock.

Any number of workers may sweep at the same time: each takes a clock with SKIP LOCKED from an index of due
times, so that no two take the same one and only due clocks are read. The firing, its event, its notice items
and the next arming are one transaction.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from service import events
from service.access.actor import Actor
from service.db import transaction
from service.timers import ladder, last_steps, policy_versions
from service.timers.digests import next_digests
from service.timers.ladder import Firing, Kind
from service.timers.model import Clock
from service.timers.recipients import recipients
from service.timers.writes import firings

LATE_AFTER: Final = timedelta(minutes=15)
"""A firing recorded longer than this after it was due is marked late. Our own default."""

RETRY_AFTER: Final = timedelta(minutes=5)
"""A clock that could not be fired is tried again after this; meanwhile it delays no other clock."""

MOST_FIRINGS: Final = 100
"""The most firings of one clock in one transaction; the rest follow in the next."""

EVENT_OF: Final[dict[Kind, str]] = {
    "chaser": "clock.chased",
    "owner": "clock.missed",
    "step": "clock.escalated",
    "repeat": "clock.escalated_again",
    "hard_date": "clock.hard_date_reached",
    "pause_review": "clock.pause_reviewed",
    "pause_ended": "clock.pause_ended",
}

# What damaged data can raise. A lost connection is none of these: it ends the sweep.
FAULTS: Final = (ValueError, LookupError, IntegrityError, DataError, ProgrammingError)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one sweep did: clocks fired, firings recorded, clocks that failed, and whether more are due."""

    clocks: int = 0
    firings: int = 0
    faulted: int = 0
    more: bool = False

    def __add__(self, later: "SweepResult") -> "SweepResult":
        return SweepResult(
            self.clocks + later.clocks,
            self.firings + later.firings,
            self.faulted + later.faulted,
            later.more,
        )


def sweep(now: datetime, batch: int = 500) -> SweepResult:
    """Fire what is due at `now`, the longest due first.

    Args:
        now: the moment; clocks due later are left.
        batch: the most clocks to fire.
    """
    done = SweepResult()
    for _ in range(batch):
        fired = _fire_next(now)
        if fired is None:
            return done
        done += fired
    return replace(done, more=True)


def due(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a clock has a firing to be recorded at `now`."""
    return (Clock.next_fires_at <= now) & or_(
        Clock.faulted_at.is_(None), Clock.faulted_at <= now - RETRY_AFTER
    )


def is_due(now: datetime) -> Select[UUID]:
    """Return a query for whether anything is due: the id of the longest due clock, or no row.

    With an order and a limit, PostgreSQL reads the index of due times. With EXISTS in a prepared statement it
    does not know `now`, expects a third of all clocks to be due, and reads the table.
    """
    return select(Clock.id).where(due(now)).order_by(Clock.next_fires_at, Clock.id).limit(1)


def longest_due(now: datetime) -> Select[Clock]:
    """Return the query of a sweep: the longest due clock that is not locked, locked for this transaction."""
    return (
        select(Clock)
        .where(due(now))
        .order_by(Clock.next_fires_at, Clock.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _fire_next(now: datetime) -> SweepResult | None:
    """Fire the longest due unlocked clock; None if none is due."""
    taken: UUID | None = None
    follow_up: last_steps.FollowUp | None = None
    try:
        with transaction("worker") as session:
            row = session.scalar(longest_due(now))
            if row is None:
                return None
            taken, subject_id = row.id, row.subject_id
            fired = fire(session, row, now)
            follow_up = _followed_by(session, row, now) if fired else None
    except FAULTS as fault:
        _log.error("clock_faulted", clock=str(taken), fault=type(fault).__name__)
        with transaction("worker") as session:
            firings.mark_faulted(session, taken, now)
        return SweepResult(faulted=1)
    if follow_up:
        _follow_up(follow_up, subject_id)
    # None where it was paused by an upgrade, which leaves its next firing to be worked out here.
    return SweepResult(clocks=bool(fired), firings=fired)


def _followed_by(session: Session, row: Clock, now: datetime) -> last_steps.FollowUp | None:
    """Return what follows what has just fired of a clock."""
    follow_up = last_steps.follow_up_of(row.subject_kind, row.timer)
    at_hard_date = last_steps.at_hard_date(row.subject_kind)
    if follow_up is None and at_hard_date is None:
        return None
    schedule = policy_versions.schedule_of(session, row)
    if follow_up is not None and last_steps.is_over(schedule, row.step):
        return follow_up
    known = ladder.hard_date(schedule)
    return at_hard_date if known is not None and known <= now and row.timer == "answer" else None


def _follow_up(follow_up: last_steps.FollowUp, subject_id: UUID) -> None:
    """Do what follows the last step; where it fails, it is tried again when the step repeats."""
    try:
        follow_up(subject_id)
    except FAULTS as fault:
        _log.error("follow_up_faulted", subject=str(subject_id), fault=type(fault).__name__)


def fire(session: Session, row: Clock, now: datetime) -> int:
    """Record every firing of one clock that is due at `now`, in order, and arm the next; return how many.

    Args:
        row: an open clock, locked.
    """
    schedule = policy_versions.schedule_of(session, row)
    fired, step = policy_versions.fired_keys(session, [row])[row.id], None
    before = len(fired)
    for firing in islice(ladder.still_to_fire(schedule, frozenset(fired)), MOST_FIRINGS):
        if firing.due_at > now:
            break
        fired.add(firing.key)
        _record(session, row, firing, len(fired), now)
        if firing.kind in {"owner", "step", "repeat"}:
            step = firing.key
    firings.advance(row, schedule, fired=fired, step=step, now=now)
    return len(fired) - before


def _record(session: Session, row: Clock, firing: Firing, ordinal: int, now: datetime) -> None:
    notified = recipients(session, row, firing)
    late = now - firing.due_at > LATE_AFTER
    whose = {each.organisation_id for each in notified}
    digests = next_digests(session, row, firing, whose, now, late=late)
    event_id = events.append(
        session,
        Actor.for_service("sweep"),
        EVENT_OF[firing.kind],
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        person_id=row.person_id,
        referral_id=row.referral_id,
        data={
            "clock": row.id,
            "timer": row.timer,
            "label": row.label,
            "step": firing.key,
            "due_at": firing.due_at,
            "late": late,
            "told": sorted({f"{each.side}:{each.role or 'organisation'}" for each in notified}),
        },
    )
    firings.record_firing(
        session,
        row,
        firing,
        notified,
        ordinal=ordinal,
        late=late,
        event_id=event_id,
        now=now,
        send_after=digests,
    )
