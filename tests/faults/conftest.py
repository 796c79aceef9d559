"""What the tests of faults stand on: one busy database for each module, because they leave it as it was."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from service import clock
from tests.cast import assemble
from tests.conftest import TheClock, a_database
from tests.faults.ground import Place, open_cases
from tests.journeys.stage import Story


@pytest.fixture(scope="module")
def busy(server: str, template: str, app: Flask) -> Iterator[tuple[Place, TheClock]]:
    """A place of work with a clock of its own, which stays where the preparations have left it."""
    still = TheClock()
    clock.use(lambda: still.at)
    with a_database(server, template) as name:
        cast = assemble(app)
        place = Place(server, name, cast, Story(cast, still))
        open_cases(place)
        clock.use(None)
        yield place, still


@pytest.fixture
def place(busy: tuple[Place, TheClock], the_clock: TheClock) -> Place:
    """The place of work, at the moment that it has come to; a minute later, for calls are counted."""
    prepared, still = busy
    still.move(timedelta(minutes=1))
    the_clock.set(still.at)
    return prepared
