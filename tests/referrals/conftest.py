"""What the tests of referrals stand on: everybody registered, every policy published."""

import pytest

from service import db, timers
from service.checks.kinds import POLICIES
from service.referrals.destinations import DESTINATIONS
from tests.cast import Cast
from tests.conftest import TheClock
from tests.referrals.desk import Desk


@pytest.fixture
def desk(cast: Cast, the_clock: TheClock) -> Desk:
    """A probation office with everybody it refers to."""
    with db.transaction("owner") as session:
        timers.publish_standing(session)
        timers.publish_policies(session, POLICIES)
        for destination in DESTINATIONS.values():
            timers.publish_policies(session, destination.policies)
    return Desk(cast, the_clock)
