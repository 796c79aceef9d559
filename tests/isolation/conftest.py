"""What the tests of isolation stand on: one database in which everybody has done everything."""

from collections.abc import Iterator

import pytest
from flask import Flask

from service import clock
from tests.cast import assemble
from tests.conftest import TheClock, a_database
from tests.faults.ground import Place
from tests.isolation.ground import fill
from tests.journeys.stage import Story


@pytest.fixture(scope="package")
def filled(server: str, template: str, app: Flask) -> Iterator[tuple[Place, TheClock]]:
    """A place of work with a clock of its own, which stays where the preparations have left it."""
    still = TheClock()
    clock.use(lambda: still.at)
    with a_database(server, template) as name:
        cast = assemble(app)
        place = Place(server, name, cast, Story(cast, still))
        fill(place)
        clock.use(None)
        yield place, still


@pytest.fixture
def place(filled: tuple[Place, TheClock], the_clock: TheClock) -> Place:
    """The place of work, at the moment that it has come to."""
    prepared, still = filled
    the_clock.set(still.at)
    return prepared
