"""The cursor of a feed: a position, bound to the organisation whose feed it is. It is never a permission."""

import hashlib
import uuid

from service.http import decode_cursor, encode_cursor
from service.http.problems import bad_request

BEGINNING = 0
"""Before the first position."""


def write(organisation_id: uuid.UUID, position: int) -> str:
    """Return the cursor of a reader who has everything up to and including `position`."""
    return encode_cursor(position, _check(organisation_id, position))


def read(organisation_id: uuid.UUID, cursor: str | None) -> int:
    """Return the position of a cursor; the beginning when there is none.

    Raises:
        Problem: 400 when it is not a cursor of this organisation's feed.
    """
    if cursor is None:
        return BEGINNING
    position: int
    position, check = decode_cursor(cursor, int, str)
    if check != _check(organisation_id, position):
        raise bad_request("bad-cursor", "The cursor is not valid", "Start again without a cursor.")
    return position


def _check(organisation_id: uuid.UUID, position: int) -> str:
    # Against mistakes, not attackers: a cursor opens nothing that its holder could not read without it.
    return hashlib.sha256(f"feed\x1f{organisation_id}\x1f{position}".encode()).hexdigest()[:16]
