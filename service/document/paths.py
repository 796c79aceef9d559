"""Paths into a document: `person.name.given`, and `licence.conditions[].type` for every entry of a list.

Pure: lists of paths are how a destination says what it may know, so a path always names a leaf.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from service.texts import says_something

Document = Mapping[str, Any]
_LONGEST_INDEX = 4
Steps = tuple[str | int, ...]
"""The place of a value: names of members and positions in lists."""


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
    """Return whether there is no answer: absent, or an empty text, list or object. False is an answer."""
    return value is None or (not value and isinstance(value, str | list | dict))


def leaves(value: Any, at: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Walk every leaf of a document with its place; empty lists and objects have none."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, (*at, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*at, index))
    else:
        yield at, value


def answered(document: Document) -> set[str]:
    """Return the path of every leaf that holds an answer."""
    found: set[str] = set()
    _add_answered(document, "", found)
    return found


def _add_answered(value: Any, path: str, found: set[str]) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            _add_answered(member, f"{path}.{name}" if path else name, found)
    elif isinstance(value, list):
        for member in value:
            _add_answered(member, f"{path}[]", found)
    elif not is_empty(value):
        found.add(path)


def pointer_of(steps: Steps) -> str:
    """Name a place as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def value_at_pointer(document: Any, pointer: str) -> Any:
    """Return what a JSON pointer points to in a document; None when nothing is there."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping):
            document = document.get(name)
        elif isinstance(document, list) and name.isascii() and name.isdigit() and len(name) <= _LONGEST_INDEX:
            document = document[int(name)] if int(name) < len(document) else None
        else:
            return None
    return document if pointer.startswith("/") else None


def value_at(document: Any, path: str) -> Any:
    """Read the value at a path without lists; None when any step is missing."""
    for step in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document


def day_at(document: Document, path: str) -> date | None:
    """Read the date at a path, as stored (ISO text) or as loaded; None when it is missing."""
    value = value_at(document, path)
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, date) else None


@cache
def _compiled(path: str) -> tuple[tuple[str, bool], ...]:
    """Split a path into its steps: the name of each, and whether it is a list."""
    return tuple((step.removesuffix("[]"), step.endswith("[]")) for step in path.split("."))


def gaps_at(value: Any, path: str) -> Iterator[Steps]:
    """Find every place where a required path has no answer.

    A list that is asked for must have an entry, and each entry must answer. A text without a letter or digit
    is no answer.
    """
    return _gaps(value, _compiled(path), ())


def _gaps(value: Any, path: tuple[tuple[str, bool], ...], at: Steps) -> Iterator[Steps]:
    for depth, (name, is_list) in enumerate(path, start=1):
        value = value.get(name) if isinstance(value, dict) else None
        at = (*at, name)
        if is_list:
            if not isinstance(value, list) or not value:
                yield at
            elif rest := path[depth:]:
                for index, entry in enumerate(value):
                    yield from _gaps(entry, rest, (*at, index))
            return
    if is_empty(value) or (isinstance(value, str) and not says_something(value)):
        yield at


def values_at(value: Any, path: str) -> Iterator[tuple[Steps, Any]]:
    """Walk the answers at a path, in every entry of the lists it goes through, each with its place."""
    return _values(value, _compiled(path), ())


def _values(value: Any, path: tuple[tuple[str, bool], ...], at: Steps) -> Iterator[tuple[Steps, Any]]:
    for depth, (name, is_list) in enumerate(path, start=1):
        value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            return
        at = (*at, name)
        if is_list:
            rest = path[depth:]
            for index, entry in enumerate(value if isinstance(value, list) else ()):
                if rest:
                    yield from _values(entry, rest, (*at, index))
                elif not is_empty(entry):
                    yield (*at, index), entry
            return
    if not is_empty(value):
        yield at, value


def with_value(document: Document, path: str, value: Any) -> dict[str, Any]:
    """Return a document with one value set, sharing the rest; the path may not go through a list."""
    step, _, rest = path.partition(".")
    inner = document.get(step)
    inside = inner if isinstance(inner, dict) else {}
    return {**document, step: with_value(inside, rest, value) if rest else value}
