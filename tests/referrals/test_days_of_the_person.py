"""A day that is the person's is one in every open referral, wherever it was said."""

from copy import deepcopy
from typing import Any

import pytest

from tests.journeys.ending import ending
from tests.people.two_records import FIRST, SECOND, decide
from tests.referrals.driver import Driver, part_of, said
from tests.referrals.samples import asking, darren_and_toby

pytestmark = pytest.mark.long

Json = dict[str, Any]
SOONER, LATER = "2026-03-09", "2026-03-24"


def home(reference: str, day: str = LATER) -> Json:
    """A referral for help with a home, of somebody who is released on a day."""
    document = asking(darren_and_toby(reference), lambda one: one.get("service_category") == "accommodation")
    return released(document, day)


def released(document: Json, day: str) -> Json:
    document = deepcopy(document)
    document["release"]["date"] = day
    document["release"]["releases"][0]["start_date"] = day
    return document


def ends(document: Json, day: str) -> Json:
    document = deepcopy(document)
    document["sentence"] |= {"expiry_date": day, "licence_expiry_date": day}
    document["release"]["releases"][0]["end_date"] = day
    return document


def day_of(driver: Driver, referral: Json) -> str:
    release: Json = driver.document(referral)["release"]
    assert release["releases"][0]["start_date"] == release["date"]
    return str(release["date"])


def shared_until(driver: Driver, referral: Json) -> set[str]:
    parts = said(driver.officer.get(f"/v1/referrals/{referral['id']}"))["destinations"]
    return {one["shared_until"] for one in parts if one["shared_until"]}


def told(driver: Driver, caller: Any) -> list[str]:
    items = said(caller.get("/v1/events", limit=200))["items"]
    return [one["event"] for one in items]


@pytest.fixture
def two(driver: Driver) -> tuple[Json, Json]:
    return driver.submit(), driver.submit(home("DAT-2"))


@pytest.mark.parametrize("said_in", [0, 1])
def test_another_day_of_release_is_carried_from_one_referral_to_the_others(
    driver: Driver, two: tuple[Json, Json], said_in: int
) -> None:
    driver.amend(two[said_in], released(driver.document(two[said_in]), SOONER))
    assert [day_of(driver, one) for one in two] == [SOONER, SOONER]


def test_a_merge_patch_of_the_day_of_release_is_carried_too(driver: Driver, two: tuple[Json, Json]) -> None:
    path = f"/v1/referrals/{two[1]['id']}"
    said(
        driver.officer.patch(
            path,
            json={"release": {"date": SOONER}},
            if_match=driver.officer.get(path).headers["ETag"],
            headers={"Content-Type": "application/merge-patch+json"},
        )
    )
    assert [driver.document(one)["release"]["date"] for one in two] == [SOONER, SOONER]


def test_a_new_referral_carries_its_day_of_release_and_premises_are_notified_once(driver: Driver) -> None:
    first = driver.submit()
    driver.accept(driver.cast.ap, part_of(first, "approved_premises"))
    known = told(driver, driver.cast.ap)
    driver.submit(home("DAT-2", SOONER))
    assert day_of(driver, first) == SOONER
    read = f"/v1/destination-referrals/{part_of(first, 'approved_premises')['id']}/document"
    assert said(driver.cast.ap.get(read))["document"]["release"]["date"] == SOONER
    new = told(driver, driver.cast.ap)[len(known) :]
    assert new.count("destination_referral.changed") == 1


def test_a_day_that_a_system_only_repeats_changes_nothing(driver: Driver) -> None:
    first = driver.submit()
    path = f"/v1/people/{first['person']['id']}/changes-of-circumstance"
    change = {"kind": "release_date_changed", "occurred_on": "2026-03-02", "source": "practitioner"}
    said(driver.officer.post(path, json=change | {"standing": "established", "release_date": SOONER}), 201)
    second = driver.submit(home("DAT-2", LATER))
    assert [one["pointer"] for one in second["kept"]] == ["/release/date"]
    assert [day_of(driver, one) for one in (first, second)] == [SOONER, SOONER]


def test_a_day_that_another_referral_cannot_have_stays_there_and_is_advised_of(driver: Driver) -> None:
    first = driver.submit(home("DAT-1"))
    other = ends(asking(darren_and_toby("DAT-2"), lambda one: one["kind"] == "mappa"), "2026-04-30")
    other["offence"]["index"]["conviction_date"] = "2025-12-05"
    second = driver.submit(other)
    late = "2026-06-01"
    amended = driver.amend(first, released(driver.document(first), late))
    assert day_of(driver, first) == late
    assert day_of(driver, second) == LATER, "its own sentence ends before that day"
    (advice,) = (one for one in amended["advice"] if one["code"] == "another_day_elsewhere")
    assert advice["pointer"] == "/release/date"
    assert advice["href"] == f"/v1/referrals/{second['id']}"


def test_where_the_licence_ends_sooner_it_does_in_every_open_referral(driver: Driver) -> None:
    first, other = driver.submit(ending()), asking(ending(), lambda one: one["kind"] == "mappa")
    second = driver.submit(other | {"submission_reference": "END-2"})
    driver.amend(second, ends(driver.document(second), "2026-04-30"))
    assert shared_until(driver, first) == shared_until(driver, second) == {"2026-04-30"}


def test_an_order_that_goes_on_for_longer_is_shared_for_longer_everywhere(driver: Driver) -> None:
    first = driver.submit(ending())
    other = asking(ending(), lambda one: one.get("service_category") == "accommodation")
    second = driver.submit(ends(other | {"submission_reference": "END-2"}, "2027-06-30"))
    assert shared_until(driver, first) == shared_until(driver, second) == {"2027-06-30"}


def test_what_one_of_two_merged_records_says_stays_its_own(driver: Driver) -> None:
    first, other = driver.submit(home("ONE-1")), home("TWO-1")
    other["person"] = {**other["person"], "crn": SECOND, "date_of_birth": "1980-01-02"}
    for number in ("noms_number", "pnc_number"):
        other["person"].pop(number, None)
    second = driver.submit(other)
    manager = driver.cast.probation.as_practitioner("s.okafor", "spo")
    said(decide(manager, same=True, keep=FIRST))
    driver.amend(first, released(driver.document(first), SOONER))
    assert driver.document(second)["release"]["date"] == LATER
    said(decide(manager, same=False))
    assert driver.document(second)["release"]["date"] == LATER
