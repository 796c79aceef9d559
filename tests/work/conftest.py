"""The stage of the lists of work."""

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """Everybody registered and everything published, on a Monday morning in March."""
    return Story(cast, the_clock)
