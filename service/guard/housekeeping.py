"""Deletes expired assertions, old idempotency keys and past call counts.

A worker runs it regularly; skipping it costs only space.
"""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service import clock
from service.access import limits
from service.access.model import CallCount
from service.db import delete_expired
from service.guard.idempotency import KEYS_ARE_KEPT
from service.guard.model import IdempotencyKey
from service.oauth.model import UsedAssertion


def forget_expired(session: Session) -> None:
    """Delete expired assertions, idempotency keys older than thirty days, and past call counts.

    It deletes one batch of each (see `service.db.delete_expired`).
    """
    now = clock.now()
    this_minute = int(now.timestamp()) // limits.MINUTE
    delete_expired(session, UsedAssertion.expires_at, now)
    # At most as many rows as callers in two minutes; an index would slow down the counting of every call.
    session.execute(delete(CallCount).where(CallCount.minute < this_minute - 1))
    delete_expired(session, IdempotencyKey.created_at, now - KEYS_ARE_KEPT)
