"""The `referrals` command: everything an operator or a developer does that is not an API call."""

import json
import logging
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click

from service import clock, config, db, migrate, stack
from service.access import signing_keys
from service.app import create_app
from service.openapi import document


@click.group()
def main() -> None:
    """Referral Exchange: one referral, fanned out; checks chased; a trail that can be proved."""
    logging.captureWarnings(capture=True)


@main.command()
def prepare() -> None:
    """Bring the database to the present and publish the policies: run it before each release starts."""
    settings = config.load()
    with stack.database(settings):
        stack.prepare(settings)


@main.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True)
def serve(bind: str) -> None:
    """Serve the API."""
    settings = config.load()
    with stack.database(settings):
        stack.prepare(settings)
        raise SystemExit(stack.wait_for(stack.api_command(bind), stack.environment("api")))


@main.command()
@click.option("--interval", default=5.0, show_default=True, help="Seconds between two looks.")
def worker(interval: float) -> None:
    """Run one worker: any number may run, on any number of machines."""
    settings = config.load()
    if settings.clock_file:
        clock.read_from(settings.clock_file)
    db.bind(db.urls_from_environment())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_worker(stop, interval)


@main.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    click.echo(json.dumps(document(create_app()), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
