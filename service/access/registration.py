"""Registers who may call us and who answers for what: by an operator as the owner, never through the API.

Every change of a client or its keys is a key event on the audit trail, in the same transaction.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from joserfc.jwk import ECKey, OKPKey
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock, tidings
from service.access.actor import SIDE_OF, Actor
from service.access.jwts import import_public_key
from service.access.model import Client, ClientKey, Organisation, Responsibility, RoleHolder
from service.access.permissions import SCOPES_OF_KIND
from service.access.queries import REGISTRATIONS, organisation
from service.access.witness import the_witness
from service.db import Json, new_id


def register_organisation(
    session: Session,
    *,
    kind: str,
    code: str,
    name: str,
    division: str = "england-and-wales",
    office_hours: Json | None = None,
) -> Organisation:
    """Register an organisation, or bring the registered one of this kind and code up to date.

    Args:
        kind: one of the kinds in `SIDE_OF`.
        code: a region code (N54), a force ("west-yorkshire"), an ONS code (E08000035), or a short name.
        name: as people know it.
        division: whose bank holidays it keeps.
        office_hours: opening and closing times for each weekday; the timers' defaults when None.

    Raises:
        ValueError: there is no such kind, or it is not one that can be registered.
    """
    if kind not in SIDE_OF or kind == "service":
        raise ValueError(f"not a kind of organisation: {kind}")
    found = session.scalar(select(Organisation).where(Organisation.kind == kind, Organisation.code == code))
    if found is None:
        found = Organisation(id=new_id(), kind=kind, code=code, created_at=clock.now())
        session.add(found)
    found.name, found.division, found.office_hours = name, division, office_hours
    session.flush()
    return found


def register_client(
    session: Session,
    actor: Actor,
    *,
    client_id: str,
    organisation_id: UUID,
    name: str,
    public_jwk: Mapping[str, Any] | None = None,
    scopes: Collection[str] | None = None,
    certificate_bound: bool | None = None,
    requests_per_minute: int | None = None,
) -> Client:
    """Register a client of an organisation, active from now on.

    Args:
        actor: who registers it.
        client_id: its name at the token endpoint.
        organisation_id: whose it is; decides what it can ever see.
        name: what its operators call it.
        public_jwk: its first public key; others with `add_key`.
        scopes: what it may ask for; everything that its kind of organisation may when None.
        certificate_bound: whether it gets and uses tokens only behind its TLS certificate; as before, and
            at first not, when None.
        requests_per_minute: how often it may call; as before, and at first as any other client, when None.

    Raises:
        ValueError: a scope that its kind of organisation may not have, or a key that is not acceptable.
    """
    allowed = SCOPES_OF_KIND[organisation(session, organisation_id).kind]
    wanted = tuple(allowed) if scopes is None else tuple(sorted(scopes))
    if not set(wanted) <= set(allowed):
        raise ValueError(f"a client of this kind may have no scope but {', '.join(allowed)}")
    client = session.get(Client, client_id)
    if client is None:
        client = Client(id=client_id, organisation_id=organisation_id, created_at=clock.now())
        session.add(client)
    elif client.organisation_id != organisation_id:
        raise ValueError("a client never changes its organisation: register another one")
    client.name, client.scopes, client.status = name, list(wanted), "active"
    if certificate_bound is not None:
        client.certificate_bound = certificate_bound
    if requests_per_minute is not None:
        client.requests_per_minute = requests_per_minute
    session.flush()
    _key_event(session, actor, client_id, "client_registered")
    if public_jwk is not None:
        add_key(session, actor, client_id, public_jwk)
    return client


def add_key(session: Session, actor: Actor, client_id: str, public_jwk: Mapping[str, Any]) -> str:
    """Add a public key of a client; return its `kid`: its own if it has one, else its RFC 7638 thumbprint.

    Raises:
        ValueError: it is not a public key of an accepted kind, or this `kid` is already another key.
    """
    key = import_public_key(public_jwk)
    shown = key.as_dict(private=False)
    kid = str(public_jwk.get("kid") or key.thumbprint())
    found = session.get(ClientKey, (client_id, kid))
    if found is not None and _thumbprint(found.public_jwk) != key.thumbprint():
        raise ValueError("this kid is taken by another key")
    if found is None:
        session.add(
            ClientKey(client_id=client_id, kid=kid, public_jwk=shown, status="active", created_at=clock.now())
        )
        session.flush()
        _key_event(session, actor, client_id, "key_added")
    return kid


def _thumbprint(jwk: Json) -> str:
    key: ECKey | OKPKey = import_public_key(jwk)
    return key.thumbprint()


def retire_key(session: Session, actor: Actor, client_id: str, kid: str) -> None:
    """Accept a key no longer; tokens already issued run out within their five minutes.

    Raises:
        LookupError: the client has no such key.
    """
    _end_key(session, actor, client_id, kid, "retired")


def deny_key(session: Session, actor: Actor, client_id: str, kid: str) -> None:
    """Accept a key no longer, nor any token that it was used to get: for a key that has leaked.

    Raises:
        LookupError: the client has no such key.
    """
    _end_key(session, actor, client_id, kid, "denied")


def _end_key(session: Session, actor: Actor, client_id: str, kid: str, status: str) -> None:
    key = session.get(ClientKey, (client_id, kid))
    if key is None:
        raise LookupError(f"{client_id} has no key {kid}")
    if key.status != "denied":  # retired afterwards, it would give its tokens back
        key.status = status
    _key_event(session, actor, client_id, f"key_{status}")


def deny_client(session: Session, actor: Actor, client_id: str) -> None:
    """Refuse a client everything from this moment, whatever tokens it holds.

    Raises:
        LookupError: there is no such client.
    """
    client = session.get(Client, client_id)
    if client is None:
        raise LookupError(f"no client {client_id}")
    client.status = "denied"
    _key_event(session, actor, client_id, "client_denied")


def set_role_holder(
    session: Session, organisation_id: UUID, role: str, *holders: str, unit: str | None = None
) -> None:
    """Say who holds a role from now on, in a unit or the whole organisation; nobody when none is named."""
    session.execute(
        delete(RoleHolder).where(
            RoleHolder.organisation_id == organisation_id,
            RoleHolder.role == role,
            RoleHolder.unit.is_not_distinct_from(unit),
        )
    )
    session.add_all(
        RoleHolder(id=new_id(), organisation_id=organisation_id, role=role, unit=unit, holder=holder)
        for holder in sorted(set(holders))
    )
    session.flush()


def set_responsibility(session: Session, organisation_id: UUID, duty: str, area: str) -> None:
    """Say that an organisation answers for a duty in an area from now on.

    Args:
        duty: `approved_premises`, `cas3`, `crs:<service_category>`, `mappa`, `police_da` or
            `childrens_services`.
        area: a region, MAPPA area, police force or local authority by its code, as the duty's own rules name
            it; `NATIONAL` for the whole country, where those rules allow it.
    """
    session.execute(
        insert(Responsibility)
        .values(id=new_id(), organisation_id=organisation_id, duty=duty, area=area)
        .on_conflict_do_update(index_elements=["duty", "area"], set_={"organisation_id": organisation_id})
    )


def _key_event(session: Session, actor: Actor, client_id: str, what: str) -> None:
    tidings.tell(session, REGISTRATIONS)
    the_witness().record(session, actor, "key_event", object_kind="client", object_id=client_id, reason=what)
