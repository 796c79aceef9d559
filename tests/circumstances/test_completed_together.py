"""Reviews of one person that belong together are completed in one call, each with a record of its own."""

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people import two_records
from tests.referrals import samples
from tests.rows import person_at

CRN = "X320744"
CHANGED: Json = {"changes": ["risk_management_plan"]}
MAPPA: Json = {"what": "mappa", "outcome": "not_needed", "reason": "No charge."}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    told = Story(cast, the_clock)
    told.submit(samples.toby())
    return told


def opened(story: Story, *kinds: str) -> list[Json]:
    """Record changes, and return the reviews that they open, in order."""
    return [story.report_change(CRN, kind)["reviews"][0] for kind in kinds]


def states(story: Story) -> dict[str, str]:
    listed = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]
    return {one["id"]: one["state"] for one in listed}


def test_several_reviews_are_completed_at_once_and_each_says_what_it_considered(story: Story) -> None:
    first, second, third = opened(story, "arrest", "self_harm", "arrest")
    also = [second["id"], third["id"]]
    ok(story.complete_review(first["id"], **CHANGED, considered=[MAPPA], also=also))
    assert set(states(story).values()) == {"completed"}
    seen = [ok(story.practitioner.get(one["href"]))["outcome"] for one in (first, second, third)]
    assert [one["changes"] for one in seen] == [CHANGED["changes"]] * 3
    assert [one["considered"] for one in seen] == [[MAPPA], [], [MAPPA]]
    story.wait(days=30)
    late = ok(story.practitioner.get("/v1/overdue", limit=100))["items"]
    assert not {one["subject"]["id"] for one in late} & {one["id"] for one in (first, second, third)}


def test_what_one_of_them_lacks_completes_none(story: Story) -> None:
    first, second = opened(story, "self_harm", "arrest")
    answer = story.complete_review(first["id"], **CHANGED, also=[second["id"]])
    assert [one["pointer"] for one in ok(answer, 422)["errors"]] == ["/considered"]
    assert set(states(story).values()) == {"open"}


def test_one_that_is_completed_already_completes_none(story: Story) -> None:
    first, second, third = opened(story, "self_harm", "self_harm", "self_harm")
    ok(story.complete_review(third["id"], **CHANGED))
    ok(story.complete_review(first["id"], **CHANGED, also=[second["id"], third["id"]]), 409)
    assert states(story)[second["id"]] == "open"


def test_only_reviews_of_the_same_person_belong_together(story: Story) -> None:
    (first,) = opened(story, "self_harm")
    story.submit(samples.darren_and_toby())
    others = samples.darren_and_toby()["person"]["crn"]
    strange = story.report_change(others, "self_harm")["reviews"][0]["id"]
    nobody = "5f0c5c1c-6f1c-4d0e-8a34-0f2f9d4c9d8e"
    for also in ([strange], [nobody], [first["id"]]):
        faults = ok(story.complete_review(first["id"], **CHANGED, also=also), 422)["errors"]
        assert [one["pointer"] for one in faults] == ["/also/0"]
    assert states(story)[first["id"]] == "open"


def test_reviews_on_two_records_of_one_person_are_completed_at_once(cast: Cast, the_clock: TheClock) -> None:
    story = two_records.begun(cast, the_clock)
    two_records.both(story)
    first, second = (
        story.report_change(crn, "self_harm")["reviews"][0] for crn in (two_records.FIRST, two_records.SECOND)
    )
    two_records.merge(story)
    ok(story.complete_review(first["id"], **CHANGED, also=[second["id"]]))
    assert ok(story.practitioner.get(second["href"]))["state"] == "completed"


def test_that_nothing_need_change_is_proposed_of_each(story: Story) -> None:
    first, second = opened(story, "self_harm", "self_harm")
    ok(story.complete_review(first["id"], no_change_reason="Known to all.", also=[second["id"]]))
    assert set(states(story).values()) == {"awaiting_agreement"}
