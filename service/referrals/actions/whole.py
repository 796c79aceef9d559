"""Ends a whole referral in one call: each part by the door by which it moves alone, all of them or none."""

from typing import Final

from sqlalchemy.orm import Session

from service.access import Actor
from service.destinations.states import BEFORE_RECEIVED, OPEN_WITH_DESTINATION, WAITING, Action, State
from service.http.problems import conflict
from service.referrals.actions.allowed_actions import occupied_among
from service.referrals.actions.moves import move_part, row_for
from service.referrals.four_eyes import standing_to
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import parts_of

_ORDER: Final = ({State.BLOCKED}, WAITING, BEFORE_RECEIVED, frozenset(State))
"""What waits for another part goes first: it would be sent once that part is live no longer."""


def withdraw_whole(session: Session, actor: Actor, referral: Referral, reason: str) -> None:
    """Withdraw each part that no destination has received, and ask every other destination to end its own.

    Nothing is sought in place of what was declined. What has ended or is to be withdrawn already stays as it
    is.

    Args:
        referral: locked.

    Raises:
        Problem: 409 where nothing is left to withdraw; what `row_for` and `move_part` raise.
    """
    every = _in_order(session, referral)
    parts = [part for part in every if _ending_of(part)]
    if not parts:
        raise conflict("You have already asked to withdraw everything in this referral that is open.")
    unsettled = [part for part in every if part.state == State.DECLINED and not part.decline_settled]
    own = standing_to(session, actor, [*parts, *unsettled])
    for part in parts:
        action = _ending_of(part)
        if action is not None:
            row = row_for(session, actor, part, action, own)
            move_part(session, actor, part, row, {"action": action, "reason": reason})
    for part in unsettled:
        row = row_for(session, actor, part, Action.SETTLE_DECLINE, own)
        given = {"action": Action.SETTLE_DECLINE, "decision": "close", "reason": reason}
        move_part(session, actor, part, row, given)


def enter_whole_in_error(session: Session, actor: Actor, referral: Referral, reason: str) -> None:
    """Record that a referral should never have been made: every part of it.

    Args:
        referral: locked.

    Raises:
        Problem: 409 where the person stays with a destination, or all of it is in error; what `row_for` and
            `move_part` raise.
    """
    parts = [part for part in _in_order(session, referral) if part.state != State.ENTERED_IN_ERROR]
    if not parts:
        raise conflict("All of this referral was entered in error.")
    for part_id in occupied_among(session, parts):
        where = f"/v1/destination-referrals/{part_id}"
        raise conflict("The person is staying there. Record the departure first.", href=where)
    own = standing_to(session, actor, parts)
    for part in parts:
        row = row_for(session, actor, part, Action.ENTER_IN_ERROR, own)
        move_part(session, actor, part, row, {"action": Action.ENTER_IN_ERROR, "reason": reason})


def _in_order(session: Session, referral: Referral) -> list[DestinationReferral]:
    def place(part: DestinationReferral) -> int:
        return next(at for at, states in enumerate(_ORDER) if part.state in states)

    return sorted(parts_of(session, referral), key=place)


def _ending_of(part: DestinationReferral) -> Action | None:
    if part.state in BEFORE_RECEIVED:
        return Action.WITHDRAW
    return Action.REQUEST_WITHDRAWAL if part.state in OPEN_WITH_DESTINATION else None
