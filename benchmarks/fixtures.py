"""What a run needs: a database of its own with the cast in it, the API, and beside it the bare routes.

Nothing but the loopback address is used, and everything started here is stopped here.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import httpx
import psycopg
from flask import Flask
from psycopg import sql

from service import clock, config, db, stack
from service.access.actor import Practitioner
from service.app import create_app
from service.demo import cast
from service.demo.cast import Part
from service.oauth.client_side import Signer

PATIENCE: Final = 60.0
"""Seconds for a server to come up."""
INCLUSION: Final = Part(
    "crs_provider", "steady-ground", "Steady Ground", (("crs:social_inclusion", cast.REGION),)
)
HUMBERSIDE: Final = Part("police_force", "humberside", "Humberside Police", (("police_da", "humberside"),))
PARTS: Final[dict[str, Part]] = {**cast.PARTS, "crs_inclusion": INCLUSION, "third_police": HUMBERSIDE}
COPIES: Final = ("clocks_few", "clocks_many")
"""Databases of their own for the clocks, copied before anybody uses the first."""
UNLIMITED: Final = str(10**9)
"""Calls a minute: what is measured is what a call costs, not when we refuse one."""


@dataclass(frozen=True)
class Fixtures:
    """Where everything runs.

    Args:
        var: a directory of this run alone.
        app: the application in this process, to watch what it asks of the database.
        api, floor: the addresses of the two servers, host and port.
    """

    var: Path
    app: Flask
    issuer: str
    api: tuple[str, int]
    floor: tuple[str, int]

    def token(self, part: str, practitioner: Practitioner | None = None) -> str:
        """Return a fresh access token of a part of the cast, from the running API."""
        who = PARTS[part]
        signer = Signer(who.client_id, cast.key_of(who, self.var / "keys"), self.issuer)
        form = signer.token_form(clock.now(), practitioner=practitioner)
        answer = httpx.post(f"{self.issuer}/oauth/token", data=form, timeout=30)
        answer.raise_for_status()
        token: str = answer.json()["access_token"]
        return token


@contextlib.contextmanager
def fixtures() -> Iterator[Fixtures]:
    """Start everything afresh in a temporary directory; stop and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="referrals-bench-", ignore_cleanup_errors=True) as made:
        var = Path(made)
        api_port, floor_port = stack.free_port(), stack.free_port()
        os.environ |= {
            "REFERRALS_VAR": str(var),
            "REFERRALS_ISSUER": f"http://127.0.0.1:{api_port}",
            "REFERRALS_SIGNING_KEYS": str(var / "signing-keys.json"),
            "REFERRALS_REQUESTS_PER_MINUTE": UNLIMITED,
            "REFERRALS_TOKENS_PER_MINUTE": UNLIMITED,
        }
        settings = config.load()
        with stack.embedded(settings), contextlib.ExitStack() as servers:
            stack.prepare(settings)
            with db.transaction("owner") as session:
                for part in PARTS.values():
                    cast.register(session, part, cast.key_of(part, var / "keys").as_dict(private=False))
            _copy_database(var)
            for port, application in ((api_port, "wsgi:app"), (floor_port, "benchmarks.floor:app")):
                servers.enter_context(_server(port, application, var))
            yield Fixtures(
                var, create_app(settings), settings.issuer, ("127.0.0.1", api_port), ("127.0.0.1", floor_port)
            )


def _copy_database(var: Path) -> None:
    db.bind(
        {role: db.url_for(role) for role in db.ROLES}
    )  # a database that is copied must have no connections
    with psycopg.connect(db.start_embedded(var / "postgres"), autocommit=True) as line:
        for name in COPIES:
            line.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER referrals_owner").format(
                    sql.Identifier(name), sql.Identifier(stack.DATABASE)
                )
            )


@contextlib.contextmanager
def _server(port: int, application: str, var: Path) -> Iterator[None]:
    """Serve an application exactly as the API is served, but for replacing processes in the midst of it."""
    command = [application if word == "wsgi:app" else word for word in stack.api_command(f"127.0.0.1:{port}")]
    command = [word for word in command if not word.startswith("--max-requests")]
    with (var / "servers.log").open("ab") as log:
        server = subprocess.Popen(
            command,
            env=stack.environment("api", "reader", "audit_reader"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/health/liveness", server)
            yield
        finally:
            server.terminate()
            try:
                server.wait(timeout=35)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("a server did not come up") from None
            time.sleep(0.1)
