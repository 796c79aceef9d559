"""Two records of one person, merged: what is owed and what is known of either is read under both CRNs."""

from typing import Any

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import give_sight
from tests.people.two_records import FIRST, SECOND, begun, both, merge
from tests.rows import person_at, person_id

BOTH = (FIRST, SECOND)


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """Two records with a referral, a change of circumstance and something owed on each, not merged yet."""
    story = begun(cast, the_clock)
    both(story)
    for crn in BOTH:
        story.report_change(crn, "arrest")
    return story


def whole(caller: Caller, crn: str) -> Json:
    return ok(caller.get(f"{person_at(crn)}/case"))


def crns(found: Json, part: str) -> list[str]:
    return sorted(one["crn"] for one in found[part]["items"])


def owed(caller: Caller, **query: Any) -> set[str]:
    found: list[Json] = ok(caller.get("/v1/work", limit=500, **query))["items"]
    return {one["person"]["crn"] for one in found}


def of_people(found: Json) -> set[str]:
    return {one["person"]["crn"] for one in found["obligations"]["items"]}


def test_a_case_is_whole_under_either_number_once_they_are_one_persons(story: Story) -> None:
    alone = {crn: whole(story.practitioner, crn) for crn in BOTH}
    assert {crn: crns(alone[crn], "referrals") for crn in BOTH} == {crn: [crn] for crn in BOTH}
    assert {crn: of_people(alone[crn]) for crn in BOTH} == {crn: {crn} for crn in BOTH}
    checks = {one["id"] for crn in BOTH for one in alone[crn]["checks"]["items"]}
    merge(story)
    for crn in BOTH:
        found = whole(story.practitioner, crn)
        assert found["person"]["crn"] == crn
        assert (crns(found, "referrals"), crns(found, "changes")) == ([*BOTH], [*BOTH])
        assert {one["crn"] for one in found["reviews"]["items"]} == {*BOTH}
        assert of_people(found) == {*BOTH}
        assert {one["id"] for one in found["checks"]["items"]} >= checks
        path, _, person = found["referrals"]["href"].partition("?person=")
        listed = ok(story.practitioner.get(path, order="newest", person=person))["items"]
        assert [one["id"] for one in listed] == [one["id"] for one in found["referrals"]["items"]]


def test_what_is_owed_is_listed_under_either_number(story: Story) -> None:
    ids = {crn: str(person_id(crn)) for crn in BOTH}
    assert {crn: owed(story.practitioner, person=ids[crn]) for crn in BOTH} == {crn: {crn} for crn in BOTH}
    merge(story)
    assert {crn: owed(story.practitioner, person=ids[crn]) for crn in BOTH} == {crn: {*BOTH} for crn in BOTH}


def test_another_region_reads_only_the_record_that_is_shared_with_it(story: Story) -> None:
    merge(story)
    stranger = story.cast.stranger.as_practitioner()
    give_sight(story.cast.stranger, SECOND)
    found = whole(stranger, SECOND)
    assert (crns(found, "referrals"), crns(found, "changes")) == ([SECOND], [SECOND])
    assert stranger.get(f"{person_at(FIRST)}/case").status_code == 404
    give_sight(story.cast.stranger, FIRST, "circumstances")
    found = whole(stranger, SECOND)
    assert (crns(found, "referrals"), crns(found, "changes")) == ([SECOND], [*BOTH])


def test_what_is_limited_under_one_number_is_read_under_neither_by_others(story: Story) -> None:
    merge(story)
    seen = story.practitioner.get(f"{person_at(FIRST)}/access").headers["ETag"]
    body = {"named": [], "reason": "A relative works here."}
    third = story.cast.probation.as_practitioner("t.jones")
    assert owed(third, person=str(person_id(SECOND))) == {*BOTH}
    ok(story.practitioner.post(f"{person_at(FIRST)}/limit", json=body, if_match=seen))
    assert [third.get(f"{person_at(crn)}/case").status_code for crn in BOTH] == [404, 404]
    assert owed(third, person=str(person_id(SECOND))) == set()
