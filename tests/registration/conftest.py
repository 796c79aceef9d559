"""A registrar, whose system calls the API, and an operator at a terminal."""

import pytest

from tests.cast import Caller, Cast
from tests.commands.conftest import operate as operate  # noqa: PLC0414 - the same terminal
from tests.conftest import TheClock
from tests.journeys.driver import Story
from tests.registration.people import REGISTRAR


@pytest.fixture
def registrar(cast: Cast) -> Caller:
    return cast.administration.as_practitioner(REGISTRAR, "registrar", pdu=None)


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """Everybody registered and everything published, on a Monday morning in March."""
    return Story(cast, the_clock)
