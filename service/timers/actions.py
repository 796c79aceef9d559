"""What may be done to a clock: start it, pause and resume it, raise its urgency, stop it.

Whoever moves a subject calls these from its own door, in its own transaction, and that door explains them on
the audit trail. Due times are never worked out here: the ladder does that from the record.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.db import new_id
from service.timers import ladder, policy_versions
from service.timers.ladder import ClockChange, Schedule
from service.timers.model import Clock
from service.timers.policy import Urgency
from service.timers.subjects import ClockCase, Subject
from service.timers.working_time import CalendarHorizonPassed


class AlreadyRunning(ValueError):  # noqa: N818 - it says what is the matter
    """The subject has an open clock of this timer: stop that one first."""


class NoSuchReason(ValueError):  # noqa: N818 - it says what is the matter
    """A clock's policy does not know this reason to stop: stopping would silence it without ground."""


def start(
    session: Session,
    actor: Actor,
    subject: Subject,
    timer: str,
    *,
    policy: str,
    case: ClockCase,
    anchor: datetime | None = None,
    exposed_since: datetime | None = None,
    hard_date: datetime | None = None,
    urgency: Urgency = "routine",
    fresh: bool = False,
) -> Clock:
    """Start a timer of a subject, pinned to the present versions of its policy and calendar.

    Args:
        timer: `ask` for probation's own timer of asking; any other is answered by the policy's `answer` part.
        policy: the policy's key.
        anchor: from when the ladder counts; now when None.
        exposed_since: since when nobody has known; the anchor when None. It never pauses.
        hard_date: a hearing, release or move before which the answer is needed.
        urgency: which of the policy's targets holds.
        fresh: the subject is new in this transaction and has had no clock of this timer.

    Raises:
        AlreadyRunning: the timer has an open clock.
        NotPublished: the policy or the calendar is missing.
        CalendarHorizonPassed: the target, or the first firing, lies beyond the bank holidays that are known:
            no promise can be made, so none is.
        ValueError: the policy counts from a hard date, and there is none.
    """
    del actor  # who caused it is told by the event and the audit entry of the door that calls
    now = clock.now()
    policy_id = policy_versions.policy_for(session, policy, case.responder_id)
    pinned = policy_versions.policy(session, policy_id)
    part = pinned.timer(timer)
    keeper = case.responder_id if part.calendar == "responder" else None
    row = Clock(
        id=new_id(),
        subject_kind=subject.kind,
        subject_id=subject.id,
        timer=timer,
        cycle=1 if fresh else _next_cycle(session, subject, timer),
        policy_id=policy_id,
        calendar_id=policy_versions.calendar_for(session, keeper or case.probation_id),
        referral_id=case.referral_id,
        person_id=case.person_id,
        probation_id=case.probation_id,
        responder_id=case.responder_id if part.tells_partner else None,
        practitioner=case.practitioner,
        pdu=case.pdu,
        label=case.label,
        anchor=anchor or now,
        exposed_since=exposed_since or anchor or now,
        first_urgency=urgency,
        first_hard_date=hard_date,
        changes=[],
        urgency=urgency,
        fired=0,
        started_at=now,
    )
    schedule = policy_versions.schedule_of(session, row)
    arm(row, schedule, now)
    if row.next_is_assumed or ladder.target_is_assumed(schedule):
        raise CalendarHorizonPassed(schedule.calendar.known_from, schedule.calendar.known_until)
    session.add(row)
    return row


def stop(session: Session, subject: Subject, reason: str, timer: str | None = None) -> None:
    """Stop the open clocks of a subject; where none is open, nothing happens.

    Args:
        reason: a code, one of the policy's `stop` where it lists any.
        timer: only this timer; all of them when None.

    Raises:
        NoSuchReason: a policy lists reasons, and this is not one.
    """
    for row in _open(session, subject, timer):
        if not policy_versions.policy(session, row.policy_id).stops_on(reason):
            raise NoSuchReason(f"the policy of this {row.timer} clock does not stop for {reason}")
        row.state, row.stopped_at, row.stop_reason = "stopped", clock.now(), reason
        row.next_fires_at = row.next_step = row.faulted_at = None
        row.next_is_assumed = False
    session.flush()


def pause(session: Session, subject: Subject, timer: str, reason: str) -> bool:
    """Pause a running clock, if its policy pauses for this reason and has allowance left.

    A pause arms a timer of its own, and ends by itself when the allowance is used up.

    Returns:
        Whether it paused. A clock that may not is left running: it is never silent.
    """
    now = clock.now()
    paused = False
    for row in _open(session, subject, timer):
        if ladder.pauses_for(policy_versions.schedule_of(session, row), reason, now):
            _change(session, row, ClockChange("paused", now, reason=reason), now)
            paused = True
    return paused


def resume(session: Session, subject: Subject, timer: str) -> bool:
    """Let a paused clock run on; the ladder has moved by the working time of the pause.

    Returns:
        Whether there was a pause to end.
    """
    now = clock.now()
    resumed = False
    for row in _open(session, subject, timer):
        if ladder.is_paused(policy_versions.schedule_of(session, row), now):
            _change(session, row, ClockChange("resumed", now), now)
            resumed = True
    return resumed


def raise_urgency(session: Session, subject: Subject, hard_date: datetime | None = None) -> None:
    """Make all open clocks of a subject urgent, and bring their hard date forward if this one is earlier.

    Args:
        hard_date: a hearing, release or move that has become known; a later one changes nothing.
    """
    now = clock.now()
    for row in _open(session, subject, None):
        _change(session, row, ClockChange("raised", now, hard_date), now)


def arm(row: Clock, schedule: Schedule, now: datetime) -> None:
    """Set what a clock shows and when it fires next, from its record.

    Args:
        row: an open clock, with its `fired` and `changes` up to date.
        course: of this clock.
        now: decides only whether it shows as paused.
    """
    following = next(islice(ladder.firings(schedule), row.fired, None))
    row.state = "paused" if ladder.is_paused(schedule, now) else "running"
    row.due_at = ladder.target(schedule)
    row.next_fires_at, row.next_step = following.due_at, following.key
    row.next_is_assumed = following.assumed


def _change(session: Session, row: Clock, change: ClockChange, now: datetime) -> None:
    row.changes = [*row.changes, change.as_json()]
    if change.kind == "raised":
        row.urgency = "urgent"
    row.faulted_at = None
    arm(row, policy_versions.schedule_of(session, row), now)
    session.flush()


def _open(session: Session, subject: Subject, timer: str | None) -> Iterator[Clock]:
    """Yield the open clocks of a subject, locked in one order: no sweep fires them until we commit."""
    statement = (
        select(Clock)
        .where(Clock.subject_kind == subject.kind, Clock.subject_id == subject.id, Clock.state != "stopped")
        .order_by(Clock.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if timer is not None:
        statement = statement.where(Clock.timer == timer)
    yield from session.scalars(statement).all()


def _next_cycle(session: Session, subject: Subject, timer: str) -> int:
    last, running = session.execute(
        select(func.max(Clock.cycle), func.bool_or(Clock.state != "stopped")).where(
            Clock.subject_kind == subject.kind, Clock.subject_id == subject.id, Clock.timer == timer
        )
    ).one()
    if running:
        raise AlreadyRunning(f"the {timer} clock of this {subject.kind} is running")
    return (last or 0) + 1
