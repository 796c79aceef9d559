"""What the tests of referrals stand on: a probation office and everybody it refers to."""

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.referrals.driver import Desk


@pytest.fixture
def desk(cast: Cast, the_clock: TheClock) -> Desk:
    """A probation office with everybody it refers to."""
    return Desk(cast, the_clock)
