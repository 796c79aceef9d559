"""The states of a request for subject access as one table: who decides the texts, who releases. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from service.transitions import StateTable, Transition

Side = Literal["probation"]


class State(StrEnum):
    """The state of a request for subject access."""

    OPEN = "open"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.OPEN: "the copy is prepared: each text is decided about, then a manager releases it",
        State.RELEASED: "the copy is released, and stays as it is",
        State.WITHDRAWN: "the person, or whoever asked for them, took the request back",
    }
)
"""What each state means, as the API explains it."""


class Action(StrEnum):
    """What is done about a request for subject access."""

    DECIDE_TEXTS = "decide_texts"
    RELEASE = "release"
    WITHDRAW = "withdraw"


ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Action.DECIDE_TEXTS: "say of texts whether they are given as they are, in other words, or not at all",
        Action.RELEASE: "release the copy: a manager who is not on the case, and neither opened the request "
        "nor decided about a text",
        Action.WITHDRAW: "record that the request was taken back",
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table must know besides the state.

    Args:
        independent: whether the caller is a manager who may release it (four eyes).
    """

    independent: bool = False


Row = Transition[State, Action, Side]
MOVES: Final = "transitions"


def _row(action: Action, target: State, event: str, *needs: str, manager: bool = False) -> Row:
    sides: frozenset[Side] = frozenset({"probation"})
    name = f"subject_access.{event}"
    return Row(action, frozenset({State.OPEN}), target, sides, name, needs=needs, manager=manager, at=MOVES)


def _refuses(row: Row, facts: Facts) -> str | None:
    if row.manager and not facts.independent:
        return "It takes a manager who is not on the case, and neither opened it nor decided about a text."
    return None


TABLE: Final = StateTable[State, Action, Side, Facts](
    subject="request for subject access",
    rows=(
        _row(Action.DECIDE_TEXTS, State.OPEN, "texts_decided", "texts"),
        _row(Action.RELEASE, State.RELEASED, "released", manager=True),
        _row(Action.WITHDRAW, State.WITHDRAWN, "withdrawn", "reason"),
    ),
    initial={State.OPEN: "subject_access.opened"},
    refuses=_refuses,
)
