"""The canonical form of an entry: RFC 8785 JSON, narrowed so that one fact has one spelling. Pure.

Moments in UTC with microseconds, text in Unicode NFC, nothing null, no floating-point numbers. What is hashed
is what is stored, byte for byte, so that anybody can check it with any JSON library or none.
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
        body: texts, integers, booleans, UUIDs, aware moments, and mappings and sequences of them.

    Raises:
        TypeError: something else is in it: a float, a null, a naive moment.
        ValueError: a text that is not Unicode, or an integer that JSON readers do not agree on.
    """
    try:
        return rfc8785.dumps(_plain(body)).decode()
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


def digest(text: str) -> bytes:
    """Return the SHA-256 of a canonical text."""
    return sha256(text.encode()).digest()


def moment_text(moment: datetime) -> str:
    """Write a moment as the trail writes all of them: UTC, always six decimals, ending in Z.

    Raises:
        TypeError: it has no time zone, so nobody knows when it is.
    """
    if moment.tzinfo is None:
        raise TypeError("a moment without its time zone")
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
            raise ValueError("two names are one after normalisation")
        return plain
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    raise TypeError(f"{type(value).__name__} has no place in the audit trail")
