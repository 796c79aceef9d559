"""What the tests of webhooks share."""

from uuid import UUID

import pytest

from tests.events.factories import organisations


@pytest.fixture
def provider(database: str) -> UUID:
    return organisations("one")[0]
