"""What a caller may do with a part as it stands, and the refusal that says so. Changes nothing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import Actor
from service.destinations.states import MAY_BE_OCCUPIED, TABLE, UNDECIDED, Facts, State
from service.http.problems import Problem, conflict
from service.referrals.model import Placement
from service.referrals.placement_states import PlacementState
from service.referrals.queries import Part, unanswered_adjustments


def allowed_to(session: Session, actor: Actor, parts: Sequence[Part]) -> dict[UUID, list[str]]:
    """List, for each part by its id, what this caller may do with it now."""
    facts = facts_of(session, parts)
    return {
        part.row.id: list(TABLE.allowed(State(part.row.state), part.side_of(actor), facts[part.row.id]))
        for part in parts
    }


def facts_of(session: Session, parts: Sequence[Part]) -> dict[UUID, Facts]:
    """Return, for each part by its id, what its table of states must know besides the state."""
    undecided = [part for part in parts if part.row.state in UNDECIDED | {State.CHALLENGED}]
    unanswered = unanswered_adjustments(session, undecided) if undecided else {}
    occupied = _occupied(session, parts)
    return {
        part.row.id: Facts(
            challenged=part.row.challenged,
            unanswered_adjustments=len(unanswered.get(part.row.id, ())),
            occupied=part.row.id in occupied,
        )
        for part in parts
    }


def not_now(session: Session, actor: Actor, part: Part, why: str) -> Problem:
    """Refuse something about a part because of how it stands, saying what may be done instead."""
    allowed = allowed_to(session, actor, [part])[part.row.id]
    return conflict(why, state=part.row.state, allowed=allowed)


def _occupied(session: Session, parts: Sequence[Part]) -> set[UUID]:
    ids = [
        part.row.id
        for part in parts
        if part.destination.placement is not None and part.row.state in MAY_BE_OCCUPIED
    ]
    if not ids:
        return set()
    return set(
        session.scalars(
            select(Placement.id).where(Placement.id.in_(ids), Placement.state == PlacementState.ARRIVED)
        )
    )
