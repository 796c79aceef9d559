"""Whoever has ended the work and reads the document still is told what was never so, and of no change."""

import pytest

from tests.people.factories import as_owner
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.record import around, change, in_error, person
from tests.referrals.samples import darren_and_toby

CHANGED = "destination_referral.changed"
ELSEWHERE: Json = {
    "lines": ["5 Oak Street", "Leeds"], "postcode": "LS1 4AP", "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}  # fmt: skip
TO_END = {"complete": {"outcome_code": "achieved"}, "end_early": {"reason_code": "EAR"}}


def with_home() -> Json:
    whole = darren_and_toby()
    whole["addresses"].append(
        ELSEWHERE | {"ref": "own", "kind": "current", "lines": ["9 Elm Row"], "postcode": "LS3 1AA"}
    )
    return whole


def ended(driver: Driver, action: str = "complete") -> tuple[Json, Json]:
    """Return a referral and its part of the work in accommodation, which has ended."""
    referral = driver.submit(with_home())
    part = part_of(referral, "crs", "accommodation")
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "start")
    driver.move(driver.cast.crs, part, action, **TO_END[action])
    return referral, part


def document(driver: Driver, part: Json) -> Json:
    read: Json = said(driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
    return read


def told(driver: Driver, part: Json) -> list[Json]:
    items = said(driver.cast.crs.get("/v1/events", limit=500))["items"]
    return [one["data"] for one in items if one["event"] == CHANGED and one["subject"]["id"] == part["id"]]


def amend(driver: Driver, referral: Json) -> None:
    whole = with_home()
    whole["needs"]["rehabilitative_summary"] = "He has begun a course."
    whole["person"]["phone"] = "0113 496 0077"
    driver.amend(referral, whole)


@pytest.mark.parametrize("action", TO_END)
def test_what_was_never_so_reaches_whoever_has_ended_the_work_once(driver: Driver, action: str) -> None:
    referral, part = ended(driver, action)
    before = document(driver, part)
    amend(driver, referral)
    assert document(driver, part) == before
    assert told(driver, part) == [], "what has changed since is no business of theirs"

    said(change(driver.officer, person(driver), name={"given": "Daz"}))
    after = document(driver, part)
    assert after["document"]["person"]["name"]["given"] == "Daz"
    as_before = {**after["document"], "person": before["document"]["person"]}
    assert as_before == before["document"]
    assert after["document"]["person"].get("phone") == before["document"]["person"].get("phone")
    assert told(driver, part) == [{"sections": ["person"], "document_version": 2}]
    clocks = as_owner("SELECT timer FROM clock WHERE state = 'running' AND subject_kind = 'change_notice'")
    assert clocks == [], "nobody waits for an acknowledgement"
    said(change(driver.officer, person(driver), name={"given": "Daz"}))
    assert len(told(driver, part)) == 1


def test_an_address_that_was_never_so_is_told_and_a_move_is_not(driver: Driver) -> None:
    _, part = ended(driver)
    own = around(driver, "addresses")["own"]
    at = f"{person(driver)['href']}/addresses"
    assert document(driver, part)["document"]["addresses"][0]["postcode"] == own["postcode"]
    said(change(driver.officer, own, because="correction", **ELSEWHERE))
    assert document(driver, part)["document"]["addresses"][0]["postcode"] == ELSEWHERE["postcode"]
    assert [one["sections"] for one in told(driver, part)] == [["addresses"]]
    listed = said(driver.officer.get(at, limit=100))["items"]
    own = next(one for one in listed if one["postcode"] == ELSEWHERE["postcode"])
    moved = ELSEWHERE | {"lines": ["7 Elm Row"], "postcode": "LS2 7AA"}
    said(change(driver.officer, own, because="moved", **moved))
    assert document(driver, part)["document"]["addresses"][0]["postcode"] == ELSEWHERE["postcode"]
    assert len(told(driver, part)) == 1


def test_an_address_in_error_is_no_longer_read(driver: Driver) -> None:
    _, part = ended(driver)
    own = around(driver, "addresses")["own"]
    said(in_error(driver, own))
    assert document(driver, part)["document"].get("addresses", []) == []
    assert [one["sections"] for one in told(driver, part)] == [["addresses"]]


def test_what_they_may_not_know_of_is_put_right_without_a_word_to_them(driver: Driver) -> None:
    referral = driver.submit(darren_and_toby())
    part = part_of(referral, "crs", "accommodation")
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "start")
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    tag = driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}").headers["ETag"]
    for one in around(driver, "contacts").values():
        said(change(driver.officer, one, given_name="Ottilie"))
    assert told(driver, part) == []
    assert driver.cast.crs.get(f"/v1/destination-referrals/{part['id']}").headers["ETag"] == tag


