"""Forgets settled deliveries when nobody will ask for them any more, and keys that sign no longer."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from service.db import delete_expired
from service.events.webhooks.model import WebhookDelivery, WebhookKey

DELIVERED_ARE_KEPT: Final = timedelta(days=30)
DEAD_ARE_KEPT: Final = timedelta(days=90)


def forget_settled(session: Session, now: datetime) -> None:
    """Delete what was delivered over thirty days ago, what died over ninety days ago, and ended keys.

    Of each it deletes a batch (see `service.db.delete_expired`).
    """
    for state, kept in (("delivered", DELIVERED_ARE_KEPT), ("dead", DEAD_ARE_KEPT)):
        delete_expired(session, WebhookDelivery.settled_at, now - kept, WebhookDelivery.state == state)
    delete_expired(session, WebhookKey.ends_at, now)
