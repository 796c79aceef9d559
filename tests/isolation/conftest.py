"""One database in which every kind of caller has used every operation."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import TheClock
from tests.faults.fixtures import Place, prepared_place
from tests.isolation.fixtures import fill


@pytest.fixture(scope="package")
def filled(server: str, template: str, app: Flask) -> Iterator[tuple[Place, TheClock]]:
    """A place of work with a clock of its own."""
    with prepared_place(server, template, app, fill) as made:
        yield made


@pytest.fixture
def place(filled: tuple[Place, TheClock], the_clock: TheClock) -> Place:
    """The place of work, at the moment that it has come to."""
    prepared, still = filled
    the_clock.set(still.at)
    return prepared
