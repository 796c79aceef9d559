"""The case that every test of the contract looks at, told once."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from service import clock, db
from tests.cast import Cast, assemble
from tests.conftest import START, TheClock, a_database
from tests.contract.openings import Fixtures
from tests.contract.story import Recorder, tell
from tests.journeys.driver import Story


@dataclass(frozen=True)
class Told:
    """A case that has been told, in a database that nobody is connected to, to be copied for each test."""

    database: str
    cast: Cast
    clock: TheClock
    recorder: Recorder


@pytest.fixture(scope="module")
def told(app: Flask, server: str, template: str) -> Iterator[Told]:
    with a_database(server, template) as name:
        still = TheClock()
        still.at = START
        clock.use(lambda: still.at)
        cast = assemble(app)
        with Recorder() as recorder:
            tell(Story(cast, still))
        clock.use(None)
        db.bind({})
        yield Told(name, cast, still, recorder)


@pytest.fixture
def fixtures(
    told: Told, server: str, the_clock: TheClock, request: pytest.FixtureRequest
) -> Iterator[Fixtures]:
    """What is real for the caller that the test names, in a copy of the case that was told."""
    side: str = request.param
    callers = {
        "probation": told.cast.probation.as_practitioner("s.okafor", "spo"),
        "destination": told.cast.ap,
        "agency": told.cast.police,
    }
    the_clock.set(told.clock.at)
    with a_database(server, told.database):
        yield Fixtures(Story(told.cast, the_clock), callers[side], side)
