"""Fixtures for every test: a real PostgreSQL, a fresh database, a stopped clock."""

import contextlib
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
from flask import Flask
from psycopg import sql

from service import cache_invalidation, clock, config, db, migrate, stack
from service.app import create_app
from service.checks import policies
from service.oauth import signing_keys
from tests import writers
from tests.cast import Cast, assemble, register_everybody
from tests.contract.conformance import ConformanceRecorder

# How long an example takes says something of the machine and nothing of the rule; and CI judges a change,
# not the examples that happened to be drawn that day. Everywhere else they are drawn afresh each time.
hypothesis.settings.register_profile("ours", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("ours")

writers.watch()

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, well before Easter and before the clocks change."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one of them at the end."""
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """Keep what was loaded out of every later collection of garbage, as a server does: it stays for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


class TheClock:
    """The clock of a test: it is stopped until the test moves it."""

    def __init__(self) -> None:
        self.at = START

    def set(self, moment: datetime | str) -> None:
        self.at = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(UTC)

    def move(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture(autouse=True)
def the_clock() -> Iterator[TheClock]:
    stopped = TheClock()
    clock.use(lambda: stopped.at)
    yield stopped
    clock.use(None)


@pytest.fixture(autouse=True)
def answers_are_as_documented() -> Iterator[None]:
    """Compare every response of the application in any test with the published document."""
    with ConformanceRecorder() as recorder:
        yield
    assert recorder.found == []


@pytest.fixture(autouse=True)
def no_nil_return_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing to chance; a test of the draw draws them all."""
    monkeypatch.setattr(policies, "NIL_RETURNS_DRAWN_ONE_IN", 1 << 128)


@pytest.fixture(autouse=True)
def rows_are_written_by_their_writers() -> Iterator[None]:
    """Hold in every test that each package's rows are written by its own writers alone."""
    writers.breaches.clear()
    yield
    assert writers.breaches == []


def _memory() -> Path | None:
    """Return a directory in memory, where there is one with room to spare: databases are made quicker."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 4 * 1024**3 else None


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL of our own for this run, quick because nothing in it need survive; its superuser URL."""
    directory = Path(tempfile.mkdtemp(prefix="referrals-tests-", dir=_memory()))
    url = db.start_embedded(directory)
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            name, _, value = setting.partition(" = ")
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.SQL(value))
            )
        connection.execute("SELECT pg_reload_conf()")
    migrate.create_roles(url)
    yield url
    db.bind({})
    db.stop_embedded(directory)
    shutil.rmtree(directory, ignore_errors=True)


def _urls(server: str, database: str) -> dict[db.Role, str]:
    return {role: db.as_role(server, role, database) for role in db.ROLES}


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """A database to copy: migrated, every policy published, the cast registered."""
    clock.use(lambda: START)
    migrate.create_database(server, "template_migrated")
    db.bind(_urls(server, "template_migrated"))
    migrate.upgrade()
    with db.transaction("owner") as session:
        stack.publish(session)
    register_everybody()
    db.bind({})
    return "template_migrated"


_numbers = count(1)


@contextlib.contextmanager
def a_database(server: str, template: str) -> Iterator[str]:
    """A copy of the template with all roles bound to it, for as long as the block lasts; its name."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    cache_invalidation.close()  # a database with a connection cannot be copied
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy OWNER referrals_owner").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    db.bind(_urls(server, name))
    yield name
    db.bind({})
    _drop(server, _left)
    _left.append(name)


_left: list[str] = []
"""The database that was used last. It is dropped after the next one: its connections have ended by then, and
PostgreSQL waits a tenth of a second for one that has not."""


def _drop(server: str, names: list[str]) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        while names:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(names.pop()))
            connection.execute(drop)


@pytest.fixture
def database(server: str, template: str) -> Iterator[str]:
    """A fresh migrated database for this test alone; its name. All roles are bound to it."""
    with a_database(server, template) as name:
        yield name


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> config.Config:
    var = tmp_path_factory.mktemp("var")
    signing_keys.create_if_missing(var / "signing-keys.json")
    return config.Config(
        var=var,
        issuer="https://referrals.test",
        signing_keys=var / "signing-keys.json",
        clock_file=None,
        release="test",
    )


@pytest.fixture(scope="session")
def app(settings: config.Config) -> Flask:
    """The application, made once; it speaks to whichever database is bound."""
    return create_app(settings)


@pytest.fixture
def cast(app: Flask, database: str) -> Cast:
    """The callers."""
    del database
    return assemble(app)
