"""Whoever owes a review is reminded of it first."""

from datetime import timedelta

import pytest

from service.timers.sweep import sweep
from tests.referrals.driver import Driver, said


@pytest.mark.parametrize(
    ("kind", "owner", "reminded"),
    [
        ("recalled", "spo", [["spo"], ["pdu_head"]]),
        ("supervision_suspended", "spo", [["spo"], ["pdu_head"]]),
        ("missed_appointments", "practitioner", [["practitioner"], ["spo"], ["pdu_head"]]),
    ],
)
def test_whoever_owes_a_review_is_reminded_first(
    driver: Driver, kind: str, owner: str, reminded: list[list[str]]
) -> None:
    referral = driver.submit()
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    change = {
        "kind": kind,
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    recorded = said(driver.officer.post(path, json=change), 201)
    assert [one["owner"] for one in recorded["reviews"]] == [owner]
    driver.clock.move(timedelta(days=15))
    sweep(driver.clock.at)
    fired = said(driver.pdu_head.get("/v1/escalations", limit="200", order="oldest"))["items"]
    steps = [one for one in fired if one["timer"] == "review" and not one["step"].startswith("repeat")]
    assert [[who["role"] for who in one["addressed_to"]] for one in steps] == reminded
