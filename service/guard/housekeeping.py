"""Forgets what need not be remembered: expired assertions, old idempotency keys, counts of minutes gone by.

Run now and then by a worker; skipping it costs space and nothing else.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service import clock
from service.access import limits
from service.access.model import CallCount
from service.db import forget
from service.guard.model import IdempotencyKey
from service.oauth.model import UsedAssertion

KEYS_ARE_KEPT: Final = timedelta(days=30)
"""How long a repeat is recognised by its key; a `submission_reference` is recognised for ever."""


def forget_expired(session: Session) -> None:
    """Delete used assertions past their expiry, idempotency keys older than thirty days, and old counts.

    Of each it deletes a batch (see `service.db.forget`).
    """
    now = clock.now()
    this_minute = int(now.timestamp()) // limits.MINUTE
    forget(session, UsedAssertion.expires_at, now)
    # There are no more of these than callers in two minutes, and an index would cost every count of a call.
    session.execute(delete(CallCount).where(CallCount.minute < this_minute - 1))
    forget(session, IdempotencyKey.created_at, now - KEYS_ARE_KEPT)
