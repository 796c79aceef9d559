"""Registers clients and their keys.

Every change of a client or its keys is a key event on the audit trail, in the same transaction. A denied
client or key cannot be restored by registering it again.
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
from service.access.permissions import EXCLUSIVE, SCOPES_OF_KIND, default_scopes
from service.errors import Clash, NotRegistered, Refused
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
    """Register a client of an organisation, or change the given settings of a registered one.

    Args:
        actor: the operator.
        client_id: its id at the token endpoint.
        organisation_id: its organisation, which decides what it can see.
        name: its display name; required the first time.
        public_jwk: its first public key; add others with `add_key`.
        scopes: the scopes it may request; by default all those of its kind of organisation but the exclusive
            one, which is `staff`.
        certificate_bound: whether its tokens must be bound to its TLS certificate; by default not.
        requests_per_minute: its rate limit; the configured default when None.

    Raises:
        Refused: it has no name yet, or a scope or a key that is not allowed, or another scope beside an
            exclusive one.
        Clash: it is denied or belongs to another organisation.
    """
    kind = organisation(session, organisation_id).kind
    allowed = SCOPES_OF_KIND[kind]
    if scopes is not None and not (scopes and set(scopes) <= set(allowed)):
        raise Refused(f"a client of this kind may have the scopes: {', '.join(allowed)}", "scopes")
    if scopes is not None and EXCLUSIVE in scopes and set(scopes) != {EXCLUSIVE}:
        raise Refused(
            f"a client with the scope {EXCLUSIVE} can have no other: register another client", "scopes"
        )
    found = session.get(Client, client_id, with_for_update=True)
    if found is None:
        found = _new_client(session, client_id, organisation_id, name, default_scopes(kind))
    elif found.organisation_id != organisation_id:
        raise Clash("a client never changes its organisation: register another one", "organisation")
    elif found.ended_at is None and found.status == "denied":
        raise Clash(f"{client_id} is denied: allow it before you change it")
    require_not_ended(found)
    given = {
        "name": name,
        "scopes": None if scopes is None else sorted(scopes),
        "certificate_bound": certificate_bound,
        "requests_per_minute": requests_per_minute,
    }
    changed = [field for field, value in given.items() if value not in (None, getattr(found, field))]
    for field in changed:
        setattr(found, field, given[field])
    _key_event(session, actor, client_id, "client_registered", changed)
    if public_jwk is not None:
        add_key(session, actor, client_id, public_jwk)
    return found


def _new_client(
    session: Session, client_id: str, organisation_id: UUID, name: str | None, allowed: Collection[str]
) -> Client:
    if not _CLIENT_ID.fullmatch(client_id):
        raise Refused("the id of a client is up to 100 letters, digits and . _ -", "client_id")
    if name is None:
        raise Refused(f"{client_id} is not registered yet: give its name", "name")
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
    """Add a public key of a client and return its `kid`: the one in the JWK, or its RFC 7638 thumbprint.

    Raises:
        Refused: it is not a public key of an accepted kind.
        Clash: its `kid` belongs to another key, or the same key is registered under another `kid` or client,
            or was retired or denied.
    """
    try:
        key = import_public_key(public_jwk)
    except ValueError as fault:
        raise Refused(str(fault), "key") from None
    kid = public_jwk.get("kid") or key.thumbprint()
    if not is_identifier(kid):
        raise Refused("the kid of a key is up to 200 letters, digits and . _ ~ @ : / + = -", "key")
    if _registered_already(session, client_id, str(kid), key):
        return str(kid)
    shown = type(key).import_key(key.as_pem(private=False)).as_dict(private=False)
    session.add(
        ClientKey(client_id=client_id, kid=kid, public_jwk=shown, status="active", created_at=clock.now())
    )
    _key_event(session, actor, client_id, "key_added", [f"keys.{kid}"])
    return str(kid)


def _registered_already(session: Session, client_id: str, kid: str, key: PublicKey) -> bool:
    """Return whether this key is already an active key of this client with this `kid`.

    Raises:
        Clash: the key or the `kid` is used otherwise.
    """
    itself = _bytes_of(key)
    # A leaked key must not return under another client or `kid`, so it is compared with every registered key.
    for held in session.scalars(select(ClientKey).order_by(ClientKey.client_id, ClientKey.kid)):
        same = _bytes_of(import_public_key(held.public_jwk)) == itself
        here = (held.client_id, held.kid) == (client_id, kid)
        if same and held.status != "active":
            raise Clash(f"this key was {held.status} ({held.client_id}, {held.kid}): make a new one")
        if here and not same:
            raise Clash(f"this kid is taken by another key of {client_id}: {kid}")
        if same and not here:
            raise Clash(f"this key is registered already: of {held.client_id}, as {held.kid}")
        if same:
            return True
    return False


def _bytes_of(key: PublicKey) -> bytes:
    # Not the thumbprint: one number can be spelled in two ways in a JWK, with two thumbprints.
    public = key.get_op_key("verify")
    return bytes(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def retire_key(session: Session, actor: Actor, client_id: str, kid: str) -> str:
    """Stop accepting a key; tokens already issued expire within five minutes.

    Returns:
        Its status: a denied key stays denied, because retiring it would revive its tokens.

    Raises:
        NotRegistered: there is no such client, or it has no such key.
    """
    return _end_key(session, actor, client_id, kid, "retired")


def deny_key(session: Session, actor: Actor, client_id: str, kid: str) -> str:
    """Stop accepting a key and every token it was used to get, because it has leaked.

    Returns:
        Its status.

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
    """Refuse every call of a client from now on, including those with valid tokens.

    Raises:
        NotRegistered: there is no such client.
    """
    client(session, client_id).status = "denied"
    _key_event(session, actor, client_id, "client_denied", ["status"])


def allow_client(session: Session, actor: Actor, client_id: str, reason: str) -> None:
    """Allow a denied client to call again, with its keys that are not denied themselves.

    Args:
        reason: the operator's reason.

    Raises:
        NotRegistered: there is no such client.
        Clash: it is not denied.
    """
    found = client(session, client_id)
    require_not_ended(found)
    if found.status != "denied":
        raise Clash(f"{client_id} is not denied")
    found.status = "active"
    _key_event(session, actor, client_id, f"client_allowed: {reason}", ["status"])


def require_not_ended(found: Client) -> None:
    """Require a client that has not been removed.

    Raises:
        Clash: it has.
    """
    if found.ended_at is not None:
        raise Clash(f"{found.id} has been removed: register another client")


def end_client(session: Session, actor: Actor, client_id: str) -> None:
    """Remove a client for good: every call of it is refused from now on, and its keys are not used again.

    Raises:
        NotRegistered: there is no such client.
        Clash: it has been removed before.
    """
    found = client(session, client_id)
    require_not_ended(found)
    found.status, found.ended_at = "denied", clock.now()
    _key_event(session, actor, client_id, "client_removed", ["ended_at", "status"])


def client(session: Session, client_id: str) -> Client:
    """Return a registered client, locked until the transaction ends.

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
