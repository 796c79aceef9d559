"""The token endpoint, and where clients learn about it. Open to anybody: this is where callers come from."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.access.assertions import TOKEN_EXCHANGE
from service.access.authentication import METHOD
from service.access.grants import TokenRequest, TokenServer
from service.access.guard import unknown_caller
from service.access.jwts import ALGORITHMS
from service.access.permissions import SCOPES
from service.access.schemas import JwksView, ServerMetadataView, TokenErrorView, TokenForm, TokenView
from service.access.signing_keys import load
from service.access.witness import the_witness
from service.config import Config
from service.http import Blueprint, Body

oauth = Blueprint("oauth", __name__, description="Tokens: OAuth 2.0 with signed client assertions")
blueprints = (oauth,)


def _settings() -> Config:
    settings: Config = current_app.config["REFERRALS"]
    return settings


@oauth.route("/oauth/token", methods=["POST"])
@oauth.arguments(TokenForm, location="form")
@oauth.response(200, TokenView)
@oauth.alt_response(400, schema=TokenErrorView, success=False)
@oauth.alt_response(401, schema=TokenErrorView, success=False)
def issue_token(_form: Body) -> Response:
    """Issue an access token to a client, for itself or for a practitioner it vouches for."""
    settings = _settings()
    with db.transaction("api") as session:
        server = TokenServer(session, settings, load(settings.signing_keys))
        try:
            response: Response = server.create_token_response(request)
        except OAuth2Error as error:
            response = server.handle_error_response(None, error)
        if server.issued is not None:
            _note_sign_in(session, server.issued)
    if server.refused is not None:
        _note_refusal(*server.refused)
    return response


def _note_sign_in(session: Session, issued: TokenRequest) -> None:
    actor = _actor(issued)
    the_witness().record(session, actor, "sign_in", object_kind="client", object_id=actor.client_id)


def _note_refusal(token_request: TokenRequest | None, error: str) -> None:
    actor = _actor(token_request)
    the_witness().denied(actor, object_kind="token", object_id=actor.client_id, reason=error)


def _actor(token_request: TokenRequest | None) -> Actor:
    """Return the client that has shown who it is, with the practitioner it has vouched for."""
    if token_request is None or token_request.client is None:
        return unknown_caller()
    registered = token_request.client
    return Actor(
        client_id=registered.client.id,
        organisation_id=registered.organisation.id,
        organisation_kind=registered.organisation.kind,
        practitioner=token_request.user,
        scopes=frozenset(registered.client.scopes),
        request_id=g.request_id,
        address=request.remote_addr,
        strength=METHOD,
    )


@oauth.route("/.well-known/oauth-authorization-server")
@oauth.response(200, ServerMetadataView)
def describe_authorization_server() -> dict[str, Any]:
    """Say where and how a client gets a token (RFC 8414)."""
    issuer = _settings().issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": list(SCOPES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials", TOKEN_EXCHANGE],
        "token_endpoint_auth_methods_supported": [METHOD],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
    }


@oauth.route("/.well-known/jwks.json")
@oauth.response(200, JwksView)
def list_signing_keys() -> dict[str, Any]:
    """List the public keys that verify our tokens."""
    return load(_settings().signing_keys).public_jwks()
