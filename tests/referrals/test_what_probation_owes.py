"""What a destination referral waits for on probation's side is owed by somebody, by a day, and chased."""

from datetime import timedelta

import pytest

from service.timers.sweep import sweep
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import toby
from tests.referrals.stays import without_mappa


@pytest.fixture
def part(driver: Driver) -> Json:
    """Help with a home, asked for and not read yet."""
    return part_of(driver.submit(toby()), "crs")


def late(driver: Driver, part: Json, *, days: int = 0) -> set[tuple[str, str]]:
    """Return what is overdue about a part, as its region reads it, when some days have passed."""
    driver.clock.move(timedelta(days=days))
    sweep(driver.clock.at)
    found = said(driver.officer.get("/v1/overdue", limit=100))["items"]
    return {(one["subject"]["kind"], one["timer"]) for one in found if one["subject"]["id"] == part["id"]}


def test_what_a_routine_referral_lacks_is_owed_too(driver: Driver) -> None:
    document = toby()
    document["urgency"] = "routine"
    asked = next(one for one in document["destinations"] if one["kind"] == "crs")
    del asked["annex"]["complexity"]
    lacking = part_of(driver.submit(document), "crs")
    assert lacking["state"] == "incomplete"
    assert late(driver, lacking, days=4) == set()
    assert late(driver, lacking, days=6) == {("completion", "completion")}


def test_a_question_of_a_destination_is_owed_by_probation_while_its_own_clock_waits(
    driver: Driver, part: Json
) -> None:
    driver.move(driver.cast.crs, part, "receive")
    driver.move(driver.cast.crs, part, "request_information", question="Which floor can he manage?")
    assert late(driver, part, days=30) == {("probation_move", "information")}
    paused = driver.look(driver.cast.crs, part)["deadlines"]
    assert {clock["timer"]: clock["state"] for clock in paused} == {"answer": "paused"}
    driver.move(driver.officer, part, "answer_information", answer="Any.")
    assert late(driver, part) == set()


def declined(driver: Driver, part: Json) -> None:
    driver.move(driver.cast.crs, part, "receive")
    driver.move(driver.cast.crs, part, "decline", reason_code="no_capacity")


def test_what_follows_from_a_decline_is_owed_until_it_is_decided(driver: Driver, part: Json) -> None:
    declined(driver, part)
    assert late(driver, part, days=7) == {("probation_move", "decline")}
    driver.move(driver.officer, part, "settle_decline", decision="seek_elsewhere", reason="Another has room.")
    assert late(driver, part, days=7) == set()


def test_a_decline_that_is_upheld_is_owed_once_more(driver: Driver, part: Json) -> None:
    declined(driver, part)
    driver.move(driver.officer, part, "challenge", reason="They had room on Monday.")
    assert late(driver, part) == set()
    driver.move(driver.cast.crs, part, "uphold", reason="They had not.")
    assert late(driver, part, days=7) == {("probation_move", "decline")}


def offered(driver: Driver) -> Json:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **days)
    return stay


def test_a_bed_that_is_offered_and_not_confirmed_is_owed_by_probation(driver: Driver) -> None:
    stay = offered(driver)
    assert ("placement", "offer") in late(driver, stay, days=5)
    driver.place(driver.officer, stay, "confirm")
    assert ("placement", "offer") not in late(driver, stay)


def test_a_bed_that_is_withdrawn_need_not_be_confirmed(driver: Driver) -> None:
    stay = offered(driver)
    driver.place(driver.cast.ap, stay, "cancel", reason="A burst pipe.")
    assert ("placement", "offer") not in late(driver, stay, days=5)


def test_a_day_of_arrival_that_has_passed_is_owed_by_both_sides_until_somebody_records_it(
    driver: Driver,
) -> None:
    stay = offered(driver)
    driver.place(driver.officer, stay, "confirm")
    driver.clock.set("2026-03-24T20:00:00Z")
    assert ("placement", "arrival") not in late(driver, stay)
    driver.clock.set("2026-03-25T12:00:00Z")
    assert ("placement", "arrival") in late(driver, stay)
    of_home = said(driver.cast.ap.get("/v1/overdue"))["items"]
    assert ("placement", "arrival") in {(one["subject"]["kind"], one["timer"]) for one in of_home}
    driver.place(driver.cast.ap, stay, "record_non_arrival", reason="Nobody came.")
    assert ("placement", "arrival") not in late(driver, stay)


def test_nobody_confirms_a_bed_of_a_referral_that_is_withdrawn(driver: Driver) -> None:
    stay = offered(driver)
    driver.move(driver.officer, stay, "request_withdrawal", reason="He goes to his mother's.")
    assert ("placement", "offer") not in late(driver, stay, days=5)
