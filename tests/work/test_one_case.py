"""The whole of a case in one call: what the addresses of its parts show the same reader, and no more."""

from datetime import timedelta
from typing import Any

import pytest

from benchmarks.statements import watched
from service import cache_invalidation
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Story
from tests.people.factories import as_owner, give_sight
from tests.referrals.driver import Driver, Json, said
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import have_police_answer, settle_in
from tests.rows import person_at

DARREN = "X320741"
OF_SECTIONS = {
    "referrals": {"referrals"},
    "checks": {"checks"},
    "circumstances": {"reviews", "changes"},
}


@pytest.fixture
def driver(cast: Cast, the_clock: TheClock) -> Driver:
    return Driver(cast, the_clock)


def path() -> str:
    return f"{person_at(DARREN)}/case"


def case(caller: Caller) -> Json:
    return said(caller.get(path()))


def test_it_shows_what_each_address_of_its_parts_shows(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    Story(driver.cast, driver.clock).report_change(DARREN, "arrest")
    have_police_answer(driver)
    whole, person = case(driver.officer), person_at(DARREN)
    assert whole["person"] == said(driver.officer.get(person))
    assert whole["holding"] == said(driver.officer.get(f"{person}/holding"))
    (shown,) = whole["referrals"]["items"]
    (listed,) = said(driver.officer.get("/v1/referrals", person=whole["person"]["id"]))["items"]
    assert {name: shown[name] for name in listed} == listed
    stays = {one["id"]: one["stay"] for one in shown["destinations"]}
    alone = said(driver.officer.get(f"{stay['href']}/placement"))
    assert stays[stay["id"]] == {name: alone[name] for name in stays[stay["id"]]}
    assert len(stays) == len(referral["destinations"])
    for name in ("reviews", "changes"):
        assert whole[name]["items"] == _newest(driver.officer, whole[name]["href"])
    checks = _newest(driver.officer, whole["checks"]["href"])
    assert [
        {**one, "requests": [{k: v for k, v in each.items() if k != "outcomes"} for each in one["requests"]]}
        for one in whole["checks"]["items"]
    ] == checks


def _newest(caller: Caller, href: str) -> list[Any]:
    found: list[Any] = said(caller.get(href, order="newest"))["items"]
    return found


def test_it_says_what_was_answered_of_each(driver: Driver) -> None:
    settle_in(driver)
    assert _outcomes(driver) == set()
    have_police_answer(driver)
    assert _outcomes(driver) == {"nothing_found"}


def _outcomes(driver: Driver) -> set[str]:
    return {
        said_of["outcome"]
        for check in case(driver.officer)["checks"]["items"]
        for request in check["requests"]
        for said_of in request["outcomes"]
    }


def test_it_lists_what_is_owed_with_what_is_overdue(driver: Driver) -> None:
    driver.submit()
    owed = case(driver.officer)["obligations"]["items"]
    assert owed
    assert {one["overdue"] for one in owed} == {False}
    assert [one["due_at"] for one in owed] == sorted(one["due_at"] for one in owed)
    driver.clock.move(timedelta(days=60))
    late = [one for one in case(driver.officer)["obligations"]["items"] if one["overdue"]]
    listed = said(driver.officer.get("/v1/overdue"))["items"]
    assert {one["id"] for one in late} == {one["id"] for one in listed}


def test_nothing_new_is_a_304(driver: Driver) -> None:
    driver.submit()
    tag = driver.officer.get(path()).headers["ETag"]
    assert driver.officer.get(path(), if_none_match=tag).status_code == 304
    Story(driver.cast, driver.clock).report_change(DARREN, "arrest")
    assert driver.officer.get(path(), if_none_match=tag).status_code == 200


@pytest.mark.parametrize("section", sorted(OF_SECTIONS))
def test_another_region_is_shown_the_sections_that_are_shared(driver: Driver, section: str) -> None:
    driver.submit()
    stranger = driver.cast.stranger.as_practitioner()
    said(stranger.get(path()), 404)
    give_sight(driver.cast.stranger, DARREN, section)
    whole = case(stranger)
    of_sections = {name for names in OF_SECTIONS.values() for name in names}
    assert {name for name in of_sections if whole[name] is not None} == OF_SECTIONS[section]
    assert whole["obligations"]["items"] == []


def test_a_limited_case_is_found_by_nobody_it_does_not_name(driver: Driver) -> None:
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    driver.submit(document)
    case(driver.officer)
    said(driver.cast.probation.as_practitioner("a.khan").get(path()), 404)


def test_all_that_it_shows_is_on_the_trail(driver: Driver) -> None:
    driver.submit()
    before = len(_entries())
    case(driver.officer)
    kinds = {entry["object_kind"] for entry in _entries()[before:]}
    assert kinds >= {"person", "referral", "check_request", "destination_referral"}


def _entries() -> list[Any]:
    every = "SELECT object_kind FROM audit_entry WHERE verb = 'consultation' ORDER BY recorded_at"
    return list(as_owner(every))


def test_the_number_of_statements_does_not_grow_with_the_case(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Registrations are looked up every ten seconds, however slow the machine is.
    monkeypatch.setattr(cache_invalidation, "MAX_AGE", 1000.0)
    story = Story(driver.cast, driver.clock)
    for number in (1, 2):
        driver.submit(darren_and_toby(f"DAT-{number}"))
        story.report_change(DARREN, "arrest")
    few = _statements(driver.officer)
    for number in (3, 4, 5):
        driver.submit(darren_and_toby(f"DAT-{number}"))
        story.report_change(DARREN, "arrest")
    whole = case(driver.officer)
    assert (len(whole["referrals"]["items"]), len(whole["changes"]["items"])) == (5, 5)
    assert _statements(driver.officer) == few


def _statements(caller: Caller) -> int:
    with watched() as seen:
        case(caller)
    return len([one for one, _ in seen if "requests_per_minute" not in one])
