"""Writes every row of this package: clocks, their firings, notices, acknowledgements, published versions.

A clock is started and stopped in the transaction that moves its subject, and the writer of that subject
records it on the audit trail. Due times are not worked out here: the ladder does that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service import clock
from service.access.actor import THE_SERVICE, Actor
from service.db import new_id
from service.organisations.queries import organisation
from service.timers import ladder, policy_versions
from service.timers.clock_changes import ClockChange
from service.timers.ladder import Firing, Schedule
from service.timers.model import (
    CalendarVersion,
    Clock,
    ClockFiring,
    Notice,
    NoticeItem,
    PolicyVersion,
    SweepRun,
)
from service.timers.policy import Urgency
from service.timers.recipients import Recipient
from service.timers.scopes import EVERYBODY, Scope
from service.timers.subjects import ClockCase, Subject
from service.timers.working_time import CalendarHorizonPassed

SWEEPS_KEPT: Final = timedelta(days=1)
"""How long a worker that no longer sweeps stays listed."""


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
        timer: `ask` for probation's own duty to ask; every other uses the policy's `answer` part.
        policy: the policy's key.
        anchor: the moment from which the ladder counts; now when None.
        exposed_since: the moment since which the answer has not been known; the anchor when None. It never
            pauses.
        hard_date: a hearing, release or move before which the answer is needed.
        urgency: selects the policy's target.
        fresh: the subject is new in this transaction and has had no clock of this timer.

    Raises:
        AlreadyRunning: the timer has an open clock.
        NotPublished: the policy or the calendar is missing.
        CalendarHorizonPassed: the target, or the first firing, lies beyond the known bank holidays, so it
            cannot be worked out.
        ValueError: the policy counts from a hard date, and there is none.
    """
    del actor  # the caller's event and audit entry name the actor
    now = clock.now()
    area = organisation(session, case.probation_id).code
    policy_id = policy_versions.policy_for(session, policy, case.responder_id, area)
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
        responder_id=case.responder_id if part.notifies_partner else None,
        practitioner=case.practitioner,
        pdu=case.pdu,
        caretaker=case.caretaker,
        caretaker_until=case.caretaker_until,
        label=case.label,
        anchor=anchor or now,
        exposed_since=exposed_since or anchor or now,
        first_urgency=urgency,
        first_hard_date=hard_date,
        changes=[],
        urgency=urgency,
        fired=0,
        ladder=ladder.STARTED_WITH,
        started_at=now,
    )
    schedule = policy_versions.schedule_of(session, row)
    arm(row, schedule, now, fired=())
    if row.next_is_assumed or ladder.target_is_assumed(schedule):
        raise CalendarHorizonPassed(schedule.calendar.known_from, schedule.calendar.known_until)
    session.add(row)
    return row


def stop(session: Session, subject: Subject, reason: str, timer: str | None = None) -> None:
    """Stop the open clocks of a subject, if it has any; see `stop_all`."""
    stop_all(session, [subject], reason, timer)


def stop_all(session: Session, subjects: Collection[Subject], reason: str, timer: str | None = None) -> None:
    """Stop the open clocks of some subjects, if they have any.

    Args:
        reason: a code, one of the policy's `stop` where the policy lists any.
        timer: only this timer; all of them when None.

    Raises:
        NoSuchReason: the policy lists reasons, and this is not one of them.
    """
    for row in _open(session, subjects, timer):
        if not policy_versions.policy_of(session, row).stops_on(reason):
            raise NoSuchReason(f"the policy of this {row.timer} clock does not stop for {reason}")
        row.state, row.stopped_at, row.stop_reason = "stopped", clock.now(), reason
        row.next_fires_at = row.next_step = row.faulted_at = None
        row.next_is_assumed = False


def pause(session: Session, subject: Subject, timer: str, reason: str) -> bool:
    """Pause a running clock, if its policy pauses for this reason and has allowance left.

    A pause has a deadline of its own, and ends when the allowance is used up.

    Returns:
        Whether it paused. Otherwise the clock keeps running.
    """
    now = clock.now()
    paused = {
        row: ClockChange("paused", now, reason=reason)
        for row in _open(session, [subject], timer)
        if ladder.pauses_for(policy_versions.schedule_of(session, row), reason, now)
    }
    change(session, paused, now)
    return bool(paused)


def resume(session: Session, subject: Subject, timer: str) -> bool:
    """Resume a paused clock; its ladder moves by the working time of the pause.

    Returns:
        Whether there was a pause to end.
    """
    now = clock.now()
    resumed = {
        row: ClockChange("resumed", now)
        for row in _open(session, [subject], timer)
        if ladder.is_paused(policy_versions.schedule_of(session, row), now)
    }
    change(session, resumed, now)
    return bool(resumed)


def raise_urgency(session: Session, subjects: Mapping[Subject, datetime | None]) -> None:
    """Make all open clocks of some subjects urgent, and bring their hard dates forward.

    Args:
        subjects: each with a hearing, release or move that has become known; a later date changes nothing.
    """
    now = clock.now()
    raised = {
        row: ClockChange("raised", now, subjects[Subject(row.subject_kind, row.subject_id)])
        for row in _open(session, subjects, None)
    }
    change(session, raised, now)


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
        if happened.kind == "raised":
            row.urgency = "urgent"
        row.faulted_at = None
        arm(row, policy_versions.schedule_of(session, row), now, fired=fired[row.id])
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
    """Record that a clock could not be fired."""
    session.execute(update(Clock).where(Clock.id == clock_id).values(faulted_at=now))


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


def add_policy_version(
    session: Session,
    key: str,
    version: int,
    document: Mapping[str, Any],
    *,
    scope: Scope = EVERYBODY,
    validity: tuple[datetime, datetime | None] | None = None,
    publisher: Actor | None = None,
    reason: str | None = None,
) -> PolicyVersion:
    """Add a version of a policy.

    Args:
        scope: whom it is for.
        validity: from when, and until when if it ends; from now when None.
        publisher: who publishes it, with its practitioner; None for a release.
        reason: why, in the publisher's words.
    """
    now = clock.now()
    valid_from, valid_until = validity or (now, None)
    row = PolicyVersion(
        id=new_id(),
        key=key,
        responder_id=scope.responder_id,
        area=scope.area,
        version=version,
        document=dict(document),
        valid_from=valid_from,
        valid_until=valid_until,
        published_at=now,
        published_by=publisher.practitioner.id if publisher and publisher.practitioner else None,
        published_by_id=publisher.organisation_id if publisher else None,
        reason=reason,
    )
    session.add(row)
    return row


def add_calendar_version(
    session: Session, organisation_id: UUID | None, version: int, document: Mapping[str, Any]
) -> CalendarVersion:
    """Add a version of a calendar."""
    row = CalendarVersion(
        id=new_id(),
        organisation_id=organisation_id,
        division=document["division"],
        version=version,
        document=dict(document),
        published_at=clock.now(),
    )
    session.add(row)
    return row


def _open(session: Session, subjects: Collection[Subject], timer: str | None) -> Sequence[Clock]:
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
        statement = statement.where(Clock.timer == timer)
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
