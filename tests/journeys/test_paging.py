"""A list is the same whole, read in one page or in many."""

from datetime import timedelta

import pytest

from tests.cast import Caller, Cast
from tests.events.webhooks import registered
from tests.journeys.driver import Json, Story, ok
from tests.referrals import samples
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN = "X320744"


def read_by_ones(caller: Caller, path: str, **query: str) -> list[Json]:
    """Read a list one item at a time, to its end."""
    found: list[Json] = []
    place: dict[str, str] = {}
    while True:
        page = ok(caller.get(path, **query, **place, limit=1))
        assert len(page["items"]) <= 1
        found += page["items"]
        if page["next"] is None:
            return found
        place = {"after": page["next"]}


def assert_pages(caller: Caller, path: str, number: int, **query: str) -> None:
    """Insist that a list of `number` items or more is the same in pages, and refuses a foreign cursor."""
    whole = ok(caller.get(path, **query))
    assert whole["next"] is None
    assert len(whole["items"]) >= number
    assert read_by_ones(caller, path, **query) == whole["items"]
    assert caller.get(path, **query, after="nonsense").status_code == 400
    assert caller.get(path, **query, limit=501).status_code == 422


def test_the_lists_of_a_case_are_the_same_in_pages(story: Story) -> None:
    referral_id = story.submit(samples.toby())["id"]
    provider = story.part(referral_id, "crs", "accommodation")["id"]
    story.take_on(story.cast.crs, provider)
    reviews = []
    for kind in ("arrest", "self_harm", "recalled"):
        reviews += story.report_change(CRN, kind)["reviews"]
        story.clock.move(timedelta(minutes=1))
    considered = [{"what": "mappa", "outcome": "not_needed", "reason": "No charge."}]
    ok(story.complete_review(reviews[0]["id"], changes=["curfew"], considered=considered))
    document = samples.toby() | {"urgency": "urgent", "urgency_reason": "Threats."}
    path = f"/v1/referrals/{referral_id}"
    seen = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{path}/versions", json=document, if_match=seen))

    assert_pages(story.practitioner, f"{path}/versions", 2)
    assert_pages(story.practitioner, "/v1/checks", 2, referral_id=referral_id)
    assert_pages(story.practitioner, f"{person_at(CRN)}/reviews", 3)
    assert_pages(story.cast.crs, f"/v1/destination-referrals/{provider}/changes-of-circumstance", 2)


def test_the_webhooks_of_an_organisation_are_the_same_in_pages(cast: Cast) -> None:
    for name in ("first", "second", "third"):
        registered(cast.crs.organisation_id, f"https://hooks.keyring.example/{name}")
    assert_pages(cast.crs, "/v1/webhooks", 3)
    assert ok(cast.cas3.get("/v1/webhooks"))["items"] == []
