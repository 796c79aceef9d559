"""Strict verification of signed tokens: the algorithm its key allows, the required type, no repeated claims.

It takes a token, a function that finds keys and a time, and is stricter than the library's defaults.
"""

import base64
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from service.access.identifiers import is_identifier, is_person_identifier
from service.organisations.public_keys import IssuerKey

Claims = dict[str, Any]

ALGORITHMS: Final = ("ES256", "Ed25519", "EdDSA")
LONGEST_TOKEN: Final = 8192
"""Bytes of a token; a longer one is refused unread."""
LEEWAY: Final = timedelta(seconds=60)
"""How far a client's clock may differ from ours."""

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_UNSUPPORTED_PARAMETERS: Final = frozenset({"crit", "b64", "zip", "enc", "cty"})
"""Header parameters that change how a token is processed (RFC 7515, 7516, 7797): none is supported."""


class TokenRefused(Exception):  # noqa: N818 - reads as what happened
    """A token that is not accepted; the message is fixed words that may be shown to the sender."""


class _Registry(JWSRegistry):
    """Accepts the algorithms it is created for, including `EdDSA`, the older name of Ed25519, without a
    warning.

    Other header parameters are ignored (RFC 7515, section 4), including a key that a token carries or refers
    to.
    """

    def __init__(self, *algorithms: str) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)
        self._accepted = frozenset(algorithms)

    def get_alg(self, name: str) -> Any:
        if name in self._accepted:
            return self.algorithms[name]
        return super().get_alg(name)


# The key decides which algorithms are accepted, never the token.
_EC, _OKP, _RSA = _Registry("ES256"), _Registry("Ed25519", "EdDSA"), _Registry("PS256", "RS256")


class _StrictDecoder(json.JSONDecoder):
    """Refuses repeated members and NaN."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is repeated")
    return found


def _no_constant(constant: str) -> Any:
    raise ValueError(constant)


def _registry_for(key: IssuerKey) -> _Registry:
    if isinstance(key, RSAKey):
        return _RSA
    return _EC if isinstance(key, ECKey) else _OKP


@dataclass(frozen=True)
class Signed:
    """The claims of a verified token, and the `kid` of the key that signed it."""

    claims: Claims
    kid: str


def read(token: str, key_for: Callable[[str], IssuerKey | None], *, types: Collection[str]) -> Signed:
    """Verify a token and return its claims.

    Args:
        token: a compact JWS.
        key_for: returns the public key with a `kid`, or None.
        types: the accepted values of `typ`; a token without one is refused.

    Raises:
        TokenRefused: the token is not valid.
    """
    header = _header(token)
    if header.get("typ") not in types:
        raise TokenRefused("The token has the wrong type.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not is_identifier(kid) or (key := key_for(kid)) is None:
        raise TokenRefused(
            "The token is not signed by a key known for its sender, or `kid` does not name that key."
        )
    try:
        claims = jwt.decode(token, key, registry=_registry_for(key), decoder_cls=_StrictDecoder).claims
    except (JoseError, ValueError, RecursionError) as error:
        raise TokenRefused(
            "The token is not signed by a key known for its sender, or `kid` does not name that key."
        ) from error
    return Signed(claims, kid)


def _header(token: str) -> dict[str, Any]:
    """Return the header of a token, which is not verified yet.

    Raises:
        TokenRefused: it is not a compact JWS, repeats a member, or requires unsupported processing.
    """
    shape = _COMPACT.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
    if shape is None:
        raise TokenRefused("The token cannot be read.")
    try:
        padding = "=" * (-len(shape[1]) % 4)
        header = _StrictDecoder().decode(base64.urlsafe_b64decode(shape[1] + padding).decode())
    except (ValueError, RecursionError) as error:
        raise TokenRefused("The token cannot be read.") from error
    if not isinstance(header, dict) or not _UNSUPPORTED_PARAMETERS.isdisjoint(header):
        raise TokenRefused("The token cannot be read.")
    return header


@dataclass(frozen=True)
class Assertion:
    """A checked assertion of a client."""

    issuer: str
    subject: str
    jti: str
    expires_at: datetime
    claims: Claims
    kid: str


def check_assertion(
    signed: Signed, *, issuer: str, audience: str, longest: timedelta, now: datetime
) -> Assertion:
    """Check the claims that every client assertion must have (RFC 7523, and stricter).

    Args:
        signed: the verified token, as `read` returns it.
        issuer: the client whose key verified it.
        audience: our issuer. The claim must be exactly this single string, or an assertion for another token
            endpoint could be used here.
        longest: the longest lifetime allowed.
        now: the current time.

    Raises:
        TokenRefused: a claim is missing or wrong.
    """
    claims = signed.claims
    if claims.get("iss") != issuer:
        raise TokenRefused("The issuer must be the client itself.")
    if claims.get("aud") != audience or not isinstance(claims.get("aud"), str):
        raise TokenRefused("The audience must be the issuer of this service, as a single string.")
    if not is_person_identifier(claims.get("sub")) or not is_identifier(claims.get("jti")):
        raise TokenRefused("The subject and the jti must be short identifiers.")
    issued, expires = _moment(claims, "iat"), _moment(claims, "exp")
    if "nbf" in claims and _moment(claims, "nbf") > now + LEEWAY:
        raise TokenRefused("The assertion is not valid yet.")
    if issued > now + LEEWAY:
        raise TokenRefused("The assertion is issued in the future.")
    if expires <= now - LEEWAY:
        raise TokenRefused("The assertion has expired.")
    if not timedelta(0) < expires - issued <= longest:
        raise TokenRefused(f"The assertion may live for {int(longest.total_seconds())} seconds at most.")
    return Assertion(issuer, claims["sub"], claims["jti"], expires, claims, signed.kid)


def _moment(claims: Claims, name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"The claim {name} must be a number of seconds.")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenRefused(f"The claim {name} must be a number of seconds.") from None
