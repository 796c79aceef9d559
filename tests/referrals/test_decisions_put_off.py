"""A decision that a destination puts off stays owed, by a day, whatever the destination reports meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.driver import ok
from tests.referrals.driver import Driver, Json, part_of
from tests.referrals.samples import toby

KIND = "decide_referral"


def owed(driver: Driver) -> list[str]:
    """Return by when a provider owes a decision, as its list of work says."""
    items = ok(driver.cast.crs.get("/v1/work", limit=100))["items"]
    return [one["due_at"] for one in items if one["kind"] == KIND]


def put_off(driver: Driver, action: str, **more: Any) -> Json:
    part = part_of(driver.submit(), "crs")
    driver.move(driver.cast.crs, part, "receive")
    driver.move(driver.cast.crs, part, action, reason="Full.", **more)
    return part


def test_a_deferred_decision_is_owed_the_morning_after_the_day_that_was_named(driver: Driver) -> None:
    day = driver.clock.at.date() + timedelta(days=14)
    put_off(driver, "defer", not_before=day.isoformat())
    (due,) = owed(driver)
    assert due.startswith((day + timedelta(days=1)).isoformat())


@pytest.mark.parametrize("expected_by", [True, False])
def test_a_decision_about_somebody_on_a_waiting_list_is_owed(driver: Driver, expected_by: bool) -> None:
    day = driver.clock.at.date() + timedelta(days=21)
    put_off(driver, "waitlist", **({"expected_by": day.isoformat()} if expected_by else {}))
    (due,) = owed(driver)
    assert due.startswith((day + timedelta(days=1)).isoformat()) is expected_by


def test_news_does_not_put_a_decision_off_any_further(driver: Driver) -> None:
    part = put_off(driver, "defer", not_before=(driver.clock.at.date() + timedelta(days=14)).isoformat())
    before = owed(driver)
    driver.clock.move(timedelta(days=7))
    driver.report(driver.cast.crs, part, "progress", summary="Still full.")
    assert owed(driver) == before


def test_nothing_is_owed_of_a_decision_that_has_been_made(driver: Driver) -> None:
    part = put_off(driver, "defer", not_before=(driver.clock.at.date() + timedelta(days=14)).isoformat())
    driver.accept(driver.cast.crs, part)
    assert owed(driver) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_decision_that_waits_for_probations_own_is_not_the_destinations_move(
    driver: Driver, when: str
) -> None:
    part = part_of(driver.submit(toby()), "crs")
    answers = [{"kind": one, "can_meet": one != "trauma"} for one in ("literacy", "trauma")]
    day = (driver.clock.at.date() + timedelta(days=14)).isoformat()
    driver.move(driver.cast.crs, part, "receive")
    if when == "after":
        driver.move(driver.cast.crs, part, "defer", reason="Full.", not_before=day)
    driver.report(driver.cast.crs, part, "adjustments", answers=answers)
    if when == "before":
        driver.move(driver.cast.crs, part, "defer", reason="Full.", not_before=day)
    assert owed(driver) == []
    gone_without = {"adjustment": "trauma", "reason": "It has passed.", "instead": "A quiet room."}
    driver.move(driver.officer, part, "go_on_without", **gone_without)
    assert len(owed(driver)) == 1
