"""What one more row of a page costs: no statement, and few calls of functions, on pages of real rows.

Calls are counted and not timed: `make bench` times.
"""

from collections import Counter
from collections.abc import Iterator
from types import CodeType

import psycopg
import pytest
from flask import Flask

from benchmarks.statements import watched
from service import cache_invalidation
from tests.calls import counted, of_the_service
from tests.cast import Caller
from tests.conftest import TheClock
from tests.faults.fixtures import Place, prepared_place
from tests.grown import grow
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

FEW, MANY = 5, 50
COPIES = 60
"""Of one case with five destinations and three check requests: more than a page of each list."""
WITH_LIBRARIES = 600
"""Calls for one more row, those of SQLAlchemy, marshmallow and psycopg among them; an audit entry is half."""
OF_A_CHECK = 1045
"""Calls for one more check: each has a request in it, which is a row of its own."""

CYCLES = """
    INSERT INTO safety_check SELECT (jsonb_populate_record(first, jsonb_build_object(
        'id', md5(first.id::text || number)::uuid, 'cycle', number, 'trigger_event', 'again-' || number,
        'previous_id', CASE WHEN number = 2 THEN first.id ELSE md5(first.id::text || number - 1)::uuid END
    ))).*
    FROM safety_check first, generate_series(2, 60) AS number
    WHERE first.referral_id = %(referral)s AND first.cycle = 1 AND first.kind = 'police_da'
"""
REQUESTS = """
    INSERT INTO check_request SELECT (jsonb_populate_record(request, jsonb_build_object(
        'id', md5(request.id::text || again.cycle)::uuid, 'check_id', again.id, 'carried_over', true))).*
    FROM check_request request JOIN safety_check first ON first.id = request.check_id
    JOIN safety_check again ON (again.referral_id, again.kind) = (first.referral_id, first.kind)
    WHERE first.referral_id = %(referral)s AND first.cycle = 1 AND again.cycle > 1
"""
"""One referral whose check was raised again and again, each time with the same requests."""


def submit(place: Place) -> None:
    place.referral = place.story.submit(darren_and_toby())


@pytest.fixture(scope="module")
def grown(server: str, template: str, app: Flask) -> Iterator[tuple[Place, TheClock]]:
    with prepared_place(server, template, app, submit) as (place, still):
        grow(server, place.database, COPIES)
        with psycopg.connect(server, dbname=place.database) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in (CYCLES, REQUESTS):
                connection.execute(statement.encode(), {"referral": place.referral["id"]})
        yield place, still


@pytest.fixture
def place(grown: tuple[Place, TheClock], the_clock: TheClock, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place at its moment; what is kept is not looked up again however slow the machine is."""
    made, still = grown
    the_clock.set(still.at)
    monkeypatch.setattr(cache_invalidation, "MAX_AGE", 1000.0)
    return made


def read(reader: Caller, path: str, limit: int, **query: str) -> tuple[int, Counter[CodeType]]:
    """Read a page twice; return the statements and the calls of the second time."""
    for _ in range(2):
        with watched() as seen, counted() as calls:
            answer = reader.get(path, limit=limit, **query)
        assert len(answer.get_json()["items"]) == limit
    return sum("call_count" not in statement for statement, _ in seen), calls


@pytest.mark.parametrize(
    ("part", "path", "most"),
    [
        ("officer", "/v1/referrals", 62),  # each of somebody else: with an audit entry
        ("officer", "/v1/destination-referrals", 67),  # five of one person
        ("crs", "/v1/destination-referrals", 102),  # each of somebody else
        ("officer", "/v1/check-requests", 92),  # three of one person
        ("manager", "/v1/check-requests", 100),
        ("police", "/v1/check-requests", 164),  # each of somebody else
        ("officer", "/v1/checks", 187),  # all of one person, each with its request
    ],
)
def test_one_more_row_costs_no_statement_and_few_calls(place: Place, part: str, path: str, most: int) -> None:
    readers = {"officer": place.officer, "manager": place.story.spo}
    reader = readers.get(part) or place.cast.callers[part]
    query = {"referral_id": place.referral["id"]} if path == "/v1/checks" else {}
    reader.token()
    statements_of_few, few = read(reader, path, FEW, **query)
    statements_of_many, many = read(reader, path, MANY, **query)
    assert statements_of_many == statements_of_few
    rows, more = MANY - FEW, many - few
    assert of_the_service(many) - of_the_service(few) <= most * rows, more.most_common(8)
    with_libraries = OF_A_CHECK if path == "/v1/checks" else WITH_LIBRARIES
    assert many.total() - few.total() <= with_libraries * rows, more.most_common(8)


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("officer", "/v1/referrals"),
        ("officer", "/v1/destination-referrals"),
        ("crs", "/v1/destination-referrals"),
        ("officer", "/v1/check-requests"),
        ("police", "/v1/check-requests"),
    ],
)
def test_from_the_other_end_and_counted_one_more_row_costs_no_statement(
    place: Place, part: str, path: str
) -> None:
    reader = place.officer if part == "officer" else place.cast.callers[part]
    reader.token()
    (few, _), (many, _) = (read(reader, path, limit, order="newest", counts="yes") for limit in (FEW, MANY))
    assert many == few
