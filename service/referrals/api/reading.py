"""What every route of referrals reads of a request before it reads the body."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from service.access import Actor, idempotency
from service.http import Body, decode_cursor, read_json


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


def is_repeat(session: Session, actor: Actor, body: Body) -> bool:
    """Tell whether a move was made before with the same Idempotency-Key; it may come without one.

    Raises:
        Problem: 409 while the first is being worked on, 422 when the key was used for something else.
    """
    return "Idempotency-Key" in request.headers and idempotency.replay(session, actor, body) is not None


def settle(session: Session, actor: Actor, reference: UUID) -> None:
    """Store that a move was made, if it came with an Idempotency-Key."""
    if "Idempotency-Key" in request.headers:
        idempotency.settle(session, actor, reference)
