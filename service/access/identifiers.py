"""What a client, a key or a member of staff may be called: short, and safe wherever it is written."""

import re

_IDENTIFIER = re.compile(r"[A-Za-z0-9._~@:/+=-]{1,200}")
# As above, and names have apostrophes: s.o'brien.
_PERSON_IDENTIFIER = re.compile(r"[A-Za-z0-9._~@:/+='-]{1,200}")


def is_identifier(value: object) -> bool:
    """Tell whether a value is a plain identifier: short, visible, ASCII."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def is_person_identifier(value: object) -> bool:
    """Return whether a value may be a case system's name for a member of its staff."""
    return isinstance(value, str) and _PERSON_IDENTIFIER.fullmatch(value) is not None


def known_as(identifier: str) -> str:
    """Return the one spelling by which a member of staff is known: in small letters.

    A login does not distinguish capitals, and whoever could be two people by writing one would decide on
    their own case.
    """
    return identifier.lower()
