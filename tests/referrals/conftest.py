"""What the tests of referrals stand on: a probation office and everybody it refers to."""

from dataclasses import replace

import pytest

from service import db
from service.access.actor import Actor
from service.organisations.writes.clients import register_client
from tests.cast import Caller, Cast, key_of
from tests.conftest import TheClock
from tests.referrals.driver import Driver

SECOND = "n55-second-system"


@pytest.fixture
def driver(cast: Cast, the_clock: TheClock) -> Driver:
    """A probation office with everybody it refers to."""
    return Driver(cast, the_clock)


@pytest.fixture
def second(driver: Driver) -> Caller:
    """Another system of the same region."""
    first = driver.officer
    with db.transaction("owner") as session:
        register_client(
            session,
            Actor.for_service("registration"),
            client_id=SECOND,
            organisation_id=first.organisation_id,
            name="Second system",
            public_jwk=key_of(SECOND).as_dict(private=False),
        )
    return replace(first, signer=replace(first.signer, client_id=SECOND, key=key_of(SECOND)), tokens={})
