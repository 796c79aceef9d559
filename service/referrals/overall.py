"""The status of a whole referral, as a function of where its parts stand and of nothing else.

Pure. A part that finished never hides one that was declined.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from service.referrals.lifecycle import OPEN, WAITING, State

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
# In this order probation should look: what is theirs to answer, then what went against them.
NEEDS_ATTENTION: tuple[State, ...] = (
    State.INFORMATION_REQUESTED,
    State.INCOMPLETE,
    State.DECLINED,
    State.BLOCKED,
    State.ENDED_EARLY,
    State.DEFERRED,
)
_UNDER_WAY = frozenset({State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD, State.WITHDRAWAL_REQUESTED})


@dataclass(frozen=True)
class Overall:
    """How a referral stands.

    Args:
        counts: how many parts are in each state; those entered in error are not counted.
        needs_attention: the states that call for probation to act, most pressing first.
    """

    status: Status
    counts: Mapping[State, int]
    needs_attention: tuple[State, ...]


# The first that is true of the states gives the status; each reads the set of states that are not errors.
_TABLE: tuple[tuple[Status, Callable[[frozenset[State]], bool]], ...] = (
    ("entered_in_error", lambda states: not states),
    ("withdrawn", lambda states: states == {State.WITHDRAWN}),
    ("declined", lambda states: states == {State.DECLINED}),
    ("closed_with_declines", lambda states: State.DECLINED in states and not states & OPEN),
    ("open_with_declines", lambda states: State.DECLINED in states),
    ("closed", lambda states: not states & OPEN),
    ("waiting", lambda states: states & OPEN <= WAITING),
    ("under_way", lambda states: states & OPEN <= _UNDER_WAY),
    ("awaiting_decisions", lambda _states: True),
)


def overall_status(states: Iterable[State | str]) -> Overall:
    """Say how a referral stands.

    Args:
        states: the state of each of its destination referrals, in any order.
    """
    counts: Counter[State] = Counter(
        state for state in map(State, states) if state is not State.ENTERED_IN_ERROR
    )
    present = frozenset(counts)
    return Overall(
        status=next(status for status, holds in _TABLE if holds(present)),
        counts={state: counts[state] for state in State if state in counts},
        needs_attention=tuple(state for state in NEEDS_ATTENTION if state in present),
    )
