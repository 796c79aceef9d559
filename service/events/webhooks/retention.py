"""Forgets settled deliveries when nobody will ask for them any more, and keys that sign no longer."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, delete, or_
from sqlalchemy.orm import Session

from service.events.webhooks.model import WebhookDelivery, WebhookKey

DELIVERED_ARE_KEPT: Final = timedelta(days=30)
DEAD_ARE_KEPT: Final = timedelta(days=90)


def forget_settled(session: Session, now: datetime) -> None:
    """Delete what was delivered over thirty days ago, what died over ninety days ago, and ended keys."""
    session.execute(
        delete(WebhookDelivery).where(
            or_(
                and_(
                    WebhookDelivery.state == "delivered",
                    WebhookDelivery.settled_at < now - DELIVERED_ARE_KEPT,
                ),
                and_(WebhookDelivery.state == "dead", WebhookDelivery.settled_at < now - DEAD_ARE_KEPT),
            )
        )
    )
    session.execute(delete(WebhookKey).where(WebhookKey.ends_at < now))
