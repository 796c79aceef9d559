"""Reads the members of a policy document, each of one form, and says where one is not. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any, cast


class PolicyInvalid(ValueError):  # noqa: N818 - it says what is wrong
    """A policy document cannot be used; says where and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


def read_role(given: Any, known: frozenset[str], where: str) -> str:
    """Return a role, if it is one of those known."""
    if given not in known:
        raise PolicyInvalid(where, f"{given!r} is not one of {', '.join(sorted(known))}")
    return cast("str", given)


def read_flag(given: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(given, bool):
        raise PolicyInvalid(where, f"{given!r} is neither true nor false")
    return given


def read_time_of_day(given: Any, where: str) -> time:
    """Return a time of day."""
    try:
        return time.fromisoformat(given)
    except (TypeError, ValueError):
        raise PolicyInvalid(where, f"{given!r} is not a time of day") from None


def read_word(given: Any, where: str) -> str:
    """Return a lower-case name."""
    if not isinstance(given, str) or not re.fullmatch(r"[a-z][a-z0-9_.]*", given):
        raise PolicyInvalid(where, f"{given!r} is not a lower-case name")
    return given


def read_entries(given: Any, where: str) -> Iterator[Any]:
    """Return the entries of a list."""
    if not isinstance(given, list | tuple):
        raise PolicyInvalid(where, "is not a list")
    return iter(given)


def read_members(given: Any, where: str, *, required: set[str], optional: set[str]) -> Mapping[str, Any]:
    """Return an object that has the required members, and no unknown ones."""
    if not isinstance(given, Mapping):
        raise PolicyInvalid(where, "is not an object")
    if missing := required - set(given):
        raise PolicyInvalid(where, f"lacks {', '.join(sorted(missing))}")
    if unknown := set(given) - required - optional:
        raise PolicyInvalid(where, f"has unknown {', '.join(sorted(map(str, unknown)))}")
    return given
