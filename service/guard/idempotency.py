"""Recognises a repeated submission and returns what the first one created.

The key, a fingerprint of the request and the id of what it created are stored in the transaction of the work
itself.
"""

import hashlib
import re
from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import clock, settling
from service.access.actor import Actor
from service.guard.model import IdempotencyKey
from service.http import Body
from service.http.problems import Problem, bad_request

KEYS_ARE_KEPT: Final = timedelta(days=30)
"""How long a repeat is recognised by its key; a `submission_reference` is recognised permanently."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PENDING: Final = "idempotency"


def replay(session: Session, actor: Actor, body: Body) -> UUID | None:
    """Return the id of what this submission created when it was first sent; None when it is new.

    Until the transaction ends, no other request can use the same key of the same client.

    Args:
        session: the transaction that will hold the work.
        actor: the caller; keys are unique for each client.
        body: the request body, compared byte for byte.

    Raises:
        Problem: 400 without an `Idempotency-Key`; 409 while the first request is still in progress; 422 when
            the key was used for another body, route or practitioner.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise bad_request(
            "idempotency-key-required",
            "Send an Idempotency-Key",
            "Use one key for each submission and its repeats: 1 to 255 visible ASCII characters.",
        )
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_lock(actor, key)))):
        raise Problem(
            409,
            "in-flight",
            "The first request is still in progress",
            "Send it again shortly, with the same key.",
            headers={"Retry-After": "1"},
        )
    fingerprint = _fingerprint(actor, body)
    # A separate statement, after the lock, so that it sees what the previous holder of the lock committed.
    first = session.get(IdempotencyKey, (actor.client_id, key))
    if first is None:
        session.info[_PENDING] = (key, fingerprint)
        return None
    if first.fingerprint != fingerprint:
        raise Problem(
            422,
            "idempotency-key-reused",
            "This key was used for another request",
            "It was sent with another body, route or practitioner before. Use a new key.",
        )
    return first.reference


def is_repeat(session: Session, actor: Actor, body: Body) -> bool:
    """Return whether a change was made before with the same key; see `changed_before`."""
    return changed_before(session, actor, body) is not None


def changed_before(session: Session, actor: Actor, body: Body) -> UUID | None:
    """Return the id of what was changed before with the same key, which is optional for a change.

    Call this before the precondition is checked, because a repeated change carries the old ETag.

    Raises:
        Problem: 400, 409 and 422 as in `replay`.
    """
    return replay(session, actor, body) if "Idempotency-Key" in request.headers else None


def settle_change(session: Session, actor: Actor, reference: UUID) -> None:
    """Work out what follows from a change, and store that it was made, if it was sent with a key.

    Args:
        reference: the id of the changed resource.
    """
    if _PENDING in session.info:
        settle(session, actor, reference)
    else:
        settling.settle(session)


def settle(session: Session, actor: Actor, reference: UUID) -> None:
    """Work out what follows from a submission, and store what it created, for `replay` to return.

    Args:
        session: the transaction of the work, in which `replay` has returned None.
        actor: the caller.
        reference: the id of what was created.

    Raises:
        LookupError: `replay` was not called in this transaction.
    """
    if _PENDING not in session.info:
        raise LookupError("call replay before settle")
    settling.settle(session)
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
