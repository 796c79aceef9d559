"""What is waited for begins or ends in one referral while another of the person is being amended."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest

from service.referrals.actions import amend
from service.referrals.actions.submit import add_parts
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import asking, darren_and_toby

pytestmark = pytest.mark.long


@pytest.fixture
def home(driver: Driver) -> Json:
    """Help with a home, in a referral of its own; its provider has read it."""
    whole = darren_and_toby("HOME")
    asked = driver.submit(asking(whole, lambda one: one.get("service_category") == "accommodation"))
    part = part_of(asked, "crs", "accommodation")
    said(driver.cast.crs.get(f"{part['href']}/document"))
    return part


@pytest.fixture
def housing(driver: Driver, home: Json) -> Json:
    """Temporary housing, in another referral: it waits for what becomes of the help with a home."""
    del home
    whole = darren_and_toby("HOUSING")
    return driver.submit(asking(whole, lambda one: one["kind"] == "cas3"))


def decline(driver: Driver, home: Json) -> None:
    driver.move(driver.cast.crs, home, "decline", reason_code="no_capacity")


def challenge(driver: Driver, home: Json) -> None:
    driver.move(driver.officer, home, "challenge", reason="There is room.")


def amend_while(driver: Driver, housing: Json, meanwhile: Callable[[], None]) -> str:
    """Amend a referral, and let something else be done in the middle of it; return the state of its part."""

    def first_the_other(*args: Any, **kwargs: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(meanwhile).result(20)
        return add_parts(*args, **kwargs)

    document = driver.document(housing)
    document["adjustments"][0]["detail"] = "Reads slowly."
    with patch.object(amend, "add_parts", first_the_other):
        driver.amend(housing, document)
    state: str = driver.look(driver.officer, part_of(housing, "cas3"))["state"]
    return state


def test_what_ended_the_waiting_meanwhile_is_seen_by_the_amendment(
    driver: Driver, home: Json, housing: Json
) -> None:
    """The move passes the locked referral by, and relies on whoever holds it to look again."""
    decline(driver, home)
    assert amend_while(driver, housing, lambda: challenge(driver, home)) == "held"


def test_what_began_to_block_meanwhile_is_seen_by_the_amendment(
    driver: Driver, home: Json, housing: Json
) -> None:
    assert amend_while(driver, housing, lambda: decline(driver, home)) == "blocked"
