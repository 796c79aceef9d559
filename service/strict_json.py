"""JSON as this service reads it: strict, and within limits that are kept before and while it is read.

A body is at most a megabyte, and a megabyte can hold half a million values, or brackets deeper than any
reader's stack. They are counted first, in one pass over the bytes.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

MOST_VALUES: Final = 40_000
"""Values in a body, counting lists and objects. The largest that a schema allows has half as many."""
DEEPEST: Final = 32
"""Lists and objects within each other. The deepest that a schema allows has seven."""
MOST_MEMBERS: Final = 200
"""Members of one object. The largest that a schema allows has 32."""
LONGEST_NAME: Final = 100
"""Characters in the name of a member: a fault names its place, and a place is made of these."""

_ALL_BUT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


class TooMuch(ValueError):  # noqa: N818 - reads as what happened
    """A limit is exceeded; the message names the limit and may be shown to the sender."""


class Repeated(dict[str, Any]):
    """An object in which a name stood more than once."""

    names: tuple[str, ...] = ()


def loads(sent: bytes) -> tuple[Any, list[str]]:
    """Read JSON in UTF-8.

    Returns:
        the value, and a JSON pointer to every member whose name stands more than once.

    Raises:
        TooMuch: it has too many values, is too deep, or an object in it has too many members or too long a
            name. Nothing else about it has been looked at.
        ValueError: it is not JSON, or not in UTF-8.
    """
    _require_bounded(sent)
    reader = _Reader()
    value = json.loads(
        sent.decode("utf-8"), object_pairs_hook=reader.object_of, parse_constant=_refuse_constant
    )
    return value, list(_repeats(value)) if reader.repeats else []


def escape(step: object) -> str:
    """Write one step of a JSON pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")


def _require_bounded(sent: bytes) -> None:
    # What stands between quotation marks is text, once those within a text are out of the way.
    bare = b"".join(sent.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2])
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") >= MOST_VALUES:
        raise TooMuch(f"At most {MOST_VALUES:,} values are read.")
    depth = 0
    for bracket in bare.translate(None, delete=_ALL_BUT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise TooMuch(f"Lists and objects are read {DEEPEST} deep.")
        if depth < 0:  # no JSON, as the reader will find
            return


class _Reader:
    def __init__(self) -> None:
        self.repeats = False

    def object_of(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > MOST_MEMBERS:
            raise TooMuch(f"An object has at most {MOST_MEMBERS} members.")
        found = dict(pairs)
        if any(len(name) > LONGEST_NAME for name in found):
            raise TooMuch(f"The name of a member has at most {LONGEST_NAME} characters.")
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
