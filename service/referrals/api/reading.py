"""What every route of referrals reads of a request before it reads the body."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from service.http import decode_cursor, read_json


def place_in_list(query: Mapping[str, Any]) -> tuple[datetime, UUID] | None:
    """Read where to go on in a list that is ordered by time and id.

    Raises:
        Problem: 400 when the cursor is not one of ours.
    """
    if "after" not in query:
        return None
    moment, identifier = decode_cursor(query["after"], datetime, UUID)
    return moment, identifier


def action_asked_for(known: Callable[[str], bool]) -> str | None:
    """Return the action that a body names, None when it names none of ours: the body's own faults come later.

    Raises:
        Problem: 400, 413, 415 or 422 when the body cannot be read at all.
    """
    sent = read_json()
    action = sent.get("action") if isinstance(sent, dict) else None
    return action if isinstance(action, str) and known(action) else None
