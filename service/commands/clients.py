"""Operator commands for clients and their keys."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.commands.organisations import as_json, removed
from service.errors import Refused
from service.organisations.model import Client
from service.registration import queries, views
from service.registration.actions import clients as actions
from service.registration.actions import removal
from service.registration.actions.organisations import lock
from service.registration.queries import find_organisation

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
        lock(session)
        _, kid = actions.register(
            session,
            actor,
            session.get(Client, client_id),
            client_id=client_id,
            whose=find_organisation(session, organisation),
            name=name,
            scopes=scopes or None,
            certificate_bound=certificate_bound,
            requests_per_minute=requests_per_minute,
            public_jwk=public_jwk,
        )
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
        return actions.read_key(text)
    except Refused as refused:
        raise Refused(f"{file}: {refused}") from None


@clients.command("retire-key")
@click.argument("client_id")
@click.argument("kid")
def retire_key(client_id: str, kid: str) -> None:
    """Stop accepting a key of a client."""
    _end_key(actions.retire_key, client_id, kid)


@clients.command("deny-key")
@click.argument("client_id")
@click.argument("kid")
def deny_key(client_id: str, kid: str) -> None:
    """Stop accepting a key of a client, and every token it was used to get, immediately."""
    _end_key(actions.deny_key, client_id, kid)


def _end_key(end: Callable[[Session, Actor, str, str], str], client_id: str, kid: str) -> None:
    with operating() as (session, actor):
        status = end(session, actor, client_id, kid)
        left = _usable(session, client_id)
    click.echo(f"the key {kid} of {client_id} is {status}; {left} of its keys may be used")


@clients.command("deny")
@click.argument("client_id")
def deny(client_id: str) -> None:
    """Refuse every call of a client, immediately."""
    with operating() as (session, actor):
        actions.deny(session, actor, client_id)
    click.echo(f"{client_id} is denied")


@clients.command("allow")
@click.argument("client_id")
@click.option("--reason", required=True, help="Recorded on the audit trail: leave out personal data.")
def allow(client_id: str, reason: str) -> None:
    """Allow a denied client to call again, with its keys that are not denied themselves."""
    with operating() as (session, actor):
        actions.allow(session, actor, client_id, reason)
        left = _usable(session, client_id)
    click.echo(f"{client_id} is active again; {left} of its keys may be used")


@clients.command("remove")
@click.argument("client_id")
def remove(client_id: str) -> None:
    """Remove a client for good: every call of it is refused, and it is listed only with --removed."""
    with operating() as (session, actor):
        removal.remove_client(session, actor, client_id)
    click.echo(f"{client_id} is removed")


@clients.command("list")
@click.option("--organisation", metavar="KIND/CODE", help="Only those of one organisation.")
@removed
@as_json
def list_clients(organisation: str | None, removed: bool, as_json: bool) -> None:
    """List the registered clients with their organisations and status."""
    with operating() as (session, actor):
        whose = None if organisation is None else find_organisation(session, organisation).id
        found = queries.clients(session, organisation_id=whose, removed=removed)
        shown = [_described(one) for one in views.clients(session, found)]
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
        one = _described(views.clients(session, [queries.find_client(session, client_id)])[0])
        audit.record(session, actor, "consultation", object_kind="client", object_id=client_id)
    if as_json:
        click.echo(json.dumps(one, indent=1, ensure_ascii=False))
        return
    for title, text in (
        ("client", f"{one['id']}; {one['name']}"),
        ("organisation", one["organisation"]),
        ("status", f"removed {one['ended_at']}" if one["ended_at"] else one["status"]),
        ("scopes", ", ".join(one["scopes"])),
        ("certificate", "bound" if one["certificate_bound"] else "not bound"),
        ("requests per minute", one["requests_per_minute"] or "the default"),
        ("keys", "; ".join(f"{key['kid']} ({key['status']})" for key in one["keys"]) or "none"),
    ):
        click.echo(f"{title}: {text}")


def _described(shown: dict[str, Any]) -> dict[str, Any]:
    members = ("id", "organisation", "name", "status", "scopes", "certificate_bound", "requests_per_minute")
    return {name: shown[name] for name in members} | {
        "ended_at": shown["ended_at"] and shown["ended_at"].isoformat(),
        "keys": [
            {"kid": key["kid"], "status": key["status"], "created_at": key["added_at"].isoformat()}
            for key in shown["keys"]
        ],
    }


def _usable(session: Session, client_id: str) -> int:
    """Return how many keys of a client may be used."""
    return sum(key.status == "active" for key in queries.keys_of(session, [client_id])[client_id])
