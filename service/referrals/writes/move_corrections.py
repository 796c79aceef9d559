"""Writes what a destination says in place of an action of its own on a whole referral."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access import Actor
from service.db import Json, new_id
from service.destinations.states import CHANGE, UNDER_WAY, State
from service.referrals.model import DestinationMove, DestinationReferral
from service.referrals.writes.destination_referrals import (
    RECALLED,
    bump_version,
    mark_if_counted,
    publish,
    record_move,
    set_undecided,
    unacknowledged,
)

_CORRECTED: Final = "destination_referral.corrected"


def correct_move(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    move: DestinationMove,
    to_state: State,
    *,
    detail: Json | None,
    reason: str,
    data: Mapping[str, Any],
) -> None:
    """Record what a destination says in place of an action of its own, which stays as it was.

    What probation had decided upon a decline is decided no longer.

    Args:
        move: that stands.
        to_state: where the referral is by that.
        detail: what should have come with the action; None where it is withdrawn.
        reason: why, in the destination's words.
        data: the codes of `detail`, for the event.
    """
    before, move_id, withdrawn = part.state, new_id(), detail is None
    bump_version(part)
    part.state, part.decline_settled = to_state, None
    mark_if_counted(session, actor, part, before)
    if before in UNDER_WAY and to_state not in UNDER_WAY:
        # What a recall has put on hold has not begun: whether its answer rests is said by what has happened.
        part.rests = [each for each in part.rests if each != RECALLED]
        # Nor can anybody go on as accepted who has accepted nobody.
        for notice in unacknowledged(session, part):
            notice.reconfirm = False
        set_undecided(session, actor, part, CHANGE, undecided=False)
    part.state_event_id = publish(
        session,
        actor,
        part,
        _CORRECTED,
        to_destination=part.shown,
        from_state=before,
        to_state=to_state,
        data={
            "move_id": move_id, "corrects": move.id, "action": move.action, "withdrawn": withdrawn, **data,
        },
    )  # fmt: skip
    record_move(
        session,
        actor,
        part,
        DestinationMove(
            id=move_id,
            part="referral",
            event_id=part.state_event_id,
            action=move.action,
            from_state=before,
            to_state=to_state,
            side=part.side_of(actor),
            detail=detail or {},
            corrects_id=move.id,
            withdrawn=withdrawn,
            corrected_because=reason,
        ),
    )
