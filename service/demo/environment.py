"""Runs a real service for the demonstration, in a database of its own, with a clock that can be moved."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx

from service import clock, config, db, stack
from service.demo import cast
from service.demo.callers import Caller, DemoFailed
from service.oauth.client_side import Signer
from service.timers.monitoring import watch

PATIENCE: Final = 30.0
"""Seconds to wait for a process to come up, or for a worker to catch up."""


class Environment:
    """The callers of the demonstration, connected to the service, and control of its clock."""

    def __init__(self, http: httpx.Client, settings: config.Config, clock_file: Path) -> None:
        self._http, self._settings, self._clock_file = http, settings, clock_file
        self._callers: dict[str, Caller] = {}

    def caller(self, part: str) -> Caller:
        """Return the client of one organisation of the cast."""
        if part not in self._callers:
            who = cast.PARTS[part]
            signer = Signer(
                who.client_id, cast.key_of(who, self._settings.var / "keys"), self._settings.issuer
            )
            self._callers[part] = Caller(who.name, self._http, signer)
        return self._callers[part]

    def move_clock(self, to: str) -> None:
        """Move the clock of every process, and wait until the worker has caught up.

        Args:
            to: a London time without its offset, such as "2026-04-07 10:30".

        Raises:
            NotAsTold: the worker did not catch up.
        """
        moment = datetime.fromisoformat(to).replace(tzinfo=clock.LONDON)
        set_clock(self._clock_file, moment)
        _wait(self._caught_up, "the worker did not catch up")

    def _caught_up(self) -> bool:
        with db.transaction("worker") as session:
            seen = watch(session, clock.now())
        return seen.last_sweep == 0 and seen.oldest_due is None and seen.oldest_notice is None


def set_clock(file: Path, moment: datetime) -> None:
    """Write the time atomically, so that no process reads half of it."""
    new = file.with_suffix(".new")
    new.write_text(moment.isoformat())
    new.replace(file)


def _wait(until: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not until():
        if time.monotonic() > deadline:
            raise DemoFailed(complaint)
        time.sleep(0.05)


@contextlib.contextmanager
def start_environment(var: Path, begins: str) -> Iterator[Environment]:
    """Start a fresh service, and stop it at the end.

    Args:
        var: a directory for the demonstration only; its previous content is removed.
        begins: the London time at which the story begins.
    """
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir(parents=True)
    port = stack.free_port()
    clock_file = var / "clock"
    set_clock(clock_file, datetime.fromisoformat(begins).replace(tzinfo=clock.LONDON))
    settings = replace(
        config.load(),
        var=var,
        issuer=f"http://127.0.0.1:{port}",
        signing_keys=var / "signing-keys.json",
        clock_file=clock_file,
    )
    os.environ |= {
        "REFERRALS_VAR": str(var),
        "REFERRALS_ISSUER": settings.issuer,
        "REFERRALS_SIGNING_KEYS": str(settings.signing_keys),
        "REFERRALS_CLOCK_FILE": str(clock_file),
    }
    clock.read_from(clock_file)
    with stack.embedded(settings):
        stack.prepare(settings)
        with db.transaction("owner") as session:
            for part in cast.PARTS.values():
                cast.register(session, part, cast.key_of(part, var / "keys").as_dict(private=False))
        with (
            stack.processes(port, interval=0.2, log=var / "processes.log"),
            httpx.Client(base_url=settings.issuer, timeout=30) as http,
        ):
            _wait(lambda: _alive(http), "the service did not come up: see processes.log")
            yield Environment(http, settings, clock_file)


def _alive(http: httpx.Client) -> bool:
    try:
        return http.get("/health/liveness").status_code < httpx.codes.INTERNAL_SERVER_ERROR
    except httpx.TransportError:
        return False
