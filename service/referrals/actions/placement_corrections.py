"""Puts right or withdraws what a destination recorded of a stay: an offer, an arrival, a departure.

The stay is worked out anew from the moves that stand, and what follows from it by the same functions as ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.corrections.rules import Instead
from service.corrections.schemas import require_to_differ
from service.db import Json, new_id
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.referrals import writes
from service.referrals.actions.closing import DIED, correct_death
from service.referrals.actions.departures import MOVE_ON_ADDRESS, follow_departure
from service.referrals.actions.late_news import Correction, follow_late_news, follow_taken_back
from service.referrals.actions.sharing import follow_stay
from service.referrals.actions.stay_clocks import follow_state
from service.referrals.jsonable import jsonable
from service.referrals.model import DestinationMove, DestinationReferral, Placement
from service.referrals.placement_states import PlacementAction, PlacementState, Stay, overstay, replay
from service.referrals.queries import moves_of, placement_of

CORRECTABLE: Final = frozenset(
    {
        PlacementAction.OFFER,
        PlacementAction.RECORD_ARRIVAL,
        PlacementAction.RECORD_NON_ARRIVAL,
        PlacementAction.EXTEND,
        PlacementAction.RECORD_DEPARTURE,
    }
)
"""What a destination says of a stay. A cancellation ends it: another is offered."""
_DAYS: Final = ("expected_arrival", "expected_departure", "arrived_on", "departed_on", "departed_to")


@dataclass(frozen=True)
class _Said:
    """A correction before it is recorded."""

    id: UUID
    corrects_id: UUID | None
    withdrawn: bool
    action: str
    detail: Mapping[str, Any]


def require_correctable(move: DestinationMove, *, withdrawn: bool) -> None:
    """Require that a move of a placement is one that can be put right.

    Raises:
        Problem: 409.
    """
    if move.part != "placement" or move.action not in CORRECTABLE:
        raise conflict("Only what you recorded of a stay can be corrected.", action=move.action)
    if withdrawn and move.action == PlacementAction.OFFER:
        raise conflict("An offer cannot be withdrawn. Cancel it instead.", action=move.action)


@bypasses_row_security
def correct_move(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    move: DestinationMove,
    instead: Instead,
) -> Placement:
    """Put right or withdraw a move of a placement; what rests on a move that is withdrawn falls with it.

    Args:
        part: of a locked referral.
        move: of this destination; it stands, and can be corrected.
        instead: a valid `PlacementMove` of the same action.

    Raises:
        Problem: 422 when the days cannot be; 409 when another stay rests on it, or it was cancelled.
    """
    said, reason = instead
    placement = placement_of(session, part)
    if placement is None:
        raise LookupError("a move of no placement")
    detail: Json = jsonable({name: value for name, value in (said or {}).items() if name != "action"})
    require_to_differ(detail if said is not None else None, move.detail, withdrawn=move.withdrawn)
    rules = part.destination.placement
    most = rules.most_nights if rules else None
    moves = moves_of(session, part, "placement")
    before = replay(moves, most)
    if move.id in before.cancelled:
        raise conflict("Your offer was cancelled. Make another.", action=move.action)
    after = replay([*moves, _Said(new_id(), move.id, said is None, move.action, detail)], most)
    _require_possible(before, after, move, detail)
    writes.place(
        session,
        actor,
        part,
        placement,
        _columns(placement, after, most),
        action=move.action,
        to_state=after.state,
        event="placement.corrected",
        detail=detail,
        data={"action": move.action, **{name: (said or {})[name] for name in _DAYS if name in detail}},
        corrects=move,
        withdrawn=said is None,
        because=reason,
    )
    follow_stay(session, actor, part, placement)
    if (before.state, before.ends_on) != (after.state, after.ends_on):
        follow_state(session, actor, part, placement)
    _follow_departure(session, actor, part, placement, was=_departure(before), now=_departure(after))
    if before.state != after.state or _left_for(before) != _left_for(after):
        since = move.moved_at if move.corrects_id else None
        follow_taken_back(session, actor, part, Correction(move.action, reason, since))
    follow_late_news(session, actor, part, reason)
    return placement


def _require_possible(before: Stay, after: Stay, move: DestinationMove, detail: Json) -> None:
    offers = [one for one in after.lost if one.action == PlacementAction.OFFER]
    if offers and offers != [one for one in before.lost if one.action == PlacementAction.OFFER]:
        raise conflict(
            "Another stay has been offered since and depends on this one. Cancel that stay first.",
            action=move.action,
        )
    known = {(member, why) for _, member, why in before.faults}
    found = [(member, why) for _, member, why in after.faults if (member, why) not in known]
    if found:
        own = next((name for name in _DAYS if name in detail), "")
        at = "/said" if detail else ""
        raise invalid([Fault(f"{at}/{member if member in detail else own}", why) for member, why in found])


def _columns(placement: Placement, stay: Stay, most_nights: int | None) -> Json:
    details = {
        name: value
        for name, value in placement.details.items()
        if name not in {"premises", "departed_to", "overstay_nights"}
    }
    if "premises" in stay.given:
        details["premises"] = stay.given["premises"]
    if stay.departed_on is not None:
        details["departed_to"] = _left_for(stay)
    last = stay.departed_on or stay.ends_on
    if stay.arrived_on is not None and last is not None:
        nights_over = overstay(stay.arrived_on, last, most_nights)
        if nights_over or "overstay_nights" in placement.details:
            details["overstay_nights"] = nights_over
    return {
        "starts_on": stay.starts_on,
        "ends_on": stay.ends_on,
        "arrived_on": stay.arrived_on,
        "departed_on": stay.departed_on,
        "details": details,
    }


def _left_for(stay: Stay) -> str | None:
    if stay.state is not PlacementState.DEPARTED:
        return None
    code: str = stay.given.get("departed_to", MOVE_ON_ADDRESS)
    return code


def _follow_departure(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement,
    *,
    was: tuple[str, bool, date] | None,
    now: tuple[str, bool, date] | None,
) -> None:
    if was is not None and was[0] == DIED and (now is None or now[0] != DIED or was[2] != now[2]):
        correct_death(session, actor, part, now[2] if now is not None and now[0] == DIED else None)
    # Only another day tells nobody anew; that the gate was open then is so still.
    if now is not None and (was is None or was[:2] != now[:2]):
        follow_departure(session, actor, part, placement, left_for=now[0], stated=now[1])


def _departure(stay: Stay) -> tuple[str, bool, date] | None:
    """Return where a departure led, whether nobody had agreed to it, and its day."""
    left_for = _left_for(stay)
    if left_for is None or stay.departed_on is None:
        return None
    return left_for, bool(stay.given.get("without_agreement", False)), stay.departed_on
