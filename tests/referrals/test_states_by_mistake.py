"""A state that was recorded by mistake, of the wrong person for instance, is refuted and given back."""

from datetime import date, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select

from service.db import transaction
from service.timers.model import Clock
from service.timers.worker import work_once
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import asking, darren_and_toby, toby
from tests.referrals.stays import settle_in, without_mappa

pytestmark = pytest.mark.long

CURFEW = "curfew_end"


@pytest.fixture
def today(driver: Driver) -> date:
    return driver.clock.at.date()


def released_in(driver: Driver, days: int, *kinds: str) -> Json:
    """Darren's referral to some destinations, with his release some days ahead."""
    day = (driver.clock.at.date() + timedelta(days=days)).isoformat()
    document = asking(darren_and_toby(), lambda one: one["kind"] in kinds)
    for one in document["destinations"]:
        if "start_date" in one["annex"].get("placement", {}):
            one["annex"]["placement"]["start_date"] = day
    document["release"] |= {
        "date": day,
        "releases": [{**document["release"]["releases"][0], "start_date": day}],
    }
    return driver.submit(document)


def change(driver: Driver, referral: Json, kind: str, **given: Any) -> Json:
    whole = {
        "kind": kind,
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        **given,
    }
    by = driver.pdu_head if given.get("standing") == "refuted" else driver.officer
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    return said(by.post(path, json=whole), 201)


def refute(driver: Driver, referral: Json, mistaken: Json) -> Json:
    evidence = {"source": "prison", "details": "It was another man: the prison says so."}
    return change(driver, referral, mistaken["kind"], standing="refuted", follows=mistaken["id"], **evidence)


def timers(referral: Json) -> set[str]:
    """The clocks of a referral itself that run."""
    with transaction("owner") as session:
        running = select(Clock.timer).where(Clock.state != "stopped", Clock.subject_id == referral["id"])
        return set(session.scalars(running))


def due(driver: Driver, referral: Json) -> list[str]:
    """By when premises and police must answer, and by when the police are needed."""
    premises = driver.look(driver.officer, part_of(referral, "approved_premises"))
    listed = said(driver.officer.get("/v1/check-requests", referral_id=referral["id"]))["items"]
    asked = next(one for one in listed if one["kind"] == "police_da" and one["state"] == "requested")
    (clock,) = asked["clocks"]
    return [premises["next_update_due"], clock["due_at"], asked["needed_by"]]


def test_another_day_of_release_that_was_not_so_is_given_back(driver: Driver, today: date) -> None:
    referral = released_in(driver, 200, "approved_premises")
    was = driver.document(referral)["release"]
    owed = ["2026-03-13T17:00:00Z", "2026-03-06T17:00:00Z", "2026-09-17T23:00:00Z"]
    assert due(driver, referral) == owed
    mistaken = change(
        driver,
        referral,
        "release_date_changed",
        release_date=(today + timedelta(days=5)).isoformat(),
    )
    assert due(driver, referral) == ["2026-03-02T11:00:00Z", "2026-03-04T17:00:00Z", "2026-03-07T00:00:00Z"]
    refute(driver, referral, mistaken)
    assert driver.document(referral)["release"] == was
    assert due(driver, referral) == owed
    read = said(driver.cast.ap.get(f"{part_of(referral, 'approved_premises')['href']}/document"))
    assert read["document"]["release"]["date"] == was["date"]
    assert "emergency" not in str(read)


def test_what_a_day_that_was_not_so_had_planned_waits_for_the_release_again(
    driver: Driver, today: date
) -> None:
    referral = released_in(driver, 120, "cas3")

    def waits() -> list[str]:
        shown = driver.look(driver.officer, part_of(referral, "cas3"))
        return [shown["state"], *(one["code"] for one in shown["blocked_by"])]

    change(driver, referral, "recalled")
    stopped = waits()
    driver.clock.move(timedelta(days=1))
    mistaken = change(
        driver,
        referral,
        "release_date_changed",
        release_date=(today + timedelta(days=200)).isoformat(),
    )
    assert waits() != stopped
    refute(driver, referral, mistaken)
    assert waits() == stopped


def test_an_order_that_was_completed_by_somebody_else_goes_on(driver: Driver) -> None:
    referral = driver.submit(toby())
    ends = driver.document(referral)["sentence"]["expiry_date"]
    seen = referral["destinations"][0]
    driver.accept(driver.cast.crs, seen)
    driver.clock.move(timedelta(hours=1))
    mistaken = change(driver, referral, "order_completed_early")
    driver.clock.move(timedelta(days=2))
    work_once("w", Event())
    assert driver.cast.crs.get(f"{seen['href']}/document").status_code == 410
    evidence = refute(driver, referral, mistaken)
    assert driver.document(referral)["sentence"]["expiry_date"] == ends
    assert driver.cast.crs.get(f"{seen['href']}/document").status_code == 200
    assert driver.look(driver.officer, seen)["next_update_due"]
    assert [one["destination"] for one in evidence["told"]] == ["crs"]


def test_a_curfew_that_ended_for_somebody_else_is_reminded_of_again(driver: Driver, today: date) -> None:
    document = asking(darren_and_toby(), lambda one: one["kind"] == "crs")
    document["licence"]["curfew"] = {"until": (today + timedelta(days=40)).isoformat()}
    referral = driver.submit(document)
    mistaken = change(driver, referral, "hdc_ended")
    assert CURFEW not in timers(referral)
    refute(driver, referral, mistaken)
    assert CURFEW in timers(referral)


@pytest.mark.parametrize("kind", ["recalled", "supervision_suspended"])
def test_what_puts_work_to_rest_is_given_back(driver: Driver, kind: str) -> None:
    referral, stay = settle_in(driver, without_mappa())
    owed = driver.look(driver.officer, stay)["next_update_due"]
    mistaken = change(driver, referral, kind)
    assert driver.look(driver.officer, stay)["next_update_due"] is None
    refute(driver, referral, mistaken)
    assert owed
    assert driver.look(driver.officer, stay)["next_update_due"]


def test_a_release_of_somebody_else_leaves_him_in_prison(driver: Driver, today: date) -> None:
    referral = released_in(driver, 120, "cas3", "approved_premises")
    change(driver, referral, "recalled")
    driver.clock.move(timedelta(days=1))
    was = driver.document(referral)["release"]["date"]
    mistaken = change(driver, referral, "released")
    assert driver.document(referral)["release"]["date"] != was
    refute(driver, referral, mistaken)
    assert driver.document(referral)["release"]["date"] == was
    assert driver.look(driver.officer, part_of(referral, "approved_premises"))["next_update_due"] is None


def test_who_was_recorded_as_dead_by_mistake_lives(driver: Driver) -> None:
    referral = driver.submit(toby())
    refute(driver, referral, change(driver, referral, "died"))
    assert said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))["died_on"] is None
