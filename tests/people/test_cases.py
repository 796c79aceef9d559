"""The cases of a region in a list: also those with no referral, and those that nobody answers for."""

from datetime import timedelta
from typing import Any

import pytest

from benchmarks.statements import watched
from service import clock
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.holdings import change, leave
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

REFERRED, OPENED, OTHERS = "X320741", "X320742", "X320743"


def opening(crn: str) -> Json:
    person = {"crn": crn, "name": {"given": "Larry", "family": "Penhallow"}}
    return {"because": "allocation", "person": person, "household": {"children": "no"}}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case with a referral and one that was opened, of p.shah, and an opened one of j.moss in Hull."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    story.wait(hours=1)
    ok(story.practitioner.post("/v1/people", json=opening(OPENED)), 201)
    story.wait(hours=1)
    moss = cast.probation.as_practitioner("j.moss", pdu="Hull")
    ok(moss.post("/v1/people", json=opening(OTHERS)), 201)
    return story


def listed(caller: Caller, **query: Any) -> list[str]:
    return [one["crn"] for one in ok(caller.get("/v1/people", **query))["items"]]


def test_a_case_with_no_referral_is_in_the_list_of_who_answers_for_it(story: Story) -> None:
    assert listed(story.practitioner) == [REFERRED, OPENED, OTHERS]
    assert listed(story.practitioner, mine="yes") == [REFERRED, OPENED]
    assert listed(story.practitioner, mine="no") == [OTHERS]
    assert listed(story.practitioner, no_referral="yes") == [OPENED, OTHERS]
    assert listed(story.practitioner, no_referral="no") == [REFERRED]
    assert listed(story.practitioner, pdu="Hull") == [OTHERS]
    assert listed(story.practitioner, mine="yes", no_referral="yes") == [OPENED]
    item = ok(story.practitioner.get("/v1/people", mine="yes", no_referral="yes"))["items"][0]
    assert item["href"] == person_at(OPENED)
    assert (item["name"]["family"], item["practitioner"]) == ("Penhallow", "p.shah")
    assert (item["held"], item["ownerless"], item["has_referral"], item["caretaker"]) == (
        True, False, False, None,
    )  # fmt: skip


def test_a_caretaker_finds_the_case_for_as_long_as_they_act(story: Story) -> None:
    taker = story.cast.probation.as_practitioner("c.taker")
    until = (clock.now() + timedelta(days=3)).isoformat()
    ok(change(story.spo, "caretaker", OPENED, action="name", practitioner="c.taker", until=until))
    assert listed(taker, mine="yes") == [OPENED]
    (item,) = ok(taker.get("/v1/people", mine="yes"))["items"]
    assert (item["caretaker"]["practitioner"], item["caretaker"]["acting"]) == ("c.taker", True)
    story.wait(days=4)
    assert listed(taker, mine="yes") == []
    assert OPENED in listed(story.practitioner, mine="yes")


def test_cases_that_must_be_reassigned_are_found_and_counted(story: Story) -> None:
    assert listed(story.spo, ownerless="yes") == []
    leave(story, "p.shah")
    assert listed(story.spo, ownerless="yes") == [REFERRED, OPENED]
    assert listed(story.spo, ownerless="no") == [OTHERS]
    ok(change(story.spo, "holding", OPENED, practitioner="n.new"))
    answer = ok(story.spo.get("/v1/people", limit=1, counts="yes"))
    assert answer["counts"] == {"cases": 3, "ownerless": 1, "no_referral": 2, "caretaker": 0}
    assert ok(story.spo.get("/v1/people", ownerless="no", counts="yes"))["counts"]["cases"] == 2
    assert ok(story.spo.get("/v1/people"))["counts"] is None


def test_the_list_is_read_in_pages_from_either_end(story: Story) -> None:
    for order, expected in (("oldest", [REFERRED, OPENED, OTHERS]), ("newest", [OTHERS, OPENED, REFERRED])):
        found: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = ok(story.spo.get("/v1/people", limit=1, order=order, **after))
            found += [one["crn"] for one in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert found == expected


def test_who_may_not_know_of_a_case_does_not_find_it_and_does_not_count_it(story: Story) -> None:
    access = f"{person_at(OPENED)}/access"
    seen = story.practitioner.get(access).headers["ETag"]
    limit = {"named": [{"practitioner": "d.deputy"}], "reason": "A relative works here."}
    ok(story.practitioner.post(f"{person_at(OPENED)}/limit", json=limit, if_match=seen))
    other = story.cast.probation.as_practitioner("n.other")
    answer = ok(other.get("/v1/people", counts="yes"))
    assert [one["crn"] for one in answer["items"]] == [REFERRED, OTHERS]
    assert (answer["counts"]["cases"], answer["counts"]["no_referral"]) == (2, 1)
    assert OPENED in listed(story.cast.probation.as_practitioner("d.deputy"))
    excluded = {"practitioner": "e.own", "reason": "Her brother."}
    ok(story.practitioner.post(f"{person_at(REFERRED)}/exclusions", json=excluded))
    assert REFERRED not in listed(story.cast.probation.as_practitioner("e.own"))


def test_a_region_lists_its_own_cases_and_its_side_records(story: Story) -> None:
    other = story.cast.stranger.as_practitioner("x.other")
    assert listed(other) == []
    ok(other.post("/v1/people", json=opening(OPENED)), 201)
    (item,) = ok(other.get("/v1/people"))["items"]
    assert (item["crn"], item["held"]) == (OPENED, False)
    assert len(listed(story.practitioner)) == 3
    assert story.cast.crs.get("/v1/people").status_code == 403


def test_a_longer_list_takes_no_more_statements(story: Story) -> None:
    def cost() -> int:
        with watched() as seen:
            ok(story.spo.get("/v1/people", counts="yes"))
        return len(seen)

    cost()
    few = cost()
    for number in range(6):
        ok(story.practitioner.post("/v1/people", json=opening(f"X32090{number}")), 201)
    assert cost() == few <= 14
