"""Every route, called by every caller for others' resources: 404, with an entry on the audit trail."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count, islice, product
from types import FunctionType, ModuleType
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import bindparam, select, true
from werkzeug.test import TestResponse

from benchmarks.statements import watched
from service.access.permissions import PERMISSIONS
from service.agreements import queries as agreements
from service.agreements.model import Agreement
from service.checks import queries as checks
from service.checks.model import Check, CheckRequest
from service.circumstances import queries as circumstances
from service.circumstances.model import Change
from service.events.webhooks import queries as webhooks
from service.events.webhooks.model import WebhookEndpoint
from service.people import transfer_queries, visibility
from service.people.model import Person, Transfer
from service.referrals import queries as referrals
from service.referrals.model import DestinationReferral, Referral
from service.timers import queries as timers
from service.timers.versions import queries as versions
from tests.cast import Caller
from tests.conftest import TheClock
from tests.faults.calling import NOWHERE, may
from tests.faults.fixtures import RESTRICTED, Place, problem
from tests.faults.routes import Route, about_cases, routes_of
from tests.faults.things import addresses, things_of
from tests.faults.writes import writes
from tests.isolation.fixtures import NO_LONGER_SHARED, SHARED, THEIR_OWN
from tests.isolation.whose import Ownership, ownership
from tests.journeys.driver import Json, ok
from tests.rows import REFUSALS

pytestmark = pytest.mark.long

_minutes = count(1)

OPEN_TO_ANYBODY = {
    "oauth.issue_token",
    "oauth.list_signing_keys",
    "oauth.describe_authorization_server",
    "documentation.show_page",
    "documentation.show_asset",
    "documentation.show_document",
    "health.read_liveness",
    "health.read_readiness",
    "health.read_metrics",
}
"""Routes that need no token: none of them can show personal data."""

TABLES = {
    "address_id": "address",
    "agreement_id": "agreement",
    "change_id": "change_of_circumstance",
    "check_id": "safety_check",
    "concern_id": "change_of_circumstance",
    "contact_id": "contact",
    "person_id": "person",
    "exclusion_id": "restriction",
    "share_id": "sight",
    "proposal_id": "proposal_decision",
    "share_request_id": "share_request",
    "transfer_id": "transfer",
    "delivery_id": "webhook_delivery",
    "escalation_id": "clock_firing",
    "destination_referral_id": "destination_referral",
    "move_id": "destination_move",
    "referral_id": "referral",
    "request_id": "check_request",
    "result_id": "check_result",
    "review_id": "review",
    "decision_id": "disclosure_decision",
    "right_to_know_id": "right_to_know",
    "subject_access_id": "subject_access",
    "update_id": "destination_update",
    "webhook_id": "webhook_endpoint",
    "staff_id": "staff",
}
"""Where what a path names is kept."""

OF_EVERYBODY = {"number": "1", "policy_key": "police_da.allocation"}
"""What a path names that is not of one organisation."""

Bodies = dict[tuple[str, str], Json]


@pytest.fixture(scope="module")
def whose(filled: tuple[Place, object]) -> Ownership:
    return ownership(filled[0])


@pytest.fixture(autouse=True)
def in_a_minute_of_its_own(place: Place, the_clock: TheClock) -> None:
    """A walk calls every address with every id: what one is allowed is no part of the next one's."""
    del place  # which sets the clock
    the_clock.move(timedelta(minutes=next(_minutes)))


@pytest.fixture
def bodies(place: Place, app: Flask) -> Bodies:
    """Bodies that would be taken, by method and rule."""
    found: Bodies = {}
    with app.test_request_context():
        urls = app.url_map.bind("")
        for write in writes(place).values():
            rule, _ = urls.match(write.path, write.method, return_rule=True)
            found[write.method, rule.rule] = write.body
    decision = "/v1/people/<uuid:person_id>/proposals/<uuid:proposal_id>/decision"
    found["POST", decision] = {"taken": False, "reason": "It is on record already."}
    return found


EVERY_ROW = "CREATE OR REPLACE FUNCTION on_every_row() RETURNS boolean LANGUAGE sql STABLE RETURN {}"


@pytest.fixture(params=["both walls", "the first wall alone", "the second wall alone"])
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, place: Place) -> Iterator[str]:
    """Take one wall out: the policies then allow every row, or every query asks for everything there is."""
    if request.param == "the second wall alone":
        _without_the_first(monkeypatch)
    if request.param == "the first wall alone":
        (before,) = place.rows("SELECT pg_get_functiondef('on_every_row'::regproc)")
        _redefine(place, EVERY_ROW.format("true"))
    yield request.param
    if request.param == "the first wall alone":
        _redefine(place, before[0])


