"""Access tokens: RFC 9068, ES256, five minutes. The client's registration is looked up at every request."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt

from service import clock
from service.access.actor import Practitioner
from service.access.jwts import Claims, TokenRefused, read
from service.access.signing_keys import ALGORITHM, SigningKeys

TYPE: Final = "at+jwt"
LIFE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class AccessToken:
    """What a bearer has shown: a client, what it asked to be allowed, and perhaps a practitioner."""

    client_id: str
    scopes: frozenset[str]
    practitioner: Practitioner | None


def issue(
    keys: SigningKeys, issuer: str, *, client_id: str, scope: str, practitioner: Practitioner | None
) -> str:
    """Sign an access token.

    Args:
        keys: ours.
        issuer: ourselves; the audience too, for this service is the only resource.
        client_id: to whom.
        scope: the scopes, with spaces between.
        practitioner: the subject, with the client as the party that acts; the client itself when None.
    """
    now = clock.now()
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": issuer,
        "sub": client_id,
        "client_id": client_id,
        "scope": scope,
        "jti": str(uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
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
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": keys.current_kid}
    return jwt.encode(header, claims, keys.current, algorithms=[ALGORITHM])


def read_access_token(token: str, keys: SigningKeys, issuer: str) -> AccessToken:
    """Return what an access token says, if it is ours, for us and not expired.

    Raises:
        TokenRefused: it is not.
    """
    claims = read(token, keys.verifying, types=(TYPE,))
    if claims.get("iss") != issuer or claims.get("aud") != issuer:
        raise TokenRefused("The token was not issued here.")
    if claims["exp"] <= clock.now().timestamp():
        raise TokenRefused("The token has expired.")
    return AccessToken(claims["client_id"], frozenset(claims["scope"].split()), _practitioner(claims))


def _practitioner(claims: Claims) -> Practitioner | None:
    said = claims.get("practitioner")
    return None if said is None else Practitioner(id=claims["sub"], **said)
