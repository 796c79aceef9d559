"""An open question names who answers for the case now, whoever sent it."""

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, ok
from tests.journeys.regions import CRN, TAKEN, Regions
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Regions:
    """A case of Yorkshire's, with a question to the police."""
    story = Regions(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def asked(story: Regions) -> list[Json]:
    """Return what the police are asked, in each of their requests."""
    listed = ok(story.cast.police.get("/v1/check-requests"))["items"]
    return [ok(story.cast.police.get(f"/v1/check-requests/{one['id']}")) for one in listed]


def hand_over(story: Regions, to: str) -> None:
    tag = story.spo.get(f"{person_at(CRN)}/holding").headers["ETag"]
    given = {"practitioner": to, "pdu": "Sheffield"}
    ok(story.spo.post(f"{person_at(CRN)}/holding", json=given, if_match=tag))


def test_after_a_handover_the_police_are_told_who_asks_now(story: Regions) -> None:
    (before,) = asked(story)
    assert before["document"]["asked_by"]["name"] == "p.shah"
    hand_over(story, "c.taker")
    (now,) = asked(story)
    by = now["document"]["asked_by"]
    assert (by["name"], by["unit"]) == ("c.taker", "Sheffield")
    assert now["question_version"] == before["question_version"] + 1
    assert now["document"]["because"] == "handed_over"
    assert now["document"]["changed"] == {"added": [], "withdrawn": [], "corrected": []}
    assert now["subjects"] == before["subjects"], "nobody is asked about anew"
    assert "'because': 'handed_over'" in str(ok(story.cast.police.get("/v1/events")))


def test_a_case_that_goes_to_another_region_is_asked_about_by_that_one(story: Regions) -> None:
    (before,) = asked(story)
    ok(story.settle(story.their_spo, story.offer(), **TAKEN))
    (now,) = asked(story)
    assert now["document"]["asked_by"]["name"] == "n.west"
    assert now["document"]["asked_by"]["organisation"] != before["document"]["asked_by"]["organisation"]


def test_who_only_acts_meanwhile_is_whom_the_police_ring(story: Regions) -> None:
    asked(story)
    tag = story.spo.get(f"{person_at(CRN)}/holding").headers["ETag"]
    named = {"action": "name", "practitioner": "c.taker", "until": "2026-03-05T17:00:00Z"}
    ok(story.spo.post(f"{person_at(CRN)}/caretaker", json=named, if_match=tag))
    (now,) = asked(story)
    assert now["document"]["asked_by"]["name"] == "c.taker"