def _redefine(place: Place, function: str) -> None:
    with psycopg.connect(place.server, dbname=place.database) as connection:
        connection.execute(function.encode())


_PARTS = referrals._with_referral()  # each with its referral, as those that it stands for
FIRST_WALL: dict[Callable[..., Any], Callable[..., Any]] = {
    visibility.visible_to: lambda _actor, _section=None, **_: select(Person.id),
    visibility.open_to_change: lambda _actor: select(Person.id),
    transfer_queries.transfers_visible_to: lambda _actor: select(Transfer),
    agreements.visible_to: lambda _actor: select(Agreement),
    checks.visible_checks: lambda _actor: select(Check),
    checks.visible_requests: lambda _actor: select(CheckRequest),
    referrals.referrals_visible_to: lambda _actor: select(Referral),
    referrals.parts_visible_to: lambda _actor: _PARTS,
    referrals.part_visible_to: lambda _actor: _PARTS.where(DestinationReferral.id == bindparam("part_id")),
    circumstances.changes_visible_to: lambda _actor: select(Change),
    timers.visible_to: lambda _actor: true(),
    webhooks.visible_to: lambda _actor: select(WebhookEndpoint),
}
"""Every query that keeps to what a caller may know of, and the same without that."""

OF_NOBODY = {versions.visible_to}
"""Policies say nothing of anybody: no row is closed to a caller."""


def named_in_the_service() -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield every name of every module of the service, also those that another module has imported."""
    for module in [one for name, one in sys.modules.items() if name.startswith("service.")]:
        for name, value in list(vars(module).items()):
            if isinstance(value, FunctionType):
                yield module, name, value


def _without_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in named_in_the_service():
        if value in FIRST_WALL:
            monkeypatch.setattr(module, name, FIRST_WALL[value])


def test_the_first_wall_is_all_here() -> None:
    """A wall that has moved to another module, or a new part of it, is not taken out by an old list."""
    found = {value for _, _, value in named_in_the_service() if "visible" in value.__name__.split("_")}
    assert found == FIRST_WALL.keys() - {visibility.open_to_change} | OF_NOBODY


def table_of(route: Route, parameter: str) -> str:
    return (
        "check_review" if (parameter, "/checks/" in route.rule) == ("review_id", True) else TABLES[parameter]
    )


def call(caller: Caller, route: Route, path: str, bodies: Bodies) -> TestResponse:
    """Call a route with everything in place, but for something that is not the caller's."""
    if route.method == "GET":
        return caller.get(path)
    send = {"POST": caller.post, "PUT": caller.put}.get(route.method, caller.patch)
    body = bodies.get((route.method, route.rule), {})
    return send(path, json=body, if_match='"x"', headers={"Idempotency-Key": "isolation"})


def one_of_each(whose: Ownership, table: str, some: set[str]) -> list[str]:
    """Return one of those things for every combination of organisations that may see it."""
    seen_by: dict[str, set[str]] = {key: set() for key in some}
    for key, org, person in whose.rows[table]:
        if key in some:
            seen_by[key] |= {org} | ({"restricted"} if person in whose.restricted else set())
    return sorted({frozenset(orgs): key for key, orgs in sorted(seen_by.items())}.values())


def foreign(place: Place, whose: Ownership, route: Route, caller: Caller) -> Iterator[dict[str, str]]:
    """Name what is not the caller's; below something of another's, and below its own, too."""
    mine: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for parameter in route.parameters:
        if parameter in OF_EVERYBODY:
            mine[parameter], others[parameter] = [OF_EVERYBODY[parameter]], []
            continue
        table = table_of(route, parameter)
        owned = whose.of(table, caller)
        every = {key for key, _, _ in whose.rows[table]}
        if table == "staff":  # the same id may be of somebody else in each organisation
            own = {key.split()[1] for key in owned}
            mine[parameter] = sorted(own)[:1]
            others[parameter] = sorted({key.split()[1] for key in every} - own)[:3]
            continue
        mine[parameter] = one_of_each(whose, table, owned)[:1]
        others[parameter] = one_of_each(whose, table, every - owned)
    for places in product(*([(p, False), (p, True)] for p in route.parameters)):
        if all(own for _, own in places):
            continue
        named = [mine[p] if own or p in OF_EVERYBODY else others[p] for p, own in places]
        if all(own or p in OF_EVERYBODY for p, own in places):
            continue
        for values in zip(*_of_one_length(named), strict=True):
            yield dict(zip(route.parameters, values, strict=True))


