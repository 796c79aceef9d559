"""What an event may carry beside its subject: codes, counts, days and identifiers, never somebody's words."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

_CODE = re.compile(r"[A-Za-z0-9_.:+/\[\]-]{1,120}")
_PERSON_NUMBER = re.compile(r"[A-Z]\d{6}|[A-Z]\d{4}[A-Z]{2}|\d{2,4}/\d+[A-Z]")
THIN = 100
"""Members of a list or an object, at most: entries of the feed are thin."""


def harmless(value: Any) -> Any:
    """Return `value` as JSON that every reader of the event may see.

    Raises:
        ValueError: it holds something that could be words, or a person's number, or too much. The message
            does not quote it.
    """
    if isinstance(value, Mapping):
        return {_code(name): harmless(member) for name, member in _few(value).items()}
    if isinstance(value, list | tuple):
        return [harmless(member) for member in _few(value)]
    if isinstance(value, set | frozenset):
        return sorted(harmless(member) for member in _few(value))
    if isinstance(value, UUID | date | datetime):
        return _code(value.isoformat() if isinstance(value, date) else str(value))
    if isinstance(value, str):
        return _code(value)
    if value is None or isinstance(value, bool | int):
        return value
    raise ValueError(f"an event may not carry a {type(value).__name__}")


def _code(value: str) -> str:
    if not _CODE.fullmatch(value) or _PERSON_NUMBER.fullmatch(value):
        raise ValueError("an event may carry codes and identifiers, not words or a person's number")
    return value


def _few(value: Any) -> Any:
    if len(value) > THIN:
        raise ValueError("an event must stay thin")
    return value
