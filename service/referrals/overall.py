"""The status of a whole referral, as a function of where its parts stand and of nothing else.

Pure. A part that finished never hides one that was declined.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from service.destinations.states import OPEN, WAITING, State

Status = Literal[
    "entered_in_error",
    "withdrawn",
    "declined",
    "closed_with_declines",
    "open_with_declines",
    "closed",
    "waiting",
    "awaiting_decisions",
    "under_way",
]
STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "entered_in_error": "every destination referral was entered in error",
        "withdrawn": "every destination referral was withdrawn",
        "declined": "every destination declined",
        "closed_with_declines": "every destination referral is over, and at least one was declined",
        "open_with_declines": "at least one destination declined, and at least one referral is open",
        "closed": "every destination referral is over, and none was declined",
        "waiting": "every open destination referral waits to be sent",
        "awaiting_decisions": "at least one destination has it and has not decided",
        "under_way": "every open destination referral has been accepted",
    }
)
"""What each status means, as the API explains it."""

# In this order probation should look: what is theirs to answer, then what went against them.
NEEDS_ATTENTION: tuple[State, ...] = (
    State.INFORMATION_REQUESTED,
    State.INCOMPLETE,
    State.DECLINED,
    State.BLOCKED,
    State.DEFERRED,
)
WORDING = "wording"
"""Beside the states: a destination has a referral of which a text must be worded anew."""
ADJUSTMENT = "adjustment"
"""Beside the states: a destination cannot meet what somebody needs, and waits for a decision."""
DUPLICATE = "duplicate"
"""Beside the states: somebody is referred again to where a referral of theirs is open."""
_UNDER_WAY = frozenset({State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD, State.WITHDRAWAL_REQUESTED})


@dataclass(frozen=True)
class Overall:
    """The overall status of a referral.

    Args:
        counts: how many parts are in each state; those entered in error are not counted.
        needs_attention: the states that call for probation to act, most pressing first, and before them
            `duplicate`, `wording` and `adjustment`; after them what else it owes.
    """

    status: Status
    counts: Mapping[State, int]
    needs_attention: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One row: the status of a referral with a part in each of some sets of states, and none in others.

    Args:
        some: of each of these sets a part is in one state at least.
        none: no part is in any of these.
    """

    status: Status
    some: tuple[frozenset[State], ...] = ()
    none: frozenset[State] = frozenset()

    def holds(self, states: frozenset[State]) -> bool:
        """Return whether it is true of the states that parts are in."""
        return all(states & one for one in self.some) and not states & self.none


_COUNTED = frozenset(State) - {State.ENTERED_IN_ERROR}
_DECLINED, _WITHDRAWN = frozenset({State.DECLINED}), frozenset({State.WITHDRAWN})
_CLOSED = _COUNTED - OPEN - _DECLINED

TABLE: tuple[Rule, ...] = (
    Rule("entered_in_error", none=_COUNTED),
    Rule("withdrawn", (_WITHDRAWN,), _COUNTED - _WITHDRAWN),
    Rule("declined", (_DECLINED,), _COUNTED - _DECLINED),
    Rule("closed_with_declines", (_DECLINED, _CLOSED), OPEN),
    Rule("open_with_declines", (_DECLINED, OPEN)),
    Rule("closed", (_CLOSED - _WITHDRAWN,), OPEN | _DECLINED),
    Rule("waiting", (WAITING,), OPEN - WAITING | _DECLINED),
    Rule("under_way", (_UNDER_WAY,), OPEN - _UNDER_WAY | _DECLINED),
    Rule("awaiting_decisions", (OPEN - WAITING, OPEN - _UNDER_WAY), _DECLINED),
)
"""Of any states exactly one of these is true; errors are not looked at. Lists ask the database by it, too."""

_BY_NAME: Mapping[str, State] = MappingProxyType({state.value: state for state in State})


def overall_status(
    states: Iterable[State | str],
    *,
    wording: bool = False,
    adjustment: bool = False,
    duplicate: bool = False,
    moves: Sequence[str] = (),
    settled: Collection[str] = (),
) -> Overall:
    """Return the overall status of a referral.

    Args:
        states: the state of each of its destination referrals, in any order.
        wording: whether a text that was sent, or is still to be sent, must be worded anew.
        adjustment: whether a destination waits for a decision about what it cannot meet.
        duplicate: whether a part repeats another that is open.
        moves: what else probation owes, as codes, the first due first.
        settled: the states in which no part calls for anything.
    """
    counts: Counter[State] = Counter(map(_BY_NAME.__getitem__, states))
    del counts[State.ENTERED_IN_ERROR]
    status, needs_attention = _judged(frozenset(counts))
    owing = ((DUPLICATE, duplicate), (WORDING, wording), (ADJUSTMENT, adjustment))
    beside = [code for code, owed in owing if owed]
    if settled:
        needs_attention = tuple(one for one in needs_attention if one not in settled)
    counted = {state: counts[state] for state in _BY_NAME.values() if state in counts}
    codes = (*beside, *map(str, needs_attention), *moves)
    return Overall(status, counted, tuple(dict.fromkeys(codes)))


@lru_cache(maxsize=1024)
def _judged(present: frozenset[State]) -> tuple[Status, tuple[State, ...]]:
    """Return what follows from the states alone, worked out once for each set of them."""
    return (
        next(rule.status for rule in TABLE if rule.holds(present)),
        tuple(state for state in NEEDS_ATTENTION if state in present),
    )
