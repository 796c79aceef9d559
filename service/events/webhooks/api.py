"""GET /v1/webhooks and below: the deliveries to an organisation's own endpoints.

An operator registers endpoints; here an organisation reads them and replays dead deliveries.
"""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import clock, fields, http
from service.access.actor import Actor
from service.events.webhooks import actions, queries
from service.events.webhooks.schemas import (
    DeliveryList,
    DeliveryQuery,
    DeliveryView,
    WebhookList,
    WebhookView,
)
from service.guard import idempotency
from service.guard.permitted import permitted

webhooks = http.Blueprint(
    "webhooks", __name__, url_prefix="/v1", description="The feed, delivered to your own address."
)
blueprints = (webhooks,)


@webhooks.route("/webhooks")
@webhooks.arguments(http.CountedPageQuery, location="query")
@webhooks.response(200, WebhookList)
@permitted("webhooks:read")
def list_webhooks(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List your organisation's webhook endpoints, with their public keys and undelivered events.

    The oldest come first unless you ask for the newest.
    """
    limit, newest = query["limit"], query["order"] == "newest"
    found = queries.endpoints(
        session, actor, clock.now(), newest=newest, after=http.place_in_list(query), limit=limit
    )
    rows, following = http.page(
        found, limit, lambda row: (fields.moment_text(row["created_at"]), str(row["id"]))
    )
    counts = queries.count_endpoints(session, actor) if "counts" in query else None
    return {"items": rows, "next": following, "counts": counts}


@webhooks.route("/webhooks/<uuid:webhook_id>")
@webhooks.response(200, WebhookView, headers=http.TAGGED)
@permitted("webhooks:read")
def read_webhook(session: Session, actor: Actor, webhook_id: UUID) -> http.View | Response:
    """Return a webhook endpoint."""
    view = queries.endpoint(session, actor, webhook_id, clock.now())
    return http.respond(view, tag=http.etag("webhook", sorted(view.items(), key=str)))


@webhooks.route("/webhooks/<uuid:webhook_id>/deliveries")
@webhooks.arguments(DeliveryQuery, location="query")
@webhooks.response(200, DeliveryList)
@permitted("webhooks:read")
def list_deliveries(
    session: Session, actor: Actor, query: dict[str, Any], webhook_id: UUID
) -> dict[str, Any]:
    """List an endpoint's deliveries in the order of the feed; from its end if you ask for the newest.

    Deliveries in the state `dead` were given up and can be replayed.
    """
    found = queries.find_endpoint(session, actor, webhook_id)
    state = query.get("state")
    rows = queries.deliveries(
        session,
        found.id,
        state=state,
        newest=query["order"] == "newest",
        after=http.decode_cursor(query["after"], int)[0] if "after" in query else None,
        limit=query["limit"],
    )
    shown, following = http.page(rows, query["limit"], lambda row: (row["position"],))
    counts = queries.count_deliveries(session, found.id, state=state) if "counts" in query else None
    return {"items": shown, "next": following, "counts": counts}


@webhooks.route("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay", methods=["POST"])
@webhooks.response(200, DeliveryView)
@permitted("webhooks:replay")
def replay_delivery(session: Session, actor: Actor, webhook_id: UUID, delivery_id: UUID) -> dict[str, Any]:
    """Send a dead delivery again, under the same `webhook-id`.

    The call takes no body.
    """
    found = queries.find_endpoint(session, actor, webhook_id)
    delivery = queries.find_delivery(session, found.id, delivery_id)
    if idempotency.replay(session, actor, http.Body(fields.Schema())) is None:
        actions.replay_delivery(session, actor, delivery)
        idempotency.settle(session, actor, delivery.id)
    return queries.shown(delivery, queries.event_name(session, delivery))
