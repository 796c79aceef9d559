"""Reads registrations: organisations with what they answer for, clients with their keys, endpoints."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from service.errors import NotRegistered, Refused
from service.events.webhooks.model import WebhookEndpoint, WebhookKey
from service.keyset import counted, in_order, in_pages
from service.organisations.model import (
    Client,
    ClientKey,
    DutyTakenUp,
    KnowledgeEnded,
    Organisation,
    Responsibility,
)
from service.organisations.queries import organisation_by_code
from service.registration import permitted

WRITTEN: Final = "KIND/CODE"
"""How an operator names an organisation."""
Duty = tuple[str, str]
"""A duty and its area."""


def find_organisation(session: Session, written: str, at: str = "") -> Organisation:
    """Return the organisation that an operator names as `kind/code`.

    Args:
        at: the name of the member that names it.

    Raises:
        NotRegistered: it does not exist; the message lists those that do.
        Refused: it is not written as `kind/code`, or the kind does not exist; the message lists the kinds.
    """
    kind, _, code = written.partition("/")
    if not code:
        raise Refused(
            f"write an organisation as {WRITTEN}, such as crs_provider/keyring, not {written[:100]!r}", at
        )
    permitted.check_kind(kind)
    found = organisation_by_code(session, kind, code)
    if found is None:
        codes = session.scalars(
            select(Organisation.code).where(Organisation.kind == kind).order_by(Organisation.code)
        ).all()
        raise NotRegistered(f"no {kind}/{code} is registered; there are: {', '.join(codes) or 'none'}")
    return found


def organisations(
    session: Session,
    *,
    kind: str | None = None,
    duty: str | None = None,
    area: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int | None = None,
) -> Sequence[Organisation]:
    """Return organisations by kind and code.

    Args:
        kind: only those of one kind.
        duty, area: only those that answer for it, or there.
        after: the kind and code of the last one already shown.
        limit: at most; all when None.
    """
    kinds = [kind] if kind else permitted.ORGANISATION_KINDS
    query = select(Organisation).where(Organisation.kind.in_(kinds))
    answering = select(Responsibility.organisation_id)
    if duty is not None:
        answering = answering.where(Responsibility.duty == duty)
    if area is not None:
        answering = answering.where(Responsibility.area == area)
    if duty is not None or area is not None:
        query = query.where(Organisation.id.in_(answering))
    place = Organisation.kind, Organisation.code
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*after))
    return session.scalars(query.order_by(*place).limit(limit)).all()


def duties_of(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Duty]]:
    """Return what each of these organisations answers for."""
    found: dict[UUID, list[Duty]] = {one: [] for one in ids}
    for row in session.execute(
        select(Responsibility.organisation_id, Responsibility.duty, Responsibility.area)
        .where(Responsibility.organisation_id.in_(ids))
        .order_by(Responsibility.duty, Responsibility.area)
    ):
        found[row.organisation_id].append((row.duty, row.area))
    return found


def clients(
    session: Session,
    *,
    organisation_id: UUID | None = None,
    removed: bool = False,
    after: str | None = None,
    limit: int | None = None,
) -> Sequence[Client]:
    """Return clients by id.

    Args:
        organisation_id: only those of one organisation.
        removed: only those that have been removed; otherwise only the others.
        after: the id of the last one already shown.
        limit: at most; all when None.
    """
    query = select(Client).where(_has_ended(Client.ended_at, removed)).order_by(Client.id).limit(limit)
    if organisation_id is not None:
        query = query.where(Client.organisation_id == organisation_id)
    return session.scalars(query if after is None else query.where(Client.id > after)).all()


def _has_ended(ended_at: InstrumentedAttribute[datetime | None], removed: bool) -> ColumnElement[bool]:
    return ended_at.is_not(None) if removed else ended_at.is_(None)


def find_client(session: Session, client_id: str) -> Client:
    """Return a client.

    Raises:
        NotRegistered: there is none with this id.
    """
    found = session.get(Client, client_id)
    if found is None:
        raise NotRegistered(f"no client {client_id} is registered: `clients list` shows all")
    return found


def keys_of(session: Session, ids: Collection[str]) -> dict[str, list[ClientKey]]:
    """Return the keys of each of these clients."""
    found: dict[str, list[ClientKey]] = {one: [] for one in ids}
    for key in session.scalars(
        select(ClientKey).where(ClientKey.client_id.in_(ids)).order_by(ClientKey.client_id, ClientKey.kid)
    ):
        found[key.client_id].append(key)
    return found


def names_of(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Return each of these organisations as `kind/code`."""
    rows = session.execute(
        select(Organisation.id, Organisation.kind, Organisation.code).where(Organisation.id.in_(ids))
    )
    return {row.id: f"{row.kind}/{row.code}" for row in rows}


def endpoints(
    session: Session,
    *,
    organisation_id: UUID | None = None,
    removed: bool = False,
    newest: bool = False,
    after: tuple[datetime, UUID] | None = None,
    limit: int | None = None,
) -> Sequence[WebhookEndpoint]:
    """Return webhook endpoints: all, or a page and one more.

    Args:
        organisation_id: only those of one organisation.
        removed: only those that have been removed; otherwise only the others.
        newest: the newest first, otherwise the oldest.
        after: when the last one already shown was registered, and its id.
        limit: at most; all when None.
    """
    place = (WebhookEndpoint.created_at, WebhookEndpoint.id)
    query = _endpoints_of(organisation_id, removed)
    if limit is None:
        return session.scalars(in_order(query, place, newest=newest)).all()
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def count_endpoints(session: Session, organisation_id: UUID | None, removed: bool) -> dict[str, int]:
    """Count the webhook endpoints, or those of one organisation, by their state."""
    return counted(session, _endpoints_of(organisation_id, removed), WebhookEndpoint.state)


def _endpoints_of(organisation_id: UUID | None, removed: bool) -> Select[WebhookEndpoint]:
    query = select(WebhookEndpoint).where(_has_ended(WebhookEndpoint.ended_at, removed))
    return (
        query if organisation_id is None else query.where(WebhookEndpoint.organisation_id == organisation_id)
    )


def find_endpoint(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    """Return a webhook endpoint.

    Raises:
        NotRegistered: there is none with this id.
    """
    found = session.get(WebhookEndpoint, endpoint_id)
    if found is None:
        raise NotRegistered(f"no webhook endpoint {endpoint_id}: `webhooks list` shows all")
    return found


def signing_keys_of(session: Session, ids: Collection[UUID], now: datetime) -> dict[UUID, list[Any]]:
    """Return the public part of the keys that sign for each of these endpoints; never a secret."""
    found: dict[UUID, list[Any]] = {one: [] for one in ids}
    for key in session.scalars(
        select(WebhookKey)
        .where(WebhookKey.endpoint_id.in_(ids), WebhookKey.ends_at.is_(None) | (WebhookKey.ends_at > now))
        .options(defer(WebhookKey.secret, raiseload=True))
        .order_by(WebhookKey.scheme.desc(), WebhookKey.created_at.desc())
    ):
        found[key.endpoint_id].append(key)
    return found


def duties_taken_up(session: Session) -> Sequence[DutyTakenUp]:
    """Return the duties for which something may still be waiting, the oldest first."""
    return session.scalars(select(DutyTakenUp).order_by(DutyTakenUp.taken_up_at, DutyTakenUp.id)).all()


def knowledge_ended(session: Session) -> Sequence[KnowledgeEnded]:
    """Return which organisations may know less, where what they have has not been looked through."""
    return session.scalars(select(KnowledgeEnded).order_by(KnowledgeEnded.ended_at, KnowledgeEnded.id)).all()
