"""Several about one person at the same moment: everybody takes hold of the case in the same order."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from service import db
from tests.cast import Cast
from tests.circumstances.waiting import wait_until_somebody_waits
from tests.conftest import TheClock
from tests.journeys.driver import Story
from tests.referrals import samples

pytestmark = pytest.mark.long

HOLD = text("SELECT id FROM referral WHERE id = :id FOR UPDATE NOWAIT")


def test_who_reports_a_concern_holds_nothing_of_the_case_while_somebody_else_has_the_first_of_it(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    referrals = sorted(story.submit(samples.toby(reference))["id"] for reference in ("TOB-1", "TOB-2"))
    parts = [story.part(referral, "crs", "accommodation")["id"] for referral in referrals]
    for part in parts:
        story.take_on(cast.crs, part)
    concern = {"occurred_on": "2026-03-01", "details": "Shouting at the door."}

    with ThreadPoolExecutor(1) as reporter, db.transaction("owner") as session:
        session.execute(HOLD, {"id": referrals[0]})
        reported = reporter.submit(
            cast.crs.post, f"/v1/destination-referrals/{parts[1]}/concerns", json=concern
        )
        wait_until_somebody_waits(session)
        session.execute(HOLD, {"id": referrals[1]})
        session.commit()
        assert reported.result(30).status_code == 201
