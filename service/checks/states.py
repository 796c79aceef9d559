"""The states of a check request and of a check, as one table: what moves where, and who may move it.

Pure. It knows nothing of storage, and it has no state called overdue (a flag with a date) or "no response"
(never an outcome).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Side = Literal["service", "probation", "agency"]
Place = Literal["transitions", "results", "reviews"]
"""Where a caller does something about a request: the last part of the address it is sent to."""


class State(StrEnum):
    """Where one agency's request stands."""

    REQUIRED = "required"
    AWAITING_DETAILS = "awaiting_details"
    REQUESTED = "requested"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_FOR_INFORMATION = "returned_for_information"
    PARTIALLY_RETURNED = "partially_returned"
    RETURNED = "returned"
    REVIEWED = "reviewed"
    REFUSED = "refused"
    MISDIRECTED = "misdirected"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class CheckState(StrEnum):
    """Where a check stands, counted from its requests."""

    OPEN = "open"
    ANSWERED = "answered"
    REVIEWED = "reviewed"
    NOT_REQUIRED = "not_required"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


# Nobody has answered these. A refusal answers nothing: it stays here until probation asks again or a manager
# decides, and its clock goes on.
UNANSWERED = frozenset(
    {
        State.REQUIRED,
        State.AWAITING_DETAILS,
        State.REQUESTED,
        State.ACKNOWLEDGED,
        State.RETURNED_FOR_INFORMATION,
        State.PARTIALLY_RETURNED,
        State.REFUSED,
    }
)
# Another request carries the question on, or a manager has ended it.
SET_ASIDE = frozenset({State.MISDIRECTED, State.CANCELLED, State.SUPERSEDED})
# Not sent yet: the agency must not learn that the request exists.
UNSENT = frozenset({State.REQUIRED, State.AWAITING_DETAILS})
# "A late answer is always accepted": from an agency that asked back, or refused and thought again, too.
_ANSWERABLE = frozenset(
    {
        State.REQUESTED,
        State.ACKNOWLEDGED,
        State.RETURNED_FOR_INFORMATION,
        State.PARTIALLY_RETURNED,
        State.REFUSED,
    }
)
_IN_HAND = frozenset({State.REQUESTED, State.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    Args:
        action: what is done, as the API names it.
        sources: the states it may be done in.
        target: the state it leads to.
        by: who may do it.
        manager: whether it takes a manager.
        at: where it is done.
    """

    action: str
    sources: frozenset[State]
    target: State
    by: frozenset[Side]
    manager: bool = False
    at: Place = "transitions"


def _row(
    action: str,
    sources: Iterable[State],
    target: State,
    by: Iterable[Side],
    *,
    manager: bool = False,
    at: Place = "transitions",
) -> Transition:
    return Transition(action, frozenset(sources), target, frozenset(by), manager, at)


TRANSITIONS: tuple[Transition, ...] = (
    _row("await_details", {State.REQUIRED}, State.AWAITING_DETAILS, {"service"}),
    _row("send", {State.REQUIRED}, State.REQUESTED, {"service"}),
    _row("supply_details", {State.AWAITING_DETAILS}, State.REQUESTED, {"probation"}),
    _row("acknowledge", {State.REQUESTED}, State.ACKNOWLEDGED, {"agency"}),
    _row("return_for_information", _IN_HAND, State.RETURNED_FOR_INFORMATION, {"agency"}),
    _row("answer_information", {State.RETURNED_FOR_INFORMATION}, State.REQUESTED, {"probation"}),
    _row("return_part", _ANSWERABLE, State.PARTIALLY_RETURNED, {"agency"}, at="results"),
    _row("return_all", _ANSWERABLE, State.RETURNED, {"agency"}, at="results"),
    _row("refuse", _IN_HAND, State.REFUSED, {"agency"}),
    _row("misdirect", _IN_HAND, State.MISDIRECTED, {"agency"}),
    _row("review", {State.RETURNED}, State.REVIEWED, {"probation"}, at="reviews"),
    _row("ask_again", {State.REFUSED}, State.SUPERSEDED, {"probation"}),
    _row("cancel", UNANSWERED, State.CANCELLED, {"probation"}, manager=True),
    _row("supersede", UNANSWERED, State.SUPERSEDED, {"service"}),
)
_BY_ACTION = {row.action: row for row in TRANSITIONS}
RESULTS = frozenset(row.action for row in TRANSITIONS if row.at == "results")
DECISIONS = frozenset(row.action for row in TRANSITIONS if row.manager)
"""What takes a manager."""


class NotAllowed(Exception):  # noqa: N818 - it names the outcome, as the table does
    """The table has no such move from this state for this side; `allowed` has what it may ask for instead."""

    def __init__(self, state: State, allowed: tuple[str, ...]) -> None:
        super().__init__(f"not allowed in the state {state}")
        self.state, self.allowed = state, allowed


def allowed(
    state: State, side: Side, *, manager: bool = False, at: Place | None = "transitions"
) -> tuple[str, ...]:
    """Name the actions open to one side in a state, in the order of the table.

    Args:
        state: where the request stands.
        side: who asks.
        manager: whether the caller is a manager who may decide about this request.
        at: only what is done there; None: wherever it is done.
    """
    return tuple(
        row.action
        for row in TRANSITIONS
        if state in row.sources and side in row.by and (manager or not row.manager) and at in {None, row.at}
    )


def move(state: State, action: str, side: Side, *, manager: bool = False) -> State:
    """Return the state that an action leads to.

    Raises:
        NotAllowed: the table does not have it for this side; says what it has.
    """
    if action not in allowed(state, side, manager=manager, at=None):
        raise NotAllowed(state, allowed(state, side, manager=manager))
    return _BY_ACTION[action].target


def check_state(requests: Iterable[State], *, not_required: bool = False) -> CheckState:
    """Count a check's state from its requests: it is answered only when every request is.

    Args:
        requests: the states of all its requests; those set aside count for nothing while others stand.
        not_required: a manager has decided that nobody need answer.
    """
    states = list(requests)
    if any(state in UNANSWERED for state in states):
        return CheckState.OPEN
    standing = [state for state in states if state not in SET_ASIDE]
    if standing:
        return (
            CheckState.REVIEWED if all(state is State.REVIEWED for state in standing) else CheckState.ANSWERED
        )
    if not_required:
        return CheckState.NOT_REQUIRED
    return CheckState.SUPERSEDED if State.SUPERSEDED in states else CheckState.CANCELLED
