"""Whom one record of a person protects, no text of another record of the same person gives away."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.two_records import FIRST, SECOND, begun, colleague, merge, part
from tests.referrals.samples import asking, darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

INFORMATION = "/risk/additional_information"
QUIST: Json = {
    "ref": "now-victim",
    "relationship": "victim",
    "given_name": "Ottoline",
    "family_name": "Quist",
    "details_status": "provided",
}
LODGES = "He lodges with Ottoline Quist. He works nights."


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """p.shah has a case; a.khan has another under another CRN, whose texts name somebody."""
    return begun(cast, the_clock)


def by_the_other() -> Json:
    """What a.khan sends a provider of accommodation."""
    document = darren_and_toby("SEC-1", crn=SECOND)
    document["risk"]["additional_information"] = LODGES
    return asking(document, lambda entry: entry.get("service_category") == "accommodation")


def submit_other(story: Story) -> Json:
    (sent,) = ok(colleague(story).post("/v1/referrals", json=by_the_other()), 201)["destinations"]
    assert sent["state"] == "sent"
    found: Json = sent
    return found


def protect(story: Story, crn: str = FIRST) -> None:
    story.report_change(crn, "victim_report", contacts=[dict(QUIST)])


def to_reword(story: Story, sent: Json) -> dict[str, list[str]]:
    shown = ok(colleague(story).get(sent["href"]))
    return {gap["pointer"]: gap["gives_away"] for gap in shown["missing"] if "reword_for" in gap}


def message(story: Story, sent: Json, words: str) -> Any:
    return colleague(story).post(f"{sent['href']}/messages", json={"body": words})


def test_what_was_sent_is_looked_through_when_two_records_are_found_to_be_one(story: Story) -> None:
    sent = submit_other(story)
    told = ok(message(story, sent, "Ring Ms Quist."), 201)
    protect(story)
    assert to_reword(story, sent) == {}
    read = ok(story.cast.crs.get(f"{sent['href']}/document"))["document"]
    feed = len(story.feed(story.cast.crs))
    merge(story)
    assert to_reword(story, sent) == {INFORMATION: ["name"], f"/messages/{told['id']}": ["name"]}
    now = ok(story.cast.crs.get(f"{sent['href']}/document"))["document"]
    assert now == read | {"person": read["person"] | {"crn": FIRST}}
    news = [(one["event"], one["data"].get("sections")) for one in story.feed(story.cast.crs)[feed:]]
    changed = [("destination_referral.changed", ["person"])]
    assert news == changed, "under which CRN it goes, and nothing of whom anybody protects"
    story.wait(days=6)
    late = ok(story.spo.get("/v1/escalations"))["items"]
    assert any(one["subject"]["kind"] == "wording" for one in late)


@pytest.mark.parametrize("keep", [FIRST, SECOND])
@pytest.mark.parametrize("protecting", [FIRST, SECOND])
def test_what_is_said_from_now_on_is_compared_with_both_records(
    story: Story, keep: str, protecting: str
) -> None:
    sent = submit_other(story)
    merge(story, keep)
    protect(story, protecting)
    assert to_reword(story, sent) == {INFORMATION: ["name"]}
    refused = ok(message(story, sent, "Ring Ms Quist first."), 422)
    assert [one["pointer"] for one in refused["errors"]] == ["/body"]
    assert "Quist" not in str(refused)


def test_two_people_are_compared_each_with_their_own_record(story: Story) -> None:
    sent = submit_other(story)
    protect(story)
    ok(message(story, sent, "Ring Ms Quist."), 201)
    merge(story)
    ok(message(story, sent, "Ring Ms Quist."), 422)
    part(story)
    ok(message(story, sent, "Ring Ms Quist."), 201)


def test_words_for_agencies_name_nobody_whom_the_other_record_protects(story: Story) -> None:
    submit_other(story)
    protect(story)
    merge(story)
    changed = {
        "kind": "police_call_out",
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
        "for_agencies": "Ottoline Quist called.",
    }
    refused = ok(colleague(story).post(f"{person_at(SECOND)}/changes-of-circumstance", json=changed), 422)
    assert [one["pointer"] for one in refused["errors"]] == ["/for_agencies"]


def test_a_reader_without_the_section_reads_nobody_whom_the_other_record_protects(story: Story) -> None:
    sent = submit_other(story)
    protect(story)
    given = {
        "organisation": "N51",
        "basis": "joint",
        "until": (story.clock.at + timedelta(days=30)).isoformat(),
        "reason": "They work on it too.",
        "sections": ["referrals", "household", "risk"],
    }
    ok(colleague(story).post(f"{person_at(SECOND)}/shares", json=given), 201)
    merge(story)
    theirs = story.cast.stranger.as_practitioner("n.west")
    read = ok(theirs.get(f"{sent['href']}/document"))["document"]["risk"]["additional_information"]
    assert ("Quist" in read, "nights" in read) == (False, True)


def test_what_agencies_were_told_is_looked_through_when_two_records_are_found_to_be_one(
    story: Story,
) -> None:
    submit_other(story)
    caller = colleague(story)
    change = {
        "kind": "police_call_out",
        "occurred_on": story.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
        "for_agencies": "Ottoline Quist called.",
    }
    ok(caller.post(f"{person_at(SECOND)}/changes-of-circumstance", json=change), 201)
    protect(story)
    merge(story)
    found = ok(caller.get(f"{person_at(SECOND)}/changes-of-circumstance"))["items"]
    (owed,) = [one for one in found if one["kind"] == "told_of_protected"]
    assert "why/words: name" in owed["details"]
    assert "Quist" not in owed["details"]
