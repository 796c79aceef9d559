"""A prison that sends, a worker that follows, and what probation sees of it."""

from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from service.release_dates import follow_release_dates
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner

CRN, NOMS = "X320741", "A1234BC"


def line(
    day: str = "2026-05-20", kind: str = "confirmed", as_of: str = "2026-03-02T09:00:00Z", **numbers: str
) -> Json:
    """A line about the person of the tests, unless other numbers are given."""
    return {"release_date": day, "kind": kind, "as_of": as_of, **(numbers or {"crn": CRN})}


def sent(story: Story, *lines: Json, **more: Any) -> TestResponse:
    return story.cast.prison.post("/v1/release-dates", json={"lines": list(lines)}, **more)


def follow(story: Story, *lines: Json) -> None:
    """Send lines, and let a worker follow them; a minute passes."""
    story.clock.move(timedelta(minutes=1))
    assert ok(sent(story, *lines)) == {"lines": len(lines)}
    follow_release_dates(story.clock.at)


def release_date(story: Story, referral: str) -> str | None:
    """Return the release date of a referral, as its practitioner reads it."""
    version = story.referral(referral)["current_version"]
    shown = ok(story.practitioner.get(f"/v1/referrals/{referral}/versions/{version}"))
    found: str | None = shown["document"].get("release", {}).get("date")
    return found


def outcomes() -> list[str]:
    """Return what became of the lines that are kept, in the order in which they came."""
    return [
        row["outcome"]
        for row in as_owner("SELECT outcome FROM release_date_line ORDER BY received_at, batch_id, place")
    ]
