"""Fixtures of the tests of timers."""

import pytest

from tests.timers.factories import Stage


@pytest.fixture
def stage(database: str) -> Stage:
    """A database in which policies and calendars are published."""
    del database
    return Stage.set_up()
