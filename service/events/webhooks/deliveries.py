"""Makes deliveries from the feed, one endpoint at a time, and records the result of each try.

A worker claims an endpoint in one short transaction, sends with no transaction open, and records in another.
The claim is a lease: if the worker dies in between, the lease expires and the same delivery is sent again
under the same id. So every event arrives at least once, and a repeat is recognised by its `webhook-id`.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.db import transaction
from service.events.model import FeedEntry
from service.events.queries import entry as feed_entry
from service.events.webhooks import messages, writes
from service.events.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookKey
from service.events.webhooks.schedule import pause_after, read_retry_after, rest_after
from service.events.webhooks.sending import Answer
from service.events.webhooks.signatures import Scheme, SigningKey
from service.events.writes import append

LEASE: Final = timedelta(minutes=2)
"""Longer than any request can take, so that another worker takes over only when this one has died."""

WINDOW: Final = 500
"""The most waiting deliveries of one endpoint. The feed keeps the rest until there is room."""

BATCH: Final = 50
"""Deliveries made from the feed in one transaction."""

GONE: Final = 410


@dataclass(frozen=True)
class Claim:
    """One request to be sent, and the lease that permits it."""

    endpoint_id: UUID
    lease: UUID
    url: str
    keys: tuple[SigningKey, ...]
    message_id: UUID
    body: bytes
    challenge: str | None
    """The value the response must contain, when this is a verification and not a delivery."""


@dataclass(frozen=True)
class Result:
    """The result of a request: a response, or a code that says why there is none."""

    answer: Answer | None
    fault: str | None = None

    def fits(self, claim: Claim) -> bool:
        """Return whether the receiver has accepted it."""
        if self.answer is None or not 200 <= self.answer.status < 300:  # noqa: PLR2004 - the class of success
            return False
        return claim.challenge is None or messages.answers(self.answer.body, claim.challenge)


# A literal, as in the condition of the partial index: a prepared statement with `$1` cannot use the index.
_IS_WAITING: Final = WebhookDelivery.state == literal("waiting", literal_execute=True)
_WAITING: Final = and_(WebhookDelivery.endpoint_id == WebhookEndpoint.id, _IS_WAITING)


def _has_room() -> ColumnElement[bool]:
    waiting = select(func.count()).where(_WAITING).scalar_subquery()
    return waiting < WINDOW


def _has_news() -> ColumnElement[bool]:
    return (
        select(FeedEntry.position)
        .where(
            FeedEntry.organisation_id == WebhookEndpoint.organisation_id,
            FeedEntry.position > WebhookEndpoint.position,
        )
        .exists()
    )


def _has_due(now: datetime) -> ColumnElement[bool]:
    return select(WebhookDelivery.id).where(_WAITING, WebhookDelivery.next_try_at <= now).exists()


def claim(now: datetime, *, source: str, well_only: bool = False) -> Claim | None:
    """Claim the endpoint that has waited longest and has something to send, and return the request to send.

    Endpoints whose last request succeeded come before those that fail.

    Args:
        now: the moment.
        source: the URL of the feed, for the message.
        well_only: skip endpoints whose last request failed.

    Returns:
        The request; None when no endpoint is due.
    """
    with transaction("worker") as session:
        endpoint = session.scalar(
            select(WebhookEndpoint)
            .where(
                or_(WebhookEndpoint.leased_until.is_(None), WebhookEndpoint.leased_until <= now),
                or_(WebhookEndpoint.rests_until.is_(None), WebhookEndpoint.rests_until <= now),
                or_(
                    WebhookEndpoint.state == "pending",
                    and_(
                        WebhookEndpoint.state == "active",
                        or_(_has_due(now), and_(_has_news(), _has_room())),
                    ),
                ),
                *([WebhookEndpoint.failures == 0] if well_only else []),
            )
            .order_by(WebhookEndpoint.failures > 0, WebhookEndpoint.claimed_at.nulls_first())
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if endpoint is None:
            return None
        writes.lease(endpoint, now, LEASE)
        if endpoint.state == "pending":
            return _verification(session, endpoint, now, source)
        if session.scalar(select(_has_room()).where(WebhookEndpoint.id == endpoint.id)):
            writes.derive_deliveries(session, endpoint, now, BATCH)
        return _delivery(session, endpoint, now, source)


def _delivery(session: Session, endpoint: WebhookEndpoint, now: datetime, source: str) -> Claim | None:
    delivery = session.scalar(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            _IS_WAITING,
            WebhookDelivery.next_try_at <= now,
        )
        .order_by(WebhookDelivery.position)
        .limit(1)
        .with_for_update()
    )
    if delivery is None:
        writes.release(endpoint)
        return None
    # Counted before it is sent, so that a try counts even if this worker dies.
    writes.count_try(delivery, now)
    entry = feed_entry(session, endpoint.organisation_id, delivery.position, delivery.event_id)
    return _claim(
        session, endpoint, now, message_id=delivery.id, body=messages.from_entry(entry, source=source)
    )


def _verification(session: Session, endpoint: WebhookEndpoint, now: datetime, source: str) -> Claim:
    message_id = uuid.uuid5(endpoint.id, endpoint.challenge)
    body = messages.verification(message_id, endpoint.challenge, now, source=source)
    return _claim(session, endpoint, now, message_id=message_id, body=body, challenge=endpoint.challenge)


def _claim(
    session: Session,
    endpoint: WebhookEndpoint,
    now: datetime,
    *,
    message_id: UUID,
    body: bytes,
    challenge: str | None = None,
) -> Claim:
    assert endpoint.lease is not None  # noqa: S101 - the caller has just leased it
    keys = tuple(_keys(session, endpoint.id, now))
    return Claim(endpoint.id, endpoint.lease, endpoint.url, keys, message_id, body, challenge)


def _keys(session: Session, endpoint_id: UUID, now: datetime) -> Sequence[SigningKey]:
    rows = session.scalars(
        select(WebhookKey)
        .where(
            WebhookKey.endpoint_id == endpoint_id,
            or_(WebhookKey.ends_at.is_(None), WebhookKey.ends_at > now),
        )
        .order_by(WebhookKey.scheme.desc(), WebhookKey.created_at.desc())
    )
    return [SigningKey(cast("Scheme", row.scheme), row.secret) for row in rows]


def record(claim: Claim, result: Result, now: datetime) -> None:
    """Record the result of a request, and release the endpoint.

    Args:
        claim: the claim for which it was sent. If its lease has expired and another worker holds the
            endpoint, a failure is ignored and a success is still recorded.
        result: of the request.
        now: when the request ended.
    """
    with transaction("worker") as session:
        endpoint = session.get(WebhookEndpoint, claim.endpoint_id, with_for_update=True)
        if endpoint is None:
            return
        taken = result.fits(claim)
        if endpoint.lease != claim.lease:
            if taken and claim.challenge is None:
                _delivered(session, claim, result, now)
            return
        writes.release(endpoint)
        if taken:
            writes.clear_failures(endpoint)
            if claim.challenge is None:
                _delivered(session, claim, result, now)
            else:
                writes.activate(endpoint, now)
        else:
            _failed(session, endpoint, claim, result, now)


def _delivered(session: Session, claim: Claim, result: Result, now: datetime) -> None:
    delivery = session.get(WebhookDelivery, claim.message_id, with_for_update=True)
    if delivery is None or delivery.state == "delivered":
        return
    writes.note_result(delivery, _status(result), result.fault)
    writes.settle(delivery, "delivered", now)


def _failed(session: Session, endpoint: WebhookEndpoint, claim: Claim, result: Result, now: datetime) -> None:
    asked = read_retry_after(result.answer.retry_after, now) if result.answer else None
    gone = result.answer is not None and result.answer.status == GONE
    writes.count_failure(endpoint)
    if claim.challenge is None:
        writes.rest_until(endpoint, now + rest_after(endpoint.failures, chance=_chance(), asked=asked))
        delivery = session.get(WebhookDelivery, claim.message_id, with_for_update=True)
        if delivery is not None and delivery.state == "waiting":
            writes.note_result(delivery, _status(result), result.fault)
            _put_off(delivery, now, asked)
    else:
        pause = pause_after(endpoint.failures, age=timedelta(0), chance=_chance(), asked=asked)
        if pause is None:
            _disable(session, endpoint, "not_verified")
        else:
            writes.rest_until(endpoint, now + pause)
    if gone:
        _disable(session, endpoint, "gone")


def _put_off(delivery: WebhookDelivery, now: datetime, asked: timedelta | None) -> None:
    """Schedule the next try, or make the delivery a dead letter."""
    pause = pause_after(delivery.tries, age=now - delivery.derived_at, chance=_chance(), asked=asked)
    if pause is None:
        writes.settle(delivery, "dead", now)
    else:
        writes.retry_at(delivery, now + pause)


def _chance() -> float:
    return random.random()  # noqa: S311 - jitter, not a secret


def _status(result: Result) -> int | None:
    return result.answer.status if result.answer else None


def _disable(session: Session, endpoint: WebhookEndpoint, reason: str) -> None:
    """Disable an endpoint, with an event in the feed, which its organisation can still read."""
    writes.disable(endpoint, reason)
    append(
        session,
        Actor.for_service("webhooks"),
        "webhook.disabled",
        subject_kind="webhook",
        subject_id=endpoint.id,
        audience=[endpoint.organisation_id],
        data={"reason": reason},
    )
