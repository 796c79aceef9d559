"""Reading: a poll with nothing new, a poll of 100 events, a destination's document."""

from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import httpx

from benchmarks import statements
from benchmarks.fixtures import Fixtures
from benchmarks.load import Load, get, press
from benchmarks.verdict import Verdict

CONNECTIONS: Final = 8
PAGE: Final = 100


@dataclass(frozen=True)
class Race:
    """A request to the API and one to a bare route, measured alternately."""

    work: str
    floor: str
    reach: float
    ours: bytes
    bare: bytes
    expect: int
    facts: dict[str, Any]


def measure(fixtures: Fixtures, *, rounds: int, seconds: float) -> list[Verdict]:
    """Measure all three, in interleaved rounds.

    Args:
        rounds: how many; one more goes before them to warm up and is not counted.
        seconds: of load in each round, for each side.
    """
    document = _document(fixtures)  # makes an event, after which nothing may be new
    races = [_nothing_new(fixtures), _hundred_events(fixtures), document]
    ran: dict[str, list[tuple[Load, Load]]] = {race.work: [] for race in races}
    for number in range(rounds + 1):
        for race in races:
            pair = _run(fixtures, race, seconds if number else seconds / 2, ours_first=number % 2 == 0)
            if number:
                ran[race.work].append(pair)
    return [_verdict(race, ran[race.work]) for race in races]


def _run(fixtures: Fixtures, race: Race, seconds: float, *, ours_first: bool) -> tuple[Load, Load]:
    def load(address: tuple[str, int], request: bytes) -> Load:
        return press(address, request, expect=race.expect, connections=CONNECTIONS, seconds=seconds)

    if ours_first:
        ours = load(fixtures.api, race.ours)
        return ours, load(fixtures.floor, race.bare)
    bare = load(fixtures.floor, race.bare)
    return load(fixtures.api, race.ours), bare


def _verdict(race: Race, pairs: list[tuple[Load, Load]]) -> Verdict:
    ours, bare = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Verdict(
        race.work,
        race.floor,
        [one.per_second / other.per_second for one, other in pairs],
        "higher",
        race.reach,
        race.facts
        | {
            "connections": CONNECTIONS,
            "requests_per_second_here": round(median(one.per_second for one in ours)),
            "floor_requests_per_second_here": round(median(one.per_second for one in bare)),
            "p99_ms_here": round(median(_p99(one) for one in ours) * 1000, 1),
        },
    )


def _p99(load: Load) -> float:
    return sorted(load.latencies)[int(len(load.latencies) * 0.99)]


def _nothing_new(fixtures: Fixtures) -> Race:
    token = fixtures.token("probation")
    path, more = "/v1/events?limit=500", True
    while more:
        answer = _read(fixtures, token, path)
        more, path = answer["more"], f"/v1/events?limit=500&after={answer['next']}"
    tag = httpx.get(f"{fixtures.issuer}{path}", headers=_bearer(token)).headers["ETag"]
    headers = _bearer(token) | {"If-None-Match": tag}
    return Race(
        "a poll with nothing new: authenticated, 304",
        "a bare Flask route that answers 304",
        0.5,
        get(path, headers),
        get("/nothing-new", {}),
        304,
        {"statements": len(_watched(fixtures, path, headers, 304))},
    )


def _hundred_events(fixtures: Fixtures) -> Race:
    token, path = fixtures.token("probation"), f"/v1/events?limit={PAGE}"
    if len(_read(fixtures, token, path)["items"]) != PAGE:
        raise ValueError("the feed is too short to measure")
    seen = _watched(fixtures, path, _bearer(token), 200)
    # The rows, and beforehand who asks, without which the database shows none.
    needed = [one for one in seen if "JOIN feed_entry" in one[0] or "app.organisation" in one[0]]
    statements.write_down(needed, fixtures.var / "events.statements")
    bare = httpx.get(f"http://{fixtures.floor[0]}:{fixtures.floor[1]}/statements/events", timeout=30).json()
    if len(bare) <= PAGE:
        raise ValueError("the bare route does not see the feed")
    return Race(
        "a poll of 100 events",
        "a bare Flask route: the same rows by psycopg, json.dumps",
        0.7,
        get(path, _bearer(token)),
        get("/statements/events", {}),
        200,
        {"statements": len(seen)},
    )


def _document(fixtures: Fixtures) -> Race:
    token = fixtures.token("crs")
    listed = _read(fixtures, token, "/v1/destination-referrals?limit=1")["items"]
    path = f"{listed[0]['href']}/document"
    _read(fixtures, token, path)  # the first reading is the receipt, and moves it
    seen = _watched(fixtures, path, _bearer(token), 200)
    statements.write_down(seen, fixtures.var / "document.statements")
    return Race(
        "reading a destination's document: projected, audited",
        "a bare Flask route: the same statements by psycopg, json.dumps",
        0.5,
        get(path, _bearer(token)),
        get("/statements/document", {}),
        200,
        {"statements": len(seen)},
    )


def _read(fixtures: Fixtures, token: str, path: str) -> dict[str, Any]:
    answer = httpx.get(f"{fixtures.issuer}{path}", headers=_bearer(token), timeout=30)
    answer.raise_for_status()
    read: dict[str, Any] = answer.json()
    return read


def _watched(
    fixtures: Fixtures, path: str, headers: dict[str, str], expect: int
) -> list[statements.Statement]:
    """Return what the API asks of the database for one request, except for counting calls now and then."""
    client = fixtures.app.test_client()
    client.get(path, headers=headers)  # what is looked up once and kept is kept by now
    with statements.watched() as seen:
        answer = client.get(path, headers=headers)
    if answer.status_code != expect:
        raise ValueError(f"{path} answered {answer.status_code}")
    return [one for one in seen if "call_count" not in one[0]]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
