"""Removes what no longer takes part: it ends, and its rows stay with everything that names them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.errors import Clash
from service.events.webhooks import registration as webhooks
from service.organisations.model import Organisation
from service.organisations.writes import clients as client_writes
from service.organisations.writes import organisations as writes
from service.registration import queries

OPEN_WORK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cases": "it holds cases: hand them over first",
        "referrals": "it has referrals that are open: they must end first",
        "checks": "it has been asked checks that are open: they must be answered or cancelled first",
    }
)
"""Why an organisation cannot be removed yet, by what `open_work_of` in the database finds."""


def remove_organisation(session: Session, actor: Actor, found: Organisation) -> None:
    """End an organisation: its duties, its clients and its webhook endpoints end with it.

    Raises:
        Clash: it has open work, or has been removed before.
    """
    writes.require_not_ended(found)
    if work := session.scalar(select(func.open_work_of(found.id))):
        raise Clash(f"{found.kind}/{found.code} cannot be removed: {OPEN_WORK[work]}")
    for one in queries.clients(session, organisation_id=found.id):
        client_writes.end_client(session, actor, one.id)
    for endpoint in queries.endpoints(session, organisation_id=found.id):
        webhooks.remove(session, actor, endpoint.id)
    writes.end_organisation(session, actor, found)


def remove_client(session: Session, actor: Actor, client_id: str) -> None:
    """End a client for good.

    Raises:
        NotRegistered: there is no such client.
        Clash: it has been removed before.
    """
    client_writes.end_client(session, actor, client_id)


def remove_endpoint(session: Session, actor: Actor, endpoint_id: UUID) -> None:
    """End a webhook endpoint.

    Raises:
        NotRegistered: there is no such endpoint.
        Clash: it has been removed before.
    """
    webhooks.remove(session, actor, endpoint_id)
