"""The states of a review as one table. Pure.

A review is owed until somebody completes it: it has no state called overdue, and nothing completes itself.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    COMPLETED = "completed"


TRANSITIONS: dict[str, tuple[State, State]] = {"complete": (State.OPEN, State.COMPLETED)}
"""What is done, from which state, to which; by a named practitioner of probation."""


class NotAllowed(Exception):  # noqa: N818 - it names the outcome, as the table does
    """The table has no such move from this state."""

    def __init__(self, state: State, allowed: tuple[str, ...]) -> None:
        super().__init__(f"not allowed in the state {state}")
        self.state, self.allowed = state, allowed


def allowed(state: State) -> tuple[str, ...]:
    """Name what may be done in a state."""
    return tuple(action for action, (source, _) in TRANSITIONS.items() if source is state)


def move(state: State, action: str) -> State:
    """Return the state that an action leads to.

    Raises:
        NotAllowed: the table does not have it; says what it has.
    """
    if action not in allowed(state):
        raise NotAllowed(state, allowed(state))
    return TRANSITIONS[action][1]
