"""The two grants: a token for the client itself, and a token for a practitioner the client acts for.

Authlib's server, with none of its defaults: our own tokens and lifetimes, one authentication method, form
parameters only. Only used assertions are stored.
"""

from datetime import timedelta
from typing import Any, Final

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    BaseGrant,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Payload,
    OAuth2Request,
    TokenEndpointMixin,
    UnauthorizedClientError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from flask import Request, Response
from marshmallow import EXCLUDE
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from service import clock
from service.access import limits
from service.access.actor import ROLES_WITHOUT_ENTRY, Practitioner
from service.access.permissions import SCOPES
from service.config import Config
from service.oauth.authentication import (
    METHOD,
    PrivateKeyJwt,
    RegisteredClient,
    registered_client,
    use_assertion,
)
from service.oauth.client_side import JWT_TOKEN_TYPE, PRACTITIONER_TYPE, TOKEN_EXCHANGE
from service.oauth.jwts import TokenRefused, check_assertion, read
from service.oauth.practitioners import practitioner_of, require_own
from service.oauth.schemas import TokenForm
from service.oauth.signing_keys import TOKEN_LIFE, SigningKeys
from service.oauth.tokens import issue
from service.organisations.writes.staff import enter_from_assertion

ACCESS_TOKEN_TYPE: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type, not a secret
LONGEST_PRACTITIONER_ASSERTION: Final = timedelta(minutes=2)


# The assertions are left out: the code that reads each one checks its length first.
_PARAMETERS: Final = TokenForm(exclude=("client_assertion", "subject_token"), unknown=EXCLUDE)


