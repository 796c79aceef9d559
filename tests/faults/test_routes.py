"""Every route, called by every kind of caller with meaningless requests: refused, never a 500."""

from collections.abc import Iterator

import pytest
from flask import Flask

from service.http import encode_cursor
from tests.cast import Caller
from tests.faults.calling import NOWHERE, call, may
from tests.faults.fixtures import CRN, Place, problem
from tests.faults.routes import Route, about_cases, routes_of
from tests.journeys.driver import ok
from tests.rows import person_id

pytestmark = pytest.mark.long

UNKNOWN = {"number": 1}
MADE_WHERE_THERE_IS_NONE = {
    ("PUT", "/v1/registration/organisations/<kind>/<code>"),
    ("PUT", "/v1/registration/clients/<client_id>"),
}
"""What is registered at an address of the caller's choice: there is no version that `If-Match` could name."""
ODD_WORDS = (
    "%00",
    f"{CRN}%00",
    "%ff%fe",
    "%ed%a0%80",
    "x320741",
    "X\uff13\uff12\uff10\uff17\uff14\uff11",
    "' OR 1=1 --",
    "%2e%2e%2fadmin",
    "A" * 3000,
    "🏚",
    "%0d%0aSet-Cookie:a=b",
)
ODD_NUMBERS = ("0", str(2**31), str(2**63), "9" * 40, "-1", "1.0", "٣")
ODD_IDS = ("00000000-0000-0000-0000-000000000000", NOWHERE.upper(), "%00", "1", f"{{{NOWHERE}}}")
ODD_QUERIES = ("", "\x00", "é", "9" * 30, "-1", "1e3", "٣", "a" * 3000, "🏚", "null", "' OR 1=1", "%")
FIRST, LAST = "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"
FORGED = (
    *(
        encode_cursor(*parts)
        for moment in (FIRST, LAST, "2026-03-02T09:00:00", "yesterday", "\x00")
        for parts in ((moment, NOWHERE), (moment, moment, NOWHERE, 2**63 - 1), (moment, "not an id"))
    ),
    *(encode_cursor(*parts) for parts in ((2**31,), (2**63 - 1,), (2**80,), (-1,), ("1",), (), (1, "x"))),
    "bnVsbA",
    "////",
    "W1tbW1tbW1tbW1tbW1tb" * 14,
)


def one_of_each_side(place: Place, route: Route) -> list[Caller]:
    """Return one caller of each side that may call this route."""
    administration = place.callers()["administration"]
    records = place.callers()["records"]
    sides = (place.officer, records, place.cast.crs, place.cast.police, place.cast.oversight, administration)
    return [caller for caller in sides if may(caller, route.permission)]


def unknown(route: Route) -> dict[str, object]:
    return {name: UNKNOWN.get(name, NOWHERE) for name in route.parameters}


def known(place: Place, route: Route) -> dict[str, object]:
    """Return the path of something that there is, as far as the parameters alone can say."""
    tables = {
        "change_id": "change_of_circumstance",
        "check_id": "safety_check",
        "request_id": "check_request",
        "destination_referral_id": "destination_referral",
        "review_id": "review",
        "decision_id": "disclosure_decision",
        "right_to_know_id": "right_to_know",
        "contact_id": "contact",
        "escalation_id": "clock_firing",
    }
    there = {"person_id": person_id(CRN), "number": 1, "referral_id": place.referral["id"]}
    return {
        name: there.get(name) or (place.ids(tables[name])[0] if name in tables else NOWHERE)
        for name in route.parameters
    }


def test_what_does_not_exist_is_not_found_by_anybody(place: Place, app: Flask) -> None:
    callers = place.callers()  # whose managers are entered in the register
    with place.nothing_stored():
        for route in routes_of(app):
            if not route.parameters:
                continue
            path = route.path(unknown(route))
            answers = {name: call(caller, route, path) for name, caller in callers.items()}
            absent = 412 if (route.method, route.rule) in MADE_WHERE_THERE_IS_NONE else 404
            expected = {
                name: absent if may(caller, route.permission) else 403 for name, caller in callers.items()
            }
            assert {name: problem(answer)["status"] for name, answer in answers.items()} == expected, route


def odd_paths(place: Place, route: Route) -> Iterator[str]:
    odd, there = {"number": ODD_NUMBERS}, known(place, route)
    for name in route.parameters:
        for value in odd.get(name, ODD_IDS):
            yield route.path(there | {name: value})


