"""Everybody who has something to do reads whom it is about, and whom to ring about it, by name and phone."""

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.demo.cast import NAMES
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby
from tests.third_parties.samples import opened

WAITS = "cas3"
"""Its referral waits for another, and nothing is asked of it yet."""
READERS = ("practitioner", "spo", "pdu_head", "ap", "cas3", "crs", "mappa", "police", "council")


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case that everybody has something to do in, late enough for most of it to be escalated."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    ask_under_the_right_to_know(story)
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "refuse", reason_code="other", reason="Not ours.")
    return story


def ask_under_the_right_to_know(story: Story) -> None:
    decision = opened(story, recipient="partner", name="Joanne Threlfall")["id"]
    given = {"sent_on": clock.today().isoformat(), "reason": "She may be in danger."}
    ok(story.tell(decision, "refer", referral={"force": "west-yorkshire"} | given))


def reader(story: Story, who: str) -> Caller:
    found: Caller = story.cast.callers[who] if who in story.cast.callers else getattr(story, who)
    return found


def items(caller: Caller, **query: Any) -> list[Json]:
    found: list[Json] = ok(caller.get("/v1/work", limit=500, **query))["items"]
    return found


@pytest.mark.parametrize("who", READERS)
def test_every_item_names_the_person_and_somebody_to_ring(story: Story, who: str) -> None:
    story.wait(days=14)
    found = items(reader(story, who))
    if who not in {"practitioner", "spo", "pdu_head"}:
        assert bool(found) == (who != WAITS)
        assert all(one["other_party"] for one in found)
    others = [one["other_party"] for one in found if one["other_party"]]
    assert [one for one in others if not (one["name"] and one["phone"])] == []
    assert [one["kind"] for one in found if not (one["person"] or {}).get("name")] == []
    assert [one["kind"] for one in found if not (one["practitioner_contact"] or {}).get("phone")] == []


def test_whoever_answers_today_is_rung_and_not_somebody_who_is_away(story: Story) -> None:
    (owed,) = items(story.practitioner, kind="settle_refusal")
    assert owed["other_party"] | {"id": None, "phone": None} == {
        "id": None,
        "kind": "police_force",
        "organisation": "West Yorkshire Police",
        "name": NAMES["duty.manager"],
        "phone": None,
    }


def test_a_right_to_know_referral_names_the_person_to_the_force_and_to_probation(story: Story) -> None:
    (asked,) = items(story.cast.police, kind="answer_right_to_know")
    assert asked["person"] == {"id": None, "name": "Darren Ellershaw", "crn": None, "age": 37}
    story.clock.move(timedelta(days=60))
    late = ok(story.practitioner.get("/v1/overdue", limit=500))["items"]
    (ours,) = (one for one in late if one["subject"]["kind"] == "right_to_know")
    assert ours["person"]["name"] == "Darren Ellershaw"
