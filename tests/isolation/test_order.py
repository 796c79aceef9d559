"""Every list with an `order`, by every caller: from either end the same items, page by page."""

from collections.abc import Iterator
from itertools import islice

import pytest
from flask import Flask

from tests.cast import Caller
from tests.faults.calling import may
from tests.faults.fixtures import CRN, Place
from tests.faults.routes import Route, about_cases
from tests.faults.things import addresses, things_of
from tests.journeys.driver import Json, ok

pytestmark = pytest.mark.long

GROUPED = {"/v1/people/<uuid:person_id>/reviews": "state"}
"""Lists that put what is finished last, whichever end comes first."""
COUNTED_BY_MORE = {"/v1/people", "/v1/referrals", "/v1/releases"}
"""Lists that are not counted by a member of their items: they have tests of their own."""
COUNTED_BY_KIND = {
    "/v1/destination-referrals/<uuid:destination_referral_id>/changes-of-circumstance",
    "/v1/people/<uuid:person_id>/addresses",
    "/v1/people/<uuid:person_id>/changes-of-circumstance",
    "/v1/work",
}
"""Lists that are counted by the kind of their items; the others are by their state."""
OF_ONE = {
    "/v1/checks",
    "/v1/people/<uuid:person_id>/proposals",
    "/v1/people/<uuid:person_id>/share-requests",
    "/v1/transfers",
    "/v1/destination-referrals/<uuid:destination_referral_id>/concerns",
    "/v1/destination-referrals/<uuid:destination_referral_id>/messages",
    "/v1/destination-referrals/<uuid:destination_referral_id>/updates",
}
"""Lists with one item here or none, and nothing to turn round: the tests of their packages fill them."""
MOST = 12


def pages(caller: Caller, path: str, order: str, limit: int) -> list[Json]:
    """Return the items of the first pages."""
    found, after = list[Json](), dict[str, str]()
    while len(found) < MOST:
        page = ok(caller.get(path, order=order, limit=limit, **after))
        found += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    return found


def keys(items: list[Json]) -> list[str]:
    return [str(one.get("id", one.get("number"))) for one in items]


def read(place: Place, route: Route) -> dict[str, tuple[Caller, str]]:
    """Return who finds something in a list, and at which address."""
    found: dict[str, tuple[Caller, str]] = {}
    for name, caller in {**place.callers(), "spo": place.story.spo}.items():
        if not may(caller, route.permission):
            continue
        some = addresses(route, things_of(place, CRN)) if route.parameters else iter([route.path({})])
        for path in islice(some, 8):
            answer = caller.get(path, limit=500)
            if answer.status_code == 200 and len(answer.get_json()["items"]) > 1:
                found[name] = (caller, path)
                break
    return found


def lists_with(app: Flask, parameter: str) -> list[Route]:
    """Return the lists about cases that take a parameter; webhooks have a test of their own."""
    return [
        route
        for route in about_cases(app)
        if parameter in route.queries and not route.rule.startswith("/v1/webhooks")
    ]


def test_a_list_with_an_order_is_read_from_either_end(place: Place, app: Flask) -> None:
    ordered = {route.rule: route for route in lists_with(app, "order")}
    assert ordered.keys() == {
        "/v1/agreements",
        "/v1/check-requests",
        "/v1/checks",
        "/v1/checks/<uuid:check_id>/timeline",
        "/v1/destination-referrals",
        "/v1/destination-referrals/<uuid:destination_referral_id>/changes-of-circumstance",
        "/v1/destination-referrals/<uuid:destination_referral_id>/concerns",
        "/v1/destination-referrals/<uuid:destination_referral_id>/messages",
        "/v1/destination-referrals/<uuid:destination_referral_id>/updates",
        "/v1/escalations",
        "/v1/overdue",
        "/v1/people",
        "/v1/people/<uuid:person_id>/addresses",
        "/v1/people/<uuid:person_id>/changes-of-circumstance",
        "/v1/people/<uuid:person_id>/checks",
        "/v1/people/<uuid:person_id>/contacts",
        "/v1/people/<uuid:person_id>/disclosure-decisions",
        "/v1/people/<uuid:person_id>/proposals",
        "/v1/people/<uuid:person_id>/reviews",
        "/v1/people/<uuid:person_id>/rosh",
        "/v1/people/<uuid:person_id>/share-requests",
        "/v1/people/<uuid:person_id>/shares",
        "/v1/people/<uuid:person_id>/timeline",
        "/v1/referrals",
        "/v1/referrals/<uuid:referral_id>/timeline",
        "/v1/referrals/<uuid:referral_id>/versions",
        "/v1/releases",
        "/v1/transfers",
        "/v1/work",
    }
    alone = set()
    for rule, route in ordered.items():
        readers = read(place, route)
        if not readers:
            alone.add(rule)
        for caller, path in readers.values():
            every = ok(caller.get(path, limit=500))["items"]
            assert keys(every) == keys(ok(caller.get(path, limit=500, order="oldest"))["items"]), path
            backwards = ok(caller.get(path, limit=500, order="newest"))["items"]
            if rule in GROUPED:
                done = [one for one in every if one[GROUPED[rule]] == "completed"]
                expected = keys(every)[: len(every) - len(done)][::-1] + keys(done)[::-1]
            else:
                expected = keys(every)[::-1]
            assert keys(backwards) == expected, path
            for order, whole in (("oldest", keys(every)), ("newest", expected)):
                some = keys(pages(caller, path, order, 2))
                assert some == whole[: len(some)], (path, order)
                assert len(some) == len(set(some)) >= min(MOST, len(whole)), (path, order)
    assert alone == OF_ONE


def test_what_is_counted_is_what_is_listed(place: Place, app: Flask) -> None:
    something = set()
    for route in lists_with(app, "counts"):
        if route.rule in COUNTED_BY_MORE:
            continue
        member = "kind" if route.rule in COUNTED_BY_KIND else "state"
        of_one = {"referral_id": place.referral["id"]} if route.rule == "/v1/checks" else {}
        for name, caller, path in everybody(place, route):
            answer = caller.get(path, limit=500, counts="yes", **of_one)
            if answer.status_code in {404, 422}:
                continue
            every, counted = ok(answer)["items"], dict[str, int]()
            for one in every:
                counted[one[member]] = counted.get(one[member], 0) + 1
            assert ok(answer)["counts"] == counted, (name, path)
            for state in counted if "state" in route.queries else ():
                one = ok(caller.get(path, state=state, counts="yes"))
                assert one["counts"] == {state: counted[state]}, (name, path)
            assert ok(caller.get(path, **of_one))["counts"] is None
            something |= {route.rule} if counted else set()
    assert len(something) > 5


def everybody(place: Place, route: Route) -> Iterator[tuple[str, Caller, str]]:
    """Yield every caller who may read a list, with some of the addresses of it."""
    for name, caller in {**place.callers(), "spo": place.story.spo}.items():
        if may(caller, route.permission):
            some = addresses(route, things_of(place, CRN)) if route.parameters else iter([route.path({})])
            for path in islice(some, 8):
                yield name, caller, path
