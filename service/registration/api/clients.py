"""/v1/registration/clients: the systems that call, and their keys."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service import fields, http
from service.access.actor import Actor
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http.problems import not_found
from service.organisations.model import Client, ClientKey
from service.organisations.public_keys import jwk_of_pem
from service.registration import queries, views
from service.registration.actions import clients as actions
from service.registration.actions import removal
from service.registration.actions.organisations import lock
from service.registration.api.answers import as_problems, find_named
from service.registration.schemas.clients import (
    ClientList,
    ClientQuery,
    ClientRegistration,
    ClientTransition,
    ClientView,
    KeyRegistration,
)

clients = http.Blueprint("registered_clients", __name__, url_prefix="/v1/registration/clients")
_CREATED = 201


@clients.route("")
@clients.arguments(ClientQuery, location="query")
@clients.response(200, ClientList)
@permitted("registrations:read", role="registrar")
def list_clients(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the registered clients with their keys."""
    limit = query["limit"]
    whose = find_named(session, query["organisation"]) if "organisation" in query else None
    found = queries.clients(
        session,
        organisation_id=None if whose is None else whose.id,
        removed="removed" in query,
        after=http.decode_cursor(query["after"], str)[0] if "after" in query else None,
        limit=limit + 1,
    )
    rows, following = http.page(found, limit, lambda row: (row.id,))
    views.record_read(session, actor, "client")
    return {"items": views.clients(session, rows), "next": following}


@clients.route("/<client_id>")
@clients.response(200, ClientView, headers=http.TAGGED)
@permitted("registrations:read", role="registrar")
def read_client(session: Session, actor: Actor, client_id: str) -> http.View | Response:
    """Return a registered client. Its ETag is the `If-Match` of calls that change it."""
    shown = _shown(session, _find(session, client_id))
    views.record_read(session, actor, "client", client_id)
    return http.respond(shown, tag=views.tag(shown))


@clients.route("/<client_id>", methods=["PUT"])
@clients.arguments(ClientRegistration)
@clients.response(200, ClientView, headers=http.TAGGED)
@clients.alt_response(201, schema=ClientView, headers=http.TAGGED_AND_CREATED)
@permitted("registrations:change", role="registrar")
def register_client(session: Session, actor: Actor, body: http.Body, client_id: str) -> http.View | Response:
    """Register a client of an organisation, or change the given settings of the registered one.

    A client never changes its organisation. Send no `If-Match` the first time.
    """
    lock(session)
    found = session.get(Client, client_id)
    is_new = found is None
    keys = [] if found is None else _keys(session, client_id)
    named = "" if found is None else _whose(session, found)
    if not idempotency.is_repeat(session, actor, body):
        http.require_match_unless_new(None if found is None else views.tag(views.client(found, keys, named)))
        given = body.load()
        named = given.pop("organisation")
        whose = find_named(session, named)
        with as_problems():
            key = _jwk(given.pop("key")) if "key" in given else None
            found, kid = actions.register(
                session, actor, found, client_id=client_id, whose=whose, public_jwk=key, **given
            )
        idempotency.settle_change(session, actor, whose.id)
        keys = keys if kid is None else _keys(session, client_id)
    if found is None:
        raise not_found()
    shown = views.client(found, keys, named)
    status = _CREATED if is_new else 200
    return http.respond(
        shown, status=status, tag=views.tag(shown), location=shown["href"] if is_new else None
    )


@clients.route("/<client_id>/keys", methods=["POST"])
@clients.arguments(KeyRegistration)
@clients.response(200, ClientView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def add_key(session: Session, actor: Actor, body: http.Body, client_id: str) -> http.View | Response:
    """Add a public key to a client, which may then use it beside those it has.

    Its `kid` is the one in the JWK, otherwise its thumbprint (RFC 7638). A key that was retired or denied
    cannot be added again, to any client.
    """
    lock(session)
    found = _find(session, client_id)
    keys, whose = _keys(session, client_id), _whose(session, found)
    if not idempotency.is_repeat(session, actor, body):
        http.require_match(views.tag(views.client(found, keys, whose)))
        given = body.load()
        with as_problems():
            actions.add_key(session, actor, client_id, _jwk(given["key"]))
        idempotency.settle_change(session, actor, found.organisation_id)
        keys = _keys(session, client_id)
    shown = views.client(found, keys, whose)
    return http.respond(shown, tag=views.tag(shown))


@clients.route("/<client_id>/transitions", methods=["POST"])
@clients.arguments(ClientTransition)
@clients.response(200, ClientView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def move_client(session: Session, actor: Actor, body: http.Body, client_id: str) -> http.View | Response:
    """Deny a client or one of its keys, retire a key, or let a denied client call again."""
    lock(session)
    found = _find(session, client_id)
    keys, whose = _keys(session, client_id), _whose(session, found)
    if not idempotency.is_repeat(session, actor, body):
        http.require_match(views.tag(views.client(found, keys, whose)))
        given = body.load()
        with as_problems():
            actions.move(session, actor, client_id, given)
        idempotency.settle_change(session, actor, found.organisation_id)
    shown = views.client(found, keys, whose)
    return http.respond(shown, tag=views.tag(shown))


@clients.route("/<client_id>", methods=["DELETE"])
@clients.response(200, ClientView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def remove_client(session: Session, actor: Actor, client_id: str) -> http.View | Response:
    """Remove a client for good: every call of it is refused, and it is listed only when asked for.

    The call takes no body.
    """
    lock(session)
    found = _find(session, client_id)
    keys, whose = _keys(session, client_id), _whose(session, found)
    if not idempotency.is_repeat(session, actor, http.Body(fields.Schema())):
        http.require_match(views.tag(views.client(found, keys, whose)))
        with as_problems():
            removal.remove_client(session, actor, client_id)
        idempotency.settle_change(session, actor, found.organisation_id)
    shown = views.client(found, keys, whose)
    return http.respond(shown, tag=views.tag(shown))


def _jwk(form: dict[str, Any]) -> dict[str, Any]:
    return jwk_of_pem(form["pem"].encode()) if "pem" in form else dict(form["jwk"])


def _find(session: Session, client_id: str) -> Client:
    with as_problems():
        return queries.find_client(session, client_id)


def _keys(session: Session, client_id: str) -> list[ClientKey]:
    return queries.keys_of(session, [client_id])[client_id]


def _whose(session: Session, found: Client) -> str:
    return queries.names_of(session, [found.organisation_id])[found.organisation_id]


def _shown(session: Session, found: Client) -> dict[str, Any]:
    return views.clients(session, [found])[0]
