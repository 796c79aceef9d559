"""What an agency says back: a question, a redirect that is disputed, news after the answer."""

from typing import Any

import pytest

from tests.cast import Caller
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.referrals import samples

SILENCE = {"days": 24}
CALL_OUT: Json = {
    "date": "2026-02-01",
    "role": "perpetrator",
    "children_present": "yes",
    "summary": "A child opened the door to officers.",
    "source": "Attending officer",
    "verified": "verified",
}


@pytest.fixture
def asked(story: Story) -> Json:
    """A force is asked about a case; its request, as the force lists it."""
    story.submit(samples.toby("TO-AND-FRO-1"))
    request: Json = story.inbox(story.cast.police)[0]
    return request


def escalated(caller: Caller, request: Json, timer: str) -> list[Any]:
    """Return the roles that a caller's side was notified of about one clock of a request, in order."""
    found = ok(caller.get("/v1/escalations", limit="100"))["items"]
    return [one["step"] for one in found if one["timer"] == timer and one["subject"]["id"] == request["id"]]


def overdue(caller: Caller, request: Json) -> set[str]:
    """Return which clocks of a request are late for a caller's organisation."""
    found = ok(caller.get("/v1/overdue", limit="100"))["items"]
    return {one["timer"] for one in found if one["subject"]["id"] == request["id"]}


def test_a_force_that_asked_back_is_not_blamed_for_the_silence_of_probation(
    story: Story, asked: Json
) -> None:
    story.move_request(story.cast.police, asked["id"], "return_for_information", question="Which flat?")
    story.wait(**SILENCE)
    assert escalated(story.cast.police, asked, "answer") == []
    assert overdue(story.cast.police, asked) == set()
    assert escalated(story.spo, asked, "reply")[:3] == ["practitioner", "spo", "pdu_head"]
    assert overdue(story.practitioner, asked) == {"reply"}
    story.move_request(story.practitioner, asked["id"], "answer_information", answer="The upper one.")
    assert overdue(story.practitioner, asked) == set()
    story.wait(**SILENCE)
    assert "spo" in escalated(story.cast.police, asked, "answer"), "now it is the force that is silent"


def test_two_forces_that_redirect_to_each_other_are_settled_by_probation(story: Story, asked: Json) -> None:
    there = story.cast.other_police
    story.move_request(
        story.cast.police, asked["id"], "misdirect", to_area="greater-manchester", reason="Moved."
    )
    second = {"id": ok(story.practitioner.get(f"/v1/check-requests/{asked['id']}"))["succeeded_by"]}
    for _ in range(2):
        story.move_request(there, second["id"], "misdirect", to_area="west-yorkshire", reason="Not ours.")
        story.move_request(
            story.cast.police, asked["id"], "misdirect", to_area="greater-manchester", reason="Nor ours."
        )
    story.wait(days=5)
    assert overdue(story.practitioner, second) >= {"redirect"}
    assert escalated(story.spo, second, "redirect")[:2] == ["practitioner", "spo"]
    assert escalated(story.spo, asked, "redirect") == []
    story.move_request(
        story.practitioner,
        second["id"],
        "settle_redirect",
        area="west-yorkshire",
        reason="He lives in Leeds.",
    )
    assert overdue(story.practitioner, second) == set()
    assert asked["id"] in {one["id"] for one in story.inbox(story.cast.police)}
    assert second["id"] not in {one["id"] for one in story.inbox(there)}


def test_news_after_the_answer_reaches_whoever_had_reviewed_it(story: Story, asked: Json) -> None:
    story.answer(story.cast.police, asked["id"], dict(NOTHING_KNOWN), nothing_found=True)
    seen = ok(story.practitioner.get(f"/v1/check-requests/{asked['id']}"))
    story.review_answer(seen["check_id"], asked["id"], "nothing", reason="Nothing is held.")
    story.wait(days=3)
    story.answer(story.cast.police, asked["id"], {**NOTHING_KNOWN, "call_outs": [CALL_OUT]})
    (told,) = story.told(story.practitioner, "check_request.supplemented")
    assert told["subject"]["id"] == asked["id"]
    story.wait(days=9)
    assert overdue(story.practitioner, asked) == {"review"}