class _Payload(OAuth2Payload):  # type: ignore[misc] # Authlib has no types
    """The parameters of a token request, from its form only."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self._form = form

    @property
    def data(self) -> MultiDict[str, str]:
        return self._form


class TokenRequest(OAuth2Request):  # type: ignore[misc] # Authlib has no types
    """A token request, with the published address of the endpoint whatever proxies have changed."""

    client: RegisteredClient | None

    def __init__(self, request: Request, uri: str) -> None:
        super().__init__(request.method, uri, headers=request.headers)
        self._form = request.form
        self.payload = _Payload(request.form)

    @property
    def form(self) -> MultiDict[str, str]:
        return self._form


class ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc] # Authlib has no types
    """A token for the client itself."""

    TOKEN_ENDPOINT_AUTH_METHODS = [METHOD]  # noqa: RUF012 - Authlib's own declaration


class PractitionerExchange(BaseGrant, TokenEndpointMixin):  # type: ignore[misc] # Authlib has no types
    """Exchanges a client's signed assertion about a practitioner for a token in their name (RFC 8693)."""

    GRANT_TYPE = TOKEN_EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS = [METHOD]  # noqa: RUF012 - Authlib's own declaration

    request: TokenRequest
    server: "TokenServer"

    def validate_token_request(self) -> None:
        """Authenticate the client and check its assertion about the practitioner.

        Raises:
            OAuth2Error: the client may not do this, or the assertion is not acceptable.
        """
        client: RegisteredClient = self.authenticate_token_endpoint_client()
        self.request.client = client
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("This client does not act for named people.")
        self.validate_requested_scope()
        form = self.request.form
        if form.get("subject_token_type") != JWT_TOKEN_TYPE or not form.get("subject_token"):
            raise InvalidRequestError(f"Send a subject_token with the subject_token_type {JWT_TOKEN_TYPE}.")
        if form.get("requested_token_type", ACCESS_TOKEN_TYPE) != ACCESS_TOKEN_TYPE:
            raise InvalidRequestError("Only access tokens are issued here.")
        if "actor_token" in form:
            raise InvalidRequestError("The client itself is the actor: send no actor_token.")
        if any(form.get(name, self.server.issuer) != self.server.issuer for name in ("audience", "resource")):
            raise OAuth2Error("Tokens are issued for this service only.", error="invalid_target")
        try:
            self.request.user = self._practitioner(client, form["subject_token"])
        except TokenRefused as refused:
            raise InvalidGrantError(str(refused)) from refused

    def _practitioner(self, client: RegisteredClient, token: str) -> Practitioner:
        assertion = check_assertion(
            read(token, client.keys.get, types=(PRACTITIONER_TYPE,)),
            issuer=client.get_client_id(),
            audience=self.server.issuer,
            longest=LONGEST_PRACTITIONER_ASSERTION,
            now=clock.now(),
        )
        practitioner = practitioner_of({**assertion.claims, "id": assertion.subject})
        require_own(practitioner, kind=client.organisation.kind, code=client.organisation.code)
        if not use_assertion(self.server.session, assertion):
            raise TokenRefused("The assertion has been used before.")
        if practitioner.role in ROLES_WITHOUT_ENTRY:
            enter_from_assertion(self.server.session, client.organisation.id, practitioner)
        client.used_keys.add(assertion.kid)
        return practitioner

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Issue the token."""
        token: dict[str, Any] = self.generate_token(
            user=self.request.user, scope=self.request.payload.scope, include_refresh_token=False
        )
        self.save_token(token)
        return 200, token | {"issued_token_type": ACCESS_TOKEN_TYPE}, self.TOKEN_RESPONSE_HEADER


class TokenServer(AuthorizationServer):  # type: ignore[misc] # Authlib has no types
    """The authorization server, for one request and in its transaction."""

    def __init__(
        self, session: Session, settings: Config, keys: SigningKeys, certificate: str | None
    ) -> None:
        super().__init__(query_client=lambda client_id: registered_client(session, client_id))
        self.session = session
        self.issuer = settings.issuer
        self.scopes_supported = list(SCOPES)
        self.issued: TokenRequest | None = None
        """The request for which a token was issued."""
        self.refused: tuple[TokenRequest | None, str] | None = None
        """The request that was refused, and the error code."""
        self.limit_status: limits.LimitStatus | None = None
        """What is left of the client's limit on tokens."""
        self._keys, self._certificate = keys, certificate
        self._limit = limits.Limit("tokens", settings.tokens_per_minute)
        self.register_client_auth_method(METHOD, PrivateKeyJwt(session, settings.issuer))
        self.register_token_generator("default", self._generate)
        self.register_grant(ClientCredentials)
        self.register_grant(PractitionerExchange)

    def create_oauth2_request(self, request: Request) -> TokenRequest:
        if request.query_string or any(len(values) > 1 for _, values in request.form.lists()):
            raise InvalidRequestError("Send each parameter once, in the form.")
        # Empty parameters count as absent, and unknown ones are ignored (RFC 6749, section 3.2).
        given = {name: value for name, value in request.form.items() if value}
        unfit = _PARAMETERS.validate(given, partial=True)
        if unfit:
            raise InvalidRequestError(f"Not as described: {', '.join(sorted(unfit))}.")
        return TokenRequest(request, f"{self.issuer}/oauth/token")

    def get_token_grant(self, request: TokenRequest) -> Any:
        if request.payload.grant_type not in {ClientCredentials.GRANT_TYPE, TOKEN_EXCHANGE}:
            raise _UnsupportedGrantError
        return super().get_token_grant(request)

    def save_token(self, token: dict[str, Any], request: TokenRequest) -> None:  # noqa: ARG002 - Authlib's
        """Note the request; tokens themselves are not stored."""
        self.issued = request

    def handle_error_response(self, request: TokenRequest | None, error: OAuth2Error) -> Response:
        """Return an OAuth error; an unknown client gets 401 and a challenge."""
        self.refused = (request, str(error.error))
        response: Response = super().handle_error_response(request, error)
        response.headers.setdefault("Cache-Control", "no-store")
        if error.error == "invalid_client":
            response.status_code = 401
            response.headers["WWW-Authenticate"] = 'Bearer realm="referrals", error="invalid_client"'
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing: Authlib's signals have no receivers here."""

    def _generate(
        self,
        *,
        client: RegisteredClient,
        user: Practitioner | None = None,
        scope: str | None = None,
        **_: object,
    ) -> dict[str, Any]:
        allowed = client.get_allowed_scope(scope)
        if allowed is None:
            raise InvalidScopeError("This client is not registered for every scope requested.")
        if client.client.certificate_bound and self._certificate is None:
            raise InvalidRequestError("This client's tokens are bound to its certificate: connect with it.")
        self.limit_status = limits.count(self._limit, client.get_client_id())
        if self.limit_status.exceeded:
            raise OAuth2Error("Keep a token until it expires.", error="slow_down", status_code=429)
        return {
            "access_token": issue(
                self._keys,
                self.issuer,
                client_id=client.get_client_id(),
                scope=allowed,
                practitioner=user,
                client_keys=client.used_keys,
                certificate=self._certificate,
            ),
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "scope": allowed,
        }


class _UnsupportedGrantError(UnsupportedGrantTypeError):  # type: ignore[misc] # Authlib has no types
    """An unsupported grant type; the response does not repeat the value sent."""

    def __init__(self) -> None:
        super().__init__(None)
        self.description = "Send a form whose grant_type is client_credentials or token-exchange."
