"""What the tests of referrals stand on: a probation office and everybody it refers to."""

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.referrals.driver import Driver


@pytest.fixture
def driver(cast: Cast, the_clock: TheClock) -> Driver:
    """A probation office with everybody it refers to."""
    return Driver(cast, the_clock)
