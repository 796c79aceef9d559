"""Reads and puts right the record of the person whom a driver's referrals are about."""

from typing import Any

from werkzeug.test import TestResponse

from tests.cast import Caller
from tests.referrals.driver import Driver, Json, said


def person(driver: Driver) -> Json:
    (found,) = said(driver.officer.post("/v1/people/search", json={"crn": "X320741"}))["found"]
    return said(driver.officer.get(found["href"]))


def around(driver: Driver, sort: str) -> dict[str, Json]:
    """Return the contacts or addresses on record, by their reference."""
    items = said(driver.officer.get(f"{person(driver)['href']}/{sort}", limit=100))["items"]
    return {one["ref"]: one for one in items}


def change(caller: Caller, one: Json, **members: Any) -> TestResponse:
    """Patch a person, a contact or an address at its own address."""
    tag = caller.get(one["href"]).headers["ETag"]
    return caller.patch(one["href"], json=members, if_match=tag)


def in_error(driver: Driver, one: Json, **more: Any) -> TestResponse:
    tag = driver.officer.get(one["href"]).headers["ETag"]
    path = f"{one['href']}/entered-in-error"
    return driver.officer.post(path, json={"reason": "A slip."}, if_match=tag, **more)


def asked(caller: Caller) -> list[Json]:
    """Return what an agency is asked, as it reads it."""
    listed = said(caller.get("/v1/check-requests", limit=100))["items"]
    return [said(caller.get(f"/v1/check-requests/{one['id']}")) for one in listed]


def told(caller: Caller, since: int = 0) -> list[str]:
    """Return the events that a caller's feed has had."""
    items: list[Json] = said(caller.get("/v1/events", limit=500))["items"][since:]
    return [one["event"] for one in items]
