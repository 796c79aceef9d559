"""The office in which a manager is asked."""

import pytest

from service.checks import policies
from tests.agreements.office import OF_LOW_RISK, Office
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story
from tests.referrals.samples import toby


@pytest.fixture
def office(cast: Cast, the_clock: TheClock) -> Office:
    """A case that p.shah submitted, a.boyle amended and c.taker took care of for a time."""
    return Office(Story(cast, the_clock)).open()


@pytest.fixture
def office_for(kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Such a case in which a kind of decision may arise; every nil return of a low risk is drawn."""
    if kind not in OF_LOW_RISK:
        office: Office = request.getfixturevalue("office")
        return office
    monkeypatch.setattr(policies, "NIL_RETURNS_DRAWN_ONE_IN", 1)
    story = Story(request.getfixturevalue("cast"), request.getfixturevalue("the_clock"))
    return Office(story, document=toby()).open()
