"""Strict JSON parsing, within limits that are checked before and during parsing.

A body is at most a megabyte, but a megabyte can hold half a million values, or nesting deeper than a parser's
stack. Both are counted first, in one pass over the bytes.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

MAX_VALUES: Final = 50_000
"""Values in a body, counting lists and objects. The largest that a schema allows has half as many."""
MAX_DEPTH: Final = 32
"""Lists and objects within each other. The deepest that a schema allows has seven."""
MAX_MEMBERS: Final = 200
"""Members of one object. The largest that a schema allows has 32."""
MAX_NAME: Final = 100
"""Characters in the name of a member, because the location of a fault contains these names."""

_ALL_BUT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


class LimitExceeded(ValueError):  # noqa: N818 - reads as what happened
    """A limit is exceeded; the message states the limit and may be shown to the sender."""


class Repeated(dict[str, Any]):
    """An object with repeated names."""

    names: tuple[str, ...] = ()


def loads(sent: bytes) -> tuple[Any, list[str]]:
    """Parse JSON in UTF-8.

    Returns:
        The value, and a JSON pointer to every member whose name is repeated.

    Raises:
        LimitExceeded: it has too many values or levels, or an object has too many members or too long a name.
        ValueError: it is not JSON in UTF-8.
    """
    _require_bounded(sent)
    reader = _Reader()
    value = json.loads(
        sent.decode("utf-8"), object_pairs_hook=reader.object_of, parse_constant=_refuse_constant
    )
    return value, list(_repeats(value)) if reader.repeats else []


def escape(step: object) -> str:
    """Escape one step of a JSON pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")


def _require_bounded(sent: bytes) -> None:
    # Without escaped characters, every second part between quotation marks is a string and is left out.
    bare = b"".join(sent.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2])
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") >= MAX_VALUES:
        raise LimitExceeded(f"At most {MAX_VALUES:,} values are read.")
    depth = 0
    for bracket in bare.translate(None, delete=_ALL_BUT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise LimitExceeded(f"Lists and objects are read {MAX_DEPTH} deep.")
        if depth < 0:  # not JSON: the parser will report it
            return


class _Reader:
    def __init__(self) -> None:
        self.repeats = False

    def object_of(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > MAX_MEMBERS:
            raise LimitExceeded(f"An object has at most {MAX_MEMBERS} members.")
        found = dict(pairs)
        if any(len(name) > MAX_NAME for name in found):
            raise LimitExceeded(f"The name of a member has at most {MAX_NAME} characters.")
        if len(found) == len(pairs):
            return found
        self.repeats = True
        repeated = Repeated(found)
        times = Counter(name for name, _ in pairs)
        repeated.names = tuple(sorted(name for name, number in times.items() if number > 1))
        return repeated


def _refuse_constant(constant: str) -> Any:
    raise ValueError(constant)


def _repeats(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value, Repeated):
            yield from (f"{at}/{escape(name)}" for name in value.names)
        for name, member in value.items():
            yield from _repeats(member, f"{at}/{escape(name)}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _repeats(member, f"{at}/{index}")
