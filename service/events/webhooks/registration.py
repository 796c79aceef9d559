"""Registers endpoints and their keys: by an operator as the owner, never through the API.

An organisation asks for it by whatever way it trusts; a URL that anybody could set would be a way to make
this service call for them. A secret is shown once, when it is made.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service import audit, clock
from service.access.actor import Actor
from service.db import new_id
from service.errors import NotRegistered, Refused
from service.events import queries
from service.events.webhooks.addresses import read_url
from service.events.webhooks.model import WebhookEndpoint, WebhookKey
from service.events.webhooks.signatures import SCHEMES, Scheme, SigningKey

PREFERRED: Final[tuple[Scheme, ...]] = ("v1a",)
OVERLAP: Final = timedelta(days=3)
"""How long an old key goes on signing beside a new one, unless the operator says otherwise."""


@dataclass(frozen=True)
class Registered:
    """An endpoint, and what its receiver needs to check signatures: shown now and never again."""

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
    """Register an endpoint; it is told of everything that happens from now on, once it has been verified.

    One that was registered before is verified anew, with new keys, and goes on where it had come to.

    Args:
        organisation_id: whose feed it is told of.
        url: where; `https` and a name.
        schemes: how it is signed: `v1a` (Ed25519: the receiver holds no secret), `v1` (HMAC), or both; as
            before when None, and at first `v1a`.
        loopback: for tests and the demo: a receiver on this machine.

    Raises:
        Refused: the URL is not one that may be called, or no scheme is named.
    """
    try:
        read_url(url, loopback=loopback)
    except ValueError as fault:
        raise Refused(str(fault)) from None
    if schemes is not None and not schemes:
        raise Refused("name at least one kind of signature")
    found = session.scalar(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.url == url)
        .with_for_update()
    )
    if found is None:
        found = WebhookEndpoint(
            id=new_id(),
            organisation_id=organisation_id,
            url=url,
            position=queries.head(session, organisation_id),
            created_at=clock.now(),
        )
        session.add(found)
    found.state, found.disabled_reason, found.verified_at = "pending", None, None
    found.challenge = secrets.token_urlsafe(32)
    found.failures, found.rests_until = 0, None
    found.lease = found.leased_until = None
    session.flush()
    of_endpoint = WebhookKey.endpoint_id == found.id
    held = session.scalars(select(WebhookKey.scheme).where(of_endpoint)).all()
    wanted = schemes or held or PREFERRED
    session.execute(delete(WebhookKey).where(of_endpoint))
    made = [_add_key(session, found.id, scheme) for scheme in SCHEMES if scheme in wanted]
    _key_event(session, actor, found.id, "webhook_registered")
    return Registered(found.id, made)


def rotate(session: Session, actor: Actor, endpoint_id: UUID, *, overlap: timedelta = OVERLAP) -> Registered:
    """Make a new key for each scheme of an endpoint; the one before signs as well until the overlap is over.

    Never are more than two of a scheme valid: one that was on its way out already ends now.

    Args:
        overlap: how long both sign; nothing, when the old one is known to somebody else.

    Raises:
        NotRegistered: there is no such endpoint.
    """
    now = clock.now()
    endpoint = _locked(session, endpoint_id)
    keys = session.scalars(select(WebhookKey).where(WebhookKey.endpoint_id == endpoint.id)).all()
    for key in keys:
        key.ends_at = now + overlap if key.ends_at is None else now
    session.flush()
    held = {key.scheme for key in keys}
    made = [_add_key(session, endpoint.id, scheme) for scheme in SCHEMES if scheme in held]
    _key_event(session, actor, endpoint.id, "webhook_key_rotated")
    return Registered(endpoint.id, made)


def disable(session: Session, actor: Actor, endpoint_id: UUID) -> None:
    """Send an endpoint nothing more; what waits for it stays, should it be registered again.

    Raises:
        NotRegistered: there is no such endpoint.
    """
    endpoint = _locked(session, endpoint_id)
    endpoint.state, endpoint.disabled_reason = "disabled", "operator"
    endpoint.lease = endpoint.leased_until = None
    _key_event(session, actor, endpoint.id, "webhook_disabled")


def _locked(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    found = session.get(WebhookEndpoint, endpoint_id, with_for_update=True)
    if found is None:
        raise NotRegistered(f"no webhook endpoint {endpoint_id}: `webhooks list` shows all")
    return found


def _add_key(session: Session, endpoint_id: UUID, scheme: Scheme) -> str:
    key = SigningKey.fresh(scheme)
    session.add(
        WebhookKey(
            id=new_id(),
            endpoint_id=endpoint_id,
            scheme=scheme,
            secret=key.secret,
            public_key=key.public,
            created_at=clock.now(),
            ends_at=None,
        )
    )
    session.flush()
    return key.for_receiver


def _key_event(session: Session, actor: Actor, endpoint_id: UUID, what: str) -> None:
    audit.record(session, actor, "key_event", object_kind="webhook", object_id=endpoint_id, reason=what)
