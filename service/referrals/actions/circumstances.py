"""What a change of circumstance does to a destination referral."""

from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.destinations.states import TABLE, Action, Facts, State
from service.referrals import writes
from service.referrals.model import DestinationReferral

RECALLED = "recalled"
"""The code of the only reason that suspends work."""


def notify_of_change(
    session: Session, actor: Actor, part: DestinationReferral, change_id: UUID, urgency: str
) -> None:
    """Record in a destination's feed that a change is shared with it; it reads what has changed."""
    data = {"change": change_id, "urgency": urgency}
    writes.record_event(session, actor, part, "destination_referral.circumstances_changed", data=data)


def suspend(session: Session, part: DestinationReferral) -> None:
    """Suspend a destination's work after a recall, and stop its clocks: the review has a clock of its own."""
    permitted = TABLE.permitted(State(part.state), "service", Facts())
    row = next((row for row in permitted if row.action is Action.PUT_ON_HOLD), None)
    writes.suspend(session, Actor.for_service("circumstances"), part, row, RECALLED)


def restart_silence(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Count a destination's silence afresh: it has reported a concern."""
    writes.restart_silence(session, actor, part)
