"""Runs the service as separate processes that tests can stop: gunicorn, workers and the database."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from service import clock, config, db, stack
from service.demo import cast
from service.demo.callers import Caller
from service.demo.environment import Environment, set_clock

PATIENCE = 60.0
BEGINS = "2026-03-02 09:00"


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Poll until another process has done something."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not happened():
        assert time.monotonic() < deadline, what
        pause.wait(0.02)


@dataclass
class Live:
    """A running service, and the ways to disturb it."""

    environment: Environment
    settings: config.Config
    superuser: str
    api: "subprocess.Popen[bytes]"
    worker: "subprocess.Popen[bytes]"
    log: Path
    pool: ThreadPoolExecutor

    @property
    def officer(self) -> Caller:
        return self.environment.caller("probation").acting_for(cast.PRACTITIONER)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Query the database as superuser."""
        with psycopg.connect(self.superuser, dbname=stack.DATABASE) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def count(self, table: str, where: str = "true", *values: object) -> int:
        """Count rows."""
        found: int = self.rows(f"SELECT count(*) FROM {table} WHERE {where}", *values)[0][0]
        return found

    @contextmanager
    def held_at(
        self, table: str, role: str = "referrals_api", *, cut_off: bool = False
    ) -> Iterator[Callable[[], None]]:
        """Block writes to a table; yield a function that waits until a role is blocked on it.

        The blocked statement continues when the block ends.

        Args:
            cut_off: the database will be stopped within the block.
        """
        waiting = "SELECT 1 FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'"
        connection = psycopg.connect(self.superuser, dbname=stack.DATABASE)
        try:
            connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
            yield lambda: wait_until(
                lambda: bool(self.rows(waiting, role)), f"no statement waits for {table}"
            )
        finally:
            with suppress(*[psycopg.OperationalError] if cut_off else []):
                connection.rollback()
            connection.close()

    def meanwhile(self, call: Callable[[], httpx.Response]) -> "Future[httpx.Response]":
        """Make a call in another thread."""
        return self.pool.submit(call)

    def stop_database(self) -> None:
        """Stop the database server immediately, closing every connection."""
        process = int((self.settings.var / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(process, signal.SIGQUIT)
        wait_until(lambda: not _runs(process), "the database did not stop")

    def start_database(self) -> None:
        """Start the database server again; it recovers what was committed."""
        db._embedded(self.settings.var / "postgres").ensure_postgres_running()

    def another_worker(self) -> "subprocess.Popen[bytes]":
        """Start another worker; the test must stop it."""
        return self._child(stack.worker_command(0.1), "worker")

    @contextmanager
    def another_api(self) -> Iterator[tuple["subprocess.Popen[bytes]", Caller]]:
        """Start another API on a port of its own, with a caller for it."""
        port = stack.free_port()
        child = self._child(
            stack.api_command(f"127.0.0.1:{port}", processes=1), "api", "reader", "audit_reader"
        )
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            wait_until(lambda: alive(http), "the other API did not come up")
            yield child, replace(self.officer, http=http)
        child.kill()
        child.wait()

    def _child(self, command: list[str], *roles: db.Role) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as out:
            return subprocess.Popen(
                command, env=stack.environment(*roles), stdout=out, stderr=out, start_new_session=True
            )


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def alive(http: httpx.Client) -> bool:
    """Return whether the service answers."""
    try:
        return http.get("/health/liveness").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return the problem document of a response, which must have this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["request_id"] == answer.headers["X-Request-Id"]
    return found


@contextmanager
def live(var: Path, *, interval: float = 0.1) -> Iterator[Live]:
    """Run the whole service in a directory of its own.

    Args:
        var: empty; for the database, keys, clock and log of this service.
        interval: seconds between two passes of the worker, which take a good part of a processor when they
            are few.
    """
    port, clock_file = stack.free_port(), var / "clock"
    set_clock(clock_file, datetime.fromisoformat(BEGINS).replace(tzinfo=clock.LONDON))
    issuer = f"http://127.0.0.1:{port}"
    with ExitStack() as stacked:
        patch = stacked.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("REFERRALS_VAR", str(var))
        patch.setenv("REFERRALS_ISSUER", issuer)
        patch.setenv("REFERRALS_SIGNING_KEYS", str(var / "signing-keys.json"))
        patch.setenv("REFERRALS_CLOCK_FILE", str(clock_file))
        settings = config.load()
        clock.read_from(clock_file)
        stacked.callback(clock.use, None)
        stacked.enter_context(stack.embedded(settings))
        stack.prepare(settings)
        with db.transaction("owner") as session:
            for part in cast.PARTS.values():
                cast.register(session, part, cast.key_of(part, var / "keys").as_dict(private=False))
        log = var / "processes.log"
        api, worker = stacked.enter_context(stack.processes(port, interval=interval, log=log))
        http = stacked.enter_context(httpx.Client(base_url=issuer, timeout=60))
        pool = stacked.enter_context(ThreadPoolExecutor(4))
        wait_until(lambda: alive(http), "the service did not come up")
        superuser = db.start_embedded(var / "postgres")
        yield Live(Environment(http, settings, clock_file), settings, superuser, api, worker, log, pool)
