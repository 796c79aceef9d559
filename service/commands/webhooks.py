"""Operator commands for webhooks: an organisation's endpoints and the keys that sign deliveries."""

import json
from datetime import timedelta
from uuid import UUID

import click

from service import audit, clock, config
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.commands.organisations import as_json, removed
from service.events.webhooks import registration as webhook_registration
from service.events.webhooks.signatures import SCHEMES, Scheme
from service.organisations.writes.organisations import require_not_ended
from service.registration import queries, views
from service.registration.actions import removal
from service.registration.queries import find_organisation


@click.group(cls=CommandGroup)
def webhooks() -> None:
    """Register the webhook endpoints of organisations, and their signing keys."""


def _show_keys(made: webhook_registration.Registered) -> None:
    click.echo(f"Endpoint {made.endpoint_id}. Its receiver needs these keys, shown once; whsec_ is secret:")
    for key in made.for_receiver:
        click.echo(key)


@webhooks.command("register")
@click.argument("organisation")
@click.argument("url")
@click.option(
    "--scheme",
    type=click.Choice(SCHEMES),
    multiple=True,
    help="v1a is Ed25519, v1 is HMAC; may be repeated. By default unchanged; v1a the first time.",
)
def register_webhook(organisation: str, url: str, scheme: tuple[Scheme, ...]) -> None:
    """Register a webhook endpoint of an ORGANISATION (kind/code), once it has answered a challenge."""
    loopback = config.load().webhooks_to_loopback
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        require_not_ended(found)
        made = webhook_registration.register(
            session, actor, found.id, url, schemes=scheme or None, loopback=loopback
        )
    _show_keys(made)


@webhooks.command("rotate")
@click.argument("endpoint", type=click.UUID)
@click.option(
    "--overlap",
    "hours",
    type=click.IntRange(0, 24 * 30),
    default=72,
    show_default=True,
    help="Hours for which the old key also signs; 0 when it has leaked.",
)
def rotate_webhook(endpoint: UUID, hours: int) -> None:
    """Create new keys for an endpoint."""
    with operating() as (session, actor):
        made = webhook_registration.rotate(session, actor, endpoint, overlap=timedelta(hours=hours))
    _show_keys(made)


@webhooks.command("disable")
@click.argument("endpoint", type=click.UUID)
def disable_webhook(endpoint: UUID) -> None:
    """Stop sending to an endpoint. Registered again, it continues from where it stopped."""
    with operating() as (session, actor):
        webhook_registration.disable(session, actor, endpoint)
    click.echo(f"{endpoint} is disabled")


@webhooks.command("show")
@click.argument("endpoint", type=click.UUID)
@as_json
def show_webhook(endpoint: UUID, as_json: bool) -> None:
    """Show an endpoint with its public keys."""
    with operating() as (session, actor):
        (one,) = views.endpoints(session, [queries.find_endpoint(session, endpoint)], clock.now())
        audit.record(session, actor, "consultation", object_kind="webhook", object_id=endpoint)
    if as_json:
        click.echo(json.dumps(one, indent=1, ensure_ascii=False, default=str))
        return
    keys = [f"{key['scheme']} {key['public_key'] or 'a shared secret'}" for key in one["keys"]]
    for title, words in (
        ("endpoint", f"{one['id']}; {one['url']}"),
        ("organisation", one["organisation"]),
        ("state", one["disabled_reason"] or one["state"]),
        ("keys", "; ".join(keys)),
    ):
        click.echo(f"{title}: {words}")


@webhooks.command("remove")
@click.argument("endpoint", type=click.UUID)
def remove_webhook(endpoint: UUID) -> None:
    """Remove an endpoint: it is sent nothing more, and listed only with --removed."""
    with operating() as (session, actor):
        removal.remove_endpoint(session, actor, endpoint)
    click.echo(f"{endpoint} is removed")


@webhooks.command("list")
@removed
@as_json
def list_webhooks(removed: bool, as_json: bool) -> None:
    """List every endpoint: its id, organisation, state and URL."""
    with operating() as (session, actor):
        audit.record(session, actor, "consultation", object_kind="webhook", object_id="-")
        shown = views.endpoints(session, queries.endpoints(session, removed=removed), clock.now())
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False, default=str))
        return
    for one in shown:
        state = one["disabled_reason"] or one["state"]
        click.echo(f"{one['id']} {one['organisation']} {state} {one['url']}")
