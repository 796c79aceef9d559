"""Access tokens: RFC 9068, ES256, five minutes. The client's registration is looked up at every request."""

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
_REMEMBERED: Final = 4096
"""Tokens whose signature need not be checked again at every call."""


@dataclass(frozen=True)
class AccessToken:
    """What a bearer has shown: a client, what it asked to be allowed, and perhaps a practitioner."""

    client_id: str
    scopes: frozenset[str]
    practitioner: Practitioner | None
    expires_at: float
    signed_by: str
    """The `kid` of the issuer's key."""
    client_keys: frozenset[str] = frozenset()
    """The keys with which the client got it: when one of them is denied, the token is too."""
    certificate: str | None = None
    """The thumbprint of the only certificate with which it may be used."""
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
        keys: ours.
        issuer: ourselves; the audience too, for this service is the only resource.
        client_id: to whom.
        scope: the scopes, with spaces between.
        practitioner: the subject, with the client as the party that acts; the client itself when None.
        client_keys: the names of the client's keys that were used to ask for it.
        certificate: the thumbprint of the client's TLS certificate, to bind the token to it.
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
    """Return what an access token says, if it is ours, for us, not expired and signed by a key that counts.

    Raises:
        TokenRefused: it is not.
    """
    found = _verified(token, keys, issuer)
    if found.expires_at <= clock.now().timestamp():
        raise TokenRefused("The token has expired.")
    if keys.verifying(found.signed_by) is None:
        raise TokenRefused("The token is signed by a key that is no longer used.")
    return found


# What a signature says does not change, so it is checked once for each set of keys; whether the token has
# expired or been denied does, and is asked at every call.
@lru_cache(maxsize=_REMEMBERED)
def _verified(token: str, keys: SigningKeys, issuer: str) -> AccessToken:
    signed = read(token, keys.verifying, types=(TYPE,))
    claims = signed.claims
    if claims.get("iss") != issuer or claims.get("aud") != issuer:
        raise TokenRefused("The token was not issued here.")
    client_keys = claims.get("client_keys")
    if not isinstance(client_keys, list) or not client_keys:
        raise TokenRefused("The token does not say with which keys it was got.")
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
