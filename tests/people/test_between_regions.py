"""What two regions see of one case: shares, limits, transfers and the records beside each other."""

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner, give_sight
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at

pytestmark = pytest.mark.long

THEIRS = "N51"
TAKEN = {"action": "accept", "practitioner": "n.west", "pdu": "Central Lancashire"}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A live case: checks, reviews, destinations that wait."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    story.report_change(CRN, "arrest")
    return story


def theirs(story: Story, who: str = "n.west", role: str = "practitioner") -> Caller:
    return story.cast.stranger.as_practitioner(who, role, pdu="Central Lancashire")


def person(story: Story) -> str:
    return person_at(CRN).rpartition("/")[2]


def offer(story: Story, **more: Any) -> Json:
    given = {"person_id": person(story), "to_region": THEIRS, "reason": "He moves to Preston."} | more
    return ok(story.practitioner.post("/v1/transfers", json=given), 201)


def settle(caller: Caller, transfer: Json, **given: Any) -> Json:
    seen = caller.get(transfer["href"]).headers["ETag"]
    return ok(caller.post(f"{transfer['href']}/transitions", json=given, if_match=seen))


def share(story: Story, **more: Any) -> Any:
    until = (clock.now() + timedelta(days=90)).isoformat()
    given = {"organisation": THEIRS, "basis": "host_area", "until": until, "reason": "He moves."} | more
    return story.practitioner.post(f"{person_at(CRN)}/shares", json=given)


def access(story: Story) -> Json:
    return ok(story.practitioner.get(f"{person_at(CRN)}/access"))


def limit(story: Story, *named: Json) -> Any:
    seen = story.practitioner.get(f"{person_at(CRN)}/access").headers["ETag"]
    given = {"named": list(named), "reason": "A relative works here."}
    return story.practitioner.post(f"{person_at(CRN)}/limit", json=given, if_match=seen)


def exclude(story: Story, who: str, region: str = THEIRS) -> None:
    body = {"practitioner": who, "region": region, "reason": "Her brother."}
    ok(story.practitioner.post(f"{person_at(CRN)}/exclusions", json=body))


def test_what_more_a_wider_share_shows_of_a_referral_is_shown_under_another_tag(story: Story) -> None:
    referral = ok(story.practitioner.get(f"{person_at(CRN)}"))
    (submitted,) = ok(story.practitioner.get("/v1/referrals", person=referral["id"]))["items"]
    part = story.part(submitted["id"], "crs", "accommodation")
    ok(share(story, sections=["referrals"]), 201)
    paths = (submitted["href"], part["href"])
    narrow = {path: theirs(story).get(path) for path in paths}
    assert ok(narrow[part["href"]])["withheld"] == []
    ok(share(story, sections=["referrals", "household", "risk"]), 201)
    for path, before in narrow.items():
        after = theirs(story).get(path, if_none_match=before.headers["ETag"])
        assert ok(after)
        assert after.headers["ETag"] != before.headers["ETag"]
        assert theirs(story).get(path, if_none_match=after.headers["ETag"]).status_code == 304
    assert ok(theirs(story).get(part["href"]))["adjustments_to_answer"] != []


# What is not finished, in a transfer


@pytest.mark.parametrize(
    ("sections", "kinds"),
    [
        (("household", "risk"), set()),
        (("checks",), {"open_check"}),
        (("circumstances",), {"open_review"}),
        (("referrals",), {"destination_waiting"}),
        (("checks", "circumstances", "referrals"), {"open_check", "open_review", "destination_waiting"}),
    ],
)
def test_what_is_not_finished_is_shown_of_the_sections_that_are_seen(
    story: Story, sections: tuple[str, ...], kinds: set[str]
) -> None:
    give_sight(story.cast.stranger, CRN, *sections)
    asked = theirs(story).post("/v1/transfers", json={"person_id": person(story), "reason": "He lives here."})
    transfer = ok(asked, 201)
    assert {one["kind"] for one in transfer["outstanding"]} == kinds
    assert {one["kind"] for one in ok(theirs(story).get(transfer["href"]))["outstanding"]} == kinds
    (listed,) = ok(theirs(story).get("/v1/transfers"))["items"]
    assert {one["kind"] for one in listed["outstanding"]} == kinds
    (whole,) = ok(story.spo.get("/v1/transfers"))["items"]
    assert len(whole["outstanding"]) >= 3, "the holder sees all of it"


# Shares and who holds the record


def test_a_share_ends_when_its_region_becomes_the_holder_and_does_not_come_back(story: Story) -> None:
    given = ok(share(story), 201)
    begun_later = ok(share(story, **{"from": (clock.now() + timedelta(days=30)).isoformat()}), 201)
    settle(theirs(story, "w.spo", "spo"), offer(story), **TAKEN)
    ended = {one["id"]: one for one in ok(theirs(story).get(f"{person_at(CRN)}/shares"))["items"]}
    for one in (given, begun_later):
        assert ended[one["id"]]["in_force"] is False
        assert ended[one["id"]]["end_reason"] == "The region holds the record now."
    events = "SELECT count(*) AS told FROM event WHERE name = 'person.share_ended'"
    assert as_owner(events) == [{"told": 2}]
    back = {"person_id": person(story), "to_region": "N55", "reason": "He moves back."}
    transfer = ok(theirs(story).post("/v1/transfers", json=back), 201)
    settle(story.spo, transfer, action="accept", practitioner="p.shah", pdu="Leeds")
    assert story.practitioner.get(person_at(CRN)).status_code == 200
    assert theirs(story).get(person_at(CRN)).status_code == 404


