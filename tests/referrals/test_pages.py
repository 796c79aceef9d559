"""What two sides write and report about one referral is read a page at a time, however much it is."""

from collections.abc import Callable

import pytest

from service.http import DEFAULT_PAGE
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import toby

pytestmark = pytest.mark.long

Write = Callable[[Driver, str, int], None]


def _message(driver: Driver, href: str, number: int) -> None:
    said(driver.cast.crs.post(f"{href}/messages", json={"body": f"Number {number}."}), 201)


def _update(driver: Driver, href: str, number: int) -> None:
    progress = {"kind": "progress", "content": {"summary": f"Number {number}."}}
    said(driver.cast.crs.post(f"{href}/updates", json=progress), 201)


def _concern(driver: Driver, href: str, number: int) -> None:
    concern = {"occurred_on": "2026-03-01", "details": f"Number {number}."}
    said(driver.cast.crs.post(f"{href}/concerns", json=concern), 201)


LISTS: dict[str, Write] = {"messages": _message, "updates": _update, "concerns": _concern}


@pytest.fixture
def part(driver: Driver) -> Json:
    """Help with a home, which the provider has received."""
    part = part_of(driver.submit(toby()), "crs")
    said(driver.cast.crs.get(f"{part['href']}/document"))
    return part


@pytest.mark.parametrize("name", LISTS)
def test_a_list_beside_a_referral_goes_on_where_its_page_ends(driver: Driver, part: Json, name: str) -> None:
    for number in range(5):
        LISTS[name](driver, part["href"], number)
    path = f"{part['href']}/{name}"
    whole = said(driver.cast.crs.get(path))
    assert (len(whole["items"]), whole["next"]) == (5, None)
    first = driver.cast.crs.get(path, limit=2)
    assert 'rel="next"' in first.headers["Link"]
    second = said(driver.cast.crs.get(path, limit=2, after=said(first)["next"]))
    third = said(driver.cast.crs.get(path, limit=2, after=second["next"]))
    assert said(first)["items"] + second["items"] + third["items"] == whole["items"]
    assert third["next"] is None


@pytest.mark.parametrize("name", LISTS)
def test_a_page_beside_a_referral_has_an_end(driver: Driver, part: Json, name: str) -> None:
    path = f"{part['href']}/{name}"
    assert said(driver.cast.crs.get(path, limit=501), 422)
    assert said(driver.cast.crs.get(path, after="nonsense"), 400)
    assert said(driver.cast.crs.get(path, before="nonsense"), 422)


@pytest.mark.parametrize("name", ["messages", "updates"])
def test_without_a_limit_a_page_is_no_longer_than_any_other(driver: Driver, part: Json, name: str) -> None:
    for number in range(DEFAULT_PAGE + 1):
        LISTS[name](driver, part["href"], number)
    page = said(driver.cast.crs.get(f"{part['href']}/{name}"))
    assert len(page["items"]) == DEFAULT_PAGE
    rest = said(driver.cast.crs.get(f"{part['href']}/{name}", after=page["next"]))
    assert len(rest["items"]) == 1


@pytest.mark.parametrize("name", ["messages", "updates"])
def test_a_page_of_another_referral_is_no_place_in_this_one(driver: Driver, part: Json, name: str) -> None:
    other = part_of(driver.submit(toby("TOB-2", crn="X320746")), "crs")
    said(driver.cast.crs.get(f"{other['href']}/document"))
    for href in (part["href"], other["href"]):
        for number in range(2):
            LISTS[name](driver, href, number)
    elsewhere = said(driver.cast.crs.get(f"{other['href']}/{name}", limit=1))["next"]
    assert said(driver.cast.crs.get(f"{part['href']}/{name}", after=elsewhere))["items"] == []
