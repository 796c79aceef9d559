"""The canonical form of an entry: RFC 8785 JSON, restricted so that each fact has one spelling. Pure.

Times are in UTC with microseconds, text is in Unicode NFC, and there are no nulls or floating-point numbers.
The hash covers exactly the bytes stored, so that it can be checked with any JSON library or none.
"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785


def canonical(body: Mapping[str, Any]) -> str:
    """Return the canonical JSON of a body.

    Args:
        body: strings, integers, booleans, UUIDs, aware datetimes, and mappings and sequences of them.

    Raises:
        TypeError: it contains anything else, such as a float, a null or a naive datetime.
        ValueError: a string is not valid Unicode, or an integer is too large for JSON readers to agree on.
    """
    try:
        return rfc8785.dumps(_plain(body)).decode()
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


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


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, Mapping):
        plain = {_plain(name): _plain(inner) for name, inner in value.items()}
        if len(plain) != len(value):
            raise ValueError("two names are equal after normalisation")
        return plain
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} cannot be written to the audit trail")
