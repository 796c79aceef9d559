"""Strict reading of signed tokens: the algorithm its key allows, the type it must have, one meaning.

Pure: takes a token, a way to find keys and a moment. It refuses more than the library's defaults do.
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
"""Bytes of a token; a longer one is not looked at."""
LEEWAY: Final = timedelta(seconds=60)
"""How far the clock of a client may differ from ours."""

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CHANGES_THE_MEANING: Final = frozenset({"crit", "b64", "zip", "enc", "cty"})
"""Header parameters that change how a token is read (RFC 7515, 7516, 7797): no such reading exists here."""


class TokenRefused(Exception):  # noqa: N818 - reads as what happened
    """A token that is not accepted; the message is fixed words, fit to be shown to the sender."""


class _Registry(JWSRegistry):
    """Accepts the algorithms it is made for; `EdDSA`, the older name of Ed25519, without a warning.

    Header parameters that mean nothing to us are ignored (RFC 7515, section 4): a key that a token carries or
    points to among them.
    """

    def __init__(self, *algorithms: str) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)
        self._accepted = frozenset(algorithms)

    def get_alg(self, name: str) -> Any:
        if name in self._accepted:
            return self.algorithms[name]
        return super().get_alg(name)


# The key decides which algorithms there are, never the token.
_EC, _OKP, _RSA = _Registry("ES256"), _Registry("Ed25519", "EdDSA"), _Registry("PS256", "RS256")


class _StrictDecoder(json.JSONDecoder):
    """Refuses a member that stands twice, and NaN."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _no_constant(constant: str) -> Any:
    raise ValueError(constant)


def _registry_for(key: IssuerKey) -> _Registry:
    if isinstance(key, RSAKey):
        return _RSA
    return _EC if isinstance(key, ECKey) else _OKP


@dataclass(frozen=True)
class Signed:
    """What a token says, and the name of the key that has signed it."""

    claims: Claims
    kid: str


def read(token: str, key_for: Callable[[str], IssuerKey | None], *, types: Collection[str]) -> Signed:
    """Return what a token says whose signature holds.

    Args:
        token: a compact JWS.
        key_for: returns the public key that goes by a `kid`, None when there is none.
        types: what its `typ` may say. A token without one is refused.

    Raises:
        TokenRefused: anything at all is wrong with it.
    """
    header = _header(token)
    if header.get("typ") not in types:
        raise TokenRefused("The token is of another type than is needed here.")
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
    """Return the header of a token, which nobody has vouched for yet.

    Raises:
        TokenRefused: it is not a compact JWS, says something twice, or asks to be read in another way.
    """
    shape = _COMPACT.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
    if shape is None:
        raise TokenRefused("The token cannot be read.")
    try:
        padding = "=" * (-len(shape[1]) % 4)
        header = _StrictDecoder().decode(base64.urlsafe_b64decode(shape[1] + padding).decode())
    except (ValueError, RecursionError) as error:
        raise TokenRefused("The token cannot be read.") from error
    if not isinstance(header, dict) or not _CHANGES_THE_MEANING.isdisjoint(header):
        raise TokenRefused("The token cannot be read.")
    return header


@dataclass(frozen=True)
class Assertion:
    """What a client has signed, checked: who says it, about whom, until when."""

    issuer: str
    subject: str
    jti: str
    expires_at: datetime
    claims: Claims
    kid: str


def check_assertion(
    signed: Signed, *, issuer: str, audience: str, longest: timedelta, now: datetime
) -> Assertion:
    """Check what every assertion of a client must say (RFC 7523, and stricter).

    Args:
        signed: as `read` returns it.
        issuer: the client whose key has verified it.
        audience: our issuer; the claim must be exactly this, as a single string, or an assertion made for
            somebody else's token endpoint could be used here.
        longest: the longest life it may have.
        now: the present moment.

    Raises:
        TokenRefused: it does not say so.
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
