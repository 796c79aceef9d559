"""What is refused costs no more than a call that is taken, whatever is made long in it.

CPU and not time is compared, in rounds, with a call of the same operation that is taken: what was not cheap
took hundreds of times as much.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from flask import request_finished
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from service.access.permissions import PERMISSIONS
from tests.conftest import TheClock
from tests.contract import hostile
from tests.contract.conformance import Conformance, Json, conformance_of, operations
from tests.contract.openings import Fixtures, may_call

pytestmark = pytest.mark.long

MOST_TIMES: Final = 10
FLOOR: Final = 0.010
"""Seconds of CPU: below it what is measured is the weather of the machine."""
ROUNDS: Final = 5
NO_ANSWER: Final = 5.0
"""Seconds of CPU after which nothing more need be tried."""


@dataclass(frozen=True)
class Call:
    """A call but for its body."""

    method: str
    path: str
    headers: Mapping[str, str]
    operation: str = ""


@dataclass
class Meter:
    """One caller, whose every call is measured."""

    fixtures: Fixtures
    clock: TheClock
    costly: list[str] = field(default_factory=list)

    def cost(self, call: Call, data: bytes = b"") -> tuple[float, int, bytes]:
        """Make a call; return the seconds of CPU it takes, the status and the answer.

        Making the call ready, and comparing the answer with the document, is not counted.
        """
        self.clock.move(timedelta(seconds=1))
        caller = self.fixtures.caller_of(call.operation)
        headers = Headers({"Authorization": f"Bearer {caller.token()}", **call.headers})
        ready = EnvironBuilder(call.path, method=call.method, headers=headers, data=data).get_environ()
        with request_finished.muted():
            began = time.process_time()
            answer, status, _ = run_wsgi_app(self.fixtures.caller.app, ready, buffered=True)
            taken = time.process_time() - began
        return taken, int(status.split()[0]), b"".join(answer)

    def compare(self, what: str, normal: float, call: Call, data: bytes = b"") -> tuple[int, Json]:
        """Note a call that costs too much; return the status and what is answered."""
        limit = MOST_TIMES * max(normal, FLOOR)
        for _ in range(ROUNDS):
            taken, status, answer = self.cost(call, data)
            if taken < limit or taken > NO_ANSWER:
                break
        if taken >= limit:
            self.costly.append(f"{what}: {taken:.2f} s of CPU, {taken / max(normal, FLOOR):.0f} times")
            assert taken < NO_ANSWER, self.costly
        return status, json.loads(answer) if answer else {}

    def ready(self, path: str, method: str, operation: Json) -> tuple[Call, Any]:
        """Make everything ready for one call that is taken; return it and its body."""
        known = conformance_of(self.fixtures.caller.app)
        name = operation["operationId"]
        asked = {one["name"] for one in map(known.resolve, operation.get("parameters", ()))}
        names = [step[1:-1] for step in path.split("/") if step.startswith("{")]
        opening = self.fixtures.opening(name, names)
        headers = {"Content-Type": "application/json"}
        if "Idempotency-Key" in asked:
            headers["Idempotency-Key"] = str(uuid4())
        if "If-Match" in asked:
            headers["If-Match"] = self.fixtures.tag(name, opening.path)
        where = path.format(**opening.path)
        if opening.query:
            where += "?" + urlencode(opening.query)
        return Call(method.upper(), where, headers, name), opening.body


@pytest.fixture
def meter(fixtures: Fixtures, the_clock: TheClock) -> Meter:
    return Meter(fixtures, the_clock)


def called_by(side: str, known: Conformance, *, body: bool) -> Iterator[tuple[str, str, Json]]:
    """Yield the operations that one kind of caller may call, and that take a body or take none."""
    for path, method, operation in operations(known.spec):
        permission = PERMISSIONS.get(operation.get("x-permission", ""))
        if permission and may_call(permission, side) and ("requestBody" in operation) == body:
            yield path, method, operation


def new_places(places: list[hostile.Place], seen: set[Any]) -> list[hostile.Place]:
    """Return the places that no other operation has, and in any case the first text and the first list."""
    first = {place.is_list: place for place in reversed(places)}.values()
    found = [place for place in places if place in first or (place.owner, place.is_list) not in seen]
    seen |= {(place.owner, place.is_list) for place in places}
    return found


@pytest.mark.parametrize(
    "fixtures",
    ["probation", "destination", "agency", "prison", "administration", "keeper"],
    indirect=True,
)
def test_no_body_costs_more_than_one_that_is_taken(meter: Meter) -> None:
    known = conformance_of(meter.fixtures.caller.app)
    seen: set[Any] = set()
    unread = []
    for operation in called_by(meter.fixtures.side, known, body=True):
        first, name = not seen, operation[2]["operationId"]
        taken, body = meter.ready(*operation)
        normal, status, answer = meter.cost(taken, json.dumps(body).encode())
        assert status < 300, (name, answer)
        call, accepted = meter.ready(*operation)
        for place in new_places(hostile.places(known, operation[2]), seen):
            what = f"{name} {place.pointer}"
            for body in place.bodies(accepted):
                data = json.dumps(body, ensure_ascii=False).encode()
                status, problem = meter.compare(what, normal, call, data)
                assert status in {413, 422}, (what, problem)
            named = {fault["pointer"]: fault["detail"] for fault in problem.get("errors", ())}
            if place.pointer not in named and "Unknown field." not in named.values():
                unread.append((what, problem))
        # They are refused before any schema is known, so that one operation of each caller shows all of them.
        for what, data in list(hostile.too_much().items())[: None if first else 2]:
            status, problem = meter.compare(f"{name} {what}", normal, call, data)
            assert status in {413, 422}, (name, what, problem)
    assert meter.costly == []
    assert unread == [], "refused for something else, so that nothing is shown"
    assert len(seen) > 5


@pytest.mark.parametrize("fixtures", ["probation", "destination"], indirect=True)
def test_no_address_costs_more_than_one_that_is_read(meter: Meter) -> None:
    known = conformance_of(meter.fixtures.caller.app)
    tried = set()
    for path, method, operation in called_by(meter.fixtures.side, known, body=False):
        if method != "get":
            continue
        name = operation["operationId"]
        call, _ = meter.ready(path, method, operation)
        normal, status, answer = meter.cost(call)
        assert status == 200, (name, answer)
        where = call.path.partition("?")[0]
        queries = {query: urlencode({query: hostile.MARKS}) for query in hostile.queries(known, operation)}
        if queries:
            queries |= {"many": "&".join(f"p{n}=1" for n in range(100_000)), "empty": "&" * 500_000}
        for query, text in queries.items():
            status, said = meter.compare(f"{name} ?{query}", normal, replace(call, path=f"{where}?{text}"))
            assert (status, said["type"]) == (414, "/problems/uri-too-long"), (name, query)
            tried.add(query)
        if "{person_id}" in path:
            long = where.replace(meter.fixtures.addresses["person_id"], quote(hostile.MARKS))
            status, _ = meter.compare(f"{name} person_id", normal, replace(call, path=long))
            assert status == 404
    assert meter.costly == []
    assert {"after", "limit"} <= tried


LONG_HEADERS: Final = {
    "Authorization": "Bearer " + "a" * 400_000,
    "Idempotency-Key": "k" * 400_000,
    "If-Match": '"a",' * 100_000,
    "If-None-Match": 'W/"a" , ' * 50_000,
    "X-Request-Id": "r" * 400_000,
    "X-Forwarded-For": "10.0.0.1," * 45_000,
    "Client-Cert": ":" + "A" * 400_000 + ":",
    "Content-Type": "application/json;" + "a=b;" * 2_000,
    "Accept": "text/plain," * 40_000,
    "Cookie": "a=b;" * 100_000,
}


@pytest.mark.parametrize("fixtures", ["probation"], indirect=True)
def test_no_header_costs_more_than_a_call_without(meter: Meter) -> None:
    known = conformance_of(meter.fixtures.caller.app)
    everything = {
        operation["operationId"]: (path, method, operation)
        for path, method, operation in operations(known.spec)
    }
    for name in ("read_referral", "amend_referral"):
        call, body = meter.ready(*everything[name])
        data = json.dumps(body).encode() if body else b""
        normal, status, answer = meter.cost(call, data)
        assert status == 200, (name, answer)
        for header, value in LONG_HEADERS.items():
            with_header = replace(call, headers={**call.headers, header: value})
            # A header may cost what was allowed to it before, beside what the call costs anyway.
            meter.compare(f"{name} {header}", FLOOR + normal / MOST_TIMES, with_header, data)
    assert meter.costly == []


@pytest.mark.parametrize("fixtures", ["probation"], indirect=True)
def test_no_token_request_costs_more_than_one_that_is_granted(meter: Meter) -> None:
    known = conformance_of(meter.fixtures.caller.app)
    form = meter.fixtures.opening("issue_token", ()).body
    call = Call("POST", "/oauth/token", {"Content-Type": "application/x-www-form-urlencoded"})
    normal, status, answer = meter.cost(call, urlencode(form).encode())
    assert status == 200, answer
    (content,) = known.by_id["issue_token"]["requestBody"]["content"].values()
    names = list(known.resolve(content["schema"])["properties"])
    assert "client_assertion" in names
    for name in [*names, "nobody_asked"]:
        for text, refusal in ((hostile.MARKS, 413), (hostile.MARKS[:2500], 400), ("a " * 8000, 400)):
            fresh = meter.fixtures.opening("issue_token", ()).body
            status, said = meter.compare(
                f"{name} {len(text)}", normal, call, urlencode({**fresh, name: text}).encode()
            )
            known_to_fail = status == (401 if name == "client_assertion" and refusal == 400 else refusal)
            assert known_to_fail or (name == "nobody_asked" and status == 200), (name, len(text), said)
    for what, data in {
        "many": "&".join(f"p{n}=1" for n in range(100_000)),
        "the most": "&".join(f"p{n}=" for n in range(4_000)),
        "empty": "&" * 32_000,
        "twice": "a&" * 16_000,
    }.items():
        status, said = meter.compare(what, normal, call, data.encode())
        assert status in {400, 401, 413}, (what, said)
    with_query = replace(call, path="/oauth/token?" + "a&" * 200_000)
    assert meter.compare("query", normal, with_query, urlencode(form).encode())[0] == 400
    assert meter.costly == []
