"""The canonical form of an entry: RFC 8785 JSON, restricted so that each fact has one spelling. Pure.

Times are in UTC with microseconds, text is in Unicode NFC, and there are no nulls or floating-point numbers.
The hash covers exactly the bytes stored, so that it can be checked with any JSON library or none.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

_LARGEST: Final = 2**53 - 1
"""The largest integer that every JSON reader agrees on."""


def written(body: Mapping[str, Any]) -> str:
    """Return the canonical JSON of a plain body.

    Of what `plain` returns, the standard library writes what RFC 8785 asks for; `verify` checks it with an
    implementation of that.
    """
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def digest(text: str) -> bytes:
    """Return the SHA-256 of a canonical text."""
    return sha256(text.encode()).digest()


def moment_text(moment: datetime) -> str:
    """Format a datetime as the trail does: UTC, always six decimals, ending in Z.

    Raises:
        TypeError: it has no time zone.
    """
    if moment.tzinfo is None:
        raise TypeError("a datetime without a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def plain(value: Any) -> Any:
    """Return a body as JSON has it: each time and text in its one spelling.

    Args:
        value: strings, integers, booleans, UUIDs, aware datetimes, and mappings and sequences of them.

    Raises:
        TypeError: it contains anything else, such as a float, a null or a naive datetime.
        ValueError: a string is not valid Unicode, an integer is too large for JSON readers to agree on, or a
            name is not ASCII.
    """
    if isinstance(value, str):
        return value if value.isascii() else _text(value)
    if isinstance(value, bool | int):
        if abs(value) > _LARGEST:
            raise ValueError("an integer beyond 2**53")
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, dict):
        if not all(map(str.isascii, value)):
            raise ValueError("a name that is not ASCII")
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} cannot be written to the audit trail")


def _text(value: str) -> str:
    value.encode()  # half of a pair of surrogates is no text
    return unicodedata.normalize("NFC", value)
