"""Registers the systems that call and their keys: by an operator as the owner, never through the API.

Every change of a client or its keys is a key event on the audit trail, in the same transaction. What has been
denied never works again by being registered again.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import cache_invalidation, clock
from service.access.actor import Actor
from service.access.audit_hooks import registered_hooks
from service.access.identifiers import is_identifier
from service.access.permissions import SCOPES_OF_KIND
from service.errors import NotRegistered, Refused
from service.organisations.model import Client, ClientKey
from service.organisations.public_keys import PublicKey, import_public_key
from service.organisations.queries import REGISTRATIONS, organisation

_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


def register_client(
    session: Session,
    actor: Actor,
    *,
    client_id: str,
    organisation_id: UUID,
    name: str | None = None,
    public_jwk: Mapping[str, Any] | None = None,
    scopes: Collection[str] | None = None,
    certificate_bound: bool | None = None,
    requests_per_minute: int | None = None,
) -> Client:
    """Register a client of an organisation, or change what is given of the registered one.

    Args:
        actor: who registers it.
        client_id: its name at the token endpoint.
        organisation_id: whose it is; decides what it can ever see.
        name: what its operators call it; needed the first time.
        public_jwk: its first public key; others with `add_key`.
        scopes: what it may ask for; at first everything that its kind of organisation may.
        certificate_bound: whether it gets and uses tokens only behind its TLS certificate; at first not.
        requests_per_minute: how often it may call; at first as any other client.

    Raises:
        Refused: it is denied or another organisation's, it has no name yet, a scope that its kind of
            organisation may not have, or a key that is not acceptable.
    """
    allowed = SCOPES_OF_KIND[organisation(session, organisation_id).kind]
    if scopes is not None and not (scopes and set(scopes) <= set(allowed)):
        raise Refused(f"a client of this kind may have the scopes: {', '.join(allowed)}")
    found = session.get(Client, client_id, with_for_update=True)
    if found is None:
        found = _new_client(session, client_id, organisation_id, name, allowed)
    elif found.organisation_id != organisation_id:
        raise Refused("a client never changes its organisation: register another one")
    elif found.status == "denied":
        raise Refused(f"{client_id} is denied: `clients allow` lets it call again")
    given = {
        "name": name,
        "scopes": None if scopes is None else sorted(scopes),
        "certificate_bound": certificate_bound,
        "requests_per_minute": requests_per_minute,
    }
    changed = [field for field, value in given.items() if value not in (None, getattr(found, field))]
    for field in changed:
        setattr(found, field, given[field])
    session.flush()
    _key_event(session, actor, client_id, "client_registered", changed)
    if public_jwk is not None:
        add_key(session, actor, client_id, public_jwk)
    return found


def _new_client(
    session: Session, client_id: str, organisation_id: UUID, name: str | None, allowed: Collection[str]
) -> Client:
    if not _CLIENT_ID.fullmatch(client_id):
        raise Refused("the id of a client is up to 100 letters, digits and . _ -")
    if name is None:
        raise Refused(f"{client_id} is not registered yet: give its name")
    made = Client(
        id=client_id,
        organisation_id=organisation_id,
        name=name,
        scopes=sorted(allowed),
        status="active",
        certificate_bound=False,
        created_at=clock.now(),
    )
    session.add(made)
    return made


def add_key(session: Session, actor: Actor, client_id: str, public_jwk: Mapping[str, Any]) -> str:
    """Add a public key of a client; return its `kid`: its own if it has one, else its RFC 7638 thumbprint.

    Raises:
        Refused: it is not a public key of an accepted kind, its `kid` is already another key, or the key
            itself is registered already under another name, for another client, or was retired or denied.
    """
    try:
        key = import_public_key(public_jwk)
    except ValueError as fault:
        raise Refused(str(fault)) from None
    kid = public_jwk.get("kid") or key.thumbprint()
    if not is_identifier(kid):
        raise Refused("the kid of a key is up to 200 letters, digits and . _ ~ @ : / + = -")
    if _registered_already(session, client_id, str(kid), key):
        return str(kid)
    shown = type(key).import_key(key.as_pem(private=False)).as_dict(private=False)
    session.add(
        ClientKey(client_id=client_id, kid=kid, public_jwk=shown, status="active", created_at=clock.now())
    )
    session.flush()
    _key_event(session, actor, client_id, "key_added", [f"keys.{kid}"])
    return str(kid)


def _registered_already(session: Session, client_id: str, kid: str, key: PublicKey) -> bool:
    """Return whether this very key is an active one of this client under this name.

    Raises:
        Refused: the key or the name stands for something else.
    """
    itself = _bytes_of(key)
    # A key that has leaked has leaked whoever has it and whatever it is called, so all of them are compared.
    for held in session.scalars(select(ClientKey).order_by(ClientKey.client_id, ClientKey.kid)):
        same = _bytes_of(import_public_key(held.public_jwk)) == itself
        here = (held.client_id, held.kid) == (client_id, kid)
        if same and held.status != "active":
            raise Refused(f"this key was {held.status} ({held.client_id}, {held.kid}): make a new one")
        if here and not same:
            raise Refused(f"this kid is taken by another key of {client_id}: {kid}")
        if same and not here:
            raise Refused(f"this key is registered already: of {held.client_id}, as {held.kid}")
        if same:
            return True
    return False


def _bytes_of(key: PublicKey) -> bytes:
    # Not the thumbprint: two spellings of one number in a JWK have two.
    public = key.get_op_key("verify")
    return bytes(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def retire_key(session: Session, actor: Actor, client_id: str, kid: str) -> str:
    """Accept a key no longer; tokens already issued run out within their five minutes.

    Returns:
        What it is now: one that was denied stays denied, or it would give its tokens back.

    Raises:
        NotRegistered: there is no such client, or it has no such key.
    """
    return _end_key(session, actor, client_id, kid, "retired")


def deny_key(session: Session, actor: Actor, client_id: str, kid: str) -> str:
    """Accept a key no longer, nor any token that it was used to get: for a key that has leaked.

    Returns:
        What it is now.

    Raises:
        NotRegistered: there is no such client, or it has no such key.
    """
    return _end_key(session, actor, client_id, kid, "denied")


def _end_key(session: Session, actor: Actor, client_id: str, kid: str, status: str) -> str:
    client(session, client_id)
    key = session.get(ClientKey, (client_id, kid), with_for_update=True)
    if key is None:
        held = session.scalars(
            select(ClientKey.kid).where(ClientKey.client_id == client_id).order_by(ClientKey.kid)
        )
        raise NotRegistered(f"{client_id} has no key {kid}; it has: {', '.join(held) or 'none'}")
    if key.status not in (status, "denied"):
        key.status = status
        _key_event(session, actor, client_id, f"key_{status}", [f"keys.{kid}"])
    return key.status


def deny_client(session: Session, actor: Actor, client_id: str) -> None:
    """Refuse a client everything from this moment, whatever tokens it holds.

    Raises:
        NotRegistered: there is no such client.
    """
    client(session, client_id).status = "denied"
    _key_event(session, actor, client_id, "client_denied", ["status"])


def allow_client(session: Session, actor: Actor, client_id: str, reason: str) -> None:
    """Let a denied client call again, with the keys that have not been denied themselves.

    Args:
        reason: why, in the operator's own words.

    Raises:
        NotRegistered: there is no such client.
        Refused: it is not denied.
    """
    found = client(session, client_id)
    if found.status != "denied":
        raise Refused(f"{client_id} is not denied")
    found.status = "active"
    _key_event(session, actor, client_id, f"client_allowed: {reason}", ["status"])


def client(session: Session, client_id: str) -> Client:
    """Return a registered client, held until the transaction ends.

    Raises:
        NotRegistered: there is no such client.
    """
    found = session.get(Client, client_id, with_for_update=True)
    if found is None:
        raise NotRegistered(f"no client {client_id} is registered: `clients list` shows all")
    return found


def _key_event(
    session: Session, actor: Actor, client_id: str, what: str, fields: Collection[str] = ()
) -> None:
    cache_invalidation.invalidate(session, REGISTRATIONS)
    registered_hooks().record(
        session,
        actor,
        "key_event",
        object_kind="client",
        object_id=client_id,
        fields=fields,
        reason=what,
    )
