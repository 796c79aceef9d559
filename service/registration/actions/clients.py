"""Registers clients and their keys, as an operator asks."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.access.actor import OPERATOR, Actor
from service.access.permissions import APPOINTS_PEOPLE
from service.errors import NotRegistered, Refused, require_all
from service.http.problems import role_required
from service.organisations.model import Client, Organisation
from service.organisations.public_keys import jwk_of_pem
from service.organisations.writes import clients as writes
from service.organisations.writes.organisations import require_not_ended
from service.registration import permitted


def register(
    session: Session,
    actor: Actor,
    known: Client | None,
    *,
    client_id: str,
    whose: Organisation,
    name: str | None = None,
    scopes: Collection[str] | None = None,
    certificate_bound: bool | None = None,
    requests_per_minute: int | None = None,
    public_jwk: Mapping[str, Any] | None = None,
) -> tuple[Client, str | None]:
    """Register a client of an organisation, add a key, or change the given settings.

    Args:
        actor: the operator.
        known: the registered one; None when it is new.
        client_id: its id at the token endpoint.
        whose: its organisation, which never changes.
        name, public_jwk: required the first time.

    Returns:
        The client, and the `kid` of the key if one is given.

    Raises:
        Refused: a setting or the key is not permitted, or it is new and has no name or key.
        Clash: it is denied, removed or of another organisation, its organisation is removed, or the key is
            used otherwise.
        Problem: as for `require_operator`.
    """
    require_not_ended(whose)
    held = () if known is None else tuple(known.scopes)
    require_all(
        lambda: _require_given(known, client_id, "key", public_jwk, "its public key"),
        lambda: _require_given(known, client_id, "name", name, "its name"),
        lambda: name is None or permitted.line(name, "a name", "name"),
    )
    found = writes.register_client(
        session,
        actor,
        client_id=client_id,
        organisation_id=whose.id,
        name=name if name is None else permitted.line(name, "a name", "name"),
        scopes=scopes,
        certificate_bound=certificate_bound,
        requests_per_minute=requests_per_minute,
    )
    # Nothing is stored when it is refused here; what no client can have has been refused before.
    require_operator(actor, {*held, *found.scopes})
    return found, None if public_jwk is None else writes.add_key(session, actor, client_id, public_jwk)


def _require_given(known: Client | None, client_id: str, at: str, given: object, what: str) -> None:
    if known is None and given is None:
        raise Refused(f"{client_id} is not registered yet: give {what}", at)


def require_operator(actor: Actor, scopes: Collection[str]) -> None:
    """Require an operator for a client that decides who is a manager or a registrar.

    Otherwise a registrar could appoint managers, themselves too, by a system of their own.

    Raises:
        Problem: 403 `role-required` for a registrar.
    """
    role = actor.practitioner.role if actor.practitioner else None
    if role != OPERATOR and not APPOINTS_PEOPLE.isdisjoint(scopes):
        raise role_required([OPERATOR])


def add_key(session: Session, actor: Actor, client_id: str, public_jwk: Mapping[str, Any]) -> str:
    """Add a public key to a client, and return its `kid`.

    Raises:
        NotRegistered: there is no such client.
        Problem: as for `require_operator`.
        Refused, Clash: the key is not permitted, or is used otherwise.
    """
    found = writes.client(session, client_id)
    writes.require_not_ended(found)
    require_operator(actor, found.scopes)
    return writes.add_key(session, actor, client_id, public_jwk)


retire_key = writes.retire_key
deny_key = writes.deny_key
deny = writes.deny_client


def allow(session: Session, actor: Actor, client_id: str, reason: str) -> None:
    """Allow a denied client to call again, with its keys that are not denied themselves.

    Args:
        reason: one line, recorded on the audit trail.

    Raises:
        NotRegistered: there is no such client.
        Refused: the reason is not one line.
        Clash: it is not denied.
        Problem: as for `require_operator`.
    """
    require_operator(actor, writes.client(session, client_id).scopes)
    writes.allow_client(session, actor, client_id, permitted.line(reason, "a reason", "reason"))


def read_key(text: bytes) -> dict[str, Any]:
    """Return the public key in a text, a JWK or PEM, as a JWK.

    Raises:
        Refused: it holds no single public key.
    """
    if b"-----BEGIN " in text:
        return jwk_of_pem(text)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused("it holds no public key, as a JWK or PEM", "key")
    if "keys" in found:
        raise Refused("it is a set of keys: register each key on its own", "key")
    return found


def move(session: Session, actor: Actor, client_id: str, given: Mapping[str, Any]) -> None:
    """Do to a client or one of its keys what a transition asks.

    Args:
        given: `action`, and the `kid` or `reason` that it needs.

    Raises:
        NotRegistered: there is no such client.
        Refused: it has no such key, or the reason is not one line.
        Clash: a client that is to be allowed is not denied.
    """
    match given["action"]:
        case "allow":
            allow(session, actor, client_id, given["reason"])
        case "deny":
            deny(session, actor, client_id)
        case action:
            end = retire_key if action == "retire_key" else deny_key
            try:
                end(session, actor, client_id, given["kid"])
            except NotRegistered as missing:
                raise Refused(str(missing.args[0]), "kid") from None
