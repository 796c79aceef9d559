"""Reads an organisation's own endpoints and deliveries. The secret halves of keys are never read here."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.events.model import Event
from service.events.subjects import href
from service.events.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookKey
from service.http.problems import not_found
from service.keyset import counted, in_pages

# A literal, as in the partial index: a prepared statement with `$1` cannot use the index.
_UNSETTLED: Final = WebhookDelivery.state != literal("delivered", literal_execute=True)


def visible_to(actor: Actor) -> Select[WebhookEndpoint]:
    """Return the endpoints of the caller's own organisation."""
    return select(WebhookEndpoint).where(WebhookEndpoint.organisation_id == actor.organisation_id)


def endpoints(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Return the caller's endpoints, each with its keys and the state of its deliveries.

    One more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
    """
    place = (WebhookEndpoint.created_at, WebhookEndpoint.id)
    query = in_pages(visible_to(actor), place, newest=newest, after=after, limit=limit)
    return _shown(session, list(session.scalars(query)), now)


def count_endpoints(session: Session, actor: Actor) -> dict[str, int]:
    """Count the caller's endpoints by their state."""
    return counted(session, visible_to(actor), WebhookEndpoint.state)


def endpoint(session: Session, actor: Actor, endpoint_id: UUID, now: datetime) -> dict[str, Any]:
    """Return one endpoint.

    Raises:
        Problem: 404 when it is not the caller's.
    """
    return _shown(session, [find_endpoint(session, actor, endpoint_id)], now)[0]


def find_endpoint(session: Session, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    """Return one endpoint of the caller's.

    Raises:
        Problem: 404 when there is none.
    """
    found = session.scalar(visible_to(actor).where(WebhookEndpoint.id == endpoint_id))
    if found is None:
        raise not_found()
    return found


def deliveries(
    session: Session, endpoint_id: UUID, *, state: str | None, newest: bool, after: int | None, limit: int
) -> list[dict[str, Any]]:
    """Return deliveries of an endpoint that the caller may see, in the order of the feed.

    Args:
        state: only those in it; all when None.
        newest: the last of the feed first, otherwise the first.
        after: the position of the last one already shown.
        limit: one more when there are more.
    """
    query = (
        _of_endpoint(endpoint_id, state)
        .join(Event, Event.id == WebhookDelivery.event_id)
        .add_columns(Event.name)
    )
    # Callers send it: as a type that holds every number a cursor can.
    last = None if after is None else (literal(after, BigInteger),)
    page = in_pages(query, (WebhookDelivery.position,), newest=newest, after=last, limit=limit)
    return [shown(row, name) for row, name in session.execute(page)]


def count_deliveries(session: Session, endpoint_id: UUID, *, state: str | None) -> dict[str, int]:
    """Count what `deliveries` would return on all pages, by their state."""
    return counted(session, _of_endpoint(endpoint_id, state), WebhookDelivery.state)


def _of_endpoint(endpoint_id: UUID, state: str | None) -> Select[WebhookDelivery]:
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    return query if state is None else query.where(WebhookDelivery.state == state)


def find_delivery(session: Session, endpoint_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """Return one delivery of an endpoint that the caller may see, locked.

    Raises:
        Problem: 404 when there is none.
    """
    found = session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if found is None or found.endpoint_id != endpoint_id:
        raise not_found()
    return found


def event_name(session: Session, delivery: WebhookDelivery) -> str:
    """Return the name of the event in a delivery."""
    return session.execute(select(Event.name).where(Event.id == delivery.event_id)).scalar_one()


def shown(delivery: WebhookDelivery, name: str) -> dict[str, Any]:
    """Return a delivery as the API shows it."""
    return {
        "id": delivery.id,
        "position": delivery.position,
        "event_id": delivery.event_id,
        "event": name,
        "state": delivery.state,
        "tries": delivery.tries,
        "replays": delivery.replays,
        "next_try_at": delivery.next_try_at,
        "tried_at": delivery.tried_at,
        "settled_at": delivery.settled_at,
        "last_status": delivery.last_status,
        "last_fault": delivery.last_fault,
        "allowed_actions": ["replay"] if delivery.state == "dead" else [],
    }


def _shown(session: Session, found: list[WebhookEndpoint], now: datetime) -> list[dict[str, Any]]:
    ids = [one.id for one in found]
    counted = {
        (row.endpoint_id, row.state): row.number
        for row in session.execute(
            select(WebhookDelivery.endpoint_id, WebhookDelivery.state, func.count().label("number"))
            .where(WebhookDelivery.endpoint_id.in_(ids), _UNSETTLED)
            .group_by(WebhookDelivery.endpoint_id, WebhookDelivery.state)
        )
    }
    keys = session.execute(
        select(
            WebhookKey.endpoint_id,
            WebhookKey.scheme,
            WebhookKey.public_key,
            WebhookKey.created_at,
            WebhookKey.ends_at,
        )
        .where(WebhookKey.endpoint_id.in_(ids), or_(WebhookKey.ends_at.is_(None), WebhookKey.ends_at > now))
        .order_by(WebhookKey.scheme.desc(), WebhookKey.created_at.desc())
    ).all()
    return [
        {
            "id": one.id,
            "href": href("webhook", one.id),
            "url": one.url,
            "state": one.state,
            "disabled_reason": one.disabled_reason,
            "created_at": one.created_at,
            "verified_at": one.verified_at,
            "rests_until": one.rests_until,
            "failures": one.failures,
            "position": one.position,
            "waiting": counted.get((one.id, "waiting"), 0),
            "dead": counted.get((one.id, "dead"), 0),
            "keys": [key._asdict() for key in keys if key.endpoint_id == one.id],
        }
        for one in found
    ]
