"""The case that every test of the contract looks at, told once."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from service import clock, db
from tests.cast import Cast, assemble
from tests.conftest import START, TheClock, a_database
from tests.contract.conformance import Json
from tests.contract.story import Recorder, begin_another, tell
from tests.journeys.stage import Story


@dataclass(frozen=True)
class Told:
    """A case that has been told, in a database that nobody is connected to, to be copied for each test."""

    database: str
    cast: Cast
    clock: TheClock
    recorder: Recorder
    examples: dict[str, Json]
    """Of each operation, the exchange of the first case that shows most: what the document shows."""


@pytest.fixture(scope="module")
def told(app: Flask, server: str, template: str) -> Iterator[Told]:
    with a_database(server, template) as name:
        still = TheClock()
        still.at = START
        clock.use(lambda: still.at)
        cast = assemble(app)
        with Recorder() as recorder:
            story = Story(cast, still)
            tell(story)
            shown = dict(recorder.heard)
            begin_another(story)
        clock.use(None)
        db.bind({})
        yield Told(name, cast, still, recorder, shown)
