"""Lists that the walk of `tests/isolation/test_order.py` finds short: from either end, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def submitted(story: Story) -> str:
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    return str(referral["id"])


def stranger(story: Story) -> Caller:
    return story.cast.stranger.as_practitioner("n.west")


def in_pages(caller: Caller, path: str, order: str, **query: Any) -> list[str]:
    found, after = list[Json](), dict[str, str]()
    while True:
        page = ok(caller.get(path, order=order, limit=1, **query, **after))
        found += page["items"]
        if page["next"] is None:
            return [one["id"] for one in found]
        after = {"after": page["next"]}


def turned(caller: Caller, path: str, **query: Any) -> list[Json]:
    """Read a list of at least two from both ends; return it from its beginning."""
    whole: list[Json] = ok(caller.get(path, **query))["items"]
    ids = [one["id"] for one in whole]
    assert len(ids) > 1
    assert in_pages(caller, path, "oldest", **query) == ids
    assert in_pages(caller, path, "newest", **query) == ids[::-1]
    return whole


def test_the_checks_of_a_referral(story: Story) -> None:
    found = turned(story.practitioner, "/v1/checks", referral_id=submitted(story))
    assert [one["kind"] for one in found] == sorted(one["kind"] for one in found)


def test_what_another_region_states(story: Story) -> None:
    document = minimal("NW-1", CRN)
    document["person"] |= {"name": {"given": "Darren", "family": "Other"}, "noms_number": "A1234BC"}
    document["risk"] = {"rosh": {"public": {"level": "very_high"}}}
    ok(stranger(story).post("/v1/referrals", json=document), 201)
    turned(story.practitioner, f"{person_at(CRN)}/proposals")


def test_requests_for_a_share(story: Story) -> None:
    for caller in (story.cast.stranger.as_practitioner(one) for one in ("n.west", "n.east")):
        side = ok(caller.post("/v1/referrals", json=minimal(f"NW-{caller.practitioner}", CRN)), 201)["person"]
        until = (clock.now() + timedelta(days=30)).isoformat()
        asked = {"basis": "joint", "sections": ["risk"], "until": until, "reason": "We see him on Monday."}
        ok(caller.post(f"{side['href']}/share-requests", json=asked), 201)
        (request,) = ok(story.practitioner.get(f"{person_at(CRN)}/share-requests"))["items"][-1:]
        answer = {"given": False, "reason": "Ring us."}
        ok(story.practitioner.post(f"/v1/share-requests/{request['id']}/answer", json=answer))
        story.clock.move(timedelta(minutes=1))
    turned(story.practitioner, f"{person_at(CRN)}/share-requests")


def test_the_concerns_that_a_destination_reported(story: Story) -> None:
    part = story.part(submitted(story), "approved_premises")
    story.document(story.cast.ap, part["id"])
    path = f"/v1/destination-referrals/{part['id']}/concerns"
    for _ in range(2):
        seen = {"occurred_on": "2026-03-02", "details": "A threat.", "people": []}
        ok(story.cast.ap.post(path, json=seen), 201)
        story.clock.move(timedelta(minutes=1))
    turned(story.cast.ap, path)
