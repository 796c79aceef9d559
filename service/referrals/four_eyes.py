"""Four eyes for the departure gate: what opening it decides, and what the caller did. Reads only."""

from typing import Final

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.four_eyes import Matter, OwnWork
from service.access.permissions import MAY_OVERRIDE_GATE
from service.events.model import Event
from service.people.actions.deciding import own_work
from service.referrals.model import DestinationReferral

GATE: Final = "gate_override"
"""The kind of agreement by which a manager opens the gate."""


def matter_of(part: DestinationReferral) -> Matter:
    """Return what opening the gate of a stay decides."""
    return Matter(
        person_id=part.referral.person_id,
        practitioners=frozenset({part.referral.practitioner}),
        subjects=frozenset({part.id}),
        kinds=frozenset({GATE}),
    )


def own_work_on(session: Session, actor: Actor, part: DestinationReferral) -> OwnWork:
    """Return what the caller did in the case; who proposed an address asked for its gate."""
    planned = Event.name == "placement.move_on_proposed"
    return own_work(session, actor, [part.referral.person_id], asked_for=planned, roles=MAY_OVERRIDE_GATE)
