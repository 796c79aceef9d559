"""The `referrals` command: everything that operators and developers do outside the API."""

import json
import signal
import sys
import tempfile
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from service import audit, clock, config, db, duties, logs, migrate, stack, structure, tables
from service.app import create_app
from service.cases.actions.nobody_home import follow_register
from service.cases.actions.sharing_ends import follow_sharing
from service.cases.actions.transfers import follow_offers
from service.cases.actions.who_asks import follow_who_asks
from service.checks.actions.carried_over import WhatLacksAnAgency
from service.commands.clients import clients
from service.commands.group import CommandGroup
from service.commands.keys import keys
from service.commands.operator import VARIABLE, operator
from service.commands.organisations import organisations
from service.commands.people import people
from service.commands.policy_versions import policies
from service.commands.staff import staff
from service.commands.starting import require_database
from service.commands.webhooks import webhooks
from service.events.retention import forget_old_entries
from service.events.webhooks.dispatcher import Dispatcher
from service.events.webhooks.retention import forget_settled
from service.events.webhooks.sending import Sender
from service.guard import housekeeping
from service.openapi import document
from service.people.actions.carried_over import follow_carried_over
from service.referrals.actions.carried_over import WhatWaited
from service.referrals.actions.release import open_what_may_be_sent
from service.registration.actions.waiting import look_through_for_less_knowledge, release_for_new_duties
from service.release_dates import follow_release_dates
from service.timers.worker import Chore, run_worker
from service.work.releases.actions import HandOver

_TABLES = Path(__file__).parent.parent / "docs" / "tables"


@click.group(cls=CommandGroup)
@click.option(
    "--operator",
    envvar=VARIABLE,
    show_envvar=True,
    help="Your name on the audit trail; by default your login on this machine.",
)
def main(operator: str | None) -> None:
    """Referral Exchange: one probation referral sent to many destinations, with checks and an audit trail."""
    del operator  # read where an entry is written
    logs.configure()


@main.command()
def prepare() -> None:
    """Migrate the database and publish the policies. Run it before each release starts."""
    settings, actor = config.load(), operator()
    with stack.database(settings):
        stack.prepare(settings, actor)
        with db.transaction("owner") as session:
            for each in duties.unused(session):
                who = f"{each.organisation.kind}/{each.organisation.code}"
                click.echo(f"{who}: no referral or check uses {each.duty}@{each.area}. {each.why}", err=True)
    click.echo(f"the database is ready for release {settings.release}")


@main.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True)
def serve(bind: str) -> None:
    """Serve the API, using the embedded PostgreSQL if no database is configured."""
    settings = config.load()
    with stack.database(settings):
        if not db.urls_from_environment():
            stack.prepare(settings)
        require_database("api")
        require_database("reader")
        if db.is_bound("registrar"):
            require_database("registrar")
        raise SystemExit(
            stack.run_in_foreground(stack.api_command(bind), stack.environment(*stack.api_roles()))
        )


def _housekeeping(now: datetime) -> None:
    with db.transaction("worker") as session:
        housekeeping.forget_expired(session)
        forget_settled(session, now)


def _feed_retention(keep: timedelta) -> Chore:
    """Return the chore that deletes old feed entries, at most once an hour."""
    looks_next = datetime.min.replace(tzinfo=UTC)

    def forget_feed(now: datetime) -> None:
        nonlocal looks_next
        if now >= looks_next:
            forget_old_entries(now, keep)
            looks_next = now + timedelta(hours=1)

    return forget_feed


def _dispatcher(settings: config.Config) -> Dispatcher:
    sender = Sender(loopback=settings.webhooks_to_loopback)
    return Dispatcher(sender, source=f"{settings.issuer}/v1/events")


def chores(dispatcher: Dispatcher, settings: config.Config) -> tuple[Chore, ...]:
    """Return what a worker does in each pass, apart from firing clocks and sending notices."""
    return (
        dispatcher.start_idle_workers,
        open_what_may_be_sent,
        follow_carried_over,
        follow_release_dates,
        release_for_new_duties,
        look_through_for_less_knowledge,
        follow_register,
        follow_who_asks,
        follow_offers,
        audit.aggregate_refusals,
        _housekeeping,
        _feed_retention(timedelta(days=settings.feed_days)),
    )


@main.command()
@click.option("--interval", default=5.0, show_default=True, help="Seconds between two passes.")
def worker(interval: float) -> None:
    """Run a worker. Any number may run, on any number of machines."""
    settings = config.load()
    if settings.clock_file:
        clock.read_from(settings.clock_file)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with stack.database(settings), _dispatcher(settings) as dispatcher:
        require_database("worker")
        run_worker(
            stop,
            interval,
            chores=chores(dispatcher, settings),
            first=(WhatWaited(), WhatLacksAnAgency(), follow_sharing, HandOver()),
        )


@main.command("demo")
def play_demo() -> None:
    """Run the demonstration from end to end, in a database of its own."""
    from service.demo import story  # noqa: PLC0415 - needs what only a developer installs

    try:
        story.play(config.load().var / "demo")
    except story.DemoFailed as fault:
        raise click.ClickException(str(fault)) from fault


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
def run(port: int) -> None:
    """Run the whole service on this machine, with ready-made clients, until you stop it."""
    from service.demo import run as demo_run  # noqa: PLC0415 - needs what only a developer installs

    demo_run.run(port)


@main.command()
@click.argument("client_id")
@click.option(
    "--for", "practitioner", metavar="ID:ROLE", help="Who it acts for, such as p.shah:practitioner."
)
@click.option(
    "--url",
    envvar="REFERRALS_ISSUER",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where the service runs.",
)
def token(client_id: str, practitioner: str | None, url: str) -> None:
    """Print a new access token for a client whose key is in var/keys/, where `run` writes them."""
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


@main.command("structure")
def print_structure() -> None:
    """Print the structure that the migrations create, for the health check, from a temporary database."""
    settings = config.load()
    with (
        tempfile.TemporaryDirectory(prefix="referrals-") as place,
        stack.embedded(replace(settings, var=Path(place))),
    ):
        migrate.upgrade()
        with db.transaction("api") as session:
            click.echo(structure.document(structure.read(session)), nl=False)


@main.group("audit", cls=CommandGroup)
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
def verify() -> None:
    """Check every entry against its hash, form and columns. Exit with 1 at the first discrepancy."""
    actor = operator()
    with stack.database(config.load()):
        # The role that reads the trail cannot add to it, so the API's role records the read.
        with db.transaction("api") as session:
            audit.record(
                session, actor, "audit_read", object_kind="audit_entry", object_id="-", reason="verified"
            )
        with db.transaction("audit_reader") as reader, closing(audit.verify_bodies(reader)) as discrepancies:
            found = next(discrepancies, None)
    if found is not None:
        click.echo(f"{found.recorded_at.isoformat()} {found.entry_id}: {found.what}", err=True)
        sys.exit(1)
    click.echo("Every entry agrees with its hash, its form and its columns.")


for group in (organisations, staff, clients, keys, webhooks, people, policies):
    main.add_command(group)

if __name__ == "__main__":
    main()