# Shares of a limited access case


def test_a_share_of_a_limited_case_names_who_may_know_of_it(story: Story) -> None:
    ok(share(story, sections=["risk"]), 201)
    ok(limit(story, {"practitioner": "t.jones", "region": THEIRS}))
    refused = share(story)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/named")
    given = ok(share(story, named=["t.jones"]), 201)
    assert given["seen"] is True


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"named": ["n.west", "e.own"]}, "/named/1"),
        ({"practitioner": "e.own"}, "/practitioner"),
    ],
)
@pytest.mark.parametrize("limited", [True, False])
def test_a_share_is_not_for_somebody_who_is_excluded(
    story: Story, body: Json, pointer: str, limited: bool
) -> None:
    exclude(story, "e.own")
    if limited:
        ok(limit(story))
    refused = share(story, **body)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_somebody_who_is_excluded_is_not_named(story: Story) -> None:
    exclude(story, "e.own", "N55")
    refused = limit(story, {"practitioner": "d.deputy"}, {"practitioner": "e.own"})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/named/1/practitioner")
    ok(limit(story))
    body = {"practitioner": "e.own", "reason": "Works on it."}
    refused = story.practitioner.post(f"{person_at(CRN)}/named-staff", json=body)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/practitioner")
    assert "e.own" not in {one["practitioner"] for one in access(story)["named"]}


def test_the_access_list_says_whether_somebody_sees_the_record_by_a_share(story: Story) -> None:
    ok(share(story), 201)
    before = story.practitioner.get(f"{person_at(CRN)}/access").headers["ETag"]
    assert [(one["in_force"], one["seen"]) for one in access(story)["shares"]] == [(True, True)]
    ok(limit(story))
    assert theirs(story).get(person_at(CRN)).status_code == 404
    assert [(one["in_force"], one["seen"]) for one in access(story)["shares"]] == [(True, False)]
    assert story.practitioner.get(f"{person_at(CRN)}/access").headers["ETag"] != before
    named = {"practitioner": "n.west", "region": THEIRS, "reason": "Takes it over."}
    ok(story.practitioner.post(f"{person_at(CRN)}/named-staff", json=named))
    assert theirs(story).get(person_at(CRN)).status_code == 200
    assert [one["seen"] for one in access(story)["shares"]] == [True]
    exclude(story, "n.west")
    assert theirs(story).get(person_at(CRN)).status_code == 404
    (listed,) = ok(story.practitioner.get(f"{person_at(CRN)}/shares"))["items"]
    assert (listed["in_force"], listed["seen"]) == (True, False)


# Two records of one CRN


def test_a_region_that_takes_a_case_over_tells_its_two_records_apart(story: Story) -> None:
    document = minimal("NW-1", CRN)
    document["person"]["noms_number"] = "A9999ZZ"
    ok(theirs(story).post("/v1/referrals", json=document), 201)
    settle(theirs(story, "w.spo", "spo"), offer(story), **TAKEN)
    found = ok(theirs(story).post("/v1/people/search", json={"crn": CRN}))["found"]
    assert sorted((one["held"], one["href"] == person_at(CRN)) for one in found) == [
        (False, False),
        (True, True),
    ]
    for one in found:
        assert ok(theirs(story).get(one["href"]))["held"] is one["held"]
    path = f"{person_at(CRN)}/proposals"
    proposed = ok(theirs(story).get(path))["items"]
    assert {one["region"] for one in proposed} == {THEIRS}, "what it had stated itself"
    (noms,) = (one for one in proposed if one["path"] == "/person/noms_number")
    body = {"taken": True, "reason": "As we stated."}
    ok(theirs(story).post(f"{noms['href']}/decision", json=body), 201)
    assert noms["path"] not in {one["path"] for one in ok(theirs(story).get(path))["items"]}


# What a region that opens a case is told


@pytest.mark.parametrize(("level", "warned"), [("low", False), ("high", True)])
def test_who_opens_a_case_that_is_held_elsewhere_is_warned_of_danger_to_staff(
    cast: Cast, the_clock: TheClock, level: str, warned: bool
) -> None:
    story = Story(cast, the_clock)
    document = darren_and_toby()
    document["risk"]["rosh"]["staff"] = {"level": level, "who": "Staff."}
    story.submit(document)
    opening = {"because": "allocation", "person": {"crn": CRN, "name": {"given": "D", "family": "E"}}}
    case = ok(theirs(story).post("/v1/people", json=opening), 201)
    assert (case["held_elsewhere"], case["staff_safety"]) == (True, warned)
    own = {"because": "allocation", "person": {"crn": "X320788", "name": {"given": "D", "family": "E"}}}
    assert ok(theirs(story).post("/v1/people", json=own), 201)["staff_safety"] is False


def test_a_share_is_asked_for_as_it_can_be_given(story: Story) -> None:
    side = ok(theirs(story).post("/v1/referrals", json=minimal("NW-1", CRN)), 201)["person"]["href"]
    until = (clock.now() + timedelta(days=30)).isoformat()
    asked = {"sections": ["risk"], "until": until, "reason": "We see him on Monday."}
    refused = theirs(story).post(f"{side}/share-requests", json=asked | {"basis": "transfer_pending"})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/basis")
    ok(theirs(story).post(f"{side}/share-requests", json=asked | {"basis": "host_area"}), 201)
