"""What is true of somebody is asked of every record of theirs, whichever of them it is said on."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import GROUNDS, as_owner
from tests.people.two_records import (
    FIRST,
    SECOND,
    begun,
    both,
    colleague,
    merge,
    part,
)
from tests.referrals.samples import asking, darren_and_toby
from tests.release_dates.factories import follow, line, outcomes, release_date
from tests.rows import person_at, person_id
from tests.subject_access.asking import keeper, opened

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """p.shah has a case; a.khan has one under another CRN, of somebody of whom no number is known yet."""
    return begun(cast, the_clock)


def lowered(story: Story, crn: str) -> set[str]:
    """Return about which records something keeps the risk from being lowered on one."""
    change = {
        "kind": "rosh_changed",
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        "rosh": {
            "group": "public",
            "level": "low",
            "reason": "Sober, working, and keeping to his plan.",
            "evidence": "Eight weeks of clear tests.",
            "grounds": GROUNDS,
        },
    }
    refused = ok(story.pdu_head.post(f"{person_at(crn)}/changes-of-circumstance", json=change), 409)
    waiting = [one["id"] for one in refused["outstanding"]]
    rows = as_owner(
        "SELECT DISTINCT p.crn FROM check_request r JOIN person p ON p.id = r.person_id"
        f" WHERE r.id IN ({', '.join(repr(one) for one in waiting)})"
    )
    return {row["crn"] for row in rows}


def test_what_is_open_on_the_other_record_keeps_a_risk_from_being_lowered(story: Story) -> None:
    both(story)
    assert lowered(story, FIRST) == {FIRST}
    merge(story)
    assert lowered(story, FIRST) == {FIRST, SECOND}


def test_what_is_open_on_either_record_is_on_the_list_of_a_transfer(story: Story) -> None:
    both(story)
    merge(story)
    asked = {"person_id": str(person_id(FIRST)), "to_region": "N51", "reason": "He moves to Preston."}
    transfer = ok(story.practitioner.post("/v1/transfers", json=asked), 201)
    listed = {
        one["href"].rpartition("/")[2] for one in transfer["outstanding"] if one["kind"] == "open_check"
    }
    waiting = {
        str(row["id"]): row["crn"]
        for row in as_owner(
            "SELECT r.id, p.crn FROM check_request r JOIN person p ON p.id = r.person_id"
            " WHERE r.state IN ('requested', 'awaiting_details')"
        )
    }
    assert listed == set(waiting)
    assert set(waiting.values()) == {FIRST, SECOND}
    theirs = story.cast.stranger.as_practitioner("n.west")
    assert [theirs.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [200, 200]
    tag = story.practitioner.get(transfer["href"]).headers["ETag"]
    withdrawn = {"action": "withdraw", "reason": "He stays."}
    ok(story.practitioner.post(f"{transfer['href']}/transitions", json=withdrawn, if_match=tag))
    assert [theirs.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [404, 404]


def test_a_region_that_reads_both_records_is_told_that_they_are_one(story: Story) -> None:
    both(story)
    share(story, colleague(story), SECOND)
    theirs = story.cast.stranger.as_practitioner("n.west")

    def told() -> list[tuple[str, str]]:
        found = ok(theirs.get("/v1/events", limit=500))["items"]
        return [
            (one["event"], one["data"]["part"]) for one in found if one["event"].startswith("person.merge")
        ]

    merge(story)
    assert told() == [("person.merged", "alias"), ("person.merged", "stands")]
    part(story)
    assert told()[2:] == [("person.merge_undone", "alias"), ("person.merge_undone", "stands")]


def test_a_region_that_reads_one_of_the_records_learns_of_no_other(story: Story) -> None:
    both(story)
    share(story, story.practitioner, FIRST)
    theirs = story.cast.stranger.as_practitioner("n.west")
    before = ok(theirs.get("/v1/events", limit=500))["items"]
    merge(story)
    assert ok(theirs.get("/v1/events", limit=500))["items"] == before
    assert theirs.get(person_at(SECOND)).status_code == 404


def only(category: str, reference: str, crn: str = SECOND) -> Json:
    document = darren_and_toby(reference, crn=crn)
    return asking(document, lambda one: one.get("service_category") == category)


def test_a_referral_that_the_other_record_has_open_is_a_repeat(story: Story) -> None:
    work = only("education_training_and_employment", "SEC-1")
    ok(colleague(story).post("/v1/referrals", json=work), 201)
    merge(story, SECOND)
    home = ok(colleague(story).post("/v1/referrals", json=only("accommodation", "SEC-2")), 201)
    assert home["person"]["href"] == person_at(SECOND)
    (repeated,) = [one["duplicate_of"] for one in home["destinations"]]
    of = ok(story.practitioner.get(repeated))["referral_id"]
    assert story.referral(of)["person"]["href"] == person_at(FIRST)


def share(story: Story, caller: Any, crn: str) -> Json:
    given = {
        "organisation": "N51",
        "basis": "joint",
        "until": (story.clock.at + timedelta(days=30)).isoformat(),
        "reason": "They work on it too.",
    }
    return ok(caller.post(f"{person_at(crn)}/shares", json=given), 201)


@pytest.mark.parametrize("ended_on", [FIRST, SECOND])
def test_a_share_that_ends_on_one_record_ends_on_the_other(story: Story, ended_on: str) -> None:
    both(story)
    share(story, colleague(story), SECOND)
    merge(story)
    theirs = story.cast.stranger.as_practitioner("n.west")
    assert [theirs.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [200, 200]
    (given,) = ok(story.practitioner.get(f"{person_at(ended_on)}/shares"))["items"]
    tag = story.practitioner.get(given["href"]).headers["ETag"]
    ok(story.practitioner.post(f"{given['href']}/end", json={"reason": "Done."}, if_match=tag))
    assert [theirs.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [404, 404]
    part(story)
    assert [theirs.get(person_at(crn)).status_code for crn in (FIRST, SECOND)] == [404, 404]


def test_an_older_line_of_a_prison_does_not_win_because_it_is_about_the_other_record(story: Story) -> None:
    referral = ok(story.practitioner.get("/v1/referrals", mine="yes"))["items"][0]["id"]
    opened_case = {
        "because": "allocation",
        "person": {"crn": SECOND, "name": {"given": "Darren", "family": "Ellershaw"}},
    }
    ok(colleague(story).post("/v1/people", json=opened_case), 201)
    follow(story, line("2026-05-27", crn=SECOND, as_of="2026-03-02T09:30:00Z"))
    merge(story)
    follow(story, line("2026-05-20", crn=FIRST, as_of="2026-03-02T09:00:00Z"))
    assert outcomes()[-1] == "older"
    assert release_date(story, referral) != "2026-05-20"


def report(story: Story, crn: str, kind: str) -> None:
    change = {
        "kind": kind,
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
    }
    ok(story.spo.post(f"{person_at(crn)}/changes-of-circumstance", json=change), 201)


@pytest.mark.parametrize("reported_on", [FIRST, SECOND])
def test_who_has_not_died_is_asked_about_again_on_both_records(story: Story, reported_on: str) -> None:
    referrals = [ok(story.practitioner.get("/v1/referrals"))["items"][0]["id"], both(story)["id"]]
    merge(story)
    report(story, reported_on, "died")
    report(story, reported_on, "death_in_error")
    for referral in referrals:
        states = [one["state"] for one in story.requests(referral, "police_da")]
        assert "requested" in states, states


def test_the_copy_that_a_person_is_given_is_of_both_records(story: Story) -> None:
    document = only("accommodation", "SEC-1")
    document["person"]["local_connections"] = "He grew up in Hull."
    ok(colleague(story).post("/v1/referrals", json=document), 201)
    asked = opened(keeper(story.cast))
    assert "He grew up in Hull." not in {one["text"] for one in asked["texts"]}
    merge(story)
    found = ok(keeper(story.cast).get(asked["href"]))
    assert "He grew up in Hull." in {one["text"] for one in found["texts"]}


@pytest.mark.parametrize("merged_first", [True, False])
def test_danger_alleged_on_one_record_waits_for_no_name_by_the_other(
    story: Story, *, merged_first: bool
) -> None:
    document = darren_and_toby("SEC-1", crn=SECOND)
    girl = {
        "ref": "girl",
        "relationship": "other_child",
        "local_authority": "E08000035",
        "details_status": "not_asked",
        "description": "Wears a red school coat",
    }
    document["household"] = {"children": "yes", "contacts": [girl]}
    document["addresses"] = document["addresses"][:1]
    referral = ok(colleague(story).post("/v1/referrals", json=document), 201)["id"]

    def states() -> set[str]:
        return {one["state"] for one in story.requests(referral, "childrens_safeguarding")}

    for doing in ("merge", "allege") if merged_first else ("allege", "merge"):
        assert states() == {"awaiting_details"}
        if doing == "merge":
            merge(story)
        else:
            story.report_change(FIRST, "threat", standing="alleged", source="anonymous")
    assert states() == {"requested"}


def opened_case(crn: str) -> Json:
    document = darren_and_toby(crn=crn)
    kept = {name: document[name] for name in ("household", "addresses")}
    known = {name: document["person"][name] for name in ("crn", "name", "date_of_birth", "pnc_number")}
    return {"because": "curfew", "person": known, **kept}


def test_another_day_of_release_hurries_what_is_asked_by_either_record(
    cast: Cast, the_clock: TheClock
) -> None:
    """Nothing has been referred yet, so that it is the person's questions alone that follow."""
    story = Story(cast, the_clock)
    for crn in (FIRST, SECOND):
        ok(story.practitioner.post("/v1/people", json=opened_case(crn)), 201)
    merge(story)
    day = (the_clock.at.date() + timedelta(days=2)).isoformat()
    story.report_change(FIRST, "release_date_changed", release_date=day)
    needed = as_owner(
        "SELECT p.crn, r.hard_date::date AS day FROM check_request r JOIN person p ON p.id = r.person_id"
        " WHERE r.state = 'requested'"
    )
    assert {(one["crn"], str(one["day"])) for one in needed} == {(FIRST, day), (SECOND, day)}


def test_what_happens_by_one_record_is_followed_in_what_was_declined_by_the_other(
    cast: Cast, the_clock: TheClock
) -> None:
    """Nothing is open any more; where he was declined, another bed is looked for no longer."""
    story = Story(cast, the_clock)
    referral = story.submit(only("accommodation", "DAT-1", FIRST))["id"]
    ok(story.practitioner.post("/v1/people", json=opened_case(SECOND)), 201)
    merge(story, SECOND)
    part = story.part(referral, "crs", "accommodation")["id"]
    story.document(cast.crs, part)
    story.move(cast.crs, part, "decline", reason_code="no_capacity")

    def rests() -> list[str]:
        (found,) = as_owner(f"SELECT rests FROM destination_referral WHERE id = '{part}'")
        return list(found["rests"])

    assert rests() == []
    story.report_change(SECOND, "supervision_suspended")
    assert rests() == ["supervision_suspended"]
    story.report_change(SECOND, "supervision_resumed")
    assert rests() == []
