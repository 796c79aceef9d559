"""What the tests of faults stand on: one busy database for each module, because they leave it as it was."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import TheClock
from tests.faults.fixtures import Place, open_cases, prepared_place


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
