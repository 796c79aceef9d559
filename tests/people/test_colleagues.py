"""What a colleague of the region says of a person whose case is somebody else's."""

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN
from tests.people.holdings import told_of
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case of p.shah's."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def colleague(story: Story, who: str = "n.other") -> Caller:
    return story.cast.probation.as_practitioner(who)


def renamed_and_limited(reference: str) -> Json:
    document = darren_and_toby(reference)
    document["person"]["name"] = {"given": "Wayne", "family": "Other"}
    document["person"]["restricted_record"] = True
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    return document


def record(story: Story) -> Json:
    return ok(story.practitioner.get(person_at(CRN)))


def proposed(story: Story) -> dict[str, Json]:
    return {one["path"]: one for one in ok(story.practitioner.get(f"{person_at(CRN)}/proposals"))["items"]}


def decide(caller: Caller, proposal: Json, *, taken: bool = True) -> int:
    body = {"taken": taken, "reason": "It is so."}
    return caller.post(f"{proposal['href']}/decision", json=body).status_code


def test_a_submission_of_a_colleague_renames_and_limits_nobody(story: Story) -> None:
    submitted = colleague(story).post("/v1/referrals", json=renamed_and_limited("C-1"))
    referral = ok(submitted, 201)
    assert referral["held_elsewhere"] is False
    shown = record(story)
    assert (shown["name"]["given"], shown["name"]["family"]) == ("Darren", "Ellershaw")
    assert shown["restricted"] is False
    assert shown["rosh"]["public"] == "very_high", "what raises the risk acts at once"
    assert {one["state"] for one in referral["destinations"]} & {"sent", "received"}, "it goes out"
    waiting = proposed(story)
    assert waiting.keys() == {"/person/given_name", "/person/family_name", "/restricted_record"}
    assert waiting["/restricted_record"]["raises_danger"] is True
    story.wait(days=3)
    assert ("practitioner", "p.shah") in told_of("proposals")


def test_who_answers_for_the_case_decides_and_the_colleague_does_not(story: Story) -> None:
    ok(colleague(story).post("/v1/referrals", json=renamed_and_limited("C-1")), 201)
    waiting = proposed(story)
    for one in waiting.values():
        assert decide(colleague(story), one) == 403
        assert decide(colleague(story, "q.brown"), one) == 403
    assert decide(story.practitioner, waiting["/person/given_name"]) == 201
    assert decide(story.practitioner, waiting["/person/family_name"], taken=False) == 201
    assert decide(story.spo, waiting["/restricted_record"]) == 201
    shown = record(story)
    assert (shown["name"]["given"], shown["name"]["family"]) == ("Wayne", "Ellershaw")
    assert shown["restricted"] is True
    assert proposed(story) == {}


def test_what_the_team_says_of_it_waits_for_who_answers_for_the_case(story: Story) -> None:
    seen = story.practitioner.get(f"{person_at(CRN)}/holding").headers["ETag"]
    mate = {"action": "add", "practitioner": "t.mate", "part": "co_worker"}
    ok(story.practitioner.post(f"{person_at(CRN)}/team", json=mate, if_match=seen))
    ok(colleague(story, "t.mate").post("/v1/referrals", json=renamed_and_limited("C-1")), 201)
    shown = record(story)
    assert (shown["name"]["given"], shown["restricted"]) == ("Darren", False)
    assert len(proposed(story)) == 3


@pytest.mark.parametrize("who", ["p.shah", "s.okafor"])
def test_who_answers_for_the_case_says_so_at_once(story: Story, who: str) -> None:
    caller = story.spo if who == "s.okafor" else colleague(story, who)
    ok(caller.post("/v1/referrals", json=renamed_and_limited("C-1")), 201)
    shown = record(story)
    assert (shown["name"]["given"], shown["restricted"]) == ("Wayne", True)
    assert proposed(story) == {}


def test_an_amendment_of_a_colleague_waits_too_and_is_said_once(story: Story) -> None:
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    for turn in range(2):
        path, document = referral["href"], renamed_and_limited("DAT-1")
        document["risk"]["additional_information"] = f"Seen {turn}."
        tag = colleague(story).get(path).headers["ETag"]
        ok(colleague(story).post(f"{path}/versions", json=document, if_match=tag))
        assert record(story)["name"]["given"] == "Darren"
        assert len(proposed(story)) == 3
    document["risk"]["additional_information"] = "Seen again."
    tag = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{path}/versions", json=document, if_match=tag))
    assert record(story)["name"]["given"] == "Wayne", "the same, of who answers for the case"
    assert proposed(story) == {}


def test_a_colleague_adds_what_the_record_does_not_say(story: Story) -> None:
    document = darren_and_toby("C-1")
    document["person"]["name"]["title"] = "Mr"
    title = record(story)["name"]["title"]
    ok(colleague(story).post("/v1/referrals", json=document), 201)
    assert record(story)["name"]["title"] == (title or "Mr")
