"""Reviews of one person that belong together are completed in one call, each with a record of its own."""

import pytest
from werkzeug.test import TestResponse

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people import two_records
from tests.people.factories import as_owner
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


def proposed(story: Story, count: int = 3) -> tuple[list[Json], Json]:
    """Propose together that nothing need change; return the reviews, and what the manager is asked."""
    reviews = opened(story, *["self_harm"] * count)
    also = [one["id"] for one in reviews[1:]]
    ok(story.complete_review(reviews[0]["id"], no_change_reason="Known to all.", also=also))
    assert set(states(story).values()) == {"awaiting_agreement"}
    (asked,) = ok(story.spo.get("/v1/agreements", state="asked"))["items"]
    return reviews, ok(story.spo.get(asked["href"]))


def decide(story: Story, asked: Json, *, agreed: bool, tag: str | None = None) -> TestResponse:
    """Decide what was proposed as a manager who has just read it, or as it was when the tag was read."""
    return story.spo.post(
        f"{asked['href']}/decision",
        json={"agreed": agreed, "reason": "I have read them all."},
        if_match=tag or story.spo.get(asked["href"]).headers["ETag"],
    )


def clocks(reviews: list[Json]) -> list[str]:
    ids = ", ".join(f"'{one['id']}'" for one in reviews)
    return [one["state"] for one in as_owner(f"SELECT state FROM clock WHERE subject_id IN ({ids})")]


def test_what_is_proposed_together_is_one_thing_for_a_manager_to_decide(story: Story) -> None:
    reviews, asked = proposed(story)
    assert asked["subject"]["href"] == reviews[0]["href"]
    assert {one["href"] for one in asked["beside"]} == {one["href"] for one in reviews[1:]}
    work = ok(story.spo.get("/v1/work", kind="decide_agreement"))["items"]
    assert [one["subject"]["id"] for one in work] == [asked["id"]]
    story.wait(days=5)
    of_agreements = (
        "SELECT c.subject_id::text FROM notice_item n JOIN clock c ON c.id = n.clock_id"
        " WHERE c.subject_kind = 'agreement' AND n.role = 'spo'"
    )
    assert [one["subject_id"] for one in as_owner(of_agreements)] == [asked["id"]]
    assert clocks(reviews) == ["paused"] * 3


def test_a_manager_agrees_to_all_that_was_proposed_together_in_one_call(story: Story) -> None:
    reviews, asked = proposed(story)
    assert ok(decide(story, asked, agreed=True))["state"] == "agreed"
    assert set(states(story).values()) == {"completed"}
    assert clocks(reviews) == ["stopped"] * 3
    seen = [ok(story.practitioner.get(one["href"]))["outcome"] for one in reviews]
    assert [one["no_change_reason"] for one in seen] == ["Known to all."] * 3


def test_what_was_proposed_together_is_sent_back_together(story: Story) -> None:
    reviews, asked = proposed(story)
    assert ok(decide(story, asked, agreed=False))["state"] == "not_agreed"
    assert set(states(story).values()) == {"open"}
    assert clocks(reviews) == ["running"] * 3


@pytest.mark.parametrize("which", [0, 1])
def test_a_manager_may_decide_about_one_review_alone_and_the_rest_goes_on_waiting(
    story: Story, which: int
) -> None:
    reviews, asked = proposed(story)
    tag = story.spo.get(asked["href"]).headers["ETag"]
    ok(story.agree_to_review(reviews[which]["id"], agreed=False, reason="Say what MARAC made of it."))
    assert states(story)[reviews[which]["id"]] == "open"
    assert decide(story, asked, agreed=True, tag=tag).status_code == 412
    left = ok(story.spo.get(asked["href"]))
    rest = [one["id"] for one in reviews if one is not reviews[which]]
    assert sorted(one["id"] for one in (left["subject"], *left["beside"])) == sorted(rest)
    alone = ok(story.spo.get("/v1/agreements", state="not_agreed"))["items"]
    assert [(one["subject"]["id"], one["beside"], one["asked_by"]) for one in alone] == [
        (reviews[which]["id"], [], asked["asked_by"])
    ]
    ok(decide(story, asked, agreed=True))
    assert sorted(states(story).values()) == ["completed", "completed", "open"]


def test_what_is_put_right_of_one_is_read_again_and_the_rest_goes_on_waiting(story: Story) -> None:
    reviews, asked = proposed(story)
    tag = story.spo.get(asked["href"]).headers["ETag"]
    story.wait(hours=1)
    change = ok(story.spo.get(reviews[2]["href"]))["change_id"]
    story.refute(CRN, {"id": change, "kind": "self_harm"}, details="It was an accident.", source="health")
    assert decide(story, asked, agreed=True, tag=tag).status_code == 412
    ok(decide(story, asked, agreed=True))
    assert [states(story)[one["id"]] for one in reviews[:2]] == ["completed", "completed"]


def test_nobody_decides_about_reviews_of_which_one_is_their_own(story: Story) -> None:
    """Every review of a proposal counts: who recorded what opened one of them decides about none."""
    first = opened(story, "self_harm")[0]
    second = story.report_change(CRN, "self_harm", caller=story.spo)["reviews"][0]
    ok(story.complete_review(first["id"], no_change_reason="Known to all.", also=[second["id"]]))
    (asked,) = ok(story.spo.get("/v1/agreements", state="asked"))["items"]
    assert decide(story, asked, agreed=True).status_code == 403
    assert set(states(story).values()) == {"awaiting_agreement"}


def test_what_is_proposed_on_two_records_of_one_person_is_decided_on_each(
    cast: Cast, the_clock: TheClock
) -> None:
    story = two_records.begun(cast, the_clock)
    two_records.both(story)
    first, second = (
        story.report_change(crn, "self_harm")["reviews"][0] for crn in (two_records.FIRST, two_records.SECOND)
    )
    two_records.merge(story)
    ok(story.complete_review(first["id"], no_change_reason="Known to all.", also=[second["id"]]))
    asked = ok(story.spo.get("/v1/agreements", state="asked"))["items"]
    assert {one["subject"]["id"] for one in asked} == {first["id"], second["id"]}
    assert [one["beside"] for one in asked] == [[], []]


def test_whoever_reported_one_change_decides_about_what_was_proposed_beside_it(story: Story) -> None:
    first, second = (
        opened(story, "self_harm")[0],
        story.report_change(CRN, "self_harm", story.spo)["reviews"][0],
    )
    ok(story.complete_review(first["id"], no_change_reason="Known to all.", also=[second["id"]]))
    path = f"/v1/reviews/{first['id']}"
    seen = story.spo.get(path)
    assert seen.get_json()["allowed_transitions"] == ["agree"]
    body = {"agreed": True, "reason": "Yes."}
    ok(story.spo.post(f"{path}/agreement", json=body, if_match=seen.headers["ETag"]))
    assert states(story) == {first["id"]: "completed", second["id"]: "awaiting_agreement"}


def test_whoever_reported_what_was_decided_apart_decides_about_the_rest(story: Story) -> None:
    first, second = (
        opened(story, "self_harm")[0],
        story.report_change(CRN, "self_harm", story.spo)["reviews"][0],
    )
    ok(story.complete_review(first["id"], no_change_reason="Known to all.", also=[second["id"]]))
    body = {"agreed": True, "reason": "Yes."}
    for manager, one in ((story.pdu_head, second), (story.spo, first)):
        path = f"/v1/reviews/{one['id']}"
        tag = manager.get(path).headers["ETag"]
        ok(manager.post(f"{path}/agreement", json=body, if_match=tag))
    assert set(states(story).values()) == {"completed"}
