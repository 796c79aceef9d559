"""Fixtures of the tests of timers."""

import pytest
from hypothesis import settings

from tests.timers.stage import Stage

# How long an example takes says something of the machine and nothing of the rule.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def stage(database: str) -> Stage:
    """A database in which policies and calendars are published."""
    del database
    return Stage.set_up()
