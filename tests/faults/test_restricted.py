"""A case of limited access does not exist for those it does not name; others, for other organisations."""

import json
from typing import Any

import pytest
from flask import Flask

from tests.cast import Caller
from tests.faults.calling import NOWHERE, call, may
from tests.faults.fixtures import NOBODY, RESTRICTED, Place, problem, told
from tests.faults.routes import about_cases
from tests.faults.things import TABLES, addresses, owners, things_of
from tests.journeys.driver import ok
from tests.referrals.samples import darren_and_toby, numbers_of

pytestmark = pytest.mark.long


def test_a_limited_case_is_nothing_to_anybody_who_is_not_named(place: Place, app: Flask) -> None:
    things = things_of(place, RESTRICTED)
    nothing = {name: [NOWHERE] for name in things} | {"number": ["1"]}
    with place.nothing_stored():
        for route in about_cases(app):
            if not route.parameters or not set(route.parameters) <= set(things):
                continue
            (absent,) = addresses(route, nothing)
            for name in ("colleague", "manager", "stranger"):
                caller = place.callers()[name]
                if not may(caller, route.permission):
                    continue
                expected = told(call(caller, route, absent))
                assert expected[0] == 404
                for path in addresses(route, things):
                    assert told(call(caller, route, path)) == expected, (name, route)


def test_a_limited_case_stands_in_no_list_of_anybody_who_is_not_named(place: Place, app: Flask) -> None:
    things = things_of(place, RESTRICTED)
    secret = {RESTRICTED, *(one for name in TABLES for one in things[name])}
    seen_by_the_named: set[str] = set()
    for route in about_cases(app):
        if route.method != "GET" or route.parameters:
            continue
        query: dict[str, Any] = {"limit": 500} if "limit" in route.queries else {}
        if route.rule == "/v1/checks":
            query["referral_id"] = things["referral_id"][0]
        for name in ("colleague", "manager", "stranger", "probation"):
            caller = place.callers()[name]
            if not may(caller, route.permission):
                continue
            written = caller.get(route.path({}), **query).text
            found = {one for one in secret if one in written}
            if name == "probation":
                seen_by_the_named |= found
            else:
                assert found == set(), (name, route)
    assert {RESTRICTED, things["referral_id"][0]} <= seen_by_the_named


def with_his_numbers(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with the numbers of the limited record, under whatever CRN."""
    return {**document, "person": {**document["person"], **numbers_of(RESTRICTED)}}


def test_whoever_is_not_named_previews_somebody_of_limited_access_as_they_would_anybody(place: Place) -> None:
    """A submission is taken, and shows as little: `tests/referrals/test_held_elsewhere.py`."""
    with place.nothing_stored_but_reading():
        for name in ("colleague", "manager", "stranger"):
            said = [
                place.callers()[name]
                .post("/v1/referrals/preview", json=with_his_numbers(darren_and_toby("LAO-2", crn=crn)))
                .get_data(as_text=True)
                .replace(crn, "-")
                for crn in (RESTRICTED, NOBODY)
            ]
            assert said[0] == said[1], name


def test_a_reference_of_a_limited_case_that_was_used_leads_nobody_to_it(place: Place) -> None:
    colleague, answers = place.callers()["colleague"], []
    with place.nothing_stored():
        for crn in (RESTRICTED, NOBODY):
            said = problem(colleague.post("/v1/referrals", json=darren_and_toby("LAO-1", crn=crn)))
            assert said["status"] == 409
            assert place.restricted["id"] not in str(said)
            assert "href" not in said
            answers.append({name: value for name, value in said.items() if name != "request_id"})
    assert answers[0] == answers[1], "the reference is the client's own; about whom it was is not said"
    known = problem(place.officer.post("/v1/referrals", json=darren_and_toby("LAO-1", crn=RESTRICTED)))
    assert known["href"] == f"/v1/referrals/{place.restricted['id']}"


def test_everybody_finds_their_own_and_nobody_elses(place: Place, app: Flask) -> None:
    of_everybody = owners(place)
    assert sum(bool(mine["destination_referral_id"]) for mine in of_everybody.values()) == 4
    assert sum(bool(mine["request_id"]) for mine in of_everybody.values()) >= 2
    singles = [
        route
        for route in about_cases(app)
        if route.parameters in {("destination_referral_id",), ("request_id",)}
    ]
    with place.nothing_stored():
        for route in singles:
            (name,) = route.parameters
            for part, caller in place.callers().items():
                if part in {"probation", "colleague", "manager", "records"} or not may(
                    caller, route.permission
                ):
                    continue
                mine = of_everybody.get(part, {name: []})[name]
                others = {one for all_of in of_everybody.values() for one in all_of[name]} - set(mine)
                some = (
                    sorted(others) if route.method == "GET" and route.rule.endswith("_id>") else [*others][:2]
                )
                for path in (route.path({name: one}) for one in some):
                    assert problem(call(caller, route, path))["status"] == 404, (part, route)


def everything_shown(place: Place, app: Flask, caller: Caller) -> str:
    """Return all that a caller can read in lists, its feed, and under what is its own."""
    written = []
    mine = owners(place)[next(name for name, one in place.cast.callers.items() if one == caller)]
    for route in about_cases(app):
        if route.method == "GET" and may(caller, route.permission):
            query: dict[str, Any] = {"limit": 500} if "limit" in route.queries else {}
            things = {name: mine.get(name, []) for name in route.parameters}
            if route.parameters and not all(things.values()):
                continue
            paths = list(addresses(route, things)) if route.parameters else [route.path({})]
            written += [caller.get(path, **query).text for path in paths]
    return "\n".join(written)


def test_nothing_that_is_shown_to_one_names_what_belongs_to_another(place: Place, app: Flask) -> None:
    of_everybody = owners(place)
    referrals = place.ids("referral")
    for name in ("ap", "cas3", "crs", "crs_ete", "mappa", "police", "other_police", "council"):
        written = everything_shown(place, app, place.cast.callers[name])
        others = {
            one
            for other, things in of_everybody.items()
            for one in (*things["destination_referral_id"], *things["request_id"])
            if other != name
        }
        assert {one for one in others if one in written} == set(), name
        if name not in {"police", "other_police", "council"}:
            assert {one for one in referrals if one in written} == set(), name
        if name in {"ap", "cas3", "crs", "crs_ete"}:
            assert "mappa" not in written.lower(), name
            assert "Kirsty" not in written, name


def test_each_side_is_shown_its_own_work(place: Place, app: Flask) -> None:
    for name, things in owners(place).items():
        if any(things.values()):
            written = everything_shown(place, app, place.cast.callers[name])
            assert all(
                one in written for one in (*things["destination_referral_id"], *things["request_id"])
            ), name


def test_the_feed_of_a_region_names_no_person(place: Place) -> None:
    written = json.dumps(ok(place.cast.probation.get("/v1/events", limit=500)))
    for word in (RESTRICTED, "Ellershaw", "Darren", "Larkhill", "Kirsty"):
        assert word not in written
