"""The states of a review as one table: what moves where, and what takes a manager. Pure.

A review is owed until somebody completes it: it has no state called overdue, and nothing completes itself.
One that would change nothing waits for a manager's agreement first.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Call = Literal["complete", "agree"]
"""What a caller does about a review: at `.../completion`, or at `.../agreement`."""


class State(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    AWAITING_AGREEMENT = "awaiting_agreement"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    Args:
        action: what is done.
        source, target: from which state, to which.
        call: by which call.
        manager: whether it takes a manager who may decide about this review.
    """

    action: str
    source: State
    target: State
    call: Call
    manager: bool = False


TRANSITIONS: tuple[Transition, ...] = (
    Transition("complete", State.OPEN, State.COMPLETED, "complete"),
    Transition("propose", State.OPEN, State.AWAITING_AGREEMENT, "complete"),
    Transition("agree", State.AWAITING_AGREEMENT, State.COMPLETED, "agree", manager=True),
    Transition("send_back", State.AWAITING_AGREEMENT, State.OPEN, "agree", manager=True),
)
_BY_ACTION = {row.action: row for row in TRANSITIONS}


class NotAllowed(Exception):  # noqa: N818 - it names the outcome, as the table does
    """The table has no such move from this state."""

    def __init__(self, state: State, allowed: tuple[Call, ...]) -> None:
        super().__init__(f"not allowed in the state {state}")
        self.state, self.allowed = state, allowed


def allowed(state: State, *, manager: bool = False) -> tuple[Call, ...]:
    """Return the calls open to somebody in a state.

    Args:
        manager: whether the caller is a manager who may decide about this review.
    """
    calls = (row.call for row in TRANSITIONS if row.source is state and (manager or not row.manager))
    return tuple(dict.fromkeys(calls))


def move(state: State, action: str, *, manager: bool = False) -> State:
    """Return the state that an action leads to.

    Raises:
        NotAllowed: the table does not have it for this caller; says what it has.
    """
    row = _BY_ACTION[action]
    if row.source is not state or (row.manager and not manager):
        raise NotAllowed(state, allowed(state, manager=manager))
    return row.target
