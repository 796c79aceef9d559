"""What puts a referral's parts to rest: a new part of it, and its curfew, rest with them. Reads only."""

from collections.abc import Iterable

from service.destinations.states import NOT_BEGUN, TERMINAL, WAITING, State
from service.referrals.model import DestinationReferral
from service.referrals.writes.destination_referrals import RECALLED

MAY_WAKE = (NOT_BEGUN | {State.DECLINED}) - WAITING
"""What a destination has and has not begun: it owes something again once a day of release is known."""


def stopped_for(parts: Iterable[DestinationReferral]) -> str | None:
    """Return why a new part beside others would not be sent for now; None where nothing has stopped them.

    Work on hold is resumed by its destination, and says nothing of what waits.
    """
    for part in parts:
        if part.state in WAITING and part.stopped_because is not None:
            return part.stopped_because
        if part.state in MAY_WAKE and RECALLED in part.rests:
            return RECALLED
    return None


def at_rest(parts: Iterable[DestinationReferral]) -> bool:
    """Return whether any part rests that has not ended."""
    return any(part.rests for part in parts if part.state not in TERMINAL)
