"""Starts, stops, pauses and moves clocks.

A clock is started and stopped in the transaction that moves its subject, and the writer of that subject
records it on the audit trail. Due times are not worked out here: the ladder does that.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service import clock
from service.access.actor import UPGRADE, Actor
from service.db import new_id, transaction
from service.timers import ladder, last_steps, policy_versions
from service.timers.clock_changes import ChangeKind, ClockChange
from service.timers.conditions import PRACTITIONER, owner_of
from service.timers.ladder import Schedule
from service.timers.model import (
    Clock,
)
from service.timers.policy import Urgency
from service.timers.subjects import DANGER, OUTLIVE_THE_CASE, ClockCase, Subject
from service.timers.working_time import CalendarHorizonPassed

_CHANGED: Final = (
    "due_at",
    "faulted_at",
    "next_fires_at",
    "next_is_assumed",
    "next_step",
    "state",
    "urgency",
)
"""What a change of a clock writes, whether it has changed or not: the same columns are one statement."""
_IS_OPEN: Final = Clock.state != literal("stopped", literal_execute=True)
"""As the index of a person's open clocks names it: a prepared statement that only says `$1` cannot use it."""


class AlreadyRunning(ValueError):  # noqa: N818 - it says what is the matter
    """The subject has an open clock of this timer, which must be stopped first."""


class NoSuchReason(ValueError):  # noqa: N818 - it says what is the matter
    """The policy of a clock does not list this reason to stop, so the clock keeps running."""


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
    """Start a clock of a subject, pinned to the present versions of its policy and calendar.

    Args:
        actor: named by the caller's event and audit entry; what the upgrade starts is marked as carried over.
        timer: `ask` for probation's own duty to ask; every other uses the policy's `answer` part.
        policy: the policy's key.
        anchor: the moment from which the ladder counts; now when None.
        exposed_since: the moment since which the answer has not been known; the anchor when None. It never
            pauses.
        hard_date: a hearing, release or move before which the answer is needed; one that has passed makes it
            urgent.
        urgency: selects the policy's target.
        fresh: the subject is new in this transaction and has had no clock of this timer.

    Raises:
        AlreadyRunning: the timer has an open clock.
        NotPublished: the policy or the calendar is missing.
        CalendarHorizonPassed: the target, or the first firing, lies beyond the known bank holidays, so it
            cannot be worked out.
        ValueError: the policy counts from a hard date, and there is none.
    """
    now = clock.now()
    policy_id, calendar_id = policy_versions.versions_for(session, policy, timer, case)
    part = policy_versions.policy(session, policy_id).timer(timer)
    asked = case.responder_id is not None and part.notifies_partner
    row = Clock(
        id=new_id(),
        subject_kind=subject.kind,
        subject_id=subject.id,
        timer=timer,
        cycle=1 if fresh else _next_cycle(session, subject, timer),
        policy_id=policy_id,
        calendar_id=calendar_id,
        referral_id=case.referral_id,
        person_id=case.person_id,
        probation_id=case.probation_id,
        responder_id=case.responder_id if asked else None,
        practitioner=case.practitioner,
        pdu=case.pdu,
        caretaker=case.caretaker,
        caretaker_until=case.caretaker_until,
        owner_role=owner_of(subject.kind, timer, part, asked=asked),
        label=case.label,
        anchor=anchor or now,
        exposed_since=exposed_since or anchor or now,
        carried_over=actor.is_service(UPGRADE),
        first_urgency=urgency,
        first_hard_date=hard_date,
        changes=[],
        urgency=urgency,
        fired=0,
        ladder=ladder.STARTED_WITH,
        started_at=now,
    )
    schedule = policy_versions.schedule_of(session, row)
    if ladder.is_hurried(schedule):
        row.urgency = "urgent"
    arm(row, schedule, now, fired=())
    if row.next_is_assumed or ladder.target_is_assumed(schedule):
        raise CalendarHorizonPassed(schedule.calendar.known_from, schedule.calendar.known_until)
    session.add(row)
    return row


def stop(session: Session, subject: Subject, reason: str, timer: str | Collection[str] | None = None) -> None:
    """Stop the open clocks of a subject, if it has any; see `stop_all`."""
    stop_all(session, [subject], reason, timer)


def stop_all(
    session: Session,
    subjects: Collection[Subject],
    reason: str,
    timer: str | Collection[str] | None = None,
) -> None:
    """Stop the open clocks of some subjects, if they have any.

    Args:
        reason: a code, one of the policy's `stop` where the policy lists any.
        timer: only this timer, or these; all of them when None.

    Raises:
        NoSuchReason: the policy lists reasons, and this is not one of them.
    """
    for row in open_clocks(session, subjects, timer):
        if not policy_versions.policy_of(session, row).stops_on(reason):
            raise NoSuchReason(f"the policy of this {row.timer} clock does not stop for {reason}")
        end(row, reason)


