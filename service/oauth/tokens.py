"""Access tokens: RFC 9068, ES256, five minutes. The client's registration is checked at every request."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt

from service import clock
from service.access.actor import Practitioner
from service.oauth.jwts import TokenRefused, read
from service.oauth.practitioners import practitioner_of
from service.oauth.signing_keys import ALGORITHM, TOKEN_LIFE, SigningKeys

TYPE: Final = "at+jwt"
_CACHED_TOKENS: Final = 4096
"""Tokens whose verified signature is cached."""


@dataclass(frozen=True)
class AccessToken:
    """A verified access token: the client, its scopes, and optionally a practitioner."""

    client_id: str
    scopes: frozenset[str]
    practitioner: Practitioner | None
    expires_at: float
    signed_by: str
    """The `kid` of the issuer's key."""
    client_keys: frozenset[str] = frozenset()
    """The client's keys used to get it: when one of them is denied, so is the token."""
    certificate: str | None = None
    """The thumbprint of the certificate it is bound to."""
    strength: str = "outside_issuer"


def issue(
    keys: SigningKeys,
    issuer: str,
    *,
    client_id: str,
    scope: str,
    practitioner: Practitioner | None,
    client_keys: Iterable[str],
    certificate: str | None,
) -> str:
    """Sign an access token.

    Args:
        keys: the service's signing keys.
        issuer: the service's issuer, which is also the audience.
        client_id: the client that receives the token.
        scope: the scopes, separated by spaces.
        practitioner: the subject, with the client as the acting party; the client is the subject when None.
        client_keys: the ids of the client's keys used in the request.
        certificate: the thumbprint of the client's TLS certificate, to bind the token to.
    """
    now = clock.now()
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": issuer,
        "sub": client_id,
        "client_id": client_id,
        "client_keys": sorted(client_keys),
        "scope": scope,
        "jti": str(uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIFE).timestamp()),
    }
    if practitioner is not None:
        claims["sub"] = practitioner.id
        claims["act"] = {"sub": client_id}
        claims["practitioner"] = {
            "name": practitioner.name,
            "role": practitioner.role,
            "region": practitioner.region,
            "pdu": practitioner.pdu,
        }
    if certificate is not None:
        claims["cnf"] = {"x5t#S256": certificate}
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": keys.current_kid}
    return jwt.encode(header, claims, keys.current, algorithms=[ALGORITHM])


def read_access_token(token: str, keys: SigningKeys, issuer: str) -> AccessToken:
    """Verify one of our own access tokens.

    Raises:
        TokenRefused: it is not ours, has expired, or is signed by a key that is no longer valid.
    """
    found = _verified(token, keys, issuer)
    if found.expires_at <= clock.now().timestamp():
        raise TokenRefused("The token has expired.")
    if keys.verifying(found.signed_by) is None:
        raise TokenRefused("The token is signed by a key that is no longer used.")
    return found


# A signature stays valid, so it is checked once for each set of keys; expiry and denial are checked at every
# call.
@lru_cache(maxsize=_CACHED_TOKENS)
def _verified(token: str, keys: SigningKeys, issuer: str) -> AccessToken:
    signed = read(token, keys.verifying, types=(TYPE,))
    claims = signed.claims
    if claims.get("iss") != issuer or claims.get("aud") != issuer:
        raise TokenRefused("The token was not issued here.")
    client_keys = claims.get("client_keys")
    if not isinstance(client_keys, list) or not client_keys:
        raise TokenRefused("The token does not name the client keys used to get it.")
    said = claims.get("practitioner")
    practitioner = None if said is None else practitioner_of({"id": claims["sub"], **said})
    certificate = claims.get("cnf", {}).get("x5t#S256")
    strength = ["private_key_jwt"]
    if practitioner is not None:
        strength.append("practitioner_assertion")
    if certificate is not None:
        strength.append("tls_certificate")
    return AccessToken(
        client_id=claims["client_id"],
        scopes=frozenset(claims["scope"].split()),
        practitioner=practitioner,
        expires_at=claims["exp"],
        signed_by=signed.kid,
        client_keys=frozenset(client_keys),
        certificate=certificate,
        strength="+".join(strength),
    )
