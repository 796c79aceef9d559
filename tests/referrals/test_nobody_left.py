"""Somebody is still to be asked about when whoever was known turns out to be nobody: the check goes on."""

from collections.abc import Callable

import pytest

from tests.referrals.driver import Driver, Json, said
from tests.referrals.record import around, change, in_error
from tests.referrals.samples import darren_and_toby, toby

pytestmark = pytest.mark.long

KNOWN = {
    "given_name": "Alfie",
    "family_name": "Ellershaw",
    "date_of_birth": "2019-02-11",
    "details_status": "provided",
}


def with_son(**facts: str) -> Json:
    """Darren's referral, which says that there are children and has one of them on record."""
    document = darren_and_toby()
    next(one for one in document["household"]["contacts"] if one["ref"] == "son").update(facts)
    return document


def waiting(driver: Driver, referral: Json, kind: str) -> list[tuple[list[str], list[str]]]:
    """What each open question of a kind waits for, and its clocks that run."""
    listed = said(driver.officer.get("/v1/check-requests", referral_id=referral["id"]))["items"]
    shown = [said(driver.officer.get(one["href"])) for one in listed if one["kind"] == kind]
    return [
        (
            [lack["detail"] for lack in one["missing"]],
            [clock["timer"] for clock in one["clocks"] if clock["state"] == "running"],
        )
        for one in shown
        if one["state"] == "awaiting_details"
    ]


def state_of(driver: Driver, referral: Json, kind: str) -> str:
    listed = said(driver.officer.get("/v1/checks", referral_id=referral["id"]))["items"]
    return str(next(one["state"] for one in listed if one["kind"] == kind))


def never_was(driver: Driver, referral: Json) -> None:
    del referral
    said(in_error(driver, around(driver, "contacts")["son"]))


def is_grown_up(driver: Driver, referral: Json) -> None:
    driver.amend(referral, with_son(**KNOWN | {"relationship": "friend", "date_of_birth": "1999-02-11"}))


@pytest.mark.parametrize(
    ("facts", "turns_out"),
    [(KNOWN, never_was), ({}, never_was), (KNOWN, is_grown_up)],
    ids=["a named child in error", "an unnamed child in error", "a child who is an adult"],
)
def test_while_there_are_children_somebody_is_asked_who_they_are(
    driver: Driver, facts: Json, turns_out: Callable[[Driver, Json], None]
) -> None:
    referral = driver.submit(with_son(**facts))
    turns_out(driver, referral)
    who = [(["children"], ["ask"])]
    assert waiting(driver, referral, "childrens_safeguarding") == who
    assert state_of(driver, referral, "childrens_safeguarding") == "open"
    # What is recorded next asks no second time.
    said(change(driver.officer, around(driver, "contacts")["mother"], phone="0113 496 0000"))
    assert waiting(driver, referral, "childrens_safeguarding") == who


def test_only_a_manager_ends_the_question_who_the_children_are(driver: Driver) -> None:
    referral = driver.submit(with_son(**KNOWN))
    never_was(driver, referral)
    (check,) = (
        one
        for one in said(driver.officer.get("/v1/checks", referral_id=referral["id"]))["items"]
        if one["kind"] == "childrens_safeguarding"
    )
    tag = driver.pdu_head.get(check["href"]).headers["ETag"]
    decided = {"decision": "not_required", "reason": "They are grown up; the school says so."}
    answer = driver.pdu_head.post(f"{check['href']}/decisions", json=decided, if_match=tag)
    assert answer.status_code in {200, 201}, answer.text
    said(change(driver.officer, around(driver, "contacts")["mother"], phone="0113 496 0000"))
    assert state_of(driver, referral, "childrens_safeguarding") == "not_required"


def test_without_the_only_address_somebody_is_asked_where_he_lives(driver: Driver) -> None:
    document = toby(crn="X320741")
    document["addresses"] = [one for one in document["addresses"] if one["ref"] == "mothers-home"]
    document["household"] = {"children": "no", "contacts": []}
    referral = driver.submit(document)
    said(in_error(driver, around(driver, "addresses")["mothers-home"]))
    assert waiting(driver, referral, "police_da") == [(["address"], ["ask"])]
    assert state_of(driver, referral, "police_da") == "open"
