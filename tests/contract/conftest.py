"""The case that every test of the contract looks at, told once."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from service import clock
from tests.cast import Cast, assemble
from tests.conftest import START, TheClock, a_database
from tests.contract.story import Recorder, begin_another, tell
from tests.journeys.stage import Story


@dataclass(frozen=True)
class Told:
    """A case that has been told, in a database that later tests of the module go on with."""

    cast: Cast
    clock: TheClock
    recorder: Recorder


@pytest.fixture(scope="module")
def told(app: Flask, server: str, template: str) -> Iterator[Told]:
    with a_database(server, template):
        still = TheClock()
        still.at = START
        clock.use(lambda: still.at)
        cast = assemble(app)
        with Recorder() as recorder:
            story = Story(cast, still)
            tell(story)
            begin_another(story)
        yield Told(cast, still, recorder)
        clock.use(None)
