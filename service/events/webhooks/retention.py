"""Deletes settled deliveries after their retention period, and signing keys that have ended."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from service.events.webhooks import writes

DELIVERED_ARE_KEPT: Final = timedelta(days=30)
DEAD_ARE_KEPT: Final = timedelta(days=90)


def forget_settled(session: Session, now: datetime) -> None:
    """Delete a batch each of deliveries that arrived or died long ago, and of ended keys."""
    writes.delete_settled(session, "delivered", now - DELIVERED_ARE_KEPT)
    writes.delete_settled(session, "dead", now - DEAD_ARE_KEPT)
    writes.delete_ended_keys(session, now)
