"""Fixtures of the tests of checks."""

import pytest

from tests.cast import Cast
from tests.checks.factories import Case, open_case


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with nobody and nowhere on record yet."""
    return open_case(cast)
