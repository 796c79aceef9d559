"""The `referrals` command: everything an operator or a developer does that is not an API call."""

import json
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit, clock, config, db, logs, stack, tables
from service.access import housekeeping, registration, signing_keys
from service.access.actor import Actor
from service.access.model import Organisation
from service.access.permissions import SCOPES_OF_KIND
from service.access.queries import organisation_by_code
from service.app import create_app
from service.commands.people import people
from service.events.retention import forget_old_entries
from service.events.webhooks import registration as webhook_registration
from service.events.webhooks.courier import Courier
from service.events.webhooks.model import WebhookEndpoint
from service.events.webhooks.retention import forget_settled
from service.events.webhooks.sending import Sender
from service.events.webhooks.signatures import SCHEMES, Scheme
from service.openapi import document
from service.referrals.actions.opening import open_what_may_be_sent
from service.timers.worker import Chore, run_worker

_TABLES = Path(__file__).parent.parent / "docs" / "tables"


@click.group()
def main() -> None:
    """Referral Exchange: one referral, fanned out; checks chased; a trail that can be proved."""
    logs.configure()


@main.command()
def prepare() -> None:
    """Bring the database to the present and publish the policies: run it before each release starts."""
    settings = config.load()
    with stack.database(settings):
        stack.prepare(settings)


@main.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True)
def serve(bind: str) -> None:
    """Serve the API, on the embedded PostgreSQL where no database is given."""
    settings = config.load()
    with stack.database(settings):
        if not db.urls_from_environment():
            stack.prepare(settings)
        raise SystemExit(
            stack.run_until_told(stack.api_command(bind), stack.environment("api", "audit_reader"))
        )


def _housekeeping(now: datetime) -> None:
    with db.transaction("worker") as session:
        housekeeping.forget_expired(session)
        forget_settled(session, now)


def _forgetting(keep: timedelta) -> Chore:
    """Return the chore that ends the feeds' memory, which looks once an hour."""
    looks_next = datetime.min.replace(tzinfo=UTC)

    def forget_feed(now: datetime) -> None:
        nonlocal looks_next
        if now >= looks_next:
            forget_old_entries(now, keep)
            looks_next = now + timedelta(hours=1)

    return forget_feed


def _courier(settings: config.Config) -> Courier:
    sender = Sender(loopback=settings.webhooks_to_loopback)
    return Courier(sender, source=f"{settings.issuer}/v1/events")


@main.command()
@click.option("--interval", default=5.0, show_default=True, help="Seconds between two looks.")
def worker(interval: float) -> None:
    """Run one worker. Any number may run, on any number of machines."""
    settings = config.load()
    if settings.clock_file:
        clock.read_from(settings.clock_file)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with stack.database(settings), _courier(settings) as courier:
        chores = (
            courier.look,
            open_what_may_be_sent,
            _housekeeping,
            _forgetting(timedelta(days=settings.feed_days)),
        )
        run_worker(stop, interval, chores=chores)


@main.command("demo")
def play_demo() -> None:
    """Play Darren's and Toby's story from end to end, in a database of its own."""
    from service.demo import story  # noqa: PLC0415 - needs what only a developer installs

    try:
        story.tell(config.load().var / "demo")
    except story.NotAsTold as fault:
        raise click.ClickException(str(fault)) from fault


@main.command()
@click.option("--port", default=8080, show_default=True)
def run(port: int) -> None:
    """Run everything on this machine, with ready-made clients, until told to stop."""
    from service.demo import run as demo_run  # noqa: PLC0415 - needs what only a developer installs

    demo_run.run(port)


@main.command()
@click.argument("client_id")
@click.option(
    "--for", "practitioner", metavar="ID:ROLE", help="For whom it acts, such as p.shah:practitioner."
)
@click.option(
    "--url",
    envvar="REFERRALS_ISSUER",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where the service runs.",
)
def token(client_id: str, practitioner: str | None, url: str) -> None:
    """Print a fresh access token for a client whose key is in var/keys/, as `run` leaves them there."""
    from service.demo import run as demo_run  # noqa: PLC0415 - needs what only a developer installs

    person: tuple[str, str] | None = None
    if practitioner is not None:
        who, colon, role = practitioner.partition(":")
        if not (who and colon and role):
            raise click.BadParameter("write it as ID:ROLE", param_hint="--for")
        person = who, role
    click.echo(demo_run.token(client_id, person, url))


@main.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    click.echo(json.dumps(document(create_app()), indent=2, ensure_ascii=False))


@main.command("tables")
def print_tables() -> None:
    """Write the code's own tables under docs/tables/."""
    _TABLES.mkdir(parents=True, exist_ok=True)
    for name, page in tables.pages().items():
        (_TABLES / name).write_text(page)


@main.group()
def organisations() -> None:
    """Register who takes part, and who answers for what."""


@organisations.command("register")
@click.argument("kind", type=click.Choice(sorted(SCOPES_OF_KIND)))
@click.argument("code")
@click.argument("name")
@click.option(
    "--answers-for", multiple=True, metavar="DUTY[@AREA]", help="Such as cas3@N55; may be repeated."
)
@click.option("--role", multiple=True, metavar="ROLE=HOLDER", help="Such as spo=s.okafor; may be repeated.")
def register_organisation(
    kind: str, code: str, name: str, answers_for: tuple[str, ...], role: tuple[str, ...]
) -> None:
    """Register an organisation, or bring it up to date."""
    with stack.database(config.load()), db.transaction("owner") as session:
        found = registration.register_organisation(session, kind=kind, code=code, name=name)
        for entry in answers_for:
            duty, _, area = entry.partition("@")
            registration.set_responsibility(session, found.id, duty, area or None)
        for entry in role:
            key, _, holder = entry.partition("=")
            registration.set_role_holder(session, found.id, key, holder)
        click.echo(found.id)


@main.group()
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
            kid = registration.add_key(session, actor, client_id, json.load(key_file))
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"{client_id} may call with the key {kid}")


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


@main.group()
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


@main.group()
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


@main.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
def verify() -> None:
    """Check every entry against its hash, form and columns; exit 1 at the first that does not agree."""
    with stack.database(config.load()), db.transaction("audit_reader") as session:
        for found in audit.verify_bodies(session):
            click.echo(f"{found.recorded_at.isoformat()} {found.entry_id}: {found.what}", err=True)
            sys.exit(1)
    click.echo("Every entry agrees with its hash, its form and its columns.")


main.add_command(people)

if __name__ == "__main__":
    main()
