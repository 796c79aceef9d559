"""Registers endpoints and their keys: for an operator, never for the organisation's own system.

An organisation asks an operator for it. A caller that could set a URL could make this service send requests
on its behalf. A secret is shown once, when it is made.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from service import audit, clock
from service.access.actor import Actor
from service.errors import Clash, NotRegistered, Refused
from service.events.webhooks import writes
from service.events.webhooks.addresses import PORTS, has_usual_port, read_url
from service.events.webhooks.model import WebhookEndpoint, WebhookKey
from service.events.webhooks.signatures import SCHEMES, Scheme

PREFERRED: Final[tuple[Scheme, ...]] = ("v1a",)
OVERLAP: Final = timedelta(days=3)
"""How long an old key still signs together with a new one, unless the operator chooses otherwise."""


@dataclass(frozen=True)
class Registered:
    """An endpoint, and the keys with which its receiver checks signatures; shown once."""

    endpoint_id: UUID
    for_receiver: list[str]


def register(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    url: str,
    *,
    schemes: Collection[Scheme] | None = None,
    loopback: bool = False,
) -> Registered:
    """Register an endpoint; once verified, it is sent every event from now on.

    An endpoint that was registered before is verified again, with new keys, and continues from its position.

    Args:
        organisation_id: the organisation whose feed it is sent.
        url: `https`, with a host name and one of `PORTS`.
        schemes: `v1a` (Ed25519: the receiver holds no secret), `v1` (HMAC), or both; None keeps the present
            ones, and means `v1a` for a new endpoint.
        loopback: allows a receiver on this machine, for tests and the demo.

    Raises:
        Refused: the URL may not be called, or no scheme is named.
    """
    try:
        target = read_url(url, loopback=loopback)
    except ValueError as fault:
        raise Refused(str(fault), "url") from None
    if not has_usual_port(target, loopback=loopback):
        listed = " or ".join(map(str, sorted(PORTS)))
        raise Refused(f"the URL must have port {listed}, or name none", "url")
    if schemes is not None and not schemes:
        raise Refused("name at least one kind of signature", "schemes")
    found = session.scalar(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.url == url)
        .with_for_update()
    )
    endpoint = found or writes.add_endpoint(session, organisation_id, url)
    writes.start_verification(endpoint)
    held = session.scalars(select(WebhookKey.scheme).where(WebhookKey.endpoint_id == endpoint.id)).all()
    wanted = schemes or held or PREFERRED
    writes.delete_keys(session, endpoint.id)
    made = [writes.add_key(session, endpoint.id, scheme) for scheme in SCHEMES if scheme in wanted]
    _key_event(session, actor, endpoint.id, "webhook_registered")
    return Registered(endpoint.id, made)


def rotate(session: Session, actor: Actor, endpoint_id: UUID, *, overlap: timedelta = OVERLAP) -> Registered:
    """Make a new key for each scheme of an endpoint; the old key signs as well until the overlap ends.

    At most two keys of a scheme are valid: one that was due to end already ends now.

    Args:
        overlap: how long both sign; zero when the old key is compromised.

    Raises:
        NotRegistered: there is no such endpoint.
        Clash: it has been removed.
    """
    now = clock.now()
    endpoint = _locked(session, endpoint_id)
    _require_not_ended(endpoint)
    # Whoever registers never reads a secret.
    known = defer(WebhookKey.secret, raiseload=True)
    keys = session.scalars(
        select(WebhookKey).where(WebhookKey.endpoint_id == endpoint.id).options(known)
    ).all()
    writes.end_keys(keys, now, overlap)
    held = {key.scheme for key in keys}
    made = [writes.add_key(session, endpoint.id, scheme) for scheme in SCHEMES if scheme in held]
    _key_event(session, actor, endpoint.id, "webhook_key_rotated")
    return Registered(endpoint.id, made)


def disable(session: Session, actor: Actor, endpoint_id: UUID) -> None:
    """Send an endpoint nothing more; its waiting deliveries are kept in case it is registered again.

    Raises:
        NotRegistered: there is no such endpoint.
    """
    endpoint = _locked(session, endpoint_id)
    writes.release(endpoint)
    writes.disable(endpoint, "operator")
    _key_event(session, actor, endpoint.id, "webhook_disabled")


def remove(session: Session, actor: Actor, endpoint_id: UUID) -> None:
    """Disable an endpoint and list it no more. Registered again, it continues from its position.

    Raises:
        NotRegistered: there is no such endpoint.
        Clash: it has been removed before.
    """
    endpoint = _locked(session, endpoint_id)
    _require_not_ended(endpoint)
    writes.release(endpoint)
    writes.end(endpoint, clock.now())
    _key_event(session, actor, endpoint.id, "webhook_removed")


def _require_not_ended(endpoint: WebhookEndpoint) -> None:
    if endpoint.ended_at is not None:
        raise Clash(f"{endpoint.id} has been removed: register its address again")


def _locked(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    found = session.get(WebhookEndpoint, endpoint_id, with_for_update=True)
    if found is None:
        raise NotRegistered(f"no webhook endpoint {endpoint_id}: `webhooks list` shows all")
    return found


def _key_event(session: Session, actor: Actor, endpoint_id: UUID, what: str) -> None:
    audit.record(session, actor, "key_event", object_kind="webhook", object_id=endpoint_id, reason=what)
