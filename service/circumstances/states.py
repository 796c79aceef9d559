"""The states of a review as one table: what moves where, and what takes a manager. Pure.

A review is owed until it is completed by a person: it has no state called overdue.
One that would change nothing waits for a manager's agreement first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from service.transitions import StateTable, Transition

Side = Literal["probation", "service"]
Call = Literal["complete", "agree"]
"""What a caller does about a review. What it comes to, the action, depends on what is given with it."""


class State(StrEnum):
    """The state of a review."""

    OPEN = "open"
    AWAITING_AGREEMENT = "awaiting_agreement"
    COMPLETED = "completed"
    CLOSED = "closed"


FINISHED = frozenset({State.COMPLETED, State.CLOSED})
STATES: Mapping[str, str] = MappingProxyType(
    {
        State.OPEN: "the owner must complete it",
        State.AWAITING_AGREEMENT: "a proposal that nothing need change waits for a manager",
        State.COMPLETED: "complete",
        State.CLOSED: "closed without an outcome: what opened it was refuted, or the case has ended",
    }
)
"""What each state means, as the API explains it."""


class Action(StrEnum):
    """What happens to a review."""

    COMPLETE = "complete"
    PROPOSE = "propose"
    AGREE = "agree"
    SEND_BACK = "send_back"
    PUT_RIGHT = "put_right"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table must know besides the state.

    Args:
        manager: whether the caller is a manager who may decide about this review.
        completes: whether the caller may complete it: see `service.access.case_acts`.
    """

    manager: bool = False
    completes: bool = True


Row = Transition[State, Action, Side]


def _row(action: Action, source: State, target: State, event: str, *, at: str, manager: bool = False) -> Row:
    return Row(
        action,
        frozenset({source}),
        target,
        frozenset({"probation"}),
        f"review.{event}",
        manager=manager,
        at=at,
    )


def _refuses(row: Row, facts: Facts) -> str | None:
    if row.manager and not facts.manager:
        return "It takes a manager who is not on the case."
    if row.at == "completion" and not facts.completes:
        return "It takes whoever is accountable for the case."
    return None


_S, _A = State, Action
TABLE = StateTable[State, Action, Side, Facts](
    subject="review",
    rows=(
        _row(_A.COMPLETE, _S.OPEN, _S.COMPLETED, "completed", at="completion"),
        _row(_A.PROPOSE, _S.OPEN, _S.AWAITING_AGREEMENT, "agreement_needed", at="completion"),
        _row(_A.AGREE, _S.AWAITING_AGREEMENT, _S.COMPLETED, "completed", at="agreement", manager=True),
        _row(_A.SEND_BACK, _S.AWAITING_AGREEMENT, _S.OPEN, "sent_back", at="agreement", manager=True),
        # What it is about was put right by whoever reported it: what was proposed rested on the words before.
        Row(
            _A.PUT_RIGHT,
            frozenset(State) - FINISHED,
            _S.OPEN,
            frozenset({"service"}),
            "review.put_right",
            at=None,
        ),
        Row(
            _A.CLOSE, frozenset(State) - FINISHED, _S.CLOSED, frozenset({"service"}), "review.closed", at=None
        ),
    ),
    initial={State.OPEN: "review.opened"},
    refuses=_refuses,
)

_CALLS: Mapping[Call, str] = {"complete": "completion", "agree": "agreement"}
"""Where each call is made."""

CALLS: Mapping[str, str] = MappingProxyType(
    {
        "complete": "complete it at `POST .../completion`",
        "agree": "agree to the proposal, or send it back, at `POST .../agreement`",
    }
)
"""What each call does, as the API explains it."""


def calls(state: State, *, manager: bool = False, completes: bool = True) -> tuple[Call, ...]:
    """Return the calls open to probation in a state.

    Args:
        manager, completes: as of `Facts`.
    """
    return tuple(
        call
        for call, at in _CALLS.items()
        if TABLE.allowed(state, "probation", Facts(manager, completes), at=at)
    )
