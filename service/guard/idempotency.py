"""Recognises a submission that is sent again, and answers with what it made the first time.

The key, what was sent and what it made are stored with the work itself, in its transaction.
"""

import hashlib
import re
from typing import Final
from uuid import UUID

from flask import request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.guard.model import IdempotencyKey
from service.http import Body
from service.http.problems import Problem, bad_request

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PENDING: Final = "idempotency"


def replay(session: Session, actor: Actor, body: Body) -> UUID | None:
    """Return what this submission made when it was first sent; None when it is new.

    From here to the end of the transaction nobody else can work on the same key of the same client.

    Args:
        session: the transaction that will hold the work.
        actor: the caller; keys are unique for each client.
        body: what is sent, byte for byte.

    Raises:
        Problem: 400 without an `Idempotency-Key`; 409 while the first is still being worked on; 422 when the
            key has been used for another body, route or practitioner.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise bad_request(
            "idempotency-key-required",
            "Send an Idempotency-Key",
            "One key for each submission, the same when it is sent again: 1 to 255 visible ASCII characters.",
        )
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_lock(actor, key)))):
        raise Problem(
            409,
            "in-flight",
            "The first one is still being worked on",
            "Send it again in a moment, with the same key.",
            headers={"Retry-After": "1"},
        )
    fingerprint = _fingerprint(actor, body)
    # A statement of its own, after the lock: it sees what the last holder of the lock committed.
    first = session.get(IdempotencyKey, (actor.client_id, key))
    if first is None:
        session.info[_PENDING] = (key, fingerprint)
        return None
    if first.fingerprint != fingerprint:
        raise Problem(
            422,
            "idempotency-key-reused",
            "This key was used for something else",
            "Another body, route or practitioner came with it before. Use a new key.",
        )
    return first.reference


def is_repeat(session: Session, actor: Actor, body: Body) -> bool:
    """Tell whether a change was made before with the same key; unlike a submission it may come without one.

    It is asked before the precondition, because a change that is sent again carries the old tag.

    Raises:
        Problem: 400, 409 and 422 as in `replay`.
    """
    return "Idempotency-Key" in request.headers and replay(session, actor, body) is not None


def settle_change(session: Session, actor: Actor, reference: UUID) -> None:
    """Store that a change was made, if it came with a key.

    Args:
        reference: the id of what was changed.
    """
    if _PENDING in session.info:
        settle(session, actor, reference)


def settle(session: Session, actor: Actor, reference: UUID) -> None:
    """Store what the submission made, to be found when it is sent again.

    Args:
        session: the transaction of the work, in which `replay` has returned None.
        actor: the caller.
        reference: the id of what was made.

    Raises:
        LookupError: nothing was asked of `replay` in this transaction.
    """
    if _PENDING not in session.info:
        raise LookupError("ask replay before settle")
    key, fingerprint = session.info.pop(_PENDING)
    session.add(
        IdempotencyKey(
            client_id=actor.client_id,
            key=key,
            fingerprint=fingerprint,
            reference=reference,
            created_at=clock.now(),
        )
    )


def _fingerprint(actor: Actor, body: Body) -> bytes:
    digest = hashlib.sha256()
    who = actor.practitioner.id if actor.practitioner else ""
    for part in (request.method, request.path, who):
        digest.update(part.encode() + b"\x00")
    digest.update(body.raw)
    return digest.digest()


def _lock(actor: Actor, key: str) -> int:
    digest = hashlib.sha256(f"{actor.client_id}\x00{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
