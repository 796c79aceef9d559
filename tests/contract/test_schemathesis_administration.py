"""Everything in the document called as an administration: see `tests.contract.fuzzer`."""

import pytest

from tests.conftest import TheClock
from tests.contract.conftest import RecordedCase
from tests.contract.fuzzer import call_everything
from tests.contract.openings import Fixtures

pytestmark = pytest.mark.long


@pytest.mark.parametrize("fixtures", ["administration"], indirect=True)
def test_every_response_to_an_administration_is_documented(
    fixtures: Fixtures, the_clock: TheClock, recorded_case: RecordedCase
) -> None:
    call_everything(fixtures, the_clock, recorded_case)
