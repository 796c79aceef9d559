"""The recorded case that the tests of the contract use."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask

from service import clock, db
from tests.cast import Cast, assemble
from tests.conftest import START, TheClock, a_database
from tests.contract.openings import Fixtures
from tests.contract.story import Recorder, record_case
from tests.journeys.driver import Story


@dataclass(frozen=True)
class RecordedCase:
    """A case in a database without connections, which is copied for each test."""

    database: str
    cast: Cast
    clock: TheClock
    recorder: Recorder


@contextmanager
def recorded(app: Flask, server: str, template: str) -> Iterator[RecordedCase]:
    """Record the case, in a database that is there as long as the block lasts."""
    with a_database(server, template) as name:
        story_clock = TheClock()
        story_clock.at = START
        clock.use(lambda: story_clock.at)
        cast = assemble(app)
        with Recorder() as recorder:
            record_case(Story(cast, story_clock))
        clock.use(None)
        db.bind({})
        yield RecordedCase(name, cast, story_clock, recorder)


@pytest.fixture(scope="package")
def recorded_case(app: Flask, server: str, template: str) -> Iterator[RecordedCase]:
    with recorded(app, server, template) as made:
        yield made


@pytest.fixture
def fixtures(
    recorded_case: RecordedCase, server: str, the_clock: TheClock, request: pytest.FixtureRequest
) -> Iterator[Fixtures]:
    """The resources of the caller that the test names, in a copy of the recorded case."""
    side: str = request.param
    callers = {
        "probation": recorded_case.cast.probation.as_practitioner("s.okafor", "spo"),
        "destination": recorded_case.cast.ap,
        "agency": recorded_case.cast.police,
        "prison": recorded_case.cast.prison,
        "administration": recorded_case.cast.administration.as_practitioner(
            "m.okonkwo", "registrar", pdu=None
        ),
    }
    the_clock.set(recorded_case.clock.at)
    for caller in recorded_case.cast.callers.values():
        caller.tokens.clear()  # another test has let time pass
    with a_database(server, recorded_case.database):
        if request.param == "keeper":
            callers["keeper"] = recorded_case.cast.probation.keeper()
        yield Fixtures(Story(recorded_case.cast, the_clock), callers[side], side)
