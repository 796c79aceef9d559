"""What can be set from outside, read once from the environment. Nothing here has a secret default."""

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
"""Where an outside issuer says who a practitioner is, unless it is told otherwise."""


class SettingInvalid(ValueError):  # noqa: N818 - it says what is the matter
    """A setting cannot be read; the message names it and is one line."""


@dataclass(frozen=True)
class OutsideIssuer:
    """An OpenID provider whose access tokens are taken in place of our own."""

    issuer: str
    """What `iss` says."""
    audience: str
    """What `aud` says of a token that is meant for this service."""
    jwks: str
    """Where its keys are: the path of a file, or an https address."""
    types: tuple[str, ...] = ("at+jwt",)
    """What `typ` may say."""
    client_claim: str = "client_id"
    """The claim that names the client, as it is registered here."""
    scope_claim: str = "scope"
    """The claim that holds the scopes: a list, or a text with spaces between."""
    practitioner_claims: Mapping[str, str] = field(default_factory=lambda: PRACTITIONER_CLAIMS)
    """The claims about a practitioner; a token in which the one for `role` is missing names nobody."""


@dataclass(frozen=True)
class Config:
    """The settings of one process."""

    var: Path
    """Where the embedded PostgreSQL, generated keys and the demo keep their files."""
    issuer: str
    """Our OAuth issuer: the only audience a client assertion may name. Also the base of absolute links."""
    signing_keys: Path
    """A private JWK set: the keys that sign access tokens (`referrals keys`)."""
    clock_file: Path | None
    """Only for the demo: a file that holds the time."""
    release: str
    """The release of the software, written into every audit entry."""
    feed_days: int = 400
    """How many days an entry of a feed can be read. A reader who comes later starts over."""
    webhooks_to_loopback: bool = False
    """Only for tests and the demo: webhooks may go to this machine, and there by plain HTTP."""
    max_body: int = 1024 * 1024
    """Bytes of a request body; beyond it 413."""
    outside_issuer: OutsideIssuer | None = None
    """Who issues the access tokens, when we do not."""
    proxy_networks: tuple[Network, ...] = ()
    """Where our own proxies are: what they say of a caller's address and certificate is believed, and what
    anybody else says is not."""
    certificate_header: str = "Client-Cert"
    """The header in which a proxy hands on the caller's TLS certificate."""
    requests_per_minute: int = 6000
    """How often a client may call, unless it is registered for another number."""
    tokens_per_minute: int = 1200
    """How many tokens a client may ask for."""
    failures_per_minute: int = 300
    """How often callers at one address may fail to show who they are."""


def load() -> Config:
    """Read the settings of this process from its environment.

    Raises:
        SettingInvalid: one of them cannot be read; better not to start than to guess.
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
        proxy_networks=tuple(_network(one) for one in _words("REFERRALS_PROXY_NETWORKS")),
        certificate_header=os.environ.get("REFERRALS_CERTIFICATE_HEADER", "Client-Cert"),
        requests_per_minute=_number("REFERRALS_REQUESTS_PER_MINUTE", Config.requests_per_minute),
        tokens_per_minute=_number("REFERRALS_TOKENS_PER_MINUTE", Config.tokens_per_minute),
        failures_per_minute=_number("REFERRALS_FAILURES_PER_MINUTE", Config.failures_per_minute),
    )


def _outside_issuer() -> OutsideIssuer | None:
    issuer = os.environ.get("REFERRALS_OUTSIDE_ISSUER")
    if not issuer:
        return None
    claims = dict(_pair(entry) for entry in _words("REFERRALS_OUTSIDE_PRACTITIONER_CLAIMS"))
    if unknown := set(claims) - set(PRACTITIONER_CLAIMS):
        raise SettingInvalid(
            f"REFERRALS_OUTSIDE_PRACTITIONER_CLAIMS: not known: {', '.join(sorted(unknown))}"
        )
    return OutsideIssuer(
        issuer=issuer,
        audience=_needed("REFERRALS_OUTSIDE_AUDIENCE"),
        jwks=_needed("REFERRALS_OUTSIDE_JWKS"),
        types=_words("REFERRALS_OUTSIDE_TYPES") or OutsideIssuer.types,
        client_claim=os.environ.get("REFERRALS_OUTSIDE_CLIENT_CLAIM", OutsideIssuer.client_claim),
        scope_claim=os.environ.get("REFERRALS_OUTSIDE_SCOPE_CLAIM", OutsideIssuer.scope_claim),
        practitioner_claims={**PRACTITIONER_CLAIMS, **claims},
    )


def _needed(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingInvalid(f"{name} must be set, because REFERRALS_OUTSIDE_ISSUER is")
    return value


def _words(name: str) -> tuple[str, ...]:
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
