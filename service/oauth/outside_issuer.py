"""Access tokens of an outside issuer, an OpenID provider, accepted in place of our own.

The issuer authenticates the caller. What the client may do, and for which organisation, is still registered
here.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from service import clock
from service.access.identifiers import is_identifier
from service.config import OutsideIssuer
from service.oauth.jwts import LEEWAY, Claims, TokenRefused, read
from service.oauth.practitioners import practitioner_of
from service.oauth.tokens import AccessToken
from service.organisations.public_keys import IssuerKey

LONGEST_LIFE: Final = timedelta(hours=2)
"""A longer-lived token is refused: the client's registration is checked at every call, but not the
person's.
"""
_LAST_SECOND: Final = 2**53


def read_outside_token(
    token: str, provider: OutsideIssuer, key_for: Callable[[str], IssuerKey | None]
) -> AccessToken:
    """Verify an access token of an outside issuer.

    Args:
        token: the token, as sent.
        provider: the trusted issuer, and the names of its claims.
        key_for: finds a key of the issuer.

    Raises:
        TokenRefused: the token is not valid for this service now.
    """
    signed = read(token, key_for, types=provider.types)
    claims = signed.claims
    if claims.get("iss") != provider.issuer:
        raise TokenRefused("The token is from another issuer.")
    audience = claims.get("aud")
    # A provider may list several; one of them must be this service.
    if provider.audience not in (audience if isinstance(audience, list) else [audience]):
        raise TokenRefused("The token is for another service.")
    expires_at = _require_current(claims)
    client_id = claims.get(provider.client_claim)
    if not is_identifier(client_id):
        raise TokenRefused("The token does not name its client.")
    named = {name: claims.get(claim) for name, claim in provider.practitioner_claims.items()}
    return AccessToken(
        client_id=str(client_id),
        scopes=_scopes(claims.get(provider.scope_claim)),
        practitioner=None if named["role"] is None else practitioner_of(named),
        expires_at=expires_at,
        signed_by=signed.kid,
        certificate=_bound_to(claims),
    )


def _bound_to(claims: Claims) -> str | None:
    """Return the thumbprint of the certificate that a token is bound to; None when it is not bound."""
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    thumbprint = confirmation.get("x5t#S256") if isinstance(confirmation, dict) else None
    if not isinstance(thumbprint, str):
        raise TokenRefused("The token is bound to something other than a certificate.")
    return thumbprint


def _require_current(claims: Claims) -> float:
    now, leeway = clock.now().timestamp(), LEEWAY.total_seconds()
    issued, expires = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    if expires <= now - leeway:
        raise TokenRefused("The token has expired.")
    if issued > now + leeway or ("nbf" in claims and _seconds(claims["nbf"]) > now + leeway):
        raise TokenRefused("The token is not valid yet.")
    if not 0 < expires - issued <= LONGEST_LIFE.total_seconds():
        raise TokenRefused("The token lives too long.")
    return expires


def _seconds(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # A number this large is not a time, and would break the arithmetic.
    if not number or not abs(value) < _LAST_SECOND:
        raise TokenRefused("The token does not state when it is valid.")
    return float(value)


def _scopes(value: Any) -> frozenset[str]:
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise TokenRefused("The token has no valid scopes.")
    return frozenset(words)
