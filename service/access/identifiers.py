"""Identifiers of clients, keys and staff: short, and safe wherever they are written."""

import re

_IDENTIFIER = re.compile(r"[A-Za-z0-9._~@:/+=-]{1,200}")
# As above, and names have apostrophes: s.o'brien.
_PERSON_IDENTIFIER = re.compile(r"[A-Za-z0-9._~@:/+='-]{1,200}")


def is_identifier(value: object) -> bool:
    """Return whether a value is a plain identifier: short, visible, ASCII."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def is_person_identifier(value: object) -> bool:
    """Return whether a value may be a case system's identifier for a member of staff."""
    return isinstance(value, str) and _PERSON_IDENTIFIER.fullmatch(value) is not None


def known_as(identifier: str) -> str:
    """Return the canonical spelling of a staff identifier, in lower case.

    Logins are case-insensitive. If "P.Shah" and "p.shah" were two people, one person could decide on their
    own case.
    """
    return identifier.lower()
