"""Delivery: collects one recipient's items into one notice, and drops those that were answered meanwhile.

Reminders and repeats that are not urgent wait for the digest of the recipient's next morning, or go with the
first notice before it.

A notice is an entry in the recipient organisation's feed, written in the transaction that marks its items as
sent: if a worker is killed in between, neither is stored and both are done again. Probation gets a separate
notice for each limited access case, so that its entry can be withheld from readers who are not named.
Whoever a notice about such a case goes to is named in it first; whoever is excluded is passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, func, literal, select
from sqlalchemy.orm import Session

from service import events
from service.access.actor import Actor
from service.db import new_id, transaction
from service.timers.confidants import closure, name_in_case
from service.timers.model import Clock, ClockFiring, NoticeItem
from service.timers.recipients import instead_of
from service.timers.sweep import is_due
from service.timers.writes import firings

SHOWN: Final = 50
"""The most items listed in a feed entry; all of them are at /v1/escalations?notice=ID."""


class _Recipient(NamedTuple):
    organisation_id: UUID
    role: str | None
    holder: str | None


class _Waiting(NamedTuple):
    item: NoticeItem
    firing: ClockFiring
    clock: Clock
    open: bool
    """Whether all staff of the recipient's organisation may know of the person."""
    readable: bool
    """Whether the recipient may know of the person."""


class _Case(NamedTuple):
    """The person and referral of a notice about one limited access case; empty for every other notice."""

    person_id: UUID | None = None
    referral_id: UUID | None = None


