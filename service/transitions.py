"""The engine of every state table: which action is allowed, by which side, in which state, and the new state.

Pure. Each package writes its own table as rows that a practitioner can check, with a function that may refuse
a row because of the facts. The diagrams in `docs/tables/states.md` are printed from the tables.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
"""The states of one table."""
A = TypeVar("A", bound=StrEnum)
"""Its actions."""
W = TypeVar("W", bound=str)
"""Its sides: who acts."""
F = TypeVar("F")
"""The facts it needs besides the state and the side."""

START = "[*]"
"""The start of a diagram, in mermaid's notation."""


# Neither class has slots: on Python 3.11 `Row = Transition[...]` cannot then make a frozen row.
@dataclass(frozen=True)
class Transition(Generic[S, A, W]):
    """One row: these sides may take this action in these states.

    Args:
        sources: the states it may be taken in; None means that the subject does not exist yet.
        event: the event it records, in the past tense.
        needs: members that the caller must send with the action.
        manager: whether a manager under the four-eyes rule must take it.
        at: the last segment of the path where it is taken; None for actions of the service itself.
    """

    action: A
    sources: frozenset[S | None]
    target: S
    sides: frozenset[W]
    event: str
    needs: tuple[str, ...] = ()
    manager: bool = False
    at: str | None = None


class NotAllowed(Exception):  # noqa: N818 - a refusal, not an error
    """The state, the side or a fact refuses the action.

    Args:
        state: the current state; None when the subject does not exist yet.
        allowed: the actions that the same side may take instead.
        why: the reason, in one sentence.
    """

    def __init__(self, state: str | None, action: str, allowed: tuple[str, ...], why: str) -> None:
        super().__init__(why)
        self.state, self.action, self.allowed, self.why = state, action, allowed, why


def refuses_nothing(_row: object, _facts: object) -> None:
    """Refuse no row: only the state and the side decide."""


@dataclass(frozen=True)
class StateTable(Generic[S, A, W, F]):
    """A state table.

    Args:
        subject: what has these states, as in a heading.
        rows: the transitions, in the order in which actions are listed.
        initial: the states it may start in without an action, each with the event recorded.
        refuses: returns why the facts refuse a row that the state and the side permit, in one sentence, or
            None.
    """

    subject: str
    rows: tuple[Transition[S, A, W], ...]
    initial: Mapping[S, str]
    refuses: Callable[[Transition[S, A, W], F], str | None] = refuses_nothing

    def permitted(
        self, state: S | None, side: W, facts: F, *, at: str | None = None
    ) -> tuple[Transition[S, A, W], ...]:
        """Return the rows that one side may take now.

        Args:
            state: the current state; None when the subject does not exist yet.
            at: only actions taken at this path; all when None.
        """
        return tuple(
            row
            for row in self.rows
            if state in row.sources
            and side in row.sides
            and at in {None, row.at}
            and self.refuses(row, facts) is None
        )

    def allowed(self, state: S | None, side: W, facts: F, *, at: str | None = None) -> tuple[A, ...]:
        """List the actions that one side may take now, each once, in the order of the table.

        Args:
            state, at: as of `permitted`.
        """
        return tuple(dict.fromkeys(row.action for row in self.permitted(state, side, facts, at=at)))

    def move(self, state: S | None, action: A, side: W, facts: F) -> Transition[S, A, W]:
        """Return the row that permits an action; its `target` is the new state.

        Raises:
            NotAllowed: no row permits it, or a fact refuses it; states the actions allowed instead.
        """
        why: str | None = None
        for row in self.rows:
            if row.action == action and state in row.sources and side in row.sides:
                refusal = self.refuses(row, facts)
                if refusal is None:
                    return row
                why = why or refusal
        stands = f"it is {state}" if state else f"there is no {self.subject}"
        raise NotAllowed(
            state,
            action,
            self.allowed(state, side, facts),
            why or f"{action} is not possible for {side} while {stands}.",
        )

    def states(self) -> frozenset[S]:
        """Return every state of the table."""
        named = {state for row in self.rows for state in (row.target, *row.sources) if state is not None}
        return frozenset(named | set(self.initial))

    def from_anywhere(self, row: Transition[S, A, W]) -> bool:
        """Return whether a row leads to its state from every other state."""
        return row.sources >= self.states() - {row.target}

    def arrows(self) -> Iterator[tuple[str, str, str]]:
        """Return the arrows of the diagram, each once: from, to, and the action, which is empty for a start.

        A row from every state is left out, because its arrows would hide the others.
        """
        drawn = [(START, str(state), "") for state in self.initial]
        for row in self.rows:
            if not self.from_anywhere(row):
                drawn += [
                    (source, str(row.target), str(row.action))
                    for source in sorted(state or START for state in row.sources)
                ]
        yield from dict.fromkeys(drawn)
