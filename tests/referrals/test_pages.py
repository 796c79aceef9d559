"""What two sides write and report about one referral is read a page at a time, however much it is."""

from collections.abc import Callable

import pytest

from service.http import DEFAULT_PAGE
from tests.referrals.driver import Desk, Json, part_of, said
from tests.referrals.samples import toby

Write = Callable[[Desk, str, int], None]


def _message(desk: Desk, href: str, number: int) -> None:
    said(desk.cast.crs.post(f"{href}/messages", json={"body": f"Number {number}."}), 201)


def _update(desk: Desk, href: str, number: int) -> None:
    progress = {"kind": "progress", "content": {"summary": f"Number {number}."}}
    said(desk.cast.crs.post(f"{href}/updates", json=progress), 201)


def _concern(desk: Desk, href: str, number: int) -> None:
    concern = {"occurred_on": "2026-03-01", "details": f"Number {number}."}
    said(desk.cast.crs.post(f"{href}/concerns", json=concern), 201)


LISTS: dict[str, Write] = {"messages": _message, "updates": _update, "concerns": _concern}


@pytest.fixture
def part(desk: Desk) -> Json:
    """Help with a home, which the provider has received."""
    part = part_of(desk.submit(toby()), "crs")
    said(desk.cast.crs.get(f"{part['href']}/document"))
    return part


@pytest.mark.parametrize("name", LISTS)
def test_a_list_beside_a_referral_goes_on_where_its_page_ends(desk: Desk, part: Json, name: str) -> None:
    for number in range(5):
        LISTS[name](desk, part["href"], number)
    path = f"{part['href']}/{name}"
    whole = said(desk.cast.crs.get(path))
    assert (len(whole[name]), whole["next"]) == (5, None)
    first = desk.cast.crs.get(path, limit=2)
    assert 'rel="next"' in first.headers["Link"]
    second = said(desk.cast.crs.get(path, limit=2, after=said(first)["next"]))
    third = said(desk.cast.crs.get(path, limit=2, after=second["next"]))
    assert said(first)[name] + second[name] + third[name] == whole[name]
    assert third["next"] is None


@pytest.mark.parametrize("name", LISTS)
def test_a_page_beside_a_referral_has_an_end(desk: Desk, part: Json, name: str) -> None:
    path = f"{part['href']}/{name}"
    assert said(desk.cast.crs.get(path, limit=501), 422)
    assert said(desk.cast.crs.get(path, after="nonsense"), 400)
    assert said(desk.cast.crs.get(path, before="nonsense"), 422)


@pytest.mark.parametrize("name", ["messages", "updates"])
def test_without_a_limit_a_page_is_no_longer_than_any_other(desk: Desk, part: Json, name: str) -> None:
    for number in range(DEFAULT_PAGE + 1):
        LISTS[name](desk, part["href"], number)
    page = said(desk.cast.crs.get(f"{part['href']}/{name}"))
    assert len(page[name]) == DEFAULT_PAGE
    rest = said(desk.cast.crs.get(f"{part['href']}/{name}", after=page["next"]))
    assert len(rest[name]) == 1


@pytest.mark.parametrize("name", ["messages", "updates"])
def test_a_page_of_another_referral_is_no_place_in_this_one(desk: Desk, part: Json, name: str) -> None:
    other = part_of(desk.submit(toby("TOB-2", crn="X320746")), "crs")
    said(desk.cast.crs.get(f"{other['href']}/document"))
    for href in (part["href"], other["href"]):
        for number in range(2):
            LISTS[name](desk, href, number)
    elsewhere = said(desk.cast.crs.get(f"{other['href']}/{name}", limit=1))["next"]
    assert said(desk.cast.crs.get(f"{part['href']}/{name}", after=elsewhere))[name] == []
