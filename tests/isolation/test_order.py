"""Every list with an `order`, by every caller: from either end the same items, page by page."""

from itertools import islice

from flask import Flask

from tests.cast import Caller
from tests.faults.calling import may
from tests.faults.fixtures import CRN, Place
from tests.faults.routes import Route, about_cases
from tests.faults.things import addresses, things_of
from tests.journeys.driver import Json, ok

GROUPED = {"/v1/people/<uuid:person_id>/reviews": "state"}
"""Lists that put what is finished last, whichever end comes first."""
COUNTED = {"/v1/agreements": "state", "/v1/check-requests": "state", "/v1/destination-referrals": "state"}
"""Lists that are counted by a member of their items. Referrals and cases have tests of their own."""
OF_ONE = {
    "/v1/people/<uuid:person_id>/disclosure-decisions",
    "/v1/transfers",
    "/v1/destination-referrals/<uuid:destination_referral_id>/messages",
    "/v1/destination-referrals/<uuid:destination_referral_id>/updates",
}
"""Lists that have one item here, and nothing to turn round: tests/referrals/test_lists.py fills them."""
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


def test_a_list_with_an_order_is_read_from_either_end(place: Place, app: Flask) -> None:
    ordered = {route.rule: route for route in about_cases(app) if "order" in route.queries}
    assert ordered.keys() == {
        "/v1/agreements",
        "/v1/check-requests",
        "/v1/destination-referrals",
        "/v1/destination-referrals/<uuid:destination_referral_id>/messages",
        "/v1/destination-referrals/<uuid:destination_referral_id>/updates",
        "/v1/escalations",
        "/v1/people",
        "/v1/people/<uuid:person_id>/changes-of-circumstance",
        "/v1/people/<uuid:person_id>/checks",
        "/v1/people/<uuid:person_id>/disclosure-decisions",
        "/v1/people/<uuid:person_id>/reviews",
        "/v1/people/<uuid:person_id>/rosh",
        "/v1/referrals",
        "/v1/referrals/<uuid:referral_id>/versions",
        "/v1/transfers",
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
    for route in about_cases(app):
        if route.rule not in COUNTED or route.method != "GET":
            continue
        for name, caller in {**place.callers(), "spo": place.story.spo}.items():
            if not may(caller, route.permission):
                continue
            answer = caller.get(route.path({}), limit=500, counts="yes")
            if route.rule == "/v1/check-requests" and caller.practitioner is not None:
                assert answer.status_code == 422, "a region's requests are asked about one by one"
                continue
            if answer.status_code == 422:
                continue
            every, counted = ok(answer)["items"], dict[str, int]()
            for one in every:
                state = one[COUNTED[route.rule]]
                counted[state] = counted.get(state, 0) + 1
            assert ok(answer)["counts"] == counted, (name, route.rule)
            narrowed = [state for state in counted if "state" in route.queries]
            for state in narrowed:
                one = ok(caller.get(route.path({}), state=state, counts="yes"))
                assert one["counts"] == {state: counted[state]}, (name, route.rule)
            assert ok(caller.get(route.path({})))["counts"] is None
