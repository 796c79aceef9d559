"""Has a clock count from another moment: its cycle ends, and another one of the same timer goes on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service import clock
from service.db import new_id
from service.gathering import flush_but_last
from service.timers import ladder, policy_versions
from service.timers.clock_changes import ClockChange
from service.timers.histories import lived_through
from service.timers.model import Clock
from service.timers.policy import Urgency
from service.timers.queries import counts_from, cycles_of
from service.timers.subjects import Subject
from service.timers.writes.clocks import arm, change, end, open_clocks

_GOES_ON: Final = (
    "subject_kind",
    "subject_id",
    "timer",
    "calendar_id",
    "referral_id",
    "person_id",
    "probation_id",
    "responder_id",
    "practitioner",
    "pdu",
    "caretaker",
    "caretaker_until",
    "owner_role",
    "label",
)
"""What a cycle that counts from another moment takes over from the one before."""


def make_urgent_from_now(session: Session, subjects: Mapping[Subject, datetime | None], timer: str) -> None:
    """Have clocks count their urgent target from now, where they are due sooner by that.

    Counted from when they were started it might have passed before anybody knew that it was urgent.

    Args:
        subjects: each with a hearing, release or move that has become known; a later date changes nothing.
    """
    now = clock.now()
    rows = open_clocks(session, list(subjects), timer)
    policy_versions.preload(session, rows)
    following: dict[Clock, Clock] = {}
    hurried: dict[Clock, ClockChange] = {}
    for row in rows:
        hard_date = subjects[Subject(row.subject_kind, row.subject_id)]
        anew = _next_of(session, [row], anchor=now, urgency="urgent", hard_date=hard_date)
        if anew.due_at < row.due_at:
            following[row] = anew
        else:
            hurried[row] = ClockChange("raised", now, hard_date)
    for row in following:
        end(row, "superseded")
    _go_on_as(session, following)
    change(session, hurried, now)


def count_by_the_first_due(
    session: Session,
    subject: Subject,
    timer: str,
    moments: Collection[tuple[datetime, Urgency]],
    *,
    exposed_since: datetime,
) -> None:
    """Have the open clock of a subject count from whichever of some moments makes it due first.

    It stays as it is where it counts from one of them already, and none makes it due sooner. Otherwise its
    cycle ends and another goes on, by the same policy, with what there has been since that moment.

    Args:
        moments: each with how urgent it was then.
    """
    cycles = _cycles(session, subject, timer)
    row = cycles[-1]
    policy_versions.preload(session, [row])
    others = [
        _next_of(session, cycles, anchor=moment, urgency=urgency, exposed_since=exposed_since)
        for moment, urgency in sorted(moments)
        if not counts_from(row, moment, urgency)
    ]
    first = min(others, key=lambda other: other.due_at, default=None)
    stays = len(others) < len(moments)
    if first is None or (stays and row.due_at <= first.due_at):
        return
    end(row, "superseded" if stays else "answered")
    _go_on_as(session, {row: first})


def take_up_again(session: Session, subject: Subject, timer: str) -> None:
    """Have the stopped clock of a subject run again as if it had not been: with the deadline that it had."""
    cycles = _cycles(session, subject, timer)
    row = cycles[-1]
    urgency: Urgency = "urgent" if row.first_urgency == "urgent" else "routine"
    session.add(_next_of(session, cycles, anchor=row.anchor, urgency=urgency))


def _cycles(session: Session, subject: Subject, timer: str) -> Sequence[Clock]:
    """Return every cycle of a clock, locked."""
    locked = cycles_of(subject, timer).with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).all()


def _next_of(
    session: Session,
    cycles: Sequence[Clock],
    *,
    anchor: datetime,
    urgency: Urgency,
    hard_date: datetime | None = None,
    exposed_since: datetime | None = None,
) -> Clock:
    """Return the cycle that goes on after the last of some, and waits for as long as that one does."""
    row, now = cycles[-1], clock.now()
    known, changes = lived_through(cycles, anchor)
    following = Clock(
        id=new_id(),
        **{name: getattr(row, name) for name in _GOES_ON},
        cycle=row.cycle + 1,
        policy_id=row.moved_onto_id or row.policy_id,
        anchor=anchor,
        exposed_since=exposed_since or row.exposed_since,
        first_urgency=urgency,
        first_hard_date=hard_date if ladder.is_sooner(hard_date, known) else known,
        changes=[change.as_json() for change in changes],
        urgency=urgency,
        fired=0,
        ladder=ladder.STARTED_WITH,
        started_at=now,
    )
    arm(following, policy_versions.schedule_of(session, following), now, fired=())
    return following


def _go_on_as(session: Session, following: Mapping[Clock, Clock]) -> None:
    """Add the cycles that go on after those that have been stopped."""
    if following:
        flush_but_last(session)  # one open clock of a timer at a time
        session.add_all(following.values())