def test_a_referral_of_which_all_the_work_has_ended_is_put_right_for_those_who_read_it(
    driver: Driver,
) -> None:
    whole = darren_and_toby()
    whole["destinations"] = [
        one for one in whole["destinations"] if one.get("service_category") == "accommodation"
    ]
    whole.pop("wordings", None)
    referral = driver.submit(whole)
    (part,) = referral["destinations"]
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "start")
    driver.move(driver.cast.crs, part, "complete", outcome_code="achieved")
    said(change(driver.officer, person(driver), name={"given": "Daz"}))
    assert document(driver, part)["document"]["person"]["name"]["given"] == "Daz"
    assert len(told(driver, part)) == 1
    assert driver.document(referral)["person"]["name"]["given"] == "Daz"


def test_nobody_is_told_once_sharing_has_ended(driver: Driver) -> None:
    _, part = ended(driver)
    as_owner(
        f"UPDATE destination_referral SET shared_until = '2026-01-01' WHERE id = '{part['id']}' RETURNING id"
    )
    said(change(driver.officer, person(driver), name={"given": "Daz"}))
    assert told(driver, part) == []


def told_who(driver: Driver, part: Json) -> tuple[str, str]:
    who = document(driver, part)["document"]["person"]
    return who["name"]["given"], who["date_of_birth"]


@pytest.mark.parametrize("how", ["version", "merge_patch"])
def test_who_somebody_is_is_put_right_also_by_an_amendment(driver: Driver, how: str) -> None:
    referral, part = ended(driver)
    before = document(driver, part)["document"]
    whole = with_home()
    whole["person"] |= {"date_of_birth": "1984-11-04", "phone": "0113 496 0077"}
    whole["needs"]["rehabilitative_summary"] = "He has begun a course."
    if how == "version":
        driver.amend(referral, whole)
    else:
        path = f"/v1/referrals/{referral['id']}"
        tag = driver.officer.get(path).headers["ETag"]
        body = {"needs": whole["needs"], "person": {"date_of_birth": "1984-11-04", "phone": "0113 496 0077"}}
        headers = {"Content-Type": "application/merge-patch+json"}
        said(driver.officer.patch(path, json=body, if_match=tag, headers=headers))
    after = document(driver, part)["document"]
    assert after["person"] == before["person"] | {"date_of_birth": "1984-11-04"}
    assert after | {"person": before["person"]} == before, "what has changed besides is no business of theirs"
    assert told(driver, part) == [{"sections": ["person"], "document_version": 2}]

    said(change(driver.officer, person(driver), date_of_birth="1986-11-04"))
    assert told_who(driver, part) == (before["person"]["name"]["given"], "1986-11-04")
    assert len(told(driver, part)) == 2


def test_what_another_referral_says_of_who_somebody_is_reaches_whoever_has_ended_the_work(
    driver: Driver,
) -> None:
    _, part = ended(driver)
    before = document(driver, part)["document"]
    other = with_home() | {"submission_reference": "OTHER-1"}
    other["person"] |= {"date_of_birth": "1984-11-04", "phone": "0113 496 0077"}
    driver.submit(other)
    after = document(driver, part)["document"]
    assert after == before | {"person": before["person"] | {"date_of_birth": "1984-11-04"}}
    assert len(told(driver, part)) == 1


@pytest.mark.parametrize(("first", "right"), [("yes", "no"), ("no", "yes")])
def test_whether_there_are_children_is_put_right_for_whoever_has_ended_the_work(
    driver: Driver, first: str, right: str
) -> None:
    whole = darren_and_toby()
    whole["household"] = {"children": first, "contacts": []}
    whole["addresses"] = []
    referral = driver.submit(whole)
    panel, part = driver.cast.mappa, part_of(referral, "mappa")
    driver.move(panel, part, "receive")
    driver.move(panel, part, "decline", reason_code="lower_level_suffices", reason="Level 1.")

    def read() -> tuple[str, list[Json]]:
        items = said(panel.get("/v1/events", limit=500))["items"]
        news = [one["data"] for one in items if (one["event"], one["subject"]["id"]) == (CHANGED, part["id"])]
        document = said(panel.get(f"/v1/destination-referrals/{part['id']}/document"))["document"]
        return document["household"]["children"], news

    assert read() == (first, [])
    said(change(driver.officer, person(driver), children=right))
    assert read() == (right, [{"sections": ["household"], "document_version": 2}])
