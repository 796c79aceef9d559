"""`make run`: the whole service on this machine, with the demonstration's organisations registered.

For trying out the service. In production, run the API and workers under your own supervisor.
"""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import click
import httpx

from service import clock, config, db, stack
from service.access.actor import Practitioner
from service.demo import cast
from service.demo.sample import sample
from service.errors import Refused
from service.oauth.client_side import Signer, read_private_key

PATIENCE: Final = 60.0
"""Seconds for the API to come up."""
CRN: Final = "X320741"
DEFAULT_URL: Final = "http://127.0.0.1:8080"
PEOPLE: Final = {one.id: one for one in (cast.PRACTITIONER, cast.SPO, cast.PDU_HEAD)}


def run(port: int) -> None:
    """Start everything, print how to call it, and stop it all on SIGINT or SIGTERM.

    Args:
        port: the API's port, on the loopback address.

    Raises:
        click.ClickException: the port cannot be used, or a process stopped unexpectedly.
    """
    _require_free(port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    os.environ["REFERRALS_ISSUER"] = f"http://127.0.0.1:{port}"
    settings = config.load()
    log = settings.var / "run.log"
    click.echo("Starting PostgreSQL, the API and a worker ...", err=True)
    with stack.embedded(settings):
        stack.prepare(settings)
        _register(settings)
        body = _write_example(settings)
        with stack.processes(port, log=log) as children:
            _wait_until_up(settings.issuer, children, log, stop)
            if not stop.is_set():
                click.echo(_page(settings, body, log))
            while not stop.wait(1):
                _require_alive(children, log)
            click.echo("Finishing running requests ...", err=True)
    click.echo("Stopped.", err=True)


def token(client_id: str, practitioner: tuple[str, str] | None, url: str) -> str:
    """Fetch an access token from the running service, as a client whose key is in `var/keys/`.

    Args:
        client_id: the client.
        practitioner: the id and role of the person it acts for; for itself only when None.
        url: the service's URL, which is also its issuer.

    Raises:
        click.ClickException: there is no such key, the service does not answer, or it refuses a token.
        Refused: the file holds no private key of a kind that can be registered.
    """
    file = config.load().var / "keys" / f"{client_id}.json"
    if not file.exists():
        known = ", ".join(sorted(one.stem for one in file.parent.glob("*.json"))) or "none"
        raise click.ClickException(f"no key in {_shown(file)}; there are keys of: {known}")
    signer = Signer(client_id, read_private_key(file), url)
    form = signer.token_form(clock.now(), practitioner=practitioner and _person(client_id, *practitioner))
    try:
        answer = httpx.post(f"{url}/oauth/token", data=form, timeout=30)
    except (httpx.TransportError, httpx.InvalidURL):
        raise click.ClickException(f"{url} does not answer: is `make run` running?") from None
    if answer.status_code != httpx.codes.OK:
        raise click.ClickException(f"the token was refused: {' '.join(answer.text.split())}")
    try:
        given: str = answer.json()["access_token"]
    except (ValueError, LookupError, TypeError):
        raise click.ClickException(f"what answers at {url} is not this service") from None
    return given


def _person(client_id: str, practitioner_id: str, role: str) -> Practitioner:
    """Return the named person; for a person outside the cast, the id is also the name."""
    region = next((part.code for part in cast.PARTS.values() if part.client_id == client_id), cast.REGION)
    known = PEOPLE.get(
        practitioner_id, Practitioner(practitioner_id, practitioner_id, role, region, cast.PDU)
    )
    return replace(known, role=role, region=region)


def _require_free(port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} cannot be used ({error.strerror}): stop what uses it, or give --port"
            ) from None


def _register(settings: config.Config) -> None:
    for part in cast.PARTS.values():
        key = cast.key_of(part, settings.var / "keys")
        try:
            with db.transaction("owner") as session:
                cast.register(session, part, key.as_dict(private=False))
        except Refused as refused:  # an earlier command has denied it or moved its duty
            click.echo(f"{part.client_id} was not changed: {refused}", err=True)


def _write_example(settings: config.Config) -> Path:
    """Write an example referral, with a new reference in each run and dates relative to today."""
    body = settings.var / "example-referral.json"
    submission = sample(clock.today(), f"EXAMPLE-{uuid4().hex[:8]}", CRN)
    body.write_text(json.dumps(submission, indent=2, ensure_ascii=False) + "\n")
    return body


def _wait_until_up(
    url: str, children: Sequence["subprocess.Popen[bytes]"], log: Path, stop: threading.Event
) -> None:
    deadline = time.monotonic() + PATIENCE
    while not stop.wait(0.1):
        _require_alive(children, log)
        try:
            if httpx.get(f"{url}/health/liveness").status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise click.ClickException(f"the API did not start: see {_shown(log)}") from None


def _require_alive(children: Sequence["subprocess.Popen[bytes]"], log: Path) -> None:
    if any(child.poll() is not None for child in children):
        raise click.ClickException(f"a process stopped unexpectedly: see {_shown(log)}")


def _page(settings: config.Config, body: Path, log: Path) -> str:
    rows = [
        (part.client_id, f"{_shown(settings.var / 'keys' / part.client_id)}.json", part.name)
        for part in cast.PARTS.values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    clients = "\n".join(f"  {one:<{widths[0]}}  {key:<{widths[1]}}  {whose}" for one, key, whose in rows)
    preview, submit, feed = example_lines(settings, body)
    return f"""
Referral Exchange is running at {settings.issuer}
Documentation: {settings.issuer}/docs    Log: {_shown(log)}    Stop: Ctrl-C

Clients, their private keys and their organisations:

{clients}

Run these in another terminal, in this directory. Preview a referral:

{preview}

Submit it:

{submit}

Read the feed of the accommodation provider:

{feed}
"""


def example_lines(settings: config.Config, body: Path) -> tuple[str, str, str]:
    """Return three shell commands: preview a referral, submit it, read the provider's feed.

    Args:
        settings: the settings of the running service.
        body: the file that holds the referral.
    """
    practitioner = f"{cast.PRACTITIONER.id}:{cast.PRACTITIONER.role}"
    case_system = _bearer(settings, cast.PARTS["probation"].client_id, "--for", practitioner)
    provider = _bearer(settings, cast.PARTS["crs"].client_id)
    key = f"-H 'Idempotency-Key: {uuid4()}'"
    send = f"-H 'Content-Type: application/json' -d @{_shown(body)}"
    pretty = "| python3 -m json.tool"
    return (
        f"curl -sS {settings.issuer}/v1/referrals/preview {case_system} {send} {pretty}",
        f"curl -sS {settings.issuer}/v1/referrals {case_system} {key} {send} {pretty}",
        f"curl -sS {settings.issuer}/v1/events {provider} {pretty}",
    )


def _bearer(settings: config.Config, *arguments: str) -> str:
    words = [_shown(Path(sys.argv[0])), "token", *arguments]
    if settings.issuer != DEFAULT_URL:
        words += ["--url", settings.issuer]
    where = f"REFERRALS_VAR={shlex.quote(_shown(settings.var))} " if "REFERRALS_VAR" in os.environ else ""
    return f'-H "Authorization: Bearer $({where}{shlex.join(words)})"'


def _shown(path: Path) -> str:
    """Return a path relative to the current directory if possible."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
