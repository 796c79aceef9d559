"""Paths into a document: `person.name.given`, and `licence.conditions[].type` for every entry of a list.

Pure: lists of paths are how a destination says what it may know, so a path always names a leaf.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from service.texts import says_something

Document = Mapping[str, Any]
Steps = tuple[str | int, ...]
"""Where a value stands: names of members and positions in lists."""


def paths(table: Mapping[str, str]) -> frozenset[str]:
    """Write an allow-list as a readable table.

    Args:
        table: a section's path ("" for the top) to the leaves permitted in it, separated by spaces.
    """
    return frozenset(
        f"{section}.{leaf}" if section else leaf
        for section, leaves in table.items()
        for leaf in leaves.split()
    )


def is_empty(value: Any) -> bool:
    """Tell whether nothing has been said: absent, or an empty text, list or object. False is an answer."""
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def leaves(value: Any, at: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Walk every leaf of a document with where it stands; empty lists and objects have none."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from leaves(member, (*at, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*at, index))
    else:
        yield at, value


def answered(value: Any, path: str = "") -> Iterator[str]:
    """Walk the paths of every leaf that says something, repeating those of lists."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from answered(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for member in value:
            yield from answered(member, f"{path}[]")
    elif not is_empty(value):
        yield path


def pointer_of(steps: Steps) -> str:
    """Name a place as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def value_at(document: Any, path: str) -> Any:
    """Read the value at a path without lists; None when any step is missing."""
    for step in path.split("."):
        if not isinstance(document, Mapping):
            return None
        document = document.get(step)
    return document


def day_at(document: Document, path: str) -> date | None:
    """Read the date at a path, as stored (ISO text) or as loaded; None when it is missing."""
    value = value_at(document, path)
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, date) else None


def gaps_at(value: Any, path: str, at: Steps = ()) -> Iterator[Steps]:
    """Find every place where a required path has no answer.

    A list that is asked for must have an entry, and each entry must answer. A text without a letter or digit
    is no answer.
    """
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    member = value.get(name) if isinstance(value, Mapping) else None
    here = (*at, name)
    if step.endswith("[]"):
        if not isinstance(member, list) or not member:
            yield here
        elif rest:
            for index, entry in enumerate(member):
                yield from gaps_at(entry, rest, (*here, index))
    elif rest:
        yield from gaps_at(member, rest, here)
    elif is_empty(member) or (isinstance(member, str) and not says_something(member)):
        yield here


def values_at(value: Any, path: str, at: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Walk the answers at a path, in every entry of the lists it goes through, each with where it stands."""
    step, _, rest = path.partition(".")
    name = step.removesuffix("[]")
    member = value.get(name) if isinstance(value, Mapping) else None
    here = (*at, name)
    if step.endswith("[]"):
        for index, entry in enumerate(member if isinstance(member, list) else ()):
            if rest:
                yield from values_at(entry, rest, (*here, index))
            elif not is_empty(entry):
                yield (*here, index), entry
    elif rest:
        yield from values_at(member, rest, here)
    elif not is_empty(member):
        yield here, member


def with_value(document: Document, path: str, value: Any) -> dict[str, Any]:
    """Return a document with one value set, sharing the rest; the path may not go through a list."""
    step, _, rest = path.partition(".")
    inner = document.get(step)
    inside = inner if isinstance(inner, Mapping) else {}
    return {**document, step: with_value(inside, rest, value) if rest else value}