def test_an_odd_address_is_not_found(place: Place, app: Flask) -> None:
    with place.nothing_stored():
        for route in routes_of(app):
            for path in odd_paths(place, route):
                for caller in one_of_each_side(place, route)[:1]:
                    answer = call(caller, route, path)
                    assert problem(answer)["status"] in {403, 404, 405, 412}, (route, path)


@pytest.mark.parametrize(("names", "values"), [({"after"}, FORGED), (None, ODD_QUERIES)])
def test_an_odd_question_is_answered_or_refused(
    place: Place, app: Flask, names: set[str] | None, values: tuple[str, ...]
) -> None:
    for route in routes_of(app):
        path = route.path(known(place, route))
        for caller in one_of_each_side(place, route):
            for name in set(route.queries) & (names or set(route.queries)):
                for value in values:
                    answer = call(caller, route, path, **{name: value})
                    if answer.status_code >= 400:
                        said = problem(answer)["status"]
                        assert said in {400, 403, 404, 410, 422}, (route, name, value)


def test_a_parameter_that_nobody_declared_is_an_error(place: Place, app: Flask) -> None:
    for route in about_cases(app):
        if not route.queries:
            continue
        path = route.path(known(place, route))
        said = problem(call(one_of_each_side(place, route)[0], route, path, surprise="1"))
        assert said["status"] == 422, route
        assert "surprise" in {fault["parameter"] for fault in said["errors"]}


def test_a_parameter_given_twice_is_an_error(place: Place) -> None:
    answer = place.officer._call("GET", "/v1/referrals?limit=5&limit=6", {})
    assert problem(answer)["status"] == 422


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_a_method_that_is_not_there_is_refused_with_those_that_are(place: Place, method: str) -> None:
    answer = place.officer._call(method, "/v1/referrals", {})
    assert problem(answer)["status"] == 405
    assert "POST" in answer.headers["Allow"]


def test_who_shows_no_token_learns_nothing(place: Place, app: Flask) -> None:
    client = app.test_client()
    with place.nothing_stored():
        for place_on_the_net, route in enumerate(routes_of(app)):
            path = route.path(known(place, route))
            for header in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}):
                answer = client.open(
                    path,
                    method=route.method,
                    headers=header,
                    json={},
                    # Each from another place, of which none fails too often.
                    environ_overrides={"REMOTE_ADDR": f"10.0.0.{place_on_the_net}"},
                )
                assert problem(answer)["status"] == 401, route
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_is_open_to_anybody_refuses_oddities_in_order(app: Flask) -> None:
    client = app.test_client()
    for path in ("/docs/%00", "/docs/..%2fwsgi.py", "/docs/nothing.js", "/nothing", "/v1/%00", "/v1/people/"):
        assert problem(client.get(path))["status"] == 404, path
    for path in ("/health/liveness", "/metrics", "/openapi.json", "/docs", "/.well-known/jwks.json"):
        assert problem(client.post(path))["status"] == 405, path


def test_the_token_endpoint_refuses_in_the_form_of_oauth(app: Flask, place: Place) -> None:
    signer = place.cast.crs.signer
    forms: list[dict[str, str]] = [
        {},
        {"grant_type": "password"},
        {"grant_type": "client_credentials", "client_assertion": "\x00"},
        {"grant_type": "client_credentials", "client_assertion_type": "x", "client_assertion": "a.b.c"},
        {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": signer.sign("JWT", {"sub": "a\x00b", "iss": "a\x00b"}),
        },
        {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": signer.sign("JWT", {"sub": ["x"], "iss": 5, "exp": 1e400}),
        },
        {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": "e30.e30.",
        },
    ]
    with place.nothing_stored():
        for form in forms:
            answer = app.test_client().post("/oauth/token", data=form)
            assert answer.status_code in {400, 401}, (form, answer.text)
            assert answer.mimetype == "application/json"
            assert set(answer.get_json()) <= {"error", "error_description"}
            assert answer.headers["X-Request-Id"]


def test_everybody_can_do_something(place: Place) -> None:
    """Else a walk over all routes would prove nothing."""
    assert len(ok(place.officer.get("/v1/referrals"))["items"]) == 2
    for name in ("ap", "crs", "crs_ete", "mappa"):
        assert ok(place.cast.callers[name].get("/v1/destination-referrals"))["items"]
    for name in ("police", "other_police"):
        assert ok(place.cast.callers[name].get("/v1/check-requests"))["items"], name
