"""The clocks of a stay: before its end, and of where the person goes then while nobody has said it."""

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from service import agreements, clock, timers
from service.access import Actor
from service.destinations.policies import MOVE_ON_MISSING
from service.referrals import deadlines
from service.referrals.four_eyes import GATE
from service.referrals.model import DestinationReferral, Placement
from service.referrals.placement_states import PlacementState

MOVE_ON: Final = "move_on"
"""The timer of what is to follow a stay, while nobody has said it."""
_LEFT: Final = frozenset({PlacementState.DEPARTED, PlacementState.CANCELLED})


def follow_state(session: Session, actor: Actor, part: DestinationReferral, placement: Placement) -> None:
    """Start, move or stop the clocks of a stay whose state or end has just changed.

    Args:
        part: of a locked referral.
    """
    subject = timers.Subject("placement", placement.id)
    # An alarm goes on until somebody has confirmed it.
    timers.stop(session, subject, placement.state, ("placement_end", *deadlines.BEFOREHAND))
    deadlines.follow_awaited_stay(session, actor, part, placement)
    if placement.state in _LEFT:
        agreements.lapse(session, [part.id], GATE)
    rules = part.destination.placement
    if placement.state == PlacementState.ARRIVED and rules and placement.ends_on:
        deadlines.start_clock(
            session,
            actor,
            subject,
            "placement_end",
            policy=rules.policy,
            case=deadlines.case_of(session, part),
            hard_date=clock.at(placement.ends_on, 12),
        )
    follow_move_on(session, actor, part, placement)


def follow_move_on(session: Session, actor: Actor, part: DestinationReferral, placement: Placement) -> None:
    """Remind probation before a stay ends while nobody has said where the person goes then."""
    subject = timers.Subject("placement", placement.id)
    timers.stop(session, subject, placement.state, MOVE_ON)
    staying = placement.state == PlacementState.ARRIVED and placement.ends_on is not None
    if staying and placement.move_on_address_id is None:
        deadlines.start_clock(
            session,
            actor,
            subject,
            MOVE_ON,
            policy=MOVE_ON_MISSING,
            case=replace(deadlines.case_of(session, part), responder_id=None),
            hard_date=clock.at(placement.ends_on, 12) if placement.ends_on else None,
        )
