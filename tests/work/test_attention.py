"""What probation owes for a referral is what it needs attention for: read and listed from the same clocks."""

from datetime import date, timedelta

import pytest

from tests.checks.factories import police_answer
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN
from tests.referrals.samples import darren_and_toby, minimal
from tests.referrals.stays import ADDRESS
from tests.rows import person_at


def attention(story: Story, referral: Json) -> list[str]:
    """Return what a referral needs attention for: as it is read, and as it is listed."""
    read: list[str] = story.referral(referral["id"])["overall"]["needs_attention"]
    listed = ok(story.practitioner.get("/v1/referrals", needs_attention="yes"))["items"]
    found = [one["overall"]["needs_attention"] for one in listed if one["id"] == referral["id"]]
    assert found == ([read] if read else [])
    others = ok(story.practitioner.get("/v1/referrals", needs_attention="no"))["items"]
    assert (referral["id"] in {one["id"] for one in others}) == (not read)
    return read


def test_a_question_back_an_answer_and_a_refusal_call_for_attention_until_they_are_seen_to(
    story: Story,
) -> None:
    referral = story.submit(darren_and_toby())
    before = attention(story, referral)
    request = story.inbox(story.cast.police)[0]
    path = f"/v1/referrals/{referral['id']}"
    seen = story.practitioner.get(path).headers["ETag"]
    story.move_request(story.cast.police, request["id"], "return_for_information", question="Which address?")
    assert set(attention(story, referral)) - set(before) == {"answer_agency"}
    assert story.practitioner.get(path, if_none_match=seen).status_code == 200
    story.move_request(story.practitioner, request["id"], "answer_information", answer="9 Weavers Row.")
    assert attention(story, referral) == before
    story.move_request(story.cast.police, request["id"], "refuse", reason_code="other", reason="Not ours.")
    assert set(attention(story, referral)) - set(before) == {"settle_refusal"}
    story.answer(story.cast.police, request["id"], police_answer()["findings"], nothing_found=True)
    assert set(attention(story, referral)) - set(before) == {"review_answer"}


def waiting_for(story: Story, referral: Json) -> list[Json]:
    found: list[Json] = ok(story.practitioner.get(f"{referral['href']}/timeline", limit=500))["waiting_for"]
    return found


def test_a_timeline_states_what_probation_owes_in_the_words_of_the_work_list(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "refuse", reason_code="other", reason="Not ours.")
    listed = ok(story.practitioner.get("/v1/work", limit=100))["items"]
    owed = {(one["about"].lower(), one["subject"]["href"]) for one in listed}
    waits = {(one["text"].partition(": ")[2].lower(), one["href"]) for one in waiting_for(story, referral)}
    assert "settle_refusal" in {one["kind"] for one in listed}
    assert owed <= waits


def test_details_that_a_check_lacks_call_for_attention(story: Story) -> None:
    document = darren_and_toby()
    for contact in document["household"]["contacts"]:
        contact.pop("date_of_birth", None)
    referral = story.submit(document)
    assert "complete_check" in attention(story, referral)


def test_what_a_region_owes_is_read_and_listed_by_no_other_with_which_it_shares(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    request = story.inbox(story.cast.police)[0]
    story.move_request(story.cast.police, request["id"], "refuse", reason_code="other", reason="Not ours.")
    assert "settle_refusal" in attention(story, referral)
    until = (story.clock.at + timedelta(days=90)).isoformat()
    given = {"organisation": "N51", "basis": "host_area", "until": until, "reason": "He moves."}
    body = given | {"sections": ["referrals", "checks"]}
    ok(story.practitioner.post(f"{person_at(CRN)}/shares", json=body), 201)
    other = story.cast.stranger.as_practitioner("t.jones")
    read = ok(other.get(f"/v1/referrals/{referral['id']}"))["overall"]["needs_attention"]
    assert "settle_refusal" not in read
    of_person = {"person": referral["person"]["id"]}
    (listed,) = ok(other.get("/v1/referrals", **of_person))["items"]
    assert listed["overall"]["needs_attention"] == read
    needing = ok(other.get("/v1/referrals", needs_attention="yes", **of_person))["items"]
    assert len(needing) == bool(read)


@pytest.mark.parametrize("ended", ["death", "error"])
def test_what_regions_ask_of_each_other_is_owed_still_once_the_case_has_ended(
    story: Story, ended: str
) -> None:
    referral = story.submit(darren_and_toby())
    stranger, reason = story.cast.stranger, "She lives there."
    west = stranger.as_practitioner("n.west", pdu="Central Lancashire")
    head = stranger.as_practitioner("h.else", "pdu_head", pdu="Central Lancashire")
    aside = ok(west.post("/v1/referrals", json=minimal("ELSEWHERE-1", CRN)), 201)["person"]["href"]
    until = (story.clock.at + timedelta(days=60)).isoformat()
    wanted = {"basis": "joint", "sections": ["risk"], "until": until, "reason": reason}
    ok(west.post(f"{aside}/share-requests", json=wanted), 201)
    ok(head.post("/v1/people/emergency-access", json={"crn": CRN, "reason": reason}), 201)
    offered = {"person_id": referral["person"]["id"], "to_region": stranger.code, "reason": reason}
    ok(story.practitioner.post("/v1/transfers", json=offered), 201)
    if ended == "death":
        story.report_change(CRN, "died")
    else:
        seen = story.practitioner.get(referral["href"]).headers["ETag"]
        path = f"{referral['href']}/entered-in-error"
        ok(story.practitioner.post(path, json={"reason": "Another man."}, if_match=seen))
    owed = {
        one["kind"] for caller in (story.spo, head) for one in ok(caller.get("/v1/work", limit=500))["items"]
    }
    assert owed >= {"answer_share_request", "review_emergency_access", "answer_transfer"}


def settle_in(story: Story, stay: str, ends: date) -> None:
    """Bring somebody into approved premises today."""
    today = story.clock.at.date().isoformat()
    story.take_on(story.cast.ap, stay)
    offered = {"expected_arrival": today, "expected_departure": ends.isoformat()}
    ok(story.place(story.cast.ap, stay, "offer", **offered))
    ok(story.place(story.practitioner, stay, "confirm"))
    ok(story.place(story.cast.ap, stay, "record_arrival", arrived_on=today))


@pytest.mark.parametrize("address", [None, ADDRESS], ids=["nowhere", "proposed"])
def test_a_stay_past_its_end_calls_for_attention_and_one_that_only_nears_it_does_not(
    story: Story, address: Json | None
) -> None:
    referral = story.submit(darren_and_toby())
    (stay,) = (one["id"] for one in referral["destinations"] if one["kind"] == "approved_premises")
    ends = story.clock.at.date() + timedelta(days=30)
    settle_in(story, stay, ends)
    if address is not None:
        ok(story.place(story.practitioner, stay, "propose_move_on", address=address))
    codes = {"settle_end_of_stay"} | ({"name_move_on"} if address is None else set())
    story.wait_until(f"{ends - timedelta(days=1)}T10:00:00+00:00")
    assert codes.isdisjoint(attention(story, referral))
    seen = story.practitioner.get(referral["href"]).headers["ETag"]
    story.wait_until(f"{ends}T13:00:00+00:00")
    assert codes <= set(attention(story, referral))
    assert story.practitioner.get(referral["href"], if_none_match=seen).status_code == 200