def _of_one_length(lists: list[list[str]]) -> list[list[str]]:
    longest = max(map(len, lists)) if all(lists) else 0
    return [[one[index % len(one)] for index in range(longest)] for one in lists]


def how_many(route: Route) -> int | None:
    """Return how many things to try: all of them where something is found or not, fewer below it."""
    return None if route.rule.endswith("_id>") or len(route.parameters) > 1 else 2


def of_somebody(route: Route) -> bool:
    """Return whether a path of this route names something that is not everybody's."""
    return not set(route.parameters) <= OF_EVERYBODY.keys()


def denied(place: Place) -> int:
    """Return how many refusals there were."""
    return int(place.rows(REFUSALS)[0][0])


def test_every_route_says_what_it_permits_or_is_open_to_anybody(app: Flask) -> None:
    silent = {name for name, view in app.view_functions.items() if "permission" not in vars(view)}
    assert silent == OPEN_TO_ANYBODY
    said = {vars(view)["permission"] for name, view in app.view_functions.items() if name not in silent}
    assert said == PERMISSIONS.keys()
    assert {route.rule for route in routes_of(app)} == {
        rule.rule for rule in app.url_map.iter_rules() if rule.endpoint not in OPEN_TO_ANYBODY
    }


def test_no_caller_reaches_the_resources_of_others(
    place: Place, app: Flask, whose: Ownership, bodies: Bodies, walls: str
) -> None:
    callers = {**place.callers(), "spo": place.story.spo}
    tried: dict[str, int] = {}
    holders = {str(person): str(org) for person, org in place.rows("SELECT id, holder_id FROM person")}
    shared = {
        name: {
            key
            for table in set(TABLES.values())
            for seen in [whose.of(table, caller)]
            for key, _, person in whose.rows[table]
            if person is not None and key in seen and holders[person] != str(caller.organisation_id)
        }
        for name, caller in callers.items()
    }
    """What each reads of records that another region holds: to change it is refused as such."""
    begun = place.rows(
        "SELECT id, probation_id FROM safety_check UNION SELECT id, probation_id FROM referral"
    )
    for name, caller in callers.items():
        # What another region began before a record had one holder is still its own.
        shared[name] |= {str(key) for key, org in begun if str(org) != str(caller.organisation_id)}
    with place.nothing_stored():
        before, refused = denied(place), 0
        for route in about_cases(app):
            for name, caller in callers.items():
                expected = 404 if may(caller, route.permission) else 403
                if not of_somebody(route) or (
                    walls == "the first wall alone" and "webhook_id" in route.parameters
                ):
                    continue  # of a region's own deliveries the database alone says which are closed
                most = how_many(route) if expected == 404 else 1
                for values in islice(foreign(place, whose, route, caller), most):
                    path = route.path(values)
                    said = problem(call(caller, route, path, bodies))
                    # What is below a record that is only read may be refused as that first.
                    writes = route.method != "GET" and values[route.parameters[0]] in shared[name]
                    assert said["status"] in ({expected, 409} if writes else {expected}), (name, route, said)
                    refused += said["status"] != 409
                    tried[route.rule] = tried.get(route.rule, 0) + 1
        assert denied(place) - before == refused
    assert tried.keys() == {
        route.rule
        for route in about_cases(app)
        if of_somebody(route) and not (walls == "the first wall alone" and "webhook_id" in route.parameters)
    }
    assert min(tried.values()) >= 5


@pytest.mark.usefixtures("walls")
def test_no_list_names_anything_of_anybody_elses(place: Place, app: Flask, whose: Ownership) -> None:
    for name, caller in place.callers().items():
        others = {
            key: table
            for table in set(TABLES.values())
            for key in {key for key, _, _ in whose.rows[table]} - whose.of(table, caller)
        }
        if name == "stranger":
            # Every check belongs to a referral: its id, shown with a shared check, tells nothing.
            shared = place.rows(
                "SELECT r.id FROM referral r JOIN person p ON p.id = r.person_id WHERE p.crn = ANY (%s)",
                [crn for crn, sections in SHARED.items() if "checks" in sections],
            )
            others = {
                key: table for key, table in others.items() if key not in {str(row[0]) for row in shared}
            }
        for route in about_cases(app):
            if route.method != "GET" or route.parameters or not may(caller, route.permission):
                continue
            if route.rule in ("/v1/events", "/v1/audit/entries"):
                continue  # a feed names what its organisation was once told of; the trail is for oversight
            query: Json = {"limit": 500} if "limit" in route.queries else {}
            for referral in place.ids("referral") if route.rule == "/v1/checks" else [None]:
                answer = caller.get(
                    route.path({}), **query, **({"referral_id": referral} if referral else {})
                )
                assert answer.status_code == 200, (name, route, answer.text)
                assert {(key, others[key]) for key in others if key in answer.text} == set(), (name, route)


