"""The clocks of what is awaited before somebody comes to stay: a bed that probation confirms, an arrival."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.destinations.policies import ARRIVAL_UNRECORDED, OFFER_UNCONFIRMED
from service.destinations.states import UNDER_WAY, State
from service.referrals.deadlines.cases import case_of, start_clock, urgency_of
from service.referrals.model import DestinationReferral, Placement
from service.referrals.placement_states import PlacementState
from service.referrals.shared import has_ended
from service.timers import Subject

STAY: Final = "placement"
OFFER, ARRIVAL = "offer", "arrival"
"""The timers of a bed that nobody has confirmed, and of an arrival that nobody has recorded."""
GATE: Final = "agreement"
"""The timer of an agreement to where somebody moves on to: a destination's, or probation's own."""
BEFOREHAND: Final = (OFFER, ARRIVAL)
AWAITED_OF_STAYS: Mapping[str, str] = MappingProxyType(
    {PlacementState.OFFERED: OFFER, PlacementState.CONFIRMED: ARRIVAL}
)
"""In a state without an entry nobody waits for somebody to come."""
_AWAITED_IN: Final = MappingProxyType({OFFER: UNDER_WAY, ARRIVAL: UNDER_WAY | {State.WITHDRAWAL_REQUESTED}})
"""Until a withdrawal is confirmed somebody may come to a bed that was, and that is recorded."""


def follow_awaited_stay(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None = None,
    *,
    exposed_since: datetime | None = None,
) -> None:
    """Start the clock of what is awaited before somebody comes to stay, if none of them runs.

    Args:
        part: of a locked referral.
        placement: the stay beside it, if it has been read.
        exposed_since: since when it has been awaited, where nobody was reminded of it; now when None.
    """
    if part.destination.placement is None:
        return
    placement = placement or session.get(Placement, part.id)
    if placement is None:
        return
    timer = AWAITED_OF_STAYS.get(placement.state)
    if timer is None or part.state not in _AWAITED_IN[timer] or part.rests or has_ended(part):
        return
    case, subject = case_of(session, part), Subject(STAY, part.id)
    if timer == OFFER:
        start_clock(
            session,
            actor,
            subject,
            OFFER,
            policy=OFFER_UNCONFIRMED,
            case=replace(case, responder_id=None),
            urgency=urgency_of(part),
            exposed_since=exposed_since,
        )
    elif placement.starts_on is not None:
        # The day itself belongs to whoever comes; the morning after, somebody knows.
        day = placement.starts_on if exposed_since is None else max(placement.starts_on, clock.today())
        start_clock(
            session,
            actor,
            subject,
            ARRIVAL,
            policy=ARRIVAL_UNRECORDED,
            case=case,
            hard_date=clock.at(day + timedelta(days=1), 9),
            exposed_since=exposed_since,
        )


def await_stay_again(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Start the clock of what is awaited before somebody comes to stay, where a recall has stopped it."""
    if part.destination.placement is None:
        return
    subject = Subject(STAY, part.id)
    clocks = timers.clocks_of(session, [subject])[subject]
    if not any(one["timer"] in BEFOREHAND and one["state"] != "stopped" for one in clocks):
        follow_awaited_stay(session, actor, part)


def stop_awaiting(
    session: Session, part: DestinationReferral, reason: str, only: Collection[str] = (*BEFOREHAND, GATE)
) -> None:
    """Stop the clocks of what is awaited before somebody comes to stay, and before they leave.

    Args:
        only: these of their timers.
    """
    if part.destination.placement is not None:
        timers.stop(session, Subject(STAY, part.id), reason, only)


def stop_awaiting_in_vain(session: Session, part: DestinationReferral, was: str | None) -> None:
    """Stop the clocks of what is awaited no longer in the state that a part has come to from another."""
    over = [timer for timer, states in _AWAITED_IN.items() if was in states and part.state not in states]
    if over:
        stop_awaiting(session, part, part.state, over)