def end_all(session: Session, person_id: UUID, reason: str, *, with_danger_of: str) -> None:
    """Stop every open clock about a person whose case has ended, but those of a danger.

    A danger ends only when somebody has confirmed it, whatever else has ended.

    Args:
        reason: a code; no policy needs to list it.
        with_danger_of: the kind of subject whose danger is the person's alone, and ends too.
    """
    ends = or_(Clock.timer != DANGER, Clock.subject_kind == with_danger_of)
    found = select(Clock).where(
        Clock.person_id == person_id, _IS_OPEN, ends, Clock.subject_kind.not_in(OUTLIVE_THE_CASE)
    )
    for row in session.scalars(found.order_by(Clock.id).with_for_update()).all():
        end(row, reason)


def end_those_of(session: Session, subjects: Collection[Subject], reason: str) -> None:
    """Stop the open clocks of some subjects that nobody needs any more, also those of a danger.

    Args:
        reason: a code; no policy needs to list it.
    """
    for row in open_clocks(session, subjects, None):
        end(row, reason)


def ends_with_last_step(subject_kind: str, timer: str, reason: str) -> None:
    """Stop such a clock from now on with its last step: the day that it announces has come.

    Args:
        reason: a code.
    """

    def stop_it(subject_id: UUID) -> None:
        with transaction("worker") as session:
            stop(session, Subject(subject_kind, subject_id), reason, timer)

    last_steps.register(subject_kind, timer, stop_it)


def end(row: Clock, reason: str) -> None:
    """Stop a clock, locked, for whatever reason."""
    row.state, row.stopped_at, row.stop_reason = "stopped", clock.now(), reason
    row.next_fires_at = row.next_step = row.faulted_at = None
    row.next_is_assumed = False


def pause(session: Session, subject: Subject, timer: str, reason: str) -> bool:
    """Pause a running clock, if its policy pauses for this reason; see `pause_all`."""
    return pause_all(session, [subject], timer, reason)


def pause_all(session: Session, subjects: Collection[Subject], timer: str, reason: str) -> bool:
    """Pause the running clocks of some subjects whose policy pauses for this reason and has allowance left.

    A pause has a deadline of its own, and ends when the allowance is used up.

    Returns:
        Whether any paused. Otherwise the clocks keep running.
    """
    now = clock.now()
    paused = {
        row: ClockChange("paused", now, reason=reason)
        for row in open_clocks(session, subjects, timer)
        if ladder.pauses_for(policy_versions.schedule_of(session, row), reason, now)
    }
    change(session, paused, now)
    return bool(paused)


def resume(session: Session, subject: Subject, timer: str) -> bool:
    """Resume a paused clock; see `resume_all`."""
    return resume_all(session, [subject], timer)


def resume_all(session: Session, subjects: Collection[Subject], timer: str) -> bool:
    """Resume the paused clocks of some subjects; each ladder moves by the working time of its pause.

    Returns:
        Whether there was a pause to end.
    """
    now = clock.now()
    resumed = {
        row: ClockChange("resumed", now)
        for row in open_clocks(session, subjects, timer)
        if ladder.is_paused(policy_versions.schedule_of(session, row), now)
    }
    change(session, resumed, now)
    return bool(resumed)


def raise_urgency(
    session: Session, subjects: Mapping[Subject, datetime | None], *, besides: str | None = None
) -> None:
    """Make all open clocks of some subjects urgent, and bring their hard dates forward.

    Args:
        subjects: each with a hearing, release or move that has become known; a later date changes nothing.
        besides: leave the clocks of this timer as they are.
    """
    now = clock.now()
    raised = {
        row: ClockChange("raised", now, subjects[Subject(row.subject_kind, row.subject_id)])
        for row in open_clocks(session, subjects, None)
        if row.timer != besides
    }
    change(session, raised, now)


def follow_hard_dates(
    session: Session,
    dates: Mapping[Subject, datetime | None],
    *,
    timers: Collection[str],
    reason: str,
    put_back: bool = False,
) -> None:
    """Give open clocks of some subjects another hard date each: only what is still to come moves.

    Args:
        dates: by subject, sooner or later than before; None where there is none any more.
        timers: which of their clocks it governs.
        reason: a code of what has changed.
        put_back: whether somebody has said why what was needed by an earlier date may wait, also by one that
            had passed.
    """
    now = clock.now()
    changed = {}
    for row in open_clocks(session, dates, None):
        if row.timer not in timers:
            continue
        hard_date = dates[Subject(row.subject_kind, row.subject_id)]
        known = ladder.hard_date(policy_versions.schedule_of(session, row))
        if hard_date == known:
            continue
        kind: ChangeKind = "sooner" if ladder.is_sooner(hard_date, known) else "later"
        changed[row] = ClockChange(kind, now, hard_date, reason, eases=put_back and kind == "later")
    change(session, changed, now)