def test_a_feed_read_for_somebody_who_is_not_named_keeps_its_places_and_tells_nothing(place: Place) -> None:
    """The region's system learns that something happened; the practitioner who is not named does not."""
    limited = "SELECT e.id FROM event e JOIN person p ON p.id = e.person_id WHERE p.restricted"
    # Nobody of the region is named for somebody with whom another one works.
    elsewhere = (
        "SELECT e.id FROM event e JOIN person p ON p.id = e.person_id"
        f" WHERE e.name = 'person.submitted_elsewhere' AND p.crn = '{THEIR_OWN}'"
    )

    def read(caller: Caller) -> list[Json]:
        return list(ok(caller.get("/v1/events", limit=500))["items"])

    def withheld(known: Json) -> Json:
        return {
            "position": known["position"],
            "id": known["id"],
            "event": "entry.withheld",
            "subject": {"kind": "event", "id": known["id"], "href": None},
            "referral_id": None,
            "version": None,
            "occurred_at": None,
            "data": {},
        }

    def shown(known: Json) -> Json:
        # Whoever is named reads on the held record what the system reads on the side record of its region.
        asked = known["event"] in {"person.submitted_elsewhere", "person.share_requested"}
        at = {"href": f"/v1/people/{known['subject']['id']}"} if asked else {}
        return known | {"subject": known["subject"] | at}

    system, named, colleague = (
        read(place.cast.probation),
        read(place.officer),
        read(place.callers()["colleague"]),
    )
    # And what somebody who is not named submitted for a limited case is that practitioner's alone.
    aside = "SELECT e.id FROM event e JOIN person p ON p.id = e.person_id WHERE p.limited_to <> '{}'"
    excluded = (
        f"SELECT e.id FROM event e JOIN person p ON p.id = e.person_id WHERE p.crn = '{NO_LONGER_SHARED}'"
    )
    theirs = place.callers()["colleague"].practitioner
    assert theirs is not None
    for seen, closed in (
        (named, (elsewhere, aside.format("p.shah"))),
        (colleague, (elsewhere, limited, aside.format(theirs.id), excluded)),
    ):
        ids = {str(row[0]) for query in closed for row in place.rows(query)}
        assert {one["id"] for one in system} & ids
        assert seen == [withheld(one) if one["id"] in ids else shown(one) for one in system]
    assert {one["event"] for one in colleague} > {"entry.withheld"}
    assert place.restricted["id"] in {one["referral_id"] for one in system}
    assert place.restricted["id"] not in {one["referral_id"] for one in colleague}


def test_no_feed_names_a_referral_to_anybody_but_the_region_whose_it_is(place: Place) -> None:
    """Two destinations that compare their feeds cannot tell by them that they work with the same person."""
    whose = {str(row[0]): str(row[1]) for row in place.rows("SELECT id, probation_id FROM referral")}
    for name, caller in place.cast.callers.items():
        if name in {"oversight", "administration", "prison"}:
            continue
        told = ok(caller.get("/v1/events", limit=500))
        known = {one for one, region in whose.items() if region == str(caller.organisation_id)}
        assert {one for one in whose if one in str(told)} <= known, name
        named = {entry.get("referral_id") for entry in told["items"]} - {None}
        assert named == known, name


def test_a_refusal_costs_the_same_whether_there_is_something_or_nothing(
    place: Place, app: Flask, bodies: Bodies
) -> None:
    things = things_of(place, RESTRICTED)
    things["webhook_id"], things["delivery_id"] = place.ids("webhook_endpoint"), place.ids("webhook_delivery")
    nothing = {name: [NOWHERE] for name in things} | {"number": ["1"]}
    caller = place.callers()["colleague"]
    caller.token()
    for route in about_cases(app):
        if not route.parameters or not may(caller, route.permission) or "webhook_id" in route.parameters:
            continue
        (absent,) = addresses(route, nothing)
        (there, *_) = addresses(route, things)
        call(caller, route, absent, bodies)  # what is looked up once for each process is looked up by now
        asked: list[list[str]] = []
        for path in (absent, there):
            with watched() as seen:
                assert call(caller, route, path, bodies).status_code == 404
            # Calls are counted a few at a time.
            asked.append([statement for statement, _ in seen if "call_count" not in statement])
        assert asked[0] == asked[1], route
