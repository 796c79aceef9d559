"""Shared by the tests of faults: one database with open cases, or one running service, for each module."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from service import clock
from tests.conftest import TheClock
from tests.faults.fixtures import Place, open_cases, prepared_place
from tests.faults.live import Live, live


@pytest.fixture(scope="module")
def busy(server: str, template: str, app: Flask) -> Iterator[tuple[Place, TheClock]]:
    """A place of work with a clock of its own."""
    with prepared_place(server, template, app, open_cases) as made:
        yield made


@pytest.fixture
def place(busy: tuple[Place, TheClock], the_clock: TheClock) -> Place:
    """The place of work, at the moment that it has come to; a minute later, for calls are counted."""
    prepared, still = busy
    still.move(timedelta(minutes=1))
    the_clock.set(still.at)
    return prepared


@pytest.fixture(scope="module")
def live_service() -> Iterator[Live]:
    """The whole service as separate processes, in a directory of its own."""
    directory = Path(tempfile.mkdtemp(prefix="referrals-live-"))
    with live(directory) as started:
        yield started
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def running(live_service: Live, the_clock: TheClock) -> Live:
    """The running service, whose clock is read from a file; the tests of one module share it, in order."""
    del the_clock
    clock.read_from(live_service.settings.var / "clock")
    return live_service
