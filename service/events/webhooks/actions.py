"""What a receiver may do about its own deliveries: have a dead letter sent again."""

from sqlalchemy.orm import Session

from service import audit, clock
from service.access.actor import Actor
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
    now = clock.now()
    delivery.state, delivery.settled_at = "waiting", None
    delivery.tries, delivery.next_try_at, delivery.derived_at = 0, now, now
    delivery.replays += 1
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
