"""What an organisation may do with its own deliveries: replay a dead letter."""

from sqlalchemy.orm import Session

from service import audit, clock
from service.access.actor import Actor
from service.events.webhooks import writes
from service.events.webhooks.model import WebhookDelivery
from service.http.problems import conflict


def replay_delivery(session: Session, actor: Actor, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send a dead letter again, under the same id, with as many tries as a new one.

    Args:
        delivery: one that the caller may see, locked.

    Raises:
        Problem: 409 when it is not dead.
    """
    if delivery.state != "dead":
        raise conflict("Only a dead letter is replayed.", state=delivery.state)
    writes.replay(delivery, clock.now())
    audit.record(
        session,
        actor,
        "disclosure",
        object_kind="webhook_delivery",
        object_id=delivery.id,
        recipients=[actor.organisation_id],
        reason="webhook_replayed",
    )
    return delivery
