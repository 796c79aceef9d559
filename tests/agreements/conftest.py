"""The office in which a manager is asked."""

import pytest

from tests.agreements.office import Office
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story


@pytest.fixture
def office(cast: Cast, the_clock: TheClock) -> Office:
    """A case that p.shah submitted, a.boyle amended and c.taker took care of for a time."""
    return Office(Story(cast, the_clock)).open()