def follow_case(session: Session, person_id: UUID, case: Mapping[str, Any]) -> None:
    """Bring the open clocks of a person's case in line with who holds it now; no due time moves.

    A transfer has a clock of its own, which stays with the region that must answer.

    Args:
        case: by column, of those that say whose the case is.
    """
    session.execute(
        update(Clock)
        .where(Clock.person_id == person_id, _IS_OPEN, Clock.subject_kind != "transfer")
        .values(**case)
    )


def follow_referral(session: Session, person_id: UUID, referral_id: UUID) -> None:
    """Bring the open clocks of a person's checks and reviews that belonged to no referral under one."""
    session.execute(
        update(Clock)
        .where(
            Clock.person_id == person_id,
            Clock.referral_id.is_(None),
            _IS_OPEN,
            Clock.subject_kind.in_(("check_request", "review")),
        )
        .values(referral_id=referral_id)
    )


def hand_back(session: Session, subject: Subject, timer: str, *, refused: bool) -> None:
    """Leave an open clock to probation, where the organisation that was asked has refused; or no longer.

    Args:
        refused: whether it refuses now; otherwise it owes its answer once more.
    """
    for row in open_clocks(session, [subject], timer):
        row.owner_role = PRACTITIONER if refused else None


def hand_over(session: Session, subject: Subject, timer: str, role: str) -> None:
    """Leave an open clock to a manager, who owes from now on what somebody else owed.

    Args:
        role: the manager's.
    """
    for row in open_clocks(session, [subject], timer):
        row.owner_role = role


def change(session: Session, changes: Mapping[Clock, ClockChange], now: datetime) -> None:
    """Add a change to each of some clocks, and arm them anew; what has fired stays fired.

    Args:
        changes: by open clock, locked.
        now: the moment of the changes.
    """
    if not changes:
        return
    fired = policy_versions.fired_keys(session, list(changes))
    for row, happened in changes.items():
        row.changes = [*row.changes, happened.as_json()]
        schedule = policy_versions.schedule_of(session, row)
        if ladder.is_hurried(schedule):
            row.urgency = "urgent"
        elif happened.eases:
            row.urgency = row.first_urgency
        row.faulted_at = None
        arm(row, schedule, now, fired=fired[row.id])
        for column in _CHANGED:
            flag_modified(row, column)


def arm(row: Clock, schedule: Schedule, now: datetime, *, fired: Collection[str]) -> None:
    """Set the state, the due time and the next firing of a clock from its schedule.

    Args:
        row: an open clock, with its `changes` up to date.
        schedule: of this clock.
        now: used only to decide whether the clock is paused.
        fired: the keys of the firings that have been recorded.
    """
    following = next(ladder.still_to_fire(schedule, fired))
    row.state = "paused" if ladder.is_paused(schedule, now) else "running"
    row.due_at = ladder.target(schedule)
    row.next_fires_at, row.next_step = following.due_at, following.key
    row.next_is_assumed = following.assumed


def open_clocks(
    session: Session, subjects: Collection[Subject], timer: str | Collection[str] | None
) -> Sequence[Clock]:
    """Return the open clocks of some subjects, locked in a fixed order: no sweep fires them before the
    commit.
    """
    if not subjects:
        return []
    among = tuple_(Clock.subject_kind, Clock.subject_id).in_([(each.kind, each.id) for each in subjects])
    statement = (
        select(Clock)
        .where(among, Clock.state != "stopped")
        .order_by(Clock.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if timer is not None:
        named = Clock.timer == timer if isinstance(timer, str) else Clock.timer.in_(sorted(timer))
        statement = statement.where(named)
    return session.scalars(statement).all()


def _next_cycle(session: Session, subject: Subject, timer: str) -> int:
    last, running = session.execute(
        select(func.max(Clock.cycle), func.bool_or(Clock.state != "stopped")).where(
            Clock.subject_kind == subject.kind, Clock.subject_id == subject.id, Clock.timer == timer
        )
    ).one()
    if running:
        raise AlreadyRunning(f"the {timer} clock of this {subject.kind} is running")
    return (last or 0) + 1
