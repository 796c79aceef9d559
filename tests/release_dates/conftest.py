"""Fixtures of the tests of release dates."""

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)
