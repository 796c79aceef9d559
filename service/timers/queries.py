"""Reads clocks: those of a subject, those that an organisation may see. Writes nothing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.timers import ladder, policy_versions
from service.timers.conditions import AHEAD, ATTENTION
from service.timers.histories import lived_through
from service.timers.ladder import Schedule
from service.timers.model import Clock
from service.timers.policy import Urgency
from service.timers.subjects import ClockCase, Subject

STOPPED = literal("stopped", literal_execute=True)
RUNNING = literal("running", literal_execute=True)
"""Literals, as in the indexes of open clocks: a prepared statement with `$1` cannot use them."""


Key = TypeVar("Key")

_ONE_ACT: Final = timedelta(seconds=1)


def subjects_with_clock(kind: str, timer: str) -> Select[UUID]:
    """Select the ids of the subjects of a kind that have a clock of a timer which is not stopped."""
    return select(Clock.subject_id).where(
        Clock.subject_kind == kind, Clock.timer == timer, Clock.state != STOPPED
    )


def is_open_about(session: Session, person_id: UUID, timers: Collection[str]) -> bool:
    """Return whether a clock of some timers about a person is not stopped."""
    about = (Clock.person_id == person_id, Clock.timer.in_(sorted(timers)), Clock.state != STOPPED)
    return bool(session.scalar(select(exists().where(*about))))


def calls_for_attention() -> ColumnElement[bool]:
    """Return the condition that probation owes a move now: a day that draws near calls once it has passed."""
    key = tuple_(Clock.subject_kind, Clock.timer)
    return and_(
        Clock.state == RUNNING,
        key.in_(sorted(set(ATTENTION.values()))),
        or_(Clock.due_at <= clock.now(), key.not_in(sorted(AHEAD))),
        or_(Clock.responder_id.is_(None), Clock.owner_role.is_not(None)),
    )


def reads_many() -> ColumnElement[bool]:
    """Return a condition, always true, of a statement that reads every clock of a region.

    It is met before any clock is read. The database asks once then, and not for each of them, who is guarded:
    see the policy of `clock`.
    """
    return select(func.set_config("app.reads_many", "yes", True)).scalar_subquery() == "yes"


def clocks_of(session: Session, subjects: Iterable[Subject]) -> dict[Subject, list[dict[str, Any]]]:
    """Return the views of each subject's clocks, the latest cycle of each timer.

    Each shows `timer`, `state`, `due_at`, `overdue`, `step`, `exposed_since`, `next_fires_at` and `urgency`.
    """
    wanted = list(subjects)
    found: dict[Subject, list[dict[str, Any]]] = {subject: [] for subject in wanted}
    if not wanted:
        return found
    now = clock.now()
    rows = session.scalars(
        select(Clock)
        .ext(distinct_on(Clock.subject_kind, Clock.subject_id, Clock.timer))
        .where(tuple_(Clock.subject_kind, Clock.subject_id).in_([(each.kind, each.id) for each in wanted]))
        .order_by(Clock.subject_kind, Clock.subject_id, Clock.timer, Clock.cycle.desc())
    )
    for row in rows:
        found[Subject(row.subject_kind, row.subject_id)].append(shown(row, now))
    return found


def cycles_of(subject: Subject, timer: str) -> Select[Clock]:
    """Select every cycle of a clock, the last one last."""
    return (
        select(Clock)
        .where(Clock.subject_kind == subject.kind, Clock.subject_id == subject.id, Clock.timer == timer)
        .order_by(Clock.cycle)
    )


class LastCycle(NamedTuple):
    """The key of the policy of a clock's last cycle, and why it was stopped: None while it is open."""

    policy: str
    stopped: str | None


def last_cycle(session: Session, subject: Subject, timer: str) -> LastCycle | None:
    """Return what there is to know of a clock's last cycle; None where it was never started."""
    row = session.scalars(
        cycles_of(subject, timer).order_by(None).order_by(Clock.cycle.desc()).limit(1)
    ).first()
    return None if row is None else LastCycle(policy_versions.policy_of(session, row).key, row.stop_reason)


class Cycle(NamedTuple):
    """From when one cycle of a clock counts, and why it was stopped: None while it is open."""

    anchor: datetime
    stopped: str | None


