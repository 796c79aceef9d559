"""Takes deliveries out of the feed, one endpoint at a time, and records what came of each try.

A worker claims an endpoint in one short transaction, sends with no transaction open, and records in another.
The claim is a lease: if the worker dies in between, the lease runs out and the same delivery is sent again
under the same id. So everything arrives at least once, and a repeat can be told by its `webhook-id`.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, text
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.db import new_id, transaction
from service.events import actions, queries
from service.events.model import FeedEntry
from service.events.webhooks import messages
from service.events.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookKey
from service.events.webhooks.schedule import pause_after, read_retry_after, rest_after
from service.events.webhooks.sending import Answer
from service.events.webhooks.signatures import Scheme, SigningKey

LEASE: Final = timedelta(minutes=2)
"""Longer than any request with everything around it: another worker takes over only from one that is gone."""

WINDOW: Final = 500
"""Deliveries of one endpoint that wait at once, at most. The feed keeps the rest until there is room."""

BATCH: Final = 50
"""Deliveries made out of the feed at once."""

GONE: Final = 410


@dataclass(frozen=True)
class Claim:
    """One request to be sent, and the lease under which it is."""

    endpoint_id: UUID
    lease: UUID
    url: str
    keys: tuple[SigningKey, ...]
    message_id: UUID
    body: bytes
    challenge: str | None
    """What the answer must say, when this is the verification and no delivery."""


@dataclass(frozen=True)
class Result:
    """What came of a request: an answer, or a code that says why there is none."""

    answer: Answer | None
    fault: str | None = None

    def fits(self, claim: Claim) -> bool:
        """Tell whether the receiver has taken it."""
        if self.answer is None or not 200 <= self.answer.status < 300:  # noqa: PLR2004 - the class of success
            return False
        return claim.challenge is None or messages.answers(self.answer.body, claim.challenge)


# As the index of deliveries that wait names it: a prepared statement that only says `$1` cannot use it.
_IS_WAITING: Final = WebhookDelivery.state == literal("waiting", literal_execute=True)
_WAITING: Final = and_(WebhookDelivery.endpoint_id == WebhookEndpoint.id, _IS_WAITING)

_DERIVE: Final = text("""
    INSERT INTO webhook_delivery (id, endpoint_id, organisation_id, position, event_id, state, tries, replays,
                                  next_try_at, derived_at)
    SELECT gen_random_uuid(), :endpoint, organisation_id, position, event_id, 'waiting', 0, 0, :now, :now
    FROM feed_entry
    WHERE organisation_id = :organisation AND position > :position
    ORDER BY position LIMIT :batch
    RETURNING position
""")


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
    """Take hold of the endpoint that has waited longest and has something to be sent, and of what that is.

    Endpoints that answer come before those that fail.

    Args:
        now: the moment.
        source: the URL of the feed, for the message.
        well_only: leave alone those whose last request failed.

    Returns:
        What to send; None when nobody is due.
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
        endpoint.lease, endpoint.leased_until, endpoint.claimed_at = new_id(), now + LEASE, now
        if endpoint.state == "pending":
            return _verification(session, endpoint, now, source)
        if session.scalar(select(_has_room()).where(WebhookEndpoint.id == endpoint.id)):
            _derive(session, endpoint, now)
        return _delivery(session, endpoint, now, source)


def _derive(session: Session, endpoint: WebhookEndpoint, now: datetime) -> None:
    """Make deliveries of the feed's next entries, and move the cursor past them in the same transaction."""
    made = session.scalars(
        _DERIVE,
        {
            "endpoint": endpoint.id,
            "organisation": endpoint.organisation_id,
            "position": endpoint.position,
            "now": now,
            "batch": BATCH,
        },
    ).all()
    endpoint.position = max(made, default=endpoint.position)


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
        endpoint.lease = endpoint.leased_until = None
        return None
    # Counted before it is sent: whatever happens to this worker, the try has been made.
    delivery.tries += 1
    delivery.tried_at = now
    entry = queries.entry(session, endpoint.organisation_id, delivery.position, delivery.event_id)
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
    assert endpoint.lease is not None  # noqa: S101 - it was taken a moment ago
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
    """Record what came of a request, and let the endpoint go.

    Args:
        claim: under which it was sent. If the lease has run out and somebody else holds the endpoint, a
            failure is theirs to find out, while what was taken stays taken.
        result: of the request.
        now: when it ended.
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
        endpoint.lease = endpoint.leased_until = None
        if taken:
            endpoint.failures, endpoint.rests_until = 0, None
            if claim.challenge is None:
                _delivered(session, claim, result, now)
            else:
                endpoint.state, endpoint.verified_at = "active", now
        else:
            _failed(session, endpoint, claim, result, now)


def _delivered(session: Session, claim: Claim, result: Result, now: datetime) -> None:
    delivery = session.get(WebhookDelivery, claim.message_id, with_for_update=True)
    if delivery is None or delivery.state == "delivered":
        return
    _note(delivery, result)
    delivery.state, delivery.next_try_at, delivery.settled_at = "delivered", None, now


def _failed(session: Session, endpoint: WebhookEndpoint, claim: Claim, result: Result, now: datetime) -> None:
    asked = read_retry_after(result.answer.retry_after, now) if result.answer else None
    gone = result.answer is not None and result.answer.status == GONE
    endpoint.failures += 1
    if claim.challenge is None:
        endpoint.rests_until = now + rest_after(endpoint.failures, chance=_chance(), asked=asked)
        delivery = session.get(WebhookDelivery, claim.message_id, with_for_update=True)
        if delivery is not None and delivery.state == "waiting":
            _note(delivery, result)
            _put_off(delivery, now, asked)
    else:
        pause = pause_after(endpoint.failures, age=timedelta(0), chance=_chance(), asked=asked)
        if pause is None:
            _disable(session, endpoint, "not_verified")
        else:
            endpoint.rests_until = now + pause
    if gone:
        _disable(session, endpoint, "gone")


def _put_off(delivery: WebhookDelivery, now: datetime, asked: timedelta | None) -> None:
    """Try again later, or give it up into the dead letters."""
    pause = pause_after(delivery.tries, age=now - delivery.derived_at, chance=_chance(), asked=asked)
    if pause is None:
        delivery.state, delivery.next_try_at, delivery.settled_at = "dead", None, now
    else:
        delivery.next_try_at = now + pause


def _chance() -> float:
    return random.random()  # noqa: S311 - it spreads tries out, and hides nothing


def _note(delivery: WebhookDelivery, result: Result) -> None:
    delivery.last_status = result.answer.status if result.answer else None
    delivery.last_fault = result.fault


def _disable(session: Session, endpoint: WebhookEndpoint, reason: str) -> None:
    """Send an endpoint nothing more, and say so in the feed, which its organisation can still read."""
    endpoint.state, endpoint.disabled_reason = "disabled", reason
    actions.append(
        session,
        Actor.for_service("webhooks"),
        "webhook.disabled",
        subject_kind="webhook",
        subject_id=endpoint.id,
        audience=[endpoint.organisation_id],
        data={"reason": reason},
    )
