"""Operator commands about webhooks: where an organisation's feed is pushed, and the keys that sign it."""

from datetime import timedelta
from uuid import UUID

import click
from sqlalchemy import select

from service import config, db, stack
from service.access.actor import Actor
from service.access.model import Organisation
from service.access.queries import organisation_by_code
from service.events.webhooks import registration as webhook_registration
from service.events.webhooks.model import WebhookEndpoint
from service.events.webhooks.signatures import SCHEMES, Scheme


@click.group()
def webhooks() -> None:
    """Say where organisations want to be told of what happens, and with which keys that is signed."""


def _show_keys(made: webhook_registration.Registered) -> None:
    click.echo(f"Endpoint {made.endpoint_id}. For its receiver, shown once and secret where it says whsec_:")
    for key in made.for_receiver:
        click.echo(key)


@webhooks.command("register")
@click.argument("organisation")
@click.argument("url")
@click.option(
    "--scheme",
    type=click.Choice(SCHEMES),
    multiple=True,
    default=webhook_registration.PREFERRED,
    show_default=True,
    help="v1a is Ed25519, v1 is HMAC; may be repeated.",
)
def register_webhook(organisation: str, url: str, scheme: tuple[Scheme, ...]) -> None:
    """Tell the ORGANISATION (kind/code) of what happens at this URL, once it has answered a challenge."""
    settings = config.load()
    kind, _, code = organisation.partition("/")
    with stack.database(settings), db.transaction("owner") as session:
        found = organisation_by_code(session, kind, code)
        if found is None:
            raise click.BadParameter("no such organisation", param_hint="organisation")
        try:
            made = webhook_registration.register(
                session,
                Actor.for_service("registration"),
                found.id,
                url,
                schemes=scheme,
                loopback=settings.webhooks_to_loopback,
            )
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="url") from None
        _show_keys(made)


@webhooks.command("rotate")
@click.argument("endpoint", type=click.UUID)
@click.option(
    "--overlap",
    "hours",
    type=click.IntRange(0, 24 * 30),
    default=72,
    show_default=True,
    help="Hours for which the old key signs as well; 0 when somebody else knows it.",
)
def rotate_webhook(endpoint: UUID, hours: int) -> None:
    """Make new keys for an endpoint."""
    with stack.database(config.load()), db.transaction("owner") as session:
        try:
            made = webhook_registration.rotate(
                session, Actor.for_service("registration"), endpoint, overlap=timedelta(hours=hours)
            )
        except LookupError as error:
            raise click.ClickException(str(error)) from None
        _show_keys(made)


@webhooks.command("disable")
@click.argument("endpoint", type=click.UUID)
def disable_webhook(endpoint: UUID) -> None:
    """Send an endpoint nothing more. Registered again, it goes on where it had come to."""
    with stack.database(config.load()), db.transaction("owner") as session:
        try:
            webhook_registration.disable(session, Actor.for_service("registration"), endpoint)
        except LookupError as error:
            raise click.ClickException(str(error)) from None


@webhooks.command("list")
def list_webhooks() -> None:
    """List every endpoint: its id, whose it is, how it stands, where it is."""
    with stack.database(config.load()), db.transaction("owner") as session:
        rows = session.execute(
            select(WebhookEndpoint, Organisation)
            .join(Organisation, Organisation.id == WebhookEndpoint.organisation_id)
            .order_by(Organisation.kind, Organisation.code, WebhookEndpoint.created_at)
        )
        for endpoint, organisation in rows:
            stands = endpoint.disabled_reason or endpoint.state
            click.echo(f"{endpoint.id} {organisation.kind}/{organisation.code} {stands} {endpoint.url}")
