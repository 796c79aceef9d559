"""Steps that the tests of webhooks share: register an endpoint, append events, deliver what is due."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from service import clock, db
from service.access.actor import Actor
from service.events.webhooks import deliveries, registration
from service.events.webhooks.deliveries import Claim, Result
from service.events.webhooks.dispatcher import Dispatcher
from service.events.webhooks.model import WebhookDelivery, WebhookEndpoint
from service.events.webhooks.sending import Answer, Sender
from service.events.webhooks.signatures import Scheme
from tests.events.factories import happened
from tests.events.receivers import Receiver

OPERATOR = Actor.for_service("registration")
SOURCE = "https://referrals.test/v1/events"
DEADLINE = 0.4

NOWHERE = "http://127.0.0.1:1/hooks"
"""A receiver that refuses connections."""


def registered(
    organisation_id: UUID,
    receiver: Receiver | str,
    *,
    schemes: Collection[Scheme] = registration.PREFERRED,
    verified: bool = True,
) -> registration.Registered:
    """Register an endpoint, verified unless a test says otherwise."""
    with db.transaction("owner") as session:
        made = registration.register(
            session,
            OPERATOR,
            organisation_id,
            receiver if isinstance(receiver, str) else receiver.url,
            schemes=schemes,
            loopback=True,
        )
        if verified:
            found = session.get_one(WebhookEndpoint, made.endpoint_id)
            found.state, found.verified_at = "active", clock.now()
    return made


def append_events(*audience: UUID, times: int = 1) -> list[str]:
    """Let things happen that concern these organisations, each in a transaction of its own."""
    ids = []
    for _ in range(times):
        with db.transaction() as session:
            ids.append(str(happened(session, *audience)))
    return ids


def dispatcher(*, workers: int = 2, deadline: float = DEADLINE) -> Dispatcher:
    return Dispatcher(Sender(loopback=True, deadline=deadline), source=SOURCE, workers=workers)


def deliver_due() -> int:
    """Send everything that is due now; return how many requests that took."""
    with dispatcher() as one:
        return one.deliver_all()


def claimed() -> Claim:
    found = deliveries.claim(clock.now(), source=SOURCE)
    assert found is not None
    return found


def nothing_due() -> bool:
    return deliveries.claim(clock.now(), source=SOURCE) is None


def record(claim: Claim, status: int, retry_after: str | None = None) -> None:
    deliveries.record(claim, Result(Answer(status, retry_after)), clock.now())


def endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    with db.transaction("worker") as session:
        return session.get_one(WebhookEndpoint, endpoint_id)


def sent(endpoint_id: UUID) -> list[WebhookDelivery]:
    """Return the deliveries of an endpoint in the order of the feed."""
    with db.transaction("worker") as session:
        return list(
            session.scalars(
                select(WebhookDelivery)
                .where(WebhookDelivery.endpoint_id == endpoint_id)
                .order_by(WebhookDelivery.position)
            )
        )
