"""A concern that whoever reported it puts right or takes back: information to the reviewer, and no ending."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

SEEN = {"occurred_on": "2026-03-02", "details": "He threatened her.", "people": []}


@pytest.fixture
def driver(cast: Cast, the_clock: TheClock) -> Driver:
    return Driver(cast, the_clock)


def provider(driver: Driver) -> Json:
    part = part_of(driver.submit(darren_and_toby()), "crs")
    driver.accept(driver.cast.crs, part)
    return part


def report(driver: Driver, part: Json, **more: Any) -> Json:
    """Report a concern; a minute passes."""
    path = f"/v1/destination-referrals/{part['id']}/concerns"
    reported: Json = said(driver.cast.crs.post(path, json=SEEN | more), 201)
    driver.clock.move(timedelta(minutes=1))
    return reported


def correct(caller: Caller, part: Json, concern: Json, **instead: Any) -> Any:
    path = f"/v1/destination-referrals/{part['id']}/concerns/{concern['id']}/corrections"
    return caller.post(path, json={"reason": "Another resident.", **instead})


def on_record(driver: Driver) -> list[Json]:
    path = f"{person_at('X320741')}/changes-of-circumstance"
    changes = said(driver.officer.get(path, limit=100))["items"]
    found = [one for one in changes if one["kind"] == "provider_concern"]
    return sorted(found, key=lambda one: one["correction"] is not None)


def told(caller: Caller, name: str, change: Json) -> list[Json]:
    every = said(caller.get("/v1/events", limit=500))["items"]
    return [one for one in every if one["event"] == name and change["id"] in str(one)]


def danger(change: Json) -> list[str]:
    rows = as_owner(f"SELECT state FROM clock WHERE timer = 'danger' AND subject_id = '{change['id']}'")
    return [row["state"] for row in rows]


def test_a_retraction_ends_neither_the_review_nor_the_alarm(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part, immediate_danger=True)
    gone = said(correct(driver.cast.crs, part, concern, withdrawn=True), 201)
    assert gone["correction"] == {"corrects": concern["id"], "withdrawn": True, "reason": None}
    first, taken_back = on_record(driver)
    assert first["corrected_by"] == taken_back["id"] == gone["id"]
    assert (first["standing"], first["ended"]) == ("alleged", None)
    assert "Another resident." in taken_back["details"]
    assert [one["state"] for one in first["reviews"]] == ["open"]
    assert taken_back["reviews"] == [], "the review that is open reads it"
    assert (danger(first), danger(taken_back)) == (["running"], [])
    (news,) = told(driver.officer, "change_of_circumstance.recorded", taken_back)
    assert (news["data"]["corrects"], news["data"]["withdrawn"]) == (first["id"], True)


def test_whoever_was_told_of_it_is_told_once_that_it_is_taken_back(driver: Driver) -> None:
    part = provider(driver)
    mappa = part_of(said(driver.officer.get(f"/v1/referrals/{part['referral_id']}")), "mappa")
    concern = report(driver, part)
    correct(driver.cast.crs, part, concern, withdrawn=True)
    first, taken_back = on_record(driver)
    for change in (first, taken_back):
        assert [one["destination_referral_id"] for one in change["told"]] == [mappa["id"]]
        assert len(told(driver.cast.mappa, "destination_referral.circumstances_changed", change)) == 1
        assert told(driver.cast.ap, "destination_referral.circumstances_changed", change) == []


def test_a_concern_put_right_asks_about_whom_it_names_now_and_alarms_once(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part, immediate_danger=True)
    better = SEEN | {"occurred_on": "2026-03-01", "people": ["child"], "immediate_danger": True}
    right = said(correct(driver.cast.crs, part, concern, said=better), 201)
    assert right["occurred_on"] == "2026-03-01"
    first, second = on_record(driver)
    assert second["checks"], "a child was seen"
    assert (danger(first), danger(second)) == (["running"], [])
    assert "He threatened her." in second["details"]
    receipts = said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/concerns"))["items"]
    assert [one["corrected_by"] for one in receipts] == [second["id"], None]


def why(driver: Driver) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the last versions that children's services were asked in, and what they are asked because of."""
    listed = said(driver.cast.council.get("/v1/check-requests", limit=100))["items"]
    found = []
    for one in listed:
        asked = said(driver.cast.council.get(one["href"]))["document"]
        reasons = [asked["why"], *asked["why"]["earlier"]]
        happened = [each["happened"] for each in reasons if each["happened"]]
        found.append((asked["because"], [(each["occurred_on"], each["standing"]) for each in happened]))
    return [one for one in found if one[1]]


def versions(driver: Driver) -> int:
    every = said(driver.cast.council.get("/v1/events", limit=500))["items"]
    return len([one for one in every if one["event"] == "check_request.question_changed"])


