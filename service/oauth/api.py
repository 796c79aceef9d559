"""The token endpoint, its metadata and keys. These routes need no token.

It also adds the rate limit headers to every response, and returns errors of the token endpoint in OAuth's own
format.
"""

from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from flask import Response, current_app, g, json, request
from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.access.audit_hooks import registered_hooks
from service.access.limits import LimitStatus
from service.access.permissions import SCOPES
from service.config import Config
from service.http import Blueprint, Body, View
from service.http.problems import bad_request, not_found
from service.oauth import caller
from service.oauth.authentication import METHOD
from service.oauth.client_side import TOKEN_EXCHANGE
from service.oauth.failures import count_failure, unknown_caller
from service.oauth.grants import TokenRequest, TokenServer
from service.oauth.jwts import ALGORITHMS, TokenRefused
from service.oauth.schemas import JwksView, ServerMetadataView, TokenErrorView, TokenForm, TokenView
from service.oauth.signing_keys import OVERLAP, load

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
LARGEST_FORM: Final = 32 * 1024
"""Bytes of a token request: two assertions of the largest size, and the other parameters."""
_OAUTH_CODES: Final = {429: "slow_down", 500: "server_error", 503: "temporarily_unavailable"}
"""The OAuth error codes of other statuses; any other status means an invalid request."""

oauth = Blueprint("oauth", __name__, description="Access tokens: OAuth 2.0 with signed client assertions.")
blueprints = (oauth,)


def _settings() -> Config:
    settings: Config = current_app.config["REFERRALS"]
    return settings


@oauth.route(TOKEN_PATH, methods=["POST"])
@oauth.arguments(TokenForm, location="form")
@oauth.response(200, TokenView)
@oauth.alt_response(400, schema=TokenErrorView, success=False)
@oauth.alt_response(401, schema=TokenErrorView, success=False)
@oauth.alt_response(413, schema=TokenErrorView, success=False)
@oauth.alt_response(429, schema=TokenErrorView, success=False)
@oauth.alt_response(500, schema=TokenErrorView, success=False)
@oauth.alt_response(503, schema=TokenErrorView, success=False)
def issue_token(form: Body) -> Response:
    """Issue an access token to a client, for itself or for a practitioner.

    A client authenticates with a signed assertion (`private_key_jwt`). To act for a practitioner, a
    probation case system exchanges a practitioner assertion. If tokens come from another issuer, the
    response is a 400 that names it.
    """
    request.max_content_length = LARGEST_FORM
    settings = _settings()
    if settings.outside_issuer is not None:
        raise bad_request("tokens-elsewhere", f"Ask {settings.outside_issuer.issuer} for a token")
    try:
        certificate = caller.certificate()
    except TokenRefused as refused:
        raise bad_request("bad-certificate", str(refused)) from refused
    form.receive()
    with db.transaction("api") as session:
        server = TokenServer(session, settings, load(settings.signing_keys), certificate)
        try:
            response: Response = server.create_token_response(request)
        except OAuth2Error as error:
            response = server.handle_error_response(None, error)
        if server.issued is not None:
            _record_sign_in(session, server.issued)
    g.limit_status = server.limit_status
    if server.refused is not None:
        _record_refusal(*server.refused)
    return response


def _record_sign_in(session: Session, issued: TokenRequest) -> None:
    actor = _actor(issued)
    registered_hooks().record(session, actor, "sign_in", object_kind="client", object_id=actor.client_id)


def _record_refusal(token_request: TokenRequest | None, error: str) -> None:
    if error == "slow_down":  # repeated requests would fill the trail
        return
    actor = _actor(token_request)
    if error == "invalid_client":
        count_failure()
    registered_hooks().denied(actor, object_kind="token", object_id=actor.client_id, reason=error)


def _actor(token_request: TokenRequest | None) -> Actor:
    """Return the authenticated client, with the practitioner it acts for."""
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
        address=caller.address(),
        strength=METHOD,
    )


@oauth.route("/.well-known/oauth-authorization-server")
@oauth.response(200, ServerMetadataView)
def describe_authorization_server() -> dict[str, Any]:
    """Return where and how a client gets a token (RFC 8414).

    The response is a 404 if tokens come from another issuer: ask that issuer.
    """
    settings = _settings_of_issuer()
    issuer = settings.issuer
    return {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN_PATH,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": list(SCOPES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials", TOKEN_EXCHANGE],
        "token_endpoint_auth_methods_supported": [METHOD],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": bool(settings.proxy_networks),
    }


@oauth.route("/.well-known/jwks.json")
@oauth.response(200, JwksView)
def list_signing_keys() -> View:
    """List the public keys that verify our tokens.

    The list holds the current key, the next key, and earlier keys that may still verify a token. The
    response is a 404 if tokens come from another issuer, which has its own keys.
    """
    keys = load(_settings_of_issuer().signing_keys).public_jwks()
    return keys, 200, {"Cache-Control": f"public, max-age={int(OVERLAP.total_seconds()) // 2}"}


def _settings_of_issuer() -> Config:
    settings = _settings()
    if settings.outside_issuer is not None:
        raise not_found()
    return settings


def _add_limit_headers(response: Response) -> Response:
    """Add the rate limit headers to the response of a call that was counted."""
    limit_status: LimitStatus | None = g.get("limit_status")
    if limit_status is not None:
        response.headers.extend(limit_status.headers())
        if limit_status.exceeded:
            response.headers["Retry-After"] = str(limit_status.resets_in)
    return response


def _convert_to_oauth_error(response: Response) -> Response:
    """Convert an error of the token endpoint to the format of RFC 6749, with its status and headers."""
    if request.path == TOKEN_PATH and response.mimetype == "application/problem+json":
        problem = response.get_json()
        code = _OAUTH_CODES.get(response.status_code, "invalid_request")
        words = problem.get("detail") or problem["title"]
        response.set_data(json.dumps({"error": code, "error_description": words}))
        response.mimetype = "application/json"
    return response


oauth.after_app_request(_add_limit_headers)
oauth.after_app_request(_convert_to_oauth_error)
