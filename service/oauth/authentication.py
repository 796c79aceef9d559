"""Client authentication at the token endpoint: a JWT signed with the client's own key, accepted once.

Authlib extracts the assertion (`private_key_jwt`). All checks are ours, because the library's defaults accept
a missing `typ`, a list of audiences and a lifetime of ten years.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, OAuth2Request
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock
from service.access.identifiers import is_identifier
from service.oauth.client_side import CLIENT_TYPE, JWT_BEARER, TOKEN_EXCHANGE
from service.oauth.jwts import LEEWAY, LONGEST_TOKEN, Assertion, TokenRefused, check_assertion, read
from service.oauth.model import UsedAssertion
from service.oauth.practitioners import ROLES_OF_KIND
from service.organisations.model import Client, ClientKey, Organisation
from service.organisations.public_keys import PublicKey, import_public_key

METHOD: Final = "private_key_jwt"
LONGEST_CLIENT_ASSERTION: Final = timedelta(minutes=5)
# The revision of RFC 7523 requires the explicit type; current libraries write plain JWT. A missing type is
# refused, because it allows one kind of token to be presented as another.
CLIENT_TYPES: Final = (CLIENT_TYPE, "JWT")


@dataclass
class RegisteredClient(ClientMixin):  # type: ignore[misc] # Authlib has no types
    """A client in the form Authlib needs, with the organisation it is registered for."""

    client: Client
    organisation: Organisation
    keys: dict[str, PublicKey] = field(default_factory=dict)
    used_keys: set[str] = field(default_factory=set)
    """The keys it has used in this request."""

    def get_client_id(self) -> str:
        return self.client.id

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the scopes to grant: those requested, or all; None when one is not registered."""
        asked = set(scope.split()) if scope else set(self.client.scopes)
        return " ".join(sorted(asked)) if asked <= set(self.client.scopes) else None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == METHOD and endpoint == "token"

    def check_grant_type(self, grant_type: str) -> bool:
        """Any client may act for itself; only those that act for named people may exchange an assertion."""
        acts_for_people = self.organisation.kind in ROLES_OF_KIND
        return grant_type == "client_credentials" or (grant_type == TOKEN_EXCHANGE and acts_for_people)


def registered_client(session: Session, client_id: str) -> RegisteredClient | None:
    """Return an active client with its organisation and active keys; None when there is none."""
    if not is_identifier(client_id):
        return None
    row = session.execute(
        select(Client, Organisation)
        .join(Organisation, Organisation.id == Client.organisation_id)
        .where(Client.id == client_id, Client.status == "active")
    ).one_or_none()
    if row is None:
        return None
    keys = session.scalars(
        select(ClientKey).where(ClientKey.client_id == client_id, ClientKey.status == "active")
    )
    return RegisteredClient(row[0], row[1], {key.kid: import_public_key(key.public_jwk) for key in keys})


def use_assertion(session: Session, assertion: Assertion) -> bool:
    """Mark an assertion as used, and return whether this was its first use.

    Two requests with the same assertion conflict on the primary key: the second waits for the first, and then
    finds the assertion used.
    """
    used = session.execute(
        insert(UsedAssertion)
        .values(client_id=assertion.issuer, jti=assertion.jti, expires_at=assertion.expires_at + LEEWAY)
        .on_conflict_do_nothing()
        .returning(UsedAssertion.jti)
    )
    return used.first() is not None


class PrivateKeyJwt(JWTBearerClientAssertion):  # type: ignore[misc] # Authlib has no types
    """Client authentication by a signed assertion, with our rules in place of Authlib's."""

    CLIENT_AUTH_METHOD = METHOD

    def __init__(self, session: Session, issuer: str) -> None:
        super().__init__()
        self._session = session
        self._issuer = issuer

    def __call__(self, query_client: Any, request: OAuth2Request) -> RegisteredClient | None:
        form = request.form
        if form.get("client_assertion_type") != JWT_BEARER or not form.get("client_assertion"):
            return None
        token = form["client_assertion"]
        claimed = self._claimed_subject(token)
        client: RegisteredClient | None = query_client(claimed)
        # An unregistered client fails exactly like one with an unknown key, so that no caller learns who is
        # registered.
        keys = client.keys if client else {}
        try:
            assertion = self._check(token, claimed, keys)
        except TokenRefused as refused:
            raise InvalidClientError(str(refused)) from refused
        if form.get("client_id") not in {None, claimed}:
            raise InvalidClientError("The client_id does not match the client assertion.")
        if client is not None:
            client.used_keys.add(assertion.kid)
        return client

    def _claimed_subject(self, token: str) -> Any:
        if len(token) > LONGEST_TOKEN:
            raise InvalidClientError("The token cannot be read.")
        try:
            _, unverified = self.extract_assertion(token)
        except RecursionError as error:
            raise InvalidClientError("The token cannot be read.") from error
        return unverified.get("sub")

    def _check(self, token: str, claimed: str, keys: Mapping[str, PublicKey]) -> Assertion:
        assertion = check_assertion(
            read(token, keys.get, types=CLIENT_TYPES),
            issuer=claimed,
            audience=self._issuer,
            longest=LONGEST_CLIENT_ASSERTION,
            now=clock.now(),
        )
        if assertion.subject != assertion.issuer:
            raise TokenRefused("The subject of a client assertion must be the client itself.")
        if not use_assertion(self._session, assertion):
            raise TokenRefused("The assertion has been used before.")
        return assertion
