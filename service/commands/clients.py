"""Operator commands for clients and their keys."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.commands import permitted
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.commands.organisations import as_json, find_organisation
from service.errors import NotRegistered, Refused
from service.organisations.model import Client, ClientKey, Organisation
from service.organisations.public_keys import jwk_of_pem
from service.organisations.writes import clients as registry

LARGEST_KEY: Final = 64 * 1024
"""Bytes of a key file; a public key has a few hundred."""


@click.group(cls=CommandGroup)
def clients() -> None:
    """Register clients and their keys."""


@clients.command("register")
@click.argument("client_id")
@click.argument("organisation", metavar="KIND/CODE")
@click.option("--name", help="Its display name; required the first time.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path),
    help="A file with its public key, a JWK or PEM; required the first time.",
)
@click.option(
    "--scope", "scopes", multiple=True, help="A scope it may request; may be repeated. By default all."
)
@click.option(
    "--certificate-bound/--not-certificate-bound",
    default=None,
    help="Whether its tokens work only behind its TLS certificate.",
)
@click.option(
    "--requests-per-minute", type=click.IntRange(min=1), help="Its rate limit, in place of the default."
)
def register(
    *,
    client_id: str,
    organisation: str,
    name: str | None,
    key_file: Path | None,
    scopes: tuple[str, ...],
    certificate_bound: bool | None,
    requests_per_minute: int | None,
) -> None:
    """Register a client of an organisation, add a key, or change the given settings."""
    public_jwk = None if key_file is None else _read_key(key_file)
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        if public_jwk is None and session.get(Client, client_id) is None:
            raise NotRegistered(f"{client_id} is not registered yet: give its public key with --key")
        registry.register_client(
            session,
            actor,
            client_id=client_id,
            organisation_id=found.id,
            name=name if name is None else permitted.line(name, "a name"),
            scopes=scopes or None,
            certificate_bound=certificate_bound,
            requests_per_minute=requests_per_minute,
        )
        kid = None if public_jwk is None else registry.add_key(session, actor, client_id, public_jwk)
    click.echo(f"{client_id} may call with the key {kid}" if kid else f"{client_id} is registered")


def _read_key(file: Path) -> dict[str, Any]:
    """Return the public key in a file as a JWK.

    Raises:
        OSError: the file cannot be read.
        Refused: it holds no public key.
    """
    with file.open("rb") as opened:
        text = opened.read(LARGEST_KEY + 1)
    if len(text) > LARGEST_KEY:
        raise Refused(f"{file} is too large for a public key")
    try:
        if b"-----BEGIN " in text:
            return jwk_of_pem(text)
        found = json.loads(text)
    except Refused as refused:
        raise Refused(f"{file}: {refused}") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(f"{file} holds no public key, as a JWK or PEM")
    if "keys" in found:
        raise Refused(f"{file} is a set of keys: register each key from a file of its own")
    return found


@clients.command("retire-key")
@click.argument("client_id")
@click.argument("kid")
def retire_key(client_id: str, kid: str) -> None:
    """Stop accepting a key of a client."""
    _end_key(registry.retire_key, client_id, kid)


@clients.command("deny-key")
@click.argument("client_id")
@click.argument("kid")
def deny_key(client_id: str, kid: str) -> None:
    """Stop accepting a key of a client, and every token it was used to get, immediately."""
    _end_key(registry.deny_key, client_id, kid)


def _end_key(end: Callable[[Session, Actor, str, str], str], client_id: str, kid: str) -> None:
    with operating() as (session, actor):
        status = end(session, actor, client_id, kid)
        left = len(_keys_of(session, client_id, "active"))
    click.echo(f"the key {kid} of {client_id} is {status}; {left} of its keys may be used")


@clients.command("deny")
@click.argument("client_id")
def deny(client_id: str) -> None:
    """Refuse every call of a client, immediately."""
    with operating() as (session, actor):
        registry.deny_client(session, actor, client_id)
    click.echo(f"{client_id} is denied")


@clients.command("allow")
@click.argument("client_id")
@click.option("--reason", required=True, help="Recorded on the audit trail: leave out personal data.")
def allow(client_id: str, reason: str) -> None:
    """Allow a denied client to call again, with its keys that are not denied themselves."""
    with operating() as (session, actor):
        registry.allow_client(session, actor, client_id, permitted.line(reason, "a reason"))
        left = len(_keys_of(session, client_id, "active"))
    click.echo(f"{client_id} is active again; {left} of its keys may be used")


@clients.command("list")
@click.option("--organisation", metavar="KIND/CODE", help="Only those of one organisation.")
@as_json
def list_clients(organisation: str | None, as_json: bool) -> None:
    """List the registered clients with their organisations and status."""
    with operating() as (session, actor):
        query = select(Client).order_by(Client.id)
        if organisation is not None:
            query = query.where(Client.organisation_id == find_organisation(session, organisation).id)
        shown = [_described(session, row) for row in session.scalars(query)]
        audit.record(session, actor, "consultation", object_kind="client", object_id="-")
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    for one in shown:
        click.echo(f"{one['id']}  {one['organisation']}  {one['status']}  {one['name']}")


@clients.command("show")
@click.argument("client_id")
@as_json
def show(client_id: str, as_json: bool) -> None:
    """Show a client's settings and keys."""
    with operating() as (session, actor):
        one = _described(session, registry.client(session, client_id))
        audit.record(session, actor, "consultation", object_kind="client", object_id=client_id)
    if as_json:
        click.echo(json.dumps(one, indent=1, ensure_ascii=False))
        return
    for title, text in (
        ("client", f"{one['id']}; {one['name']}"),
        ("organisation", one["organisation"]),
        ("status", one["status"]),
        ("scopes", ", ".join(one["scopes"])),
        ("certificate", "bound" if one["certificate_bound"] else "not bound"),
        ("requests per minute", one["requests_per_minute"] or "the default"),
        ("keys", "; ".join(f"{key['kid']} ({key['status']})" for key in one["keys"]) or "none"),
    ):
        click.echo(f"{title}: {text}")


def _described(session: Session, found: Client) -> dict[str, Any]:
    whose = session.get_one(Organisation, found.organisation_id)
    return {
        "id": found.id,
        "organisation": f"{whose.kind}/{whose.code}",
        "name": found.name,
        "status": found.status,
        "scopes": list(found.scopes),
        "certificate_bound": found.certificate_bound,
        "requests_per_minute": found.requests_per_minute,
        "keys": [
            {"kid": key.kid, "status": key.status, "created_at": key.created_at.isoformat()}
            for key in _keys_of(session, found.id)
        ],
    }


def _keys_of(session: Session, client_id: str, *statuses: str) -> list[ClientKey]:
    query = select(ClientKey).where(ClientKey.client_id == client_id).order_by(ClientKey.kid)
    return list(session.scalars(query.where(ClientKey.status.in_(statuses)) if statuses else query))
