"""Whoever reads what is put right is told of it once, and nobody else is told anything."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.referrals.driver import Driver, Json, said
from tests.referrals.record import around, in_error
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

DESTINATIONS = ("ap", "crs", "crs_ete", "mappa")
AGENCIES = ("police", "other_police", "council", "other_council")
WITH_AGENCY = {"requested", "acknowledged", "partially_returned", "returned_for_information"}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
CRN = "X320741"
ELSEWHERE: Json = {
    "lines": ["5 Oak Street", "Leeds"], "postcode": "LS1 4AP", "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}  # fmt: skip

Deed = Callable[[Driver, str], TestResponse]


def of_the_person(**facts: object) -> Deed:
    def put_right(driver: Driver, _: str) -> TestResponse:
        path = person_at(CRN)
        return driver.officer.patch(path, json=facts, if_match=driver.officer.get(path).headers["ETag"])

    return put_right


def of_one(what: str, ref: str, **facts: object) -> Deed:
    def put_right(driver: Driver, _: str) -> TestResponse:
        one = around(driver, what)[ref]
        return driver.officer.patch(one["href"], json=facts, if_match=one["etag"])

    return put_right


def entered_in_error(what: str, ref: str) -> Deed:
    return lambda driver, _: in_error(driver, around(driver, what)[ref])


def patched(**facts: object) -> Deed:
    def patch(driver: Driver, referral: str) -> TestResponse:
        tag = driver.officer.get(referral).headers["ETag"]
        return driver.officer.patch(referral, json=facts, if_match=tag, headers=MERGE_PATCH)

    return patch


DEEDS: dict[str, Deed] = {
    "another first name": of_the_person(name={"given": "Daz", "family": "Ellershaw"}),
    "a number that is not his": of_the_person(pnc_number=None),
    "the name of a contact": of_one("contacts", "mother", given_name="Pat"),
    "the date of birth of a contact": of_one("contacts", "son", date_of_birth="2018-01-02"),
    "an address": of_one("addresses", "mothers-home", because="correction", **ELSEWHERE),
    "a move": of_one("addresses", "mothers-home", because="moved", **(ELSEWHERE | {"lines": ["7 Elm Row"]})),
    "what few read": patched(person={"phone": "0113 496 0077"}),
    "a text": patched(needs={"rehabilitative_summary": "He has begun a course."}),
    "a contact in error": entered_in_error("contacts", "mother"),
    "an address in error": entered_in_error("addresses", "mothers-home"),
}


def read(driver: Driver) -> dict[tuple[str, str], str]:
    """Return what everybody reads of the person by now, by who reads it and the id of what."""
    found = {}
    for name in DESTINATIONS:
        caller = driver.cast.callers[name]
        for one in said(caller.get("/v1/destination-referrals", limit=100))["items"]:
            document = said(caller.get(f"{one['href']}/document"))["document"]
            found[name, one["id"]] = json.dumps(document, sort_keys=True)
    for name in AGENCIES:
        caller = driver.cast.callers[name]
        for one in said(caller.get("/v1/check-requests", limit=100))["items"]:
            request = said(caller.get(one["href"]))
            if request["state"] in WITH_AGENCY:
                about = {sort: request["document"][sort] for sort in ("person", "contacts", "addresses")}
                found[name, one["id"]] = json.dumps(about, sort_keys=True)
    return found


def events(driver: Driver) -> dict[tuple[str, str], list[str]]:
    """Return what everybody was told, by who was told it and the id of what it is about."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in (*DESTINATIONS, *AGENCIES):
        for one in said(driver.cast.callers[name].get("/v1/events", limit=500))["items"]:
            found.setdefault((name, one["subject"]["id"]), []).append(one["event"])
    return found


def test_each_reader_of_what_is_put_right_is_told_once_and_nobody_else(driver: Driver) -> None:
    first = driver.submit(darren_and_toby())
    driver.submit(darren_and_toby("DAT-2"))
    for said_of_it, deed in DEEDS.items():
        before, known = read(driver), events(driver)
        driver.clock.move(timedelta(minutes=5))
        said(deed(driver, first["href"]))
        told, now = events(driver), read(driver)  # reading is an event, too
        new = {what: names[len(known.get(what, [])) :] for what, names in told.items()}
        owed = {what: 1 if now.get(what) != text else 0 for what, text in before.items()}
        assert {what: len(new.get(what, [])) for what in before} == owed, said_of_it