def every_cycle(session: Session, subject: Subject, timer: str) -> list[Cycle]:
    """Return every cycle of a clock, the last one last."""
    return [Cycle(row.anchor, row.stop_reason) for row in session.scalars(cycles_of(subject, timer))]


def hard_dates_before(
    session: Session, subjects: Iterable[Subject], moment: datetime
) -> dict[Subject, datetime | None]:
    """Return by which hard date the clock of some subjects counted before a moment, stopped since or not.

    Returns:
        By subject; those whose clock has been started since, or had stopped before, are left out.
    """
    among = [(each.kind, each.id) for each in subjects]
    rows = session.scalars(
        select(Clock).where(
            tuple_(Clock.subject_kind, Clock.subject_id).in_(among),
            Clock.timer.in_(("ask", "registration", "answer")),
            Clock.started_at < moment,
            or_(Clock.stopped_at.is_(None), Clock.stopped_at >= moment),
        )
    ).all()
    policy_versions.preload(session, rows)
    found = {}
    for row in rows:
        schedule = policy_versions.schedule_of(session, row)
        until = replace(schedule, changes=tuple(one for one in schedule.changes if one.at < moment))
        found[Subject(row.subject_kind, row.subject_id)] = ladder.hard_date(until)
    return found


def due_under(session: Session, policy: str, case: ClockCase, urgency: Urgency) -> datetime:
    """Return when an answer would be due if its clock were started now under a policy.

    Args:
        policy: the key of the policy.
    """
    policy_id, calendar_id = policy_versions.versions_for(session, policy, "answer", case)
    timer = policy_versions.policy(session, policy_id).timer("answer")
    calendar = policy_versions.calendar(session, calendar_id)
    return ladder.target(Schedule(timer, calendar, clock.now(), urgency))


def due_if_started(
    session: Session,
    subject: Subject,
    timer: str,
    started: Mapping[Key, Collection[tuple[datetime, Urgency]]],
) -> dict[Key, datetime]:
    """Return when a running clock would be due, had it been started at other moments.

    What it has lived through since each moment counts as it did for the clock.

    Args:
        started: by key, the moments and how urgent it was at each; the earliest due time counts.

    Returns:
        By key; empty where no clock runs.
    """
    cycles = session.scalars(cycles_of(subject, timer)).all()
    if not started or not cycles or cycles[-1].state != "running":
        return {}
    row = cycles[-1]
    policy_versions.preload(session, [row])
    schedule = policy_versions.schedule_of(session, row)

    def due(moment: datetime, urgency: Urgency) -> datetime:
        if counts_from(row, moment, urgency):
            return row.due_at
        known, since = lived_through(cycles, moment)
        asked = replace(schedule, anchor=moment, urgency=urgency, hard_date=known, changes=since)
        return ladder.target(asked)

    return {key: min(due(*one) for one in each) for key, each in started.items()}


def counts_from(row: Clock, moment: datetime, urgency: Urgency) -> bool:
    """Return whether a clock counts from a moment, at which it was as urgent; one act takes no time."""
    return row.first_urgency == urgency and abs(row.anchor - moment) < _ONE_ACT


def shown(row: Clock, now: datetime) -> dict[str, Any]:
    """Return the view of a clock for a caller who may see its subject."""
    return {
        "timer": row.timer,
        "state": row.state,
        "due_at": row.due_at,
        "overdue": is_overdue(row, now),
        "urgency": row.urgency,
        "step": row.step,
        "exposed_since": row.exposed_since,
        "next_fires_at": row.next_fires_at,
    }


def is_overdue(row: Clock, now: datetime) -> bool:
    """Return whether a clock is open and past its target; a flag, never a state."""
    return row.state != "stopped" and row.due_at <= now


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which clocks an organisation may see: its own cases, or what it has itself been asked.

    Timers that run inside probation have no responder, so no partner ever sees one. In a limited access case
    only named practitioners see the clocks.
    """
    if actor.side == "probation":
        practitioner = actor.practitioner.id if actor.practitioner else None
        return (Clock.probation_id == actor.organisation_id) & func.may_know_of(
            Clock.person_id, actor.organisation_id, practitioner
        )
    if actor.side in {"destination", "agency"}:
        return Clock.responder_id == actor.organisation_id
    return false()
