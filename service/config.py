"""The settings of a process, read once from the environment. No default is a secret."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final

Network = IPv4Network | IPv6Network

PRACTITIONER_CLAIMS: Final[Mapping[str, str]] = {
    "id": "sub",
    "name": "name",
    "role": "role",
    "region": "region",
    "pdu": "pdu",
}
"""The claims in which an outside issuer describes a practitioner, by default."""


class SettingInvalid(ValueError):  # noqa: N818 - it says what is the matter
    """A setting is not valid; the message names it, in one line."""


@dataclass(frozen=True)
class OutsideIssuer:
    """An OpenID provider whose access tokens are accepted in place of our own."""

    issuer: str
    """The required value of `iss`."""
    audience: str
    """The value of `aud` that stands for this service."""
    jwks: str
    """The location of its keys: a file path, or an https URL."""
    types: tuple[str, ...] = ("at+jwt",)
    """The accepted values of `typ`."""
    client_claim: str = "client_id"
    """The claim that holds the id of the client as registered here."""
    scope_claim: str = "scope"
    """The claim that holds the scopes: a list, or a string separated by spaces."""
    practitioner_claims: Mapping[str, str] = field(default_factory=lambda: PRACTITIONER_CLAIMS)
    """The claims about a practitioner; a token without the claim for `role` names no practitioner."""


@dataclass(frozen=True)
class Config:
    """The settings of one process."""

    var: Path
    """The directory of the embedded PostgreSQL, generated keys and the demo's files."""
    issuer: str
    """Our OAuth issuer: the only audience a client assertion may name. Also the base of absolute links."""
    signing_keys: Path
    """A private JWK set: the keys that sign access tokens (`referrals keys`)."""
    clock_file: Path | None
    """For the demo and tests only: a file that holds the time."""
    release: str
    """The release of the software, recorded in every audit entry."""
    feed_days: int = 400
    """Days for which feed entries are kept. A reader with an older cursor must start again."""
    webhooks_to_loopback: bool = False
    """For the demo and tests only: webhooks may be sent to this machine, over plain HTTP."""
    max_body: int = 1024 * 1024
    """Bytes of a request body; beyond it 413."""
    outside_issuer: OutsideIssuer | None = None
    """The issuer of access tokens, if it is not this service."""
    proxy_networks: tuple[Network, ...] = ()
    """The networks of our own proxies, the only peers whose headers about the caller's address and
    certificate are trusted."""
    certificate_header: str = "Client-Cert"
    """The header in which a proxy forwards the caller's TLS certificate."""
    requests_per_minute: int = 6000
    """The rate limit of a client, unless its registration sets another."""
    tokens_per_minute: int = 1200
    """The number of tokens a client may request."""
    failures_per_minute: int = 300
    """The number of failed authentications from one address."""


def load() -> Config:
    """Read the settings of this process from its environment.

    Raises:
        SettingInvalid: a setting is not valid, so the process must not start.
    """
    var = Path(os.environ.get("REFERRALS_VAR", "var")).resolve()
    clock_file = os.environ.get("REFERRALS_CLOCK_FILE")
    return Config(
        var=var,
        issuer=os.environ.get("REFERRALS_ISSUER", "http://127.0.0.1:8080"),
        signing_keys=Path(os.environ.get("REFERRALS_SIGNING_KEYS", var / "signing-keys.json")),
        clock_file=Path(clock_file) if clock_file else None,
        release=os.environ.get("REFERRALS_RELEASE", "0.1.0"),
        feed_days=_number("REFERRALS_FEED_DAYS", Config.feed_days),
        webhooks_to_loopback=os.environ.get("REFERRALS_WEBHOOKS_TO_LOOPBACK") == "yes",
        outside_issuer=_outside_issuer(),
        proxy_networks=tuple(_network(one) for one in _list("REFERRALS_PROXY_NETWORKS")),
        certificate_header=os.environ.get("REFERRALS_CERTIFICATE_HEADER", "Client-Cert"),
        requests_per_minute=_number("REFERRALS_REQUESTS_PER_MINUTE", Config.requests_per_minute),
        tokens_per_minute=_number("REFERRALS_TOKENS_PER_MINUTE", Config.tokens_per_minute),
        failures_per_minute=_number("REFERRALS_FAILURES_PER_MINUTE", Config.failures_per_minute),
    )


def _outside_issuer() -> OutsideIssuer | None:
    issuer = os.environ.get("REFERRALS_OUTSIDE_ISSUER")
    if not issuer:
        return None
    claims = dict(_pair(entry) for entry in _list("REFERRALS_OUTSIDE_PRACTITIONER_CLAIMS"))
    if unknown := set(claims) - set(PRACTITIONER_CLAIMS):
        raise SettingInvalid(
            f"REFERRALS_OUTSIDE_PRACTITIONER_CLAIMS: not known: {', '.join(sorted(unknown))}"
        )
    return OutsideIssuer(
        issuer=issuer,
        audience=_required("REFERRALS_OUTSIDE_AUDIENCE"),
        jwks=_required("REFERRALS_OUTSIDE_JWKS"),
        types=_list("REFERRALS_OUTSIDE_TYPES") or OutsideIssuer.types,
        client_claim=os.environ.get("REFERRALS_OUTSIDE_CLIENT_CLAIM", OutsideIssuer.client_claim),
        scope_claim=os.environ.get("REFERRALS_OUTSIDE_SCOPE_CLAIM", OutsideIssuer.scope_claim),
        practitioner_claims={**PRACTITIONER_CLAIMS, **claims},
    )


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingInvalid(f"{name} must be set, because REFERRALS_OUTSIDE_ISSUER is")
    return value


def _list(name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in os.environ.get(name, "").split(",") if word.strip())


def _pair(entry: str) -> tuple[str, str]:
    name, equals, claim = entry.partition("=")
    if not (name and equals and claim):
        raise SettingInvalid(f"REFERRALS_OUTSIDE_PRACTITIONER_CLAIMS: not of the form name=claim: {entry}")
    return name, claim


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as fault:
        raise SettingInvalid(f"REFERRALS_PROXY_NETWORKS: {fault}") from None


def _number(name: str, otherwise: int) -> int:
    value = os.environ.get(name)
    if value is None:
        return otherwise
    if not value.isdecimal() or int(value) == 0:
        raise SettingInvalid(f"{name} must be a whole number above 0")
    return int(value)
