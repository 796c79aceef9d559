"""After a recall that says when the release is, somebody is asked about that day until it is recorded."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.timers.sweep import sweep
from tests.referrals.driver import Driver, Json, said
from tests.referrals.samples import asking, darren_and_toby

pytestmark = pytest.mark.long

AGAIN = date(2026, 3, 30)


@pytest.fixture
def referral(driver: Driver) -> Json:
    return driver.submit(asking(darren_and_toby(), lambda asked: asked["kind"] == "crs"))


def change(driver: Driver, referral: Json, kind: str, status: int = 201, **given: Any) -> Json:
    whole = {
        "kind": kind,
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        **given,
    }
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    return said(driver.pdu_head.post(path, json=whole), status)


def recall(driver: Driver, referral: Json, day: date | None = AGAIN, **given: Any) -> Json:
    release: Json = {} if day is None else {"release_date": day.isoformat()}
    return change(driver, referral, "recalled", **release, **given)


def fired(driver: Driver) -> list[str]:
    """What was escalated of the release that is awaited, in order."""
    sweep(driver.clock.at)
    found: list[Json] = []
    page: Json = {"next": ""}
    while page["next"] is not None:
        after = {"after": page["next"]} if page["next"] else {}
        page = said(driver.officer.get("/v1/escalations", limit="200", **after))
        found += page["items"]
    return sorted(
        (one["step"] for one in found if one["subject"]["kind"] == "recall"),
        key=["days_5", "day", "spo", "pdu_head", "repeat_1"].index,
    )


def until(driver: Driver, day: date) -> None:
    driver.clock.set(f"{day.isoformat()}T12:00:00Z")


def test_a_day_of_release_that_passes_without_one_climbs(driver: Driver, referral: Json) -> None:
    recall(driver, referral)
    until(driver, AGAIN - timedelta(days=6))
    assert fired(driver) == []
    until(driver, AGAIN - timedelta(days=5))
    assert fired(driver) == ["days_5"]
    until(driver, AGAIN)
    assert fired(driver) == ["days_5", "day"]
    until(driver, AGAIN + timedelta(days=1))
    assert fired(driver) == ["days_5", "day", "spo"]
    until(driver, AGAIN + timedelta(days=3))
    assert fired(driver)[:4] == ["days_5", "day", "spo", "pdu_head"]


@pytest.mark.parametrize("kind", ["released", "unlawfully_at_large", "died", "order_completed_early"])
def test_it_ends_with_what_happened(driver: Driver, referral: Json, kind: str) -> None:
    recall(driver, referral)
    until(driver, AGAIN)
    change(driver, referral, kind)
    until(driver, AGAIN + timedelta(days=20))
    assert fired(driver) == []


def test_it_goes_on_when_the_order_was_not_completed_after_all(driver: Driver, referral: Json) -> None:
    recall(driver, referral)
    driver.clock.move(timedelta(days=1))
    completed = change(driver, referral, "order_completed_early")
    driver.clock.move(timedelta(days=1))
    refuted = {"follows": completed["id"], "standing": "refuted", "details": "Another man."}
    change(driver, referral, "order_completed_early", **refuted)
    until(driver, AGAIN)
    assert fired(driver) == ["days_5", "day"]


def test_it_follows_the_day(driver: Driver, referral: Json) -> None:
    recall(driver, referral)
    later = AGAIN + timedelta(days=10)
    change(driver, referral, "release_date_changed", release_date=later.isoformat())
    until(driver, AGAIN + timedelta(days=3))
    assert fired(driver) == []
    until(driver, later)
    assert fired(driver) == ["days_5", "day"]


def test_of_a_day_that_is_not_known_or_has_not_been_so_nobody_is_asked(
    driver: Driver, referral: Json
) -> None:
    recall(driver, referral, None)
    allegation = recall(driver, referral, standing="alleged")
    change(driver, referral, "recalled", follows=allegation["id"], release_date=AGAIN.isoformat())
    change(
        driver, referral, "recalled", follows=allegation["id"], standing="refuted", source="prison",
        details="Another man.",
    )  # fmt: skip
    until(driver, AGAIN + timedelta(days=3))
    assert fired(driver) == []


def test_of_a_recall_that_is_recorded_after_the_day_somebody_is_asked_at_once(
    driver: Driver, referral: Json
) -> None:
    until(driver, AGAIN + timedelta(days=2))
    recall(driver, referral, occurred_on="2026-03-02")
    assert fired(driver) == ["days_5", "day"]


def test_it_goes_on_once_a_death_was_shown_to_be_an_error(driver: Driver, referral: Json) -> None:
    recall(driver, referral)
    change(driver, referral, "died")
    change(driver, referral, "death_in_error")
    until(driver, AGAIN)
    assert fired(driver) == ["days_5", "day"]


def test_it_goes_on_once_a_death_was_refuted(driver: Driver, referral: Json) -> None:
    recall(driver, referral)
    death = change(driver, referral, "died")
    refuted = {"follows": death["id"], "standing": "refuted", "source": "prison"}
    change(driver, referral, "died", **refuted, details="Another man.")
    until(driver, AGAIN)
    assert fired(driver) == ["days_5", "day"]


def amended(driver: Driver, referral: Json, day: date) -> None:
    """Amend the referral, so that it names another day of release."""
    document = driver.document(referral)
    document["release"]["date"] = day.isoformat()
    driver.amend(referral, document)


@pytest.mark.parametrize("days", [-7, 7])
def test_it_follows_the_day_that_the_referral_names_by_now(driver: Driver, referral: Json, days: int) -> None:
    recall(driver, referral)
    named = AGAIN + timedelta(days=days)
    amended(driver, referral, named)
    until(driver, named - timedelta(days=6))
    assert fired(driver) == []
    until(driver, named)
    assert fired(driver) == ["days_5", "day"]


def test_it_begins_with_the_day_that_the_referral_names_after_a_recall_without_one(
    driver: Driver, referral: Json
) -> None:
    recall(driver, referral, None)
    driver.clock.move(timedelta(days=1))
    amended(driver, referral, AGAIN)
    until(driver, AGAIN)
    assert fired(driver) == ["days_5", "day"]


def test_the_day_of_a_release_before_the_recall_is_not_that_of_the_next(
    driver: Driver, referral: Json
) -> None:
    until(driver, AGAIN)
    recall(driver, referral, None)
    change(driver, referral, "released", occurred_on=(AGAIN - timedelta(days=9)).isoformat())
    until(driver, AGAIN + timedelta(days=3))
    assert fired(driver) == []
