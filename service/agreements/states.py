"""The states of an agreement as one table: asked, decided, taken back, or overtaken. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from service.transitions import StateTable, Transition

Side = Literal["asker", "manager", "service"]
"""Who acts: whoever asked, a manager who may decide, or the service when the matter is settled otherwise."""


class State(StrEnum):
    """The state of an agreement."""

    ASKED = "asked"
    AGREED = "agreed"
    NOT_AGREED = "not_agreed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.ASKED: "a manager must decide",
        State.AGREED: "a manager agreed, and it has been done",
        State.NOT_AGREED: "a manager did not agree",
        State.WITHDRAWN: "whoever asked took it back",
        State.LAPSED: "there is nothing to decide any more",
    }
)
"""What each state means, as the API explains it."""


class Action(StrEnum):
    """What happens to an agreement."""

    AGREE = "agree"
    DISAGREE = "disagree"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


Row = Transition[State, Action, Side]


def _row(action: Action, target: State, side: Side, event: str, at: str | None, *needs: str) -> Row:
    return Row(
        action,
        frozenset({State.ASKED}),
        target,
        frozenset({side}),
        f"agreement.{event}",
        needs=needs,
        manager=side == "manager",
        at=at,
    )


_S, _A = State, Action
TABLE = StateTable[State, Action, Side, None](
    subject="agreement",
    rows=(
        _row(_A.AGREE, _S.AGREED, "manager", "decided", "decision", "agreed", "reason"),
        _row(_A.DISAGREE, _S.NOT_AGREED, "manager", "decided", "decision", "agreed", "reason"),
        _row(_A.WITHDRAW, _S.WITHDRAWN, "asker", "withdrawn", "withdrawal"),
        _row(_A.LAPSE, _S.LAPSED, "service", "lapsed", None),
    ),
    initial={State.ASKED: "agreement.asked"},
)

CALLS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "decide": "agree or not at `POST .../decision`",
        "withdraw": "take it back at `POST .../withdrawal`",
    }
)
"""What a caller can do about an agreement, and where."""
