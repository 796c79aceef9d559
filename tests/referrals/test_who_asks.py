"""Whom to ring: agencies are told when somebody else answers for a case, or by another phone."""

from datetime import timedelta
from typing import Any

from service import clock
from service.cases.actions.who_asks import follow_who_asks
from tests.cast import Caller
from tests.referrals.driver import Driver, said

Json = dict[str, Any]


def asked_by(driver: Driver) -> tuple[str, str | None, int]:
    """Return whom the force is to ring, and in which version it was told."""
    (asked,) = said(driver.cast.police.get("/v1/check-requests", limit=100))["items"]
    told = said(driver.cast.police.get(f"/v1/check-requests/{asked['id']}"))["document"]
    return told["asked_by"]["name"], told["asked_by"]["phone"], told["version"]


def entered(keeper: Caller, member: str, **entry: Any) -> None:
    seen = keeper.get(f"/v1/staff/{member}")
    tag = seen.headers["ETag"] if seen.status_code == 200 else ""
    assert keeper.put(f"/v1/staff/{member}", json=entry, if_match=tag).status_code in {200, 201}


def test_once_a_caretakers_time_is_over_whoever_answers_is_to_be_rung(driver: Driver) -> None:
    referral = driver.submit()
    spo = driver.cast.probation.as_practitioner("s.okafor", "spo")
    holding = f"/v1/people/{referral['person']['id']}/holding"
    until = driver.clock.at + timedelta(days=3)
    given = {"action": "name", "practitioner": "a.khan", "until": until.isoformat()}
    tag = spo.get(holding).headers["ETag"]
    named = spo.post(f"{holding.removesuffix('holding')}caretaker", json=given, if_match=tag)
    assert named.status_code == 200, named.text
    assert asked_by(driver)[0] == "a.khan"
    follow_who_asks(clock.now())
    assert asked_by(driver)[0] == "a.khan"
    driver.clock.move(timedelta(days=4))
    follow_who_asks(clock.now())
    name, _, version = asked_by(driver)
    assert name == "p.shah"
    follow_who_asks(clock.now())
    assert asked_by(driver)[2] == version, "nothing has changed since"


def test_a_name_and_phone_put_right_in_the_register_are_told(driver: Driver) -> None:
    driver.submit()
    entered(driver.cast.probation.keeper(), "p.shah", name="Priya Shah", phone="0113 496 0123")
    follow_who_asks(clock.now())
    assert asked_by(driver)[:2] == ("Priya Shah", "0113 496 0123")
