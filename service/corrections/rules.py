"""Which of the entries that somebody made stand. Pure.

An entry is never changed. It is put right, or withdrawn, by a later one of whoever made it, which names it; a
correction can be put right in its turn, and what was withdrawn is said anew where that is possible.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID


class Entry(Protocol):
    """What is known of every entry, whatever it says.

    Args:
        corrects_id: the entry that it puts right or withdraws; None for one that is said for the first time.
        withdrawn: it says nothing in place of the one it names.
    """

    @property
    def id(self) -> UUID: ...
    @property
    def corrects_id(self) -> UUID | None: ...
    @property
    def withdrawn(self) -> bool: ...


class Instead(NamedTuple):
    """What somebody says in place of an entry of theirs.

    Args:
        said: the whole of it as it should have been said; None where they withdraw it.
        reason: why, in their words.
    """

    said: Mapping[str, Any] | None
    reason: str


E = TypeVar("E", bound=Entry)


class Standing(NamedTuple, Generic[E]):
    """What stands of one matter.

    Args:
        first: as it was said for the first time: it keeps its place among the others.
        last: as it is said now.
    """

    first: E
    last: E


def chains(entries: Iterable[E]) -> list[list[E]]:
    """Return each matter with everything that was said of it, in the order in which they were first said.

    Args:
        entries: oldest first.
    """
    by_entry: dict[UUID, list[E]] = {}
    found: list[list[E]] = []
    for entry in entries:
        chain = by_entry.get(entry.corrects_id) if entry.corrects_id else None
        if chain is None:
            found.append(chain := [])
        chain.append(entry)
        by_entry[entry.id] = chain
    return found


def standing(entries: Iterable[E]) -> list[Standing[E]]:
    """Return what stands of some entries, in the order in which it was first said.

    Args:
        entries: oldest first.
    """
    return [Standing(chain[0], chain[-1]) for chain in chains(entries) if not chain[-1].withdrawn]


def corrected_by(entries: Iterable[E]) -> Mapping[UUID, UUID]:
    """Return, for each entry that another puts right or withdraws, the id of that other."""
    return {entry.corrects_id: entry.id for entry in entries if entry.corrects_id is not None}


def shown(entry: Entry, later: Mapping[UUID, UUID], because: str | None) -> dict[str, Any]:
    """Show what an entry puts right, and what puts it right.

    Args:
        later: as of `corrected_by`.
        because: why, in the words of whoever said it.
    """
    correction = entry.corrects_id and {
        "corrects": entry.corrects_id,
        "withdrawn": entry.withdrawn,
        "reason": because,
    }
    return {"correction": correction, "corrected_by": later.get(entry.id)}
