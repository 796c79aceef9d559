"""A whole referral is withdrawn, or found to be in error, in one call: all of its parts, or none."""

import pytest

from tests.cast import Caller
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import settle_in

REASON = "He is supervised by another service from now on."


def _end(caller: Caller, referral: Json, how: str = "withdrawal", status: int = 200, **more: str) -> Json:
    path = f"/v1/referrals/{referral['id']}"
    tag = caller.get(path).headers["ETag"]
    return said(caller.post(f"{path}/{how}", json={"reason": REASON}, if_match=tag, **more), status)


def _states(referral: Json) -> dict[str, str]:
    return {
        f"{one['kind']}:{one['service_category']}" if one["service_category"] else one["kind"]: one["state"]
        for one in referral["destinations"]
    }


def test_what_nobody_has_received_is_withdrawn_at_once(driver: Driver) -> None:
    referral = driver.submit()
    ended = _end(driver.officer, referral)
    assert set(_states(ended).values()) == {"withdrawn"}
    assert ended["overall"]["status"] == "withdrawn"
    moves = [driver.look(driver.officer, one)["moves"][-1] for one in ended["destinations"]]
    assert {(one["action"], one["detail"]["reason"]) for one in moves} == {("withdraw", REASON)}


def test_where_somebody_stays_the_destination_is_asked_to_end_it(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    ended = _end(driver.officer, referral)
    assert _states(ended)["approved_premises"] == "withdrawal_requested"
    assert driver.look(driver.cast.ap, stay)["state"] == "withdrawal_requested"
    placement = said(driver.officer.get(f"{stay['href']}/placement"))
    assert placement["state"] == "arrived"
    others = {state for key, state in _states(ended).items() if key != "approved_premises"}
    assert others <= {"withdrawn", "withdrawal_requested"}


def test_what_waits_for_another_part_is_never_sent_by_the_withdrawal_of_that(driver: Driver) -> None:
    referral = driver.submit()
    before = said(driver.officer.get(f"/v1/referrals/{referral['id']}"))
    waiting = [one for one in before["destinations"] if one["sent_version"] is None]
    assert waiting
    ended = _end(driver.officer, referral)
    now = {one["id"]: one["sent_version"] for one in ended["destinations"]}
    assert {now[one["id"]] for one in waiting} == {None}


def test_a_decline_stays_as_it_is(driver: Driver) -> None:
    referral = driver.submit()
    stay = part_of(referral, "approved_premises")
    said(driver.cast.ap.get(f"{stay['href']}/document"))
    driver.move(driver.cast.ap, stay, "decline", reason_code="not_necessary_or_proportionate")
    assert _states(_end(driver.officer, referral))["approved_premises"] == "declined"


def test_a_second_withdrawal_has_nothing_left_to_do_and_a_repeat_is_recognised(driver: Driver) -> None:
    referral = driver.submit()
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    first = driver.officer.post(
        f"{path}/withdrawal", json={"reason": REASON}, if_match=tag, idempotency_key="end-1"
    )
    again = driver.officer.post(
        f"{path}/withdrawal", json={"reason": REASON}, if_match=tag, idempotency_key="end-1"
    )
    assert said(first)["destinations"] == said(again)["destinations"]
    assert "open" in _end(driver.officer, referral, status=409)["detail"]


def test_it_takes_the_state_that_was_read(driver: Driver) -> None:
    referral = driver.submit()
    path = f"/v1/referrals/{referral['id']}/withdrawal"
    said(driver.officer.post(path, json={"reason": REASON}), 428)
    said(driver.officer.post(path, json={"reason": REASON}, if_match='"stale"'), 412)


def test_all_is_withdrawn_or_nothing(driver: Driver) -> None:
    """A colleague may end nothing of the case: nothing of it has moved."""
    referral = driver.submit()
    before = _states(said(driver.officer.get(f"/v1/referrals/{referral['id']}")))
    colleague = driver.cast.probation.as_practitioner("a.khan")
    assert _end(colleague, referral, status=403)["type"].endswith("not-accountable")
    assert _states(said(driver.officer.get(f"/v1/referrals/{referral['id']}"))) == before


def test_a_referral_in_error_is_gone_for_its_destinations(driver: Driver) -> None:
    referral = driver.submit()
    stay = part_of(referral, "approved_premises")
    driver.accept(driver.cast.ap, stay)
    ended = _end(driver.officer, referral, "entered-in-error")
    assert ended["overall"]["status"] == "entered_in_error"
    assert driver.cast.ap.get(stay["href"]).status_code == 404
    assert "in error" in _end(driver.officer, referral, "entered-in-error", status=409)["detail"]


def test_nothing_is_in_error_while_somebody_stays_there(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    refused = _end(driver.officer, referral, "entered-in-error", status=409)
    assert (refused["detail"], refused["href"]) == (
        "The person is staying there. Record the departure first.",
        stay["href"],
    )
    assert driver.look(driver.cast.ap, stay)["state"] == "accepted"


@pytest.mark.parametrize("how", ["withdrawal", "entered-in-error"])
def test_another_region_knows_of_no_referral_to_end(driver: Driver, how: str) -> None:
    referral = driver.submit(darren_and_toby())
    path = f"/v1/referrals/{referral['id']}/{how}"
    stranger = driver.cast.stranger.as_practitioner()
    said(stranger.post(path, json={"reason": REASON}, if_match='"any"'), 404)
