"""Forgets what need not be remembered: assertions that have expired anyway, and old idempotency keys.

Run now and then by a worker; skipping it costs space and nothing else.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service import clock
from service.access.model import IdempotencyKey, UsedAssertion

KEYS_ARE_KEPT: Final = timedelta(days=30)
"""How long a repeat is recognised by its key; a `submission_reference` is recognised for ever."""


def forget_expired(session: Session) -> None:
    """Delete used assertions past their expiry, and idempotency keys older than thirty days."""
    now = clock.now()
    session.execute(delete(UsedAssertion).where(UsedAssertion.expires_at < now))
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEYS_ARE_KEPT))
