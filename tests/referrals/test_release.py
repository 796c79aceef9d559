"""Only a move that something waits for looks again at what waits."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from types import CodeType
from typing import Any

import pytest

from service.destinations import DESTINATIONS, projection, readiness
from service.destinations.case import Known
from service.destinations.contract import Other
from service.destinations.readiness import assess
from service.destinations.states import State
from tests.calls import counted, of_the_service
from tests.destinations.factories import TODAY, case, part
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import asking, darren_and_toby

CALLS = 700
"""What the first reading may cost in calls of this service's own functions; it was over 30,000."""


def assessments(calls: Counter[CodeType]) -> int:
    return calls[readiness._assess.__code__] + calls[projection.project.__code__]


@pytest.mark.parametrize(
    ("kind", "category", "reader"),
    [
        ("approved_premises", None, "ap"),
        ("crs", "accommodation", "crs"),
        ("mappa", None, "mappa"),
    ],
)
def test_the_first_reading_of_a_document_assesses_no_part_again(
    driver: Driver, kind: str, category: str | None, reader: str
) -> None:
    referral = driver.submit()
    assert part_of(referral, "cas3")["state"] == "held"
    part, caller = part_of(referral, kind, category), driver.cast.callers[reader]
    said(caller.get(part["href"]))
    with counted() as seen:
        said(caller.get(f"{part['href']}/document"))
    assert driver.look(driver.officer, part)["state"] == "received"
    assert assessments(seen) == 0
    assert of_the_service(seen) < CALLS, seen.most_common(8)


def test_a_move_that_another_part_waits_for_assesses_every_part(driver: Driver) -> None:
    referral = driver.submit()
    with counted() as seen:
        driver.move(
            driver.officer, part_of(referral, "crs", "accommodation"), "withdraw", reason="Not wanted."
        )
    assert assessments(seen) >= 2 * len(referral["destinations"])


def test_a_move_that_no_other_part_waits_for_assesses_nothing(driver: Driver) -> None:
    referral = driver.submit()
    education = part_of(referral, "crs", "education_training_and_employment")
    with counted() as seen:
        driver.move(driver.officer, education, "withdraw", reason="No longer wanted.")
    assert assessments(seen) == 0


def test_a_move_from_live_to_live_assesses_nothing(driver: Driver) -> None:
    home = part_of(driver.submit(), "crs", "accommodation")
    with counted() as seen:
        driver.accept(driver.cast.crs, home)
        driver.move(driver.cast.crs, home, "start")
    assert assessments(seen) == 0


def test_nothing_is_assessed_where_nothing_waits_for_what_moved(driver: Driver) -> None:
    """Approved premises wait for an answer, and for no other destination."""
    document = darren_and_toby()
    document = asking(document, lambda one: one["kind"] != "cas3")
    del document["destinations"][0]["annex"]["type"]
    referral = driver.submit(document)
    assert part_of(referral, "approved_premises")["state"] == "incomplete"
    with counted() as seen:
        driver.move(
            driver.officer, part_of(referral, "crs", "accommodation"), "withdraw", reason="Not wanted."
        )
    assert assessments(seen) == 0


def housing_states(driver: Driver, housing: Json, home: Json) -> Iterator[str]:
    """Take help with a home out of a live state and back; yield where housing stands after each move."""
    said(driver.cast.crs.get(f"{home['href']}/document"))
    driver.move(driver.cast.crs, home, "decline", reason_code="no_capacity")
    yield driver.look(driver.officer, housing)["state"]
    driver.move(driver.officer, home, "challenge", reason="There is room.")
    yield driver.look(driver.officer, housing)["state"]
    driver.move(driver.cast.crs, home, "uphold", reason="There is none.")
    yield driver.look(driver.officer, housing)["state"]


def test_what_waits_follows_every_move_into_and_out_of_the_live_states(driver: Driver) -> None:
    referral = driver.submit()
    housing, home = part_of(referral, "cas3"), part_of(referral, "crs", "accommodation")
    assert list(housing_states(driver, housing, home)) == ["blocked", "held", "blocked"]


def test_what_waits_in_another_referral_of_the_person_follows_them_too(driver: Driver) -> None:
    whole = darren_and_toby("HOME")
    home = part_of(
        driver.submit(asking(whole, lambda one: one.get("service_category") == "accommodation")),
        "crs",
        "accommodation",
    )
    apart = asking(darren_and_toby("HOUSING"), lambda one: one["kind"] == "cas3")
    housing = part_of(driver.submit(apart), "cas3")
    assert housing["state"] == "held"
    assert list(housing_states(driver, housing, home)) == ["blocked", "held", "blocked"]


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_a_destination_waits_for_nothing_that_it_does_not_declare(kind: str) -> None:
    destination = DESTINATIONS[kind]
    blocks = destination.blocks(case(kind), [])
    named = {block.waits_for for block in blocks} - {None}
    assert named <= destination.waits_for
    everything = [Other(key, State.SENT) for key in destination.waits_for]
    assert not {block.waits_for for block in destination.blocks(case(kind), everything)} - {None}
    assert destination.waits_for == ({"crs:accommodation"} if kind == "cas3" else set())


def test_what_is_not_declared_is_not_shown_to_the_rules_of_a_destination() -> None:
    asked: list[str] = []

    def blocks(_case: Any, others: Any) -> tuple[()]:
        asked.extend(other.key for other in others)
        return ()

    document, ask = part("cas3", {})
    others = [Other("crs:accommodation", State.SENT), Other("mappa", State.SENT)]
    assess(replace(DESTINATIONS["cas3"], blocks=blocks), Known(document), ask, others, TODAY)
    assert asked == ["crs:accommodation"]