_NAMED = NoticeItem.holder.is_(None) | func.is_named_in(
    Clock.person_id, NoticeItem.organisation_id, func.lower(NoticeItem.holder)
)
_WAITING = NoticeItem.notice_id.is_(None) & NoticeItem.dropped_at.is_(None)
_GOES_AT = func.coalesce(NoticeItem.send_after, literal("-infinity", DateTime(timezone=True)))
"""What waits for no digest goes at once, also where the time of a machine was set back since it fired."""
_UNNAMED = (
    select(Clock.person_id, NoticeItem.organisation_id, func.array_agg(NoticeItem.holder.distinct()))
    .join(Clock, Clock.id == NoticeItem.clock_id)
    .where(
        _WAITING,
        NoticeItem.side == "probation",
        Clock.person_id.is_not(None),
        Clock.state != "stopped",
        ~_NAMED,
    )
    .group_by(Clock.person_id, NoticeItem.organisation_id)
    .order_by(Clock.person_id)
)


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What one delivery did: notices sent, items in them, items dropped because an answer came.

    `waiting`: firings are still due, so nothing was sent yet: one notice is to hold them all.
    """

    notices: int = 0
    items: int = 0
    dropped: int = 0
    waiting: bool = False

    def __add__(self, other: "DeliveryResult") -> "DeliveryResult":
        return DeliveryResult(
            self.notices + other.notices,
            self.items + other.items,
            self.dropped + other.dropped,
            self.waiting or other.waiting,
        )


def deliver(now: datetime) -> DeliveryResult:
    """Send the waiting items, one notice for each recipient, recipients with urgent items first.

    Args:
        now: nothing is sent while firings due at this moment have not been recorded.
    """
    with transaction("worker") as session:
        if session.scalar(is_due(now)) is not None:
            return DeliveryResult(waiting=True)
        unnamed: Sequence[Any] = session.execute(_UNNAMED).all()
    for person_id, organisation_id, holders in unnamed:
        # In a transaction of its own, which holds no clock: whoever changes a case locks the person first.
        with transaction("worker") as session:
            _name(session, person_id, organisation_id, holders)
    with transaction("worker") as session:
        waiting = session.execute(
            select(NoticeItem.organisation_id, NoticeItem.role, NoticeItem.holder)
            .where(_WAITING)
            .group_by(NoticeItem.organisation_id, NoticeItem.role, NoticeItem.holder)
            # What waits for a digest goes with the first that does not.
            .having(func.min(_GOES_AT) <= now)
            # Whoever reads several of them could tell from an order of chance what else was in the group.
            .order_by(
                func.bool_or(NoticeItem.urgent).desc(),
                func.min(NoticeItem.fired_at),
                NoticeItem.organisation_id,
                NoticeItem.role,
                NoticeItem.holder,
            )
        ).all()
    total = DeliveryResult()
    for row in waiting:
        with transaction("worker") as session:
            total += _send(session, _Recipient(*row), now)
    return total


def _send(session: Session, recipient: _Recipient, now: datetime) -> DeliveryResult:
    """Send one recipient the items that wait for it."""
    organisation_id, role, holder = recipient
    lock = func.hashtextextended(f"timers.notice {organisation_id} {role} {holder}", 0)
    if not session.scalar(select(func.pg_try_advisory_xact_lock(lock))):
        return DeliveryResult()  # another worker is notifying this recipient
    # A clock whose subject is being answered is locked: its items wait for the next delivery.
    rows = session.execute(
        select(
            NoticeItem,
            ClockFiring,
            Clock,
            func.may_all_know_of(Clock.person_id, organisation_id),
            _NAMED | (NoticeItem.side != "probation"),
        )
        .join(ClockFiring, ClockFiring.id == NoticeItem.firing_id)
        .join(Clock, Clock.id == NoticeItem.clock_id)
        .where(
            _WAITING,
            NoticeItem.organisation_id == organisation_id,
            NoticeItem.role.is_not_distinct_from(role),
            NoticeItem.holder.is_not_distinct_from(holder),
        )
        .order_by(NoticeItem.urgent.desc(), ClockFiring.due_at, Clock.id, ClockFiring.ordinal)
        .with_for_update(read=True, of=Clock, skip_locked=True)
    ).all()
    found = [_Waiting(*row) for row in rows]
    running = [each for each in found if _is_wanted(each)]
    unneeded = [each.item.id for each in found if not _is_wanted(each)]
    # Whoever has been excluded meanwhile is passed over; who is not named yet is by the next delivery.
    unneeded += [each.item.id for each in running if not each.readable and _passed_over(session, each, now)]
    if unneeded:
        firings.drop_items(session, unneeded, now)
    wanted = [each for each in running if each.readable]
    by_case: dict[_Case, list[_Waiting]] = {}
    for each in wanted:
        by_case.setdefault(_case_of(each), []).append(each)
    for case, about in by_case.items():
        _publish(session, recipient, case, about, now)
    return DeliveryResult(len(by_case), len(wanted), len(unneeded))


def _is_wanted(waiting: _Waiting) -> bool:
    """Return whether an item is still to be sent: not once it is answered, or another region has the case."""
    item, clock = waiting.item, waiting.clock
    if item.side == "probation" and not item.redirected and item.organisation_id != clock.probation_id:
        return False
    return clock.state != "stopped"


def _name(session: Session, person_id: UUID, organisation_id: UUID, holders: Sequence[str]) -> None:
    """Name those whom an escalation reaches in a case that does not name them yet."""
    closed = closure(session, person_id, organisation_id)
    named = [holder for holder in holders if closed.may_be_told(holder)]
    if closed.limited and named:
        name_in_case(session, person_id, organisation_id, named)


def _passed_over(session: Session, waiting: _Waiting, now: datetime) -> bool:
    """Tell those above a recipient who must not know of the case; return whether that is so."""
    item, clock = waiting.item, waiting.clock
    closed = closure(session, clock.person_id, item.organisation_id)
    if item.holder is None or closed.may_be_told(item.holder):
        return False
    firings.add_items(session, clock, waiting.firing.id, instead_of(session, clock, item.role), now)
    return True


def _case_of(waiting: _Waiting) -> _Case:
    # Partners are not shown which of those they work with are limited access cases.
    if waiting.open or waiting.item.side != "probation":
        return _Case()
    return _Case(waiting.clock.person_id, waiting.clock.referral_id)


def _publish(
    session: Session, recipient: _Recipient, case: _Case, wanted: Sequence[_Waiting], now: datetime
) -> None:
    organisation_id, role, holder = recipient
    notice_id = new_id()
    urgent = any(each.item.urgent for each in wanted)
    event_id = events.append(
        session,
        Actor.for_service("delivery"),
        "escalation.notified",
        subject_kind="notice",
        subject_id=notice_id,
        audience=[organisation_id],
        person_id=case.person_id,
        referral_id=case.referral_id,
        data={
            "role": role,
            "urgent": urgent,
            "count": len(wanted),
            "items": [_shown(each) for each in wanted[:SHOWN]],
        },
    )
    firings.add_notice(
        session,
        notice_id,
        [each.item.id for each in wanted],
        organisation_id=organisation_id,
        role=role,
        holder=holder,
        urgent=urgent,
        event_id=event_id,
        now=now,
    )


def _shown(waiting: _Waiting) -> dict[str, Any]:
    item, firing, clock = waiting.item, waiting.firing, waiting.clock
    return {
        "escalation": firing.id,
        "clock": clock.id,
        "subject_kind": clock.subject_kind,
        "subject_id": clock.subject_id,
        "step": firing.step_key,
        "due_at": firing.due_at,
        "late": firing.late,
        "urgent": item.urgent,
    }
