"""Which addresses a webhook may go to: an allow-list of what is public, and a table of what is not. Pure.

A receiver's URL must not become a way into our own network. `ipaddress.is_global` alone will not do: it
passes 6to4, NAT64, multicast and the metadata services that clouds keep on public-looking addresses.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

REFUSED_V4: Final = {
    IPv4Network(network): why
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier; also a cloud's metadata"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's metadata"),
        ("169.254.0.0/16", "link-local; also metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments; also a cloud's metadata"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "multicast tunnelling"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, broadcast"),
    )
}
"""From the IANA registry of special-purpose addresses, and the metadata services outside it."""

PUBLIC_V6: Final = IPv6Network("2000::/3")
"""All that is allocated for public use: what carries an IPv4 address inside (mapped, NAT64) lies outside."""

REFUSED_V6: Final = {
    IPv6Network(network): why
    for network, why in (
        ("2001::/23", "protocol assignments; also Teredo"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
    )
}

PORTS: Final = frozenset({443})
"""The ports with which an endpoint can be registered: another may belong to something else on that host."""

LONGEST_URL: Final = 2000
LONGEST_NAME: Final = 253
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?")
_PATH = re.compile(r"[\x21-\x7e]*")
_LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True)
class Target:
    """An endpoint's URL, taken apart."""

    secure: bool
    host: str
    port: int
    path: str
    """With the query, as in the request line."""

    @property
    def authority(self) -> str:
        """The value of the `Host` header."""
        usual = 443 if self.secure else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def read_url(url: str, *, loopback: bool = False) -> Target:
    """Take an endpoint's URL apart.

    Args:
        url: `https`, a name and no bare address, no user, no fragment.
        loopback: for tests and the demo: plain `http` to this machine is also allowed.

    Raises:
        ValueError: it is not such a URL; the message does not quote it.
    """
    if len(url) > LONGEST_URL or not _PATH.fullmatch(url):
        raise ValueError("the URL must be at most 2,000 visible ASCII characters")
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.username is not None or parts.password is not None or "#" in url or "\\" in url:
        raise ValueError("the URL must have no user, password, fragment or backslash")
    here = loopback and host in _LOOPBACK_NAMES
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise ValueError("the URL must begin with https://")
    if not here and (len(host) > LONGEST_NAME or not _NAME.fullmatch(host)):
        raise ValueError("the URL must name a host with a full domain name, not an address")
    secure = parts.scheme == "https"
    if port == 0:
        raise ValueError("there is no port 0")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path)


def has_usual_port(target: Target, *, loopback: bool = False) -> bool:
    """Return whether an endpoint can be registered with its port.

    Args:
        loopback: for tests and the demo: a receiver on this machine may have any.
    """
    return target.port in PORTS or (loopback and target.host in _LOOPBACK_NAMES)


def may_be_called(written: str, *, loopback: bool = False) -> bool:
    """Return whether a webhook may be sent to an address.

    Args:
        written: the address, as a look-up returns it.
        loopback: for tests and the demo: this machine is also allowed.
    """
    try:
        address = ip_address(written)
    except ValueError:
        return False
    if loopback and address.is_loopback:
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in REFUSED_V4)
    return address in PUBLIC_V6 and not any(address in network for network in REFUSED_V6)
