"""Writes every row of webhooks: endpoints, keys and deliveries. It does not decide when to send."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from service import clock
from service.db import delete_expired, new_id
from service.events import queries
from service.events.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookKey
from service.events.webhooks.signatures import Scheme, SigningKey

_DERIVE_DELIVERIES: Final = text("""
    INSERT INTO webhook_delivery (id, endpoint_id, organisation_id, position, event_id, state, tries, replays,
                                  next_try_at, derived_at)
    SELECT gen_random_uuid(), :endpoint, organisation_id, position, event_id, 'waiting', 0, 0, :now, :now
    FROM feed_entry
    WHERE organisation_id = :organisation AND position > :position
    ORDER BY position LIMIT :batch
    RETURNING position
""")


def add_endpoint(session: Session, organisation_id: UUID, url: str) -> WebhookEndpoint:
    """Add an endpoint, to be sent what follows the present end of the feed; see `start_verification`."""
    endpoint = WebhookEndpoint(
        id=new_id(),
        organisation_id=organisation_id,
        url=url,
        position=queries.head(session, organisation_id),
        created_at=clock.now(),
    )
    session.add(endpoint)
    return endpoint


def start_verification(endpoint: WebhookEndpoint) -> None:
    """Make an endpoint pending, with a new challenge and no failures, also one that was removed."""
    endpoint.ended_at = None
    endpoint.state, endpoint.disabled_reason, endpoint.verified_at = "pending", None, None
    endpoint.challenge = secrets.token_urlsafe(32)
    clear_failures(endpoint)
    release(endpoint)


def activate(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Make an endpoint active, because it has been verified."""
    endpoint.state, endpoint.verified_at = "active", now


def disable(endpoint: WebhookEndpoint, reason: str) -> None:
    """Make an endpoint disabled."""
    endpoint.state, endpoint.disabled_reason = "disabled", reason


def end(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Remove an endpoint, which is disabled with it."""
    disable(endpoint, "operator")
    endpoint.ended_at = now


def lease(endpoint: WebhookEndpoint, now: datetime, length: timedelta) -> None:
    """Give this worker a new lease of an endpoint."""
    endpoint.lease, endpoint.leased_until, endpoint.claimed_at = new_id(), now + length, now


def release(endpoint: WebhookEndpoint) -> None:
    """End the lease of an endpoint."""
    endpoint.lease = endpoint.leased_until = None


def count_failure(endpoint: WebhookEndpoint) -> None:
    """Count a failed request."""
    endpoint.failures += 1


def clear_failures(endpoint: WebhookEndpoint) -> None:
    """Reset the failures of an endpoint, and the rest that followed them."""
    endpoint.failures, endpoint.rests_until = 0, None


def rest_until(endpoint: WebhookEndpoint, moment: datetime) -> None:
    """Send an endpoint nothing until a moment."""
    endpoint.rests_until = moment


def add_key(session: Session, endpoint_id: UUID, scheme: Scheme) -> str:
    """Add a new signing key; return what the receiver needs to check its signatures."""
    key = SigningKey.fresh(scheme)
    session.add(
        WebhookKey(
            id=new_id(),
            endpoint_id=endpoint_id,
            scheme=scheme,
            secret=key.secret,
            public_key=key.public,
            created_at=clock.now(),
            ends_at=None,
        )
    )
    return key.for_receiver


def end_keys(keys: Iterable[WebhookKey], now: datetime, overlap: timedelta) -> None:
    """End keys after an overlap; a key that was due to end already ends now."""
    for key in keys:
        key.ends_at = now + overlap if key.ends_at is None else now


def delete_keys(session: Session, endpoint_id: UUID) -> None:
    """Delete every key of an endpoint."""
    session.execute(delete(WebhookKey).where(WebhookKey.endpoint_id == endpoint_id))


def derive_deliveries(session: Session, endpoint: WebhookEndpoint, now: datetime, batch: int) -> None:
    """Add deliveries of the next feed entries, and move the endpoint's position past them.

    Args:
        batch: the most to add.
    """
    positions = session.scalars(
        _DERIVE_DELIVERIES,
        {
            "endpoint": endpoint.id,
            "organisation": endpoint.organisation_id,
            "position": endpoint.position,
            "now": now,
            "batch": batch,
        },
    ).all()
    endpoint.position = max(positions, default=endpoint.position)


def count_try(delivery: WebhookDelivery, now: datetime) -> None:
    """Count a try of a delivery."""
    delivery.tries += 1
    delivery.tried_at = now


def note_result(delivery: WebhookDelivery, status: int | None, fault: str | None) -> None:
    """Set the result of the last try: an HTTP status, or a code that says why there is none."""
    delivery.last_status, delivery.last_fault = status, fault


def settle(delivery: WebhookDelivery, state: Literal["delivered", "dead"], now: datetime) -> None:
    """End the tries of a delivery."""
    delivery.state, delivery.next_try_at, delivery.settled_at = state, None, now


def retry_at(delivery: WebhookDelivery, moment: datetime) -> None:
    """Set when a delivery is tried next."""
    delivery.next_try_at = moment


def replay(delivery: WebhookDelivery, now: datetime) -> None:
    """Make a dead letter wait again, as a new delivery would."""
    delivery.state, delivery.settled_at = "waiting", None
    delivery.tries, delivery.next_try_at, delivery.derived_at = 0, now, now
    delivery.replays += 1


def delete_settled(session: Session, state: Literal["delivered", "dead"], before: datetime) -> None:
    """Delete a batch of the deliveries that were settled before a moment."""
    delete_expired(session, WebhookDelivery.settled_at, before, WebhookDelivery.state == state)


def delete_ended_keys(session: Session, before: datetime) -> None:
    """Delete a batch of the keys that ended before a moment."""
    delete_expired(session, WebhookKey.ends_at, before)
