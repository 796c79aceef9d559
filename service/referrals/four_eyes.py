"""Who may decide about a destination referral: what the caller did, and how they stand to its case.

Reads only. Four eyes are for opening the departure gate.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.case_acts import Act, may_act
from service.access.four_eyes import Matter, OwnWork, is_manager
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
    """Return what the caller did in the case and how they stand to it.

    Who proposed an address asked for its gate.
    """
    planned = Event.name == "placement.move_on_proposed"
    return own_work(session, actor, [part.referral.person_id], asked_for=planned, roles=MAY_OVERRIDE_GATE)


def standing_to(session: Session, actor: Actor, parts: Iterable[DestinationReferral]) -> OwnWork:
    """Return how a caller stands to the cases of parts; without a statement where that decides nothing."""
    people = {part.referral.person_id for part in parts if not actor.only_reads(part.referral.probation_id)}
    if actor.side != "probation" or is_manager(actor):
        return OwnWork()
    return own_work(session, actor, people)


def act_of(part: DestinationReferral) -> Act:
    """Return what it is to withdraw a part, to challenge its decline or to enter it in error."""
    return Act.END_MAPPA if part.kind == "mappa" else Act.END_REFERRAL


def may_end(actor: Actor, part: DestinationReferral, own: OwnWork) -> bool:
    """Return whether a caller, on probation's side, may withdraw a part or do the like."""
    return actor.side != "probation" or may_act(actor, act_of(part), part.referral.person_id, own)


def may_go_without(actor: Actor, part: DestinationReferral, own: OwnWork) -> bool:
    """Return whether a caller, on probation's side, may go on without what a destination cannot meet."""
    return actor.side != "probation" or may_act(
        actor, Act.GO_WITHOUT_ADJUSTMENT, part.referral.person_id, own
    )


def own_standing(actor: Actor, part: DestinationReferral, own: OwnWork) -> tuple[bool, ...]:
    """Return how a caller stands to the case of a part, as far as what they may do about it shows."""
    acts = (Act.CONFIRM_STAY, Act.AGREE_TO_ADDRESS)
    return may_end(actor, part, own), *(may_act(actor, act, part.referral.person_id, own) for act in acts)
