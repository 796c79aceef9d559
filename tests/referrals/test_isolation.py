"""Nobody learns of a referral that is not theirs, nor of what another destination was sent."""

import json

import pytest

from tests.cast import Caller
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import EX_PARTNERS_STREET, darren_and_toby

ONE_EACH = {"ap": "approved_premises", "crs": "crs", "mappa": "mappa"}


def ways_to_ask(caller: Caller, part: Json) -> list[int]:
    """Ask for a destination referral in every way there is; return the answers."""
    path = f"/v1/destination-referrals/{part['id']}"
    reads = [caller.get(f"{path}{way}") for way in ("", "/document", "/messages", "/updates", "/placement")]
    writes = [
        caller.post(f"{path}/transitions", json={"action": "accept"}, if_match='"x"'),
        caller.post(f"{path}/placement", json={"action": "cancel", "reason": "x"}, if_match='"x"'),
        caller.post(f"{path}/messages", json={"body": "Hello"}),
    ]
    return [answer.status_code for answer in (*reads, *writes)]


@pytest.mark.parametrize("whose", ONE_EACH.values())
@pytest.mark.parametrize("caller", [*ONE_EACH, "crs_ete", "cas3"])
def test_a_destination_finds_nobody_elses_part(driver: Driver, caller: str, whose: str) -> None:
    if ONE_EACH.get(caller) == whose:
        return
    part = part_of(driver.submit(), whose)
    assert set(ways_to_ask(driver.cast.callers[caller], part)) == {404}


def test_another_region_finds_nothing(driver: Driver) -> None:
    referral = driver.submit()
    stranger = driver.cast.stranger.as_practitioner("p.shah")
    for way in ("", "/versions", "/versions/1", "/timeline"):
        assert stranger.get(f"/v1/referrals/{referral['id']}{way}").status_code == 404
    answer = stranger.post(f"/v1/referrals/{referral['id']}/versions", json=darren_and_toby(), if_match='"x"')
    assert answer.status_code == 404
    assert set(ways_to_ask(stranger, part_of(referral, "crs"))) == {404}
    assert said(stranger.get("/v1/referrals"))["items"] == []
    assert said(stranger.get("/v1/destination-referrals"))["items"] == []


def test_a_destination_lists_its_own_and_no_more(driver: Driver) -> None:
    referral = driver.submit()
    listed = said(driver.cast.crs.get("/v1/destination-referrals"))["items"]
    assert [one["id"] for one in listed] == [part_of(referral, "crs", "accommodation")["id"]]
    assert listed[0]["allowed_transitions"] == ["receive"]
    assert "referral_id" not in listed[0]
    seen = said(driver.officer.get("/v1/destination-referrals"))["items"]
    assert {one["referral_id"] for one in seen} == {referral["id"]}
    assert said(driver.cast.crs.get("/v1/destination-referrals", state="declined"))["items"] == []
    assert said(driver.cast.cas3.get("/v1/destination-referrals"))["items"] == []


def test_a_provider_learns_nothing_of_victims_or_of_mappa(driver: Driver) -> None:
    referral = driver.submit()
    for name, kind in (("crs", "crs"), ("ap", "approved_premises")):
        caller = driver.cast.callers[name]
        part = part_of(referral, kind)
        known = [
            said(caller.get(part["href"])),
            said(caller.get(f"{part['href']}/document")),
            said(caller.get("/v1/events")),
            said(caller.get("/v1/destination-referrals")),
        ]
        written = json.dumps(known)
        assert "mappa" not in written.lower()
        assert "Kirsty" not in written
        assert EX_PARTNERS_STREET not in written
        assert "unnamed source" not in written
        assert referral["id"] not in written


def test_what_was_entered_in_error_is_shown_to_nobody_else(driver: Driver) -> None:
    part = part_of(driver.submit(), "crs", "accommodation")
    said(driver.cast.crs.get(f"{part['href']}/document"))
    driver.move(driver.officer, part, "enter_in_error", reason="The wrong person.")
    assert driver.cast.crs.get(part["href"]).status_code == 404
    assert driver.look(driver.officer, part)["state"] == "entered_in_error"
    told = [entry["event"] for entry in said(driver.cast.crs.get("/v1/events"))["items"]]
    assert told[-1] == "destination_referral.entered_in_error"


def test_what_was_withdrawn_before_it_was_sent_was_never_there(driver: Driver) -> None:
    part = part_of(driver.submit(), "cas3")
    driver.move(driver.officer, part, "withdraw", reason="Found a home.")
    assert driver.cast.cas3.get(part["href"]).status_code == 404
    assert said(driver.cast.cas3.get("/v1/events"))["items"] == []


def test_a_limited_access_case_is_for_those_named(driver: Driver) -> None:
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    referral = driver.submit(document)
    colleague = driver.cast.probation.as_practitioner("n.other")
    assert colleague.get(referral["href"]).status_code == 404
    assert said(colleague.get("/v1/referrals"))["items"] == []
    assert set(ways_to_ask(colleague, part_of(referral, "crs"))) == {404}
    own = said(colleague.post("/v1/referrals", json=darren_and_toby("ANOTHER")), 201)
    assert own["held_elsewhere"] is True
    assert own["person"] != referral["person"]
    assert colleague.get(referral["href"]).status_code == 404
    assert said(driver.officer.get(referral["href"]))["id"] == referral["id"]


def test_police_have_no_business_with_destinations(driver: Driver) -> None:
    part = part_of(driver.submit(), "crs")
    assert driver.cast.police.get(part["href"]).status_code == 403
