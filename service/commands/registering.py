"""Operator commands about who takes part: organisations, the systems that call, and our own signing keys."""

import json
from collections.abc import Callable
from typing import Any, TextIO

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit, config, db, stack
from service.access import registration, signing_keys
from service.access.actor import Actor
from service.access.model import Organisation
from service.access.permissions import SCOPES_OF_KIND
from service.duties import why_unused


@click.group()
def organisations() -> None:
    """Register who takes part, and who answers for what."""


@organisations.command("register")
@click.argument("kind", type=click.Choice(sorted(SCOPES_OF_KIND)))
@click.argument("code")
@click.argument("name")
@click.option("--answers-for", multiple=True, metavar="DUTY@AREA", help="Such as cas3@N55; may be repeated.")
@click.option("--role", multiple=True, metavar="ROLE=HOLDER", help="Such as spo=s.okafor; may be repeated.")
def register_organisation(
    kind: str, code: str, name: str, answers_for: tuple[str, ...], role: tuple[str, ...]
) -> None:
    """Register an organisation, or bring it up to date."""
    with stack.database(config.load()), db.transaction("owner") as session:
        found = registration.register_organisation(session, kind=kind, code=code, name=name)
        for entry in answers_for:
            duty, _, area = entry.partition("@")
            why = why_unused(duty, area) if area else "Say where, such as cas3@N55."
            if why:
                raise click.BadParameter(why, param_hint="--answers-for")
            registration.set_responsibility(session, found.id, duty, area)
        for entry in role:
            key, _, holder = entry.partition("=")
            registration.set_role_holder(session, found.id, key, holder)
        click.echo(found.id)


@click.group()
def clients() -> None:
    """Register the systems that call, and their keys."""


@clients.command("register")
@click.argument("client_id")
@click.argument("organisation")
@click.option("--name", required=True)
@click.option("--key", "key_file", type=click.File("r"), required=True, help="Its public key, a JWK.")
@click.option(
    "--certificate-bound/--not-certificate-bound",
    default=None,
    help="Whether its tokens work only behind its TLS certificate.",
)
@click.option("--requests-per-minute", type=click.IntRange(min=1), help="Instead of the usual number.")
def register_client(
    *,
    client_id: str,
    organisation: str,
    name: str,
    key_file: TextIO,
    certificate_bound: bool | None,
    requests_per_minute: int | None,
) -> None:
    """Register a client of the ORGANISATION (kind/code, such as crs_provider/keyring), or one more key."""
    kind, _, code = organisation.partition("/")
    with stack.database(config.load()), db.transaction("owner") as session:
        found = session.scalar(
            select(Organisation).where(Organisation.kind == kind, Organisation.code == code)
        )
        if found is None:
            raise click.BadParameter("no such organisation", param_hint="organisation")
        actor = Actor.for_service("registration")
        try:
            registration.register_client(
                session,
                actor,
                client_id=client_id,
                organisation_id=found.id,
                name=name,
                certificate_bound=certificate_bound,
                requests_per_minute=requests_per_minute,
            )
            kid = registration.add_key(session, actor, client_id, _jwk_in(key_file))
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"{client_id} may call with the key {kid}")


def _jwk_in(key_file: TextIO) -> Any:
    try:
        return json.load(key_file)
    except ValueError:
        raise ValueError(f"{key_file.name} is not JSON: a key is registered as a JWK, not as PEM") from None


@clients.command("retire-key")
@click.argument("client_id")
@click.argument("kid")
def retire_key(client_id: str, kid: str) -> None:
    """Accept one key of a client no longer."""
    _end_key(registration.retire_key, client_id, kid)


@clients.command("deny-key")
@click.argument("client_id")
@click.argument("kid")
def deny_key(client_id: str, kid: str) -> None:
    """Refuse one key of a client, and every token it was used to get, at once."""
    _end_key(registration.deny_key, client_id, kid)


def _end_key(end: Callable[[Session, Actor, str, str], None], client_id: str, kid: str) -> None:
    with stack.database(config.load()), db.transaction("owner") as session:
        try:
            end(session, Actor.for_service("registration"), client_id, kid)
        except LookupError as error:
            raise click.ClickException(str(error)) from None


@clients.command("deny")
@click.argument("client_id")
def deny_client(client_id: str) -> None:
    """Refuse a client everything, at once."""
    with stack.database(config.load()), db.transaction("owner") as session:
        registration.deny_client(session, Actor.for_service("registration"), client_id)


@click.group()
def keys() -> None:
    """The service's own keys, which sign access tokens."""


@keys.command("rotate")
@click.option(
    "--at-once",
    is_flag=True,
    help="The old key has leaked: forget it now, with every token it has signed.",
)
def rotate_keys(at_once: bool) -> None:
    """Sign with the next key from now on, and make another one to wait.

    The old key goes on verifying until the last token it signed has expired.
    """
    settings = config.load()
    with stack.database(settings), db.transaction("owner") as session:
        changed = signing_keys.rotate(settings.signing_keys, at_once=at_once)
        audit.record(
            session,
            Actor.for_service("registration"),
            "key_event",
            object_kind="signing_key",
            object_id=changed.current_kid,
            reason="rotated_at_once" if at_once else "rotated",
        )
    click.echo(f"Signing with {changed.current_kid}")
