"""/v1/registration/webhooks: where the feed of an organisation is sent, and the keys that sign it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, current_app
from sqlalchemy.orm import Session

from service import clock, fields, http
from service.access.actor import Actor
from service.config import Config
from service.events.webhooks import registration
from service.events.webhooks.model import WebhookEndpoint
from service.guard import idempotency
from service.guard.permitted import permitted
from service.organisations.writes.organisations import require_not_ended
from service.registration import queries, views
from service.registration.actions import removal
from service.registration.actions.organisations import lock
from service.registration.api.answers import as_problems, find_named
from service.registration.schemas.webhooks import (
    EndpointList,
    EndpointQuery,
    EndpointRegistration,
    EndpointTransition,
    EndpointView,
    RegisteredEndpointView,
)

webhooks = http.Blueprint("registered_webhooks", __name__, url_prefix="/v1/registration/webhooks")


@webhooks.route("")
@webhooks.arguments(EndpointQuery, location="query")
@webhooks.response(200, EndpointList)
@permitted("registrations:read", role="registrar")
def list_endpoints(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the webhook endpoints of every organisation, the oldest first unless you ask for the newest."""
    limit = query["limit"]
    whose = find_named(session, query["organisation"]).id if "organisation" in query else None
    removed = "removed" in query
    found = queries.endpoints(
        session,
        organisation_id=whose,
        removed=removed,
        newest=query["order"] == "newest",
        after=http.place_in_list(query),
        limit=limit,
    )
    rows, following = http.page(found, limit, lambda row: (fields.moment_text(row.created_at), str(row.id)))
    views.record_read(session, actor, "webhook")
    counts = (
        queries.count_endpoints(session, organisation_id=whose, removed=removed)
        if "counts" in query
        else None
    )
    items = views.endpoints(session, rows, clock.now())
    return {"items": items, "next": following, "counts": counts}


@webhooks.route("", methods=["POST"])
@webhooks.arguments(EndpointRegistration)
@webhooks.response(201, RegisteredEndpointView, headers=http.TAGGED_AND_CREATED)
@permitted("registrations:change", role="registrar")
def register_endpoint(session: Session, actor: Actor, body: http.Body) -> http.View | Response:
    """Register a webhook endpoint of an organisation; it is sent events once it has answered a challenge.

    One that is registered already gets new keys, is verified again, and continues from its position. The
    response has the keys that its receiver needs, once.
    """
    first = idempotency.replay(session, actor, body)
    made: list[str] = []
    if first is None:
        lock(session)
        given = body.load()
        whose = find_named(session, given["organisation"])
        settings: Config = current_app.config["REFERRALS"]
        with as_problems():
            require_not_ended(whose)
            registered = registration.register(
                session,
                actor,
                whose.id,
                given["url"],
                schemes=given.get("schemes"),
                loopback=settings.webhooks_to_loopback,
            )
        first, made = registered.endpoint_id, registered.for_receiver
        idempotency.settle(session, actor, first)
    shown = _shown(session, _find(session, first))
    return http.respond(
        {**shown, "receiver_keys": made}, status=201, tag=views.tag(shown), location=shown["href"]
    )


@webhooks.route("/<uuid:endpoint_id>")
@webhooks.response(200, EndpointView, headers=http.TAGGED)
@permitted("registrations:read", role="registrar")
def read_endpoint(session: Session, actor: Actor, endpoint_id: UUID) -> http.View | Response:
    """Return a webhook endpoint. Its ETag is the `If-Match` of calls that change it."""
    shown = _shown(session, _find(session, endpoint_id))
    views.record_read(session, actor, "webhook", endpoint_id)
    return http.respond(shown, tag=views.tag(shown))


@webhooks.route("/<uuid:endpoint_id>/transitions", methods=["POST"])
@webhooks.arguments(EndpointTransition)
@webhooks.response(200, RegisteredEndpointView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def move_endpoint(session: Session, actor: Actor, body: http.Body, endpoint_id: UUID) -> http.View | Response:
    """Give an endpoint new keys, or send it nothing more.

    The response to `rotate` has the keys that its receiver needs, once.
    """
    lock(session)
    found, now = _find(session, endpoint_id), clock.now()
    keys = queries.signing_keys_of(session, [endpoint_id], now)[endpoint_id]
    whose = queries.names_of(session, [found.organisation_id])[found.organisation_id]
    shown, made = views.endpoint(found, keys, whose), list[str]()
    if not idempotency.is_repeat(session, actor, body):
        http.require_match(views.tag(shown))
        given = body.load()
        with as_problems():
            if given["action"] == "rotate":
                hours = given.get("overlap_hours")
                overlap = registration.OVERLAP if hours is None else timedelta(hours=hours)
                made = registration.rotate(session, actor, endpoint_id, overlap=overlap).for_receiver
            else:
                registration.disable(session, actor, endpoint_id)
        idempotency.settle_change(session, actor, endpoint_id)
        keys = queries.signing_keys_of(session, [endpoint_id], now)[endpoint_id] if made else keys
        shown = views.endpoint(found, keys, whose)
    return http.respond({**shown, "receiver_keys": made}, tag=views.tag(shown))


@webhooks.route("/<uuid:endpoint_id>", methods=["DELETE"])
@webhooks.response(200, EndpointView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def remove_endpoint(session: Session, actor: Actor, endpoint_id: UUID) -> http.View | Response:
    """Remove an endpoint: it is sent nothing more, and listed only when asked for. The call takes no body."""
    lock(session)
    found, now = _find(session, endpoint_id), clock.now()
    keys = queries.signing_keys_of(session, [endpoint_id], now)[endpoint_id]
    whose = queries.names_of(session, [found.organisation_id])[found.organisation_id]
    if not idempotency.is_repeat(session, actor, http.Body(fields.Schema())):
        http.require_match(views.tag(views.endpoint(found, keys, whose)))
        with as_problems():
            removal.remove_endpoint(session, actor, endpoint_id)
        idempotency.settle_change(session, actor, endpoint_id)
    shown = views.endpoint(found, keys, whose)
    return http.respond(shown, tag=views.tag(shown))


def _find(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    with as_problems():
        return queries.find_endpoint(session, endpoint_id)


def _shown(session: Session, found: WebhookEndpoint) -> dict[str, Any]:
    return views.endpoints(session, [found], clock.now())[0]