def test_whoever_was_asked_because_of_it_is_told_that_it_is_withdrawn(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part, people=["child"])
    assert why(driver) == [("sent", [("2026-03-02", "alleged")])]
    told_before = versions(driver)
    said(correct(driver.cast.crs, part, concern, withdrawn=True), 201)
    assert why(driver) == [("corrected", [("2026-03-02", "withdrawn")])]
    assert versions(driver) == told_before + 1


def test_whoever_was_asked_because_of_it_reads_one_event_once_it_is_put_right(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part, people=["child"])
    told_before = versions(driver)
    better = SEEN | {"occurred_on": "2026-03-01", "people": ["child"]}
    said(correct(driver.cast.crs, part, concern, said=better), 201)
    assert why(driver) == [("asked_again", [("2026-03-01", "alleged"), ("2026-03-02", "put_right")])]
    assert versions(driver) == told_before + 1


def test_whoever_is_not_asked_because_of_what_is_said_instead_is_told_that_it_is_put_right(
    driver: Driver,
) -> None:
    part = provider(driver)
    concern = report(driver, part, people=["child"])
    told_before = versions(driver)
    said(correct(driver.cast.crs, part, concern, said=SEEN), 201)
    assert why(driver) == [("corrected", [("2026-03-02", "put_right")])]
    assert versions(driver) == told_before + 1


def test_a_correction_after_the_review_opens_another(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part)
    (review,) = on_record(driver)[0]["reviews"]
    tag = driver.officer.get(review["href"]).headers["ETag"]
    done = {"changes": ["contact_level"], "considered": []}
    said(driver.officer.post(f"{review['href']}/completion", json=done, if_match=tag))
    said(correct(driver.cast.crs, part, concern, withdrawn=True), 201)
    assert [one["state"] for one in on_record(driver)[1]["reviews"]] == ["open"]


def test_only_whoever_reported_it_takes_it_back_and_once(driver: Driver) -> None:
    part = provider(driver)
    other = part_of(said(driver.officer.get(f"/v1/referrals/{part['referral_id']}")), "approved_premises")
    concern = report(driver, part)
    assert correct(driver.cast.ap, part, concern, withdrawn=True).status_code == 404
    assert correct(driver.cast.ap, other, concern, withdrawn=True).status_code == 404
    first = said(correct(driver.cast.crs, part, concern, withdrawn=True), 201)
    again = said(correct(driver.cast.crs, part, concern, withdrawn=True), 409)
    assert again["corrected_by"] == first["id"]
    assert correct(driver.cast.crs, part, first, withdrawn=True).status_code == 409
    assert len(on_record(driver)) == 2


def test_what_is_said_instead_is_a_concern(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part)
    refused = said(correct(driver.cast.crs, part, concern, said={"occurred_on": "2027-03-02"}), 422)
    assert {one["pointer"] for one in refused["errors"]} == {"/said/occurred_on", "/said/details"}


def reviewed(driver: Driver) -> Json:
    """Complete the review of a concern with nothing to change, and return it."""
    officer, (review,) = driver.officer, said(driver.officer.get(f"{person_at('X320741')}/reviews"))["items"]
    outcomes = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]
    body = {"no_change_reason": "He was only loud.", "considered": outcomes}
    seen = officer.get(review["href"]).headers["ETag"]
    done: Json = said(officer.post(f"{review['href']}/completion", json=body, if_match=seen))
    assert done["state"] == "awaiting_agreement"
    return done


GRAVER = {"occurred_on": "2026-03-02", "details": "He had a knife at a child.", "people": ["child"]}


def test_nobody_agrees_to_a_review_of_the_words_before_they_were_put_right(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part, details="He was loud.")
    review = reviewed(driver)
    spo = driver.officer.as_practitioner("s.okafor", "spo")
    (asked,) = said(spo.get("/v1/agreements", state="asked"))["items"]
    read = spo.get(review["href"]).headers["ETag"]
    said(correct(driver.cast.crs, part, concern, said=GRAVER), 201)
    body = {"agreed": True, "reason": "Yes."}
    assert spo.post(f"{review['href']}/agreement", json=body, if_match=read).status_code == 412
    assert said(spo.get(asked["href"]))["state"] == "lapsed"
    again = spo.get(review["href"], if_none_match=read)
    assert (again.status_code, again.get_json()["state"]) == (200, "open")
    (clocked,) = as_owner(f"SELECT state FROM clock WHERE timer = 'review' AND subject_id = '{review['id']}'")
    assert clocked["state"] == "running"
    assert told(driver.officer, "review.put_right", review)
    reviewed(driver)


def test_nobody_completes_a_review_of_words_that_have_been_put_right_unread(driver: Driver) -> None:
    part = provider(driver)
    concern = report(driver, part, details="He was loud.")
    (review,) = said(driver.officer.get(f"{person_at('X320741')}/reviews"))["items"]
    read = driver.officer.get(review["href"]).headers["ETag"]
    said(correct(driver.cast.crs, part, concern, said=GRAVER), 201)
    path = f"{review['href']}/completion"
    body = {"changes": ["risk_management_plan"]}
    assert driver.officer.post(path, json=body, if_match=read).status_code == 412
