"""Reads public keys of clients and of an outside issuer, and refuses kinds that are not accepted. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from service.errors import Refused

PublicKey = ECKey | OKPKey
IssuerKey = PublicKey | RSAKey
"""A key of another issuer: most of them still use RSA."""
_SHORTEST_RSA: Final = 2048


def import_public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """Read a public key of one of the two accepted kinds.

    Args:
        jwk: a JWK (RFC 7517): kty EC with crv P-256, or kty OKP with crv Ed25519.

    Raises:
        ValueError: it is another kind of key, a private key, or not a key.
    """
    if any(private in jwk for private in ("d", "k", "p", "q")):
        raise ValueError("this is a private key: register its public half")
    kind = (jwk.get("kty"), jwk.get("crv"))
    shape: dict[str, Any] = dict(jwk)
    try:
        if kind == ("EC", "P-256"):
            ec = ECKey.import_key(shape)
            ec.get_op_key("verify")
            return ec
        if kind == ("OKP", "Ed25519"):
            okp = OKPKey.import_key(shape)
            okp.get_op_key("verify")
            return okp
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("the key cannot be read") from error
    raise ValueError("a key must be EC P-256 (ES256) or OKP Ed25519 (EdDSA)")


def jwk_of_pem(text: bytes) -> dict[str, Any]:
    """Return the public key in a PEM file as a JWK (RFC 7468, SubjectPublicKeyInfo).

    Raises:
        Refused: the file holds a private key, another kind of key, or no key.
    """
    if b"PRIVATE KEY-----" in text:
        raise Refused(
            "this is a private key: register its public half, and a new key if you sent this one", "key"
        )
    try:
        key = load_pem_public_key(text)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused("this is not a public key in PEM (-----BEGIN PUBLIC KEY-----)", "key") from None
    if isinstance(key, EllipticCurvePublicKey):
        return ECKey.import_key(text).as_dict(private=False)
    if isinstance(key, Ed25519PublicKey):
        return OKPKey.import_key(text).as_dict(private=False)
    raise Refused("a key must be EC P-256 (ES256) or Ed25519 (EdDSA)", "key")


def import_issuer_key(jwk: Mapping[str, Any]) -> IssuerKey:
    """Read a public key of an outside issuer: as `import_public_key`, or RSA of at least 2048 bits.

    Raises:
        ValueError: it is another kind of key, too short, a private key, or not a key.
    """
    if jwk.get("kty") != "RSA":
        return import_public_key(jwk)
    if "d" in jwk:
        raise ValueError("this is a private key: it must never be published")
    try:
        key = RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("the key cannot be read") from error
    if key.get_op_key("verify").key_size < _SHORTEST_RSA:
        raise ValueError(f"an RSA key must have at least {_SHORTEST_RSA} bits")
    return key
