"""What waited before there was a clock for it: counted from now on, with the time it has really waited.

The upgrade itself starts nothing and sends nothing. A worker looks once, when it starts, and finds the same
whenever it looks again: what is owed and has no clock that runs.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from service import db, settling, timers
from service.access.actor import UPGRADE, Actor
from service.destinations.states import PROPOSALS, UNDER_WAY
from service.events.model import Event
from service.referrals import deadlines
from service.referrals.model import ChangeNotice, DestinationReferral, DestinationUpdate, Placement, Referral

BATCH: Final = 100
"""The most parts followed in one transaction."""


class WhatWaited:
    """The chore of a worker that gives what is owed about parts a clock, once in its life."""

    def __init__(self) -> None:
        """Look at the first pass."""
        self.looked = False

    def __call__(self, now: datetime) -> None:
        """Start what has no clock, all of it, where this worker has not looked yet."""
        del now  # each clock counts from its own moment
        if self.looked:
            return
        last: UUID | None = None
        while True:
            with db.transaction("worker") as session:
                last = _follow(session, last)
            if last is None:
                self.looked = True
                return


def _follow(session: Session, after: UUID | None) -> UUID | None:
    """Follow some of the parts about which something may be owed; return the last, None at the end."""
    waits = or_(
        DestinationReferral.state.in_(sorted(deadlines.OWED.keys() | deadlines.PUT_OFF.keys())),
        DestinationReferral.undecided != [],
        DestinationReferral.id.in_(
            select(Placement.id).where(
                or_(
                    Placement.state.in_(sorted(deadlines.AWAITED_OF_STAYS)),
                    and_(Placement.move_on_address_id.is_not(None), Placement.departed_on.is_(None)),
                )
            )
        ),
    )
    onward = () if after is None else (DestinationReferral.id > after,)
    ids = session.execute(
        select(DestinationReferral.id, DestinationReferral.referral_id)
        .where(waits, *onward)
        .order_by(DestinationReferral.id)
        .limit(BATCH)
    ).all()
    referrals = sorted({referral_id for _, referral_id in ids})
    session.scalars(
        select(Referral).where(Referral.id.in_(referrals)).order_by(Referral.id).with_for_update()
    ).all()
    parts = session.scalars(
        select(DestinationReferral)
        .where(DestinationReferral.id.in_([part_id for part_id, _ in ids]))
        .options(joinedload(DestinationReferral.referral))
        .order_by(DestinationReferral.id)
    ).all()
    for part in parts:
        _start(session, part)
    return ids[-1].id if len(ids) == BATCH else None


def _start(session: Session, part: DestinationReferral) -> None:
    """Start what is owed about a part and has no clock that runs."""
    by, since = Actor.for_service(UPGRADE), _moment(session, part.state_event_id)
    deadlines.follow_lacking(session, by, part, exposed_since=since)
    if part.undecided:
        deadlines.follow_undecided(session, by, part, exposed_since=_said_at(session, part) or since)
    if part.state in deadlines.PUT_OFF and not part.rests:
        answer = timers.last_cycle(session, deadlines.subject_of(part), "answer")
        if answer is None or answer.stopped is not None:
            deadlines.await_decision(session, by, part, exposed_since=since)
    stay = session.get(Placement, part.id) if part.state in UNDER_WAY else None
    if stay is not None and stay.move_on_address_id is not None:
        settling.mark(session, by, part.person_id, only=settling.DEPARTURE_GATE)
    timer = deadlines.AWAITED_OF_STAYS.get(stay.state) if stay else None
    if stay is None or timer is None:
        return
    last = timers.last_cycle(session, timers.Subject("placement", part.id), timer)
    if last is None or last.stopped is not None:
        moment = _moment(session, stay.state_event_id)
        deadlines.follow_awaited_stay(session, by, part, stay, exposed_since=moment)


def _moment(session: Session, event_id: UUID) -> datetime | None:
    return session.scalar(select(Event.occurred_at).where(Event.id == event_id))


def _said_at(session: Session, part: DestinationReferral) -> datetime | None:
    """Return when a destination last said what probation has to decide about."""
    proposed = session.scalar(
        select(func.max(DestinationUpdate.recorded_at)).where(
            DestinationUpdate.destination_referral_id == part.id,
            DestinationUpdate.kind.in_(sorted(PROPOSALS)),
        )
    )
    refused = session.scalar(
        select(func.max(ChangeNotice.acknowledged_at)).where(
            ChangeNotice.destination_referral_id == part.id, ChangeNotice.can_continue.is_(False)
        )
    )
    return max((moment for moment in (proposed, refused) if moment is not None), default=None)
