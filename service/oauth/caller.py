"""The caller's address and TLS certificate, as forwarded by our own proxies.

These headers are ignored from any other peer, because an impostor could send them.
"""

import base64
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from flask import current_app, request

from service.config import Config, Network
from service.oauth.jwts import TokenRefused

Address = IPv4Address | IPv6Address

_FORWARDED: Final = "X-Forwarded-For"
_MAX_HOPS: Final = 16
"""The longest chain of our own proxies; a caller can send a longer list, and each entry costs a check."""
_MAX_CERTIFICATE: Final = 32 * 1024


def address() -> str | None:
    """Return the caller's address: the nearest one outside our own proxies."""
    networks = _settings().proxy_networks
    peer = _read(request.remote_addr or "") if networks else None
    if peer is None or not _in_networks(peer, networks):
        return request.remote_addr
    for hop in reversed(request.headers.get(_FORWARDED, "").rsplit(",", _MAX_HOPS)[-_MAX_HOPS:]):
        stated = _read(hop)
        if stated is None:  # an unreadable entry, so those before it cannot be trusted either
            break
        peer = stated
        if not _in_networks(stated, networks):
            break
    return str(peer)


def neighbourhood(whose: str | None) -> str:
    """Return the network to count an address by: itself, or its /64, because one caller may use all of
    that.
    """
    found = _read(whose or "")
    return str(IPv6Network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)


def certificate() -> str | None:
    """Return the SHA-256 thumbprint (RFC 8705) of the certificate the caller presented to one of our proxies.

    Raises:
        TokenRefused: a proxy forwards a value that is not a certificate.
    """
    settings = _settings()
    given = request.headers.get(settings.certificate_header)
    peer = _read(request.remote_addr or "")
    if not given or peer is None or not _in_networks(peer, settings.proxy_networks):
        return None
    return thumbprint(given)


def thumbprint(header: str) -> str:
    """Return the thumbprint of a certificate in a header.

    Args:
        header: base64 between colons (RFC 9440), or percent-encoded PEM, as nginx and others send it.

    Raises:
        TokenRefused: it is neither.
    """
    try:
        if len(header) > _MAX_CERTIFICATE:
            raise ValueError("too long")
        if header.startswith(":"):
            if not header.endswith(":"):
                raise ValueError("not a byte sequence")
            shown = x509.load_der_x509_certificate(base64.b64decode(header[1:-1], validate=True))
        else:
            shown = x509.load_pem_x509_certificate(unquote(header).encode("ascii"))
    except (ValueError, x509.InvalidVersion) as error:
        raise TokenRefused("The certificate cannot be read.") from error
    return base64.urlsafe_b64encode(shown.fingerprint(SHA256())).rstrip(b"=").decode()


def _settings() -> Config:
    settings: Config = current_app.config["REFERRALS"]
    return settings


def _read(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):  # [2001:db8::7]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.7:443
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def _in_networks(peer: Address, networks: Iterable[Network]) -> bool:
    return any(peer in network for network in networks)
