"""A decline is settled or put right, and whoever is referred twice to the same destination is noticed."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Caller
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby, minimal, toby


def told(caller: Caller, name: str) -> list[Json]:
    return [one for one in said(caller.get("/v1/events", limit=500))["items"] if one["event"] == name]


def needing(driver: Driver) -> list[str]:
    found = said(driver.officer.get("/v1/referrals", needs_attention="yes", limit=100))["items"]
    return [one["submission_reference"] for one in found if _besides(one)]


def _besides(referral: Json) -> list[str]:
    """Return what a referral needs attention for, apart from what its checks lack."""
    return [one for one in referral["overall"]["needs_attention"] if one != "complete_check"]


def attention(driver: Driver, referral: Json) -> list[str]:
    return _besides(said(driver.officer.get(referral["href"])))


def declined(driver: Driver, reason_code: str = "need_not_evidenced") -> tuple[Json, Json]:
    referral = driver.submit(toby())
    part = part_of(referral, "crs")
    said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
    driver.move(driver.cast.crs, part, "decline", reason_code=reason_code)
    return referral, part


@pytest.mark.parametrize("decision", ["seek_elsewhere", "close"])
def test_a_decline_that_was_upheld_is_settled_by_the_practitioners_decision(
    driver: Driver, decision: str
) -> None:
    referral, part = declined(driver, "no_capacity")
    driver.move(driver.officer, part, "challenge", reason="He needs it.")
    driver.move(driver.cast.crs, part, "uphold", reason="Still no room.")
    assert attention(driver, referral) == ["declined"]
    assert needing(driver) == [referral["submission_reference"]]

    seen = driver.move(driver.officer, part, "settle_decline", decision=decision, reason="Bolton asks.")
    assert (seen["state"], seen["decline_settled"]) == ("declined", decision)
    assert "settle_decline" not in seen["allowed_transitions"]
    assert attention(driver, referral) == []
    assert needing(driver) == []
    assert said(driver.officer.get(referral["href"]))["overall"]["status"] == "declined", "never hidden"
    assert len(told(driver.officer, "destination_referral.decline_settled")) == 1
    # The destination reads that it is settled, and not how.
    theirs = driver.look(driver.cast.crs, part)
    assert theirs["moves"][-1]["detail"] == {}
    assert "decline_settled" not in theirs
    assert decision not in str(said(driver.cast.crs.get("/v1/events", limit=500)))


def test_a_decline_can_be_settled_without_a_challenge_and_challenged_after_all(driver: Driver) -> None:
    referral, part = declined(driver, "no_capacity")
    driver.move(driver.officer, part, "settle_decline", decision="close", reason="Agreed.")
    driver.move(driver.officer, part, "challenge", reason="There is room now.")
    driver.move(driver.cast.crs, part, "uphold", reason="No.")
    assert attention(driver, referral) == ["declined"], "what was decided was about the first decline"


@pytest.mark.parametrize(
    "given", [{"reason": "x"}, {"decision": "wait", "reason": "x"}, {"decision": "close"}]
)
def test_a_decision_about_a_decline_names_what_follows_and_why(driver: Driver, given: Json) -> None:
    _, part = declined(driver, "no_capacity")
    assert driver.try_to_move(driver.officer, part, "settle_decline", **given).status_code == 422


def test_what_was_declined_for_its_quality_is_put_right_and_sent_again_as_the_same(driver: Driver) -> None:
    referral, part = declined(driver)
    refused = said(driver.try_to_move(driver.officer, part, "send_again", reason="More."), 409)
    assert "amend the referral first" in refused["detail"]
    document = driver.document(referral)
    document["needs"]["rehabilitative_summary"] = (
        "He slept in a car for six weeks; the council has it in writing."
    )
    driver.amend(referral, document)
    assert driver.look(driver.cast.crs, part)["state"] == "declined", "nothing goes by itself"

    again = driver.move(driver.officer, part, "send_again", reason="The need is shown now.")
    assert (again["id"], again["state"], again["sent_version"]) == (part["id"], "sent", 2)
    assert attention(driver, referral) == []
    assert len(told(driver.cast.crs, "destination_referral.sent_again")) == 1
    read = said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
    assert "six weeks" in str(read["document"])
    assert driver.look(driver.officer, part)["next_update_due"] is not None, "an answer is awaited again"
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")
    assert "challenge" in driver.look(driver.officer, part)["allowed_transitions"]


def test_what_its_destination_does_not_read_puts_nothing_right(driver: Driver) -> None:
    referral, part = declined(driver)
    document = driver.document(referral)
    document["household"]["contacts"][2]["phone"] = "0113 496 0002"
    driver.amend(referral, document)
    refused = said(driver.try_to_move(driver.officer, part, "send_again", reason="More."), 409)
    assert "Amend what it was declined for" in refused["detail"]


@pytest.mark.parametrize("goes_on", ["challenge", "send_again"])
def test_what_goes_on_after_a_decline_repeats_what_was_sent_in_its_place(
    driver: Driver, goes_on: str
) -> None:
    referral, part = declined(driver)
    document = driver.document(referral)
    document["needs"]["rehabilitative_summary"] = "He slept in a car for six weeks."
    driver.amend(referral, document)
    instead = driver.submit({**document, "submission_reference": "INSTEAD"})
    other = part_of(instead, "crs", part["service_category"])
    assert other["duplicate_of"] is None
    driver.move(driver.officer, part, goes_on, reason="It is needed.")
    assert driver.look(driver.officer, part)["duplicate_of"] == other["href"]
    assert driver.look(driver.officer, other)["duplicate_of"] is None
    assert "duplicate" in attention(driver, referral)


@pytest.mark.parametrize("goes_on", ["challenge", "send_again"])
def test_nothing_goes_on_after_a_decline_for_somebody_who_has_died(driver: Driver, goes_on: str) -> None:
    referral, part = declined(driver)
    document = driver.document(referral)
    document["needs"]["rehabilitative_summary"] = "He slept in a car for six weeks."
    driver.amend(referral, document)
    died = {
        "kind": "died",
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "police",
        "standing": "established",
    }
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    assert goes_on in driver.look(driver.officer, part)["allowed_transitions"]
    said(driver.officer.post(path, json=died), 201)
    assert goes_on not in driver.look(driver.officer, part)["allowed_transitions"]
    refused = said(driver.try_to_move(driver.officer, part, goes_on, reason="It is needed."), 409)
    assert "death_in_error" in refused["detail"]
    assert driver.look(driver.officer, part)["state"] == "declined"


def test_what_was_declined_for_another_reason_is_not_sent_again(driver: Driver) -> None:
    referral, part = declined(driver, "no_capacity")
    document = driver.document(referral)
    document["needs"]["rehabilitative_summary"] = "More."
    driver.amend(referral, document)
    refused = said(driver.try_to_move(driver.officer, part, "send_again", reason="More."), 409)
    assert "send_again" not in refused["allowed"]


def again(document: Json, reference: str) -> Json:
    return {**document, "submission_reference": reference}


def test_a_second_identical_submission_goes_and_says_what_is_open(driver: Driver) -> None:
    first = driver.submit(darren_and_toby())
    assert [one["duplicate_of"] for one in first["destinations"]] == [None] * len(first["destinations"])
    preview = said(driver.officer.post("/v1/referrals/preview", json=again(darren_and_toby(), "P")))
    for draft in preview["destinations"]:
        open_one = part_of(first, draft["kind"], draft["service_category"])
        (advice,) = [one for one in draft["advice"] if one["code"] == "already_open"]
        assert advice["href"] == open_one["href"]
        assert advice["pointer"].startswith("/destinations/")

    driver.clock.move(timedelta(minutes=1))
    second = driver.submit(again(darren_and_toby(), "DAT-2"))
    for part in second["destinations"]:
        assert part["duplicate_of"] == part_of(first, part["kind"], part["service_category"])["href"]
    assert {one["state"] for one in second["destinations"]} == {one["state"] for one in first["destinations"]}
    assert attention(driver, second)[0] == "duplicate"
    assert "duplicate" not in attention(driver, first)
    listed = said(driver.officer.get("/v1/referrals", limit=100))["items"]
    assert ["duplicate" in one["overall"]["needs_attention"] for one in listed] == [False, True]
    assert "DAT-2" in needing(driver)
    # The destination has two, and learns nothing from us of which is meant.
    mine = said(driver.cast.ap.get("/v1/destination-referrals"))["items"]
    assert all("duplicate_of" not in one for one in mine)


def test_each_repeat_of_one_referral_is_marked_in_a_list_too(driver: Driver) -> None:
    first, repeats = driver.submit(toby()), []
    for number in (2, 3, 4):
        driver.clock.move(timedelta(minutes=1))
        repeats.append(driver.submit(again(toby(), f"TOB-{number}")))
    listed = said(driver.officer.get("/v1/destination-referrals", limit=100))["items"]
    marked = {one["id"]: one["duplicate_of"] for one in listed if one["kind"] == "crs"}
    href = part_of(first, "crs")["href"]
    assert [marked[part_of(one, "crs")["id"]] for one in repeats] == [href] * 3
    assert marked[part_of(first, "crs")["id"]] is None


def test_it_is_no_duplicate_any_more_once_the_first_has_ended_or_the_second_has_begun(
    driver: Driver,
) -> None:
    first, second = driver.submit(toby()), driver.submit(again(toby(), "TOB-2"))
    path = second["href"]
    before = driver.officer.get(path)
    assert "duplicate" in before.get_json()["overall"]["needs_attention"]
    driver.move(driver.officer, part_of(first, "crs"), "withdraw", reason="Sent twice.")
    after = driver.officer.get(path, if_none_match=before.headers["ETag"])
    assert after.status_code == 200, "what another referral has become is news of this one"
    assert _besides(after.get_json()) == []

    third = driver.submit(again(toby(), "TOB-3"))
    assert part_of(third, "crs")["duplicate_of"] == part_of(second, "crs")["href"]
    driver.accept(driver.cast.crs, part_of(third, "crs"))
    assert attention(driver, third) == []


def test_another_category_another_person_and_another_region_are_no_duplicates(driver: Driver) -> None:
    driver.submit(minimal())
    other: Any = minimal("MIN-2")
    other["destinations"][0]["service_category"] = "finance_benefits_and_debt"
    somebody = minimal("MIN-3", "X320749")
    for document in (other, somebody):
        referral = said(driver.officer.post("/v1/referrals", json=document), 201)
        assert [one["duplicate_of"] for one in referral["destinations"]] == [None]
    elsewhere = driver.cast.stranger.as_practitioner("n.west")
    referral = said(elsewhere.post("/v1/referrals", json=minimal("MIN-4")), 201)
    assert [one["duplicate_of"] for one in referral["destinations"]] == [None], "it does not see ours"
