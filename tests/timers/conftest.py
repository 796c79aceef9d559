"""Fixtures of the tests of timers."""

import pytest

from tests.timers.factories import Factory


@pytest.fixture
def factory(database: str) -> Factory:
    """A database in which policies and calendars are published."""
    del database
    return Factory.set_up()
