"""What a caller may do with a destination referral in its present state, and the refusal that lists it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import Actor
from service.access.four_eyes import OwnWork
from service.destinations.states import MAY_BE_OCCUPIED, OPEN_WITH_DESTINATION, TABLE, Facts, State
from service.http.problems import Problem, conflict
from service.people.model import Person
from service.referrals.adjustments import Standing
from service.referrals.document_queries import adjustments_of
from service.referrals.four_eyes import may_end, may_go_without, standing_to
from service.referrals.model import DestinationReferral, Placement
from service.referrals.placement_states import PlacementState
from service.referrals.queries import quality_declines


def allowed_to(
    session: Session,
    actor: Actor,
    parts: Sequence[DestinationReferral],
    own: OwnWork,
    adjustments: Mapping[UUID, Standing] | None = None,
) -> dict[UUID, list[str]]:
    """List, for each part by its id, what this caller may do with it now.

    Args:
        own: how the caller stands to the cases.
        adjustments: as `adjustments_of` returns them, if they have been read.
    """
    facts = facts_of(session, actor, parts, own, adjustments)
    return {
        part.id: []
        if actor.only_reads(part.referral.probation_id)
        else list(TABLE.allowed(State(part.state), part.side_of(actor), facts[part.id]))
        for part in parts
    }


_BEGUN: Final = frozenset({PlacementState.ARRIVED, PlacementState.DEPARTED})
"""The states of a stay that somebody has come to."""


def facts_of(
    session: Session,
    actor: Actor,
    parts: Sequence[DestinationReferral],
    own: OwnWork,
    adjustments: Mapping[UUID, Standing] | None = None,
) -> dict[UUID, Facts]:
    """Return, for each part by its id, what its table of states must know besides the state.

    Args:
        own, adjustments: as of `allowed_to`.
    """
    if adjustments is None:
        at_work = [part for part in parts if part.state in OPEN_WITH_DESTINATION]
        adjustments = adjustments_of(session, at_work) if at_work else {}
    stays, of_quality = _stays_of(session, parts), quality_declines(session, parts)
    at_issue = [part for part in parts if part.state == State.DECLINED and actor.side == "probation"]
    died = _dead_among(session, at_issue)
    return {
        part.id: Facts(
            challenged=part.challenged,
            unanswered_adjustments=len(adjustments.get(part.id, Standing()).to_answer),
            undecided_adjustments=adjustments.get(part.id, Standing()).to_decide,
            occupied=stays.get(part.id) == PlacementState.ARRIVED,
            begun=part.destination.placement is None or stays.get(part.id) in _BEGUN,
            ends=may_end(actor, part, own),
            goes_without=may_go_without(actor, part, own),
            of_quality=part.id in of_quality,
            put_right=part.referral.current_version > (part.sent_version or 0),
            settled=part.decline_settled is not None,
            died=part.person_id in died,
            undecided=tuple(part.undecided),
        )
        for part in parts
    }


def _dead_among(session: Session, parts: Sequence[DestinationReferral]) -> set[UUID]:
    """Return who of the people of some parts is on record as having died, by id."""
    ids = sorted({part.person_id for part in parts})
    if not ids:
        return set()
    return set(session.scalars(select(Person.id).where(Person.id.in_(ids), Person.died_on.is_not(None))))


def not_now(session: Session, actor: Actor, part: DestinationReferral, why: str) -> Problem:
    """Return the refusal of an action that the state does not allow, listing those that it does."""
    allowed = allowed_to(session, actor, [part], standing_to(session, actor, [part]))[part.id]
    return conflict(why, state=part.state, allowed=allowed)


def occupied_among(session: Session, parts: Sequence[DestinationReferral]) -> set[UUID]:
    """Return the ids of those parts with whose destination the person stays now."""
    return {each for each, state in _stays_of(session, parts).items() if state == PlacementState.ARRIVED}


def _stays_of(session: Session, parts: Sequence[DestinationReferral]) -> dict[UUID, str]:
    """Return the state of the stay of each part that may have one, by the part's id."""
    ids = [
        part.id for part in parts if part.destination.placement is not None and part.state in MAY_BE_OCCUPIED
    ]
    if not ids:
        return {}
    stays = select(Placement.id, Placement.state).where(Placement.id.in_(ids))
    return dict(session.execute(stays).all())
