"""Counting what is owed in a region, over many running clocks: with row-level security, and without."""

import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks import statements
from benchmarks.fixtures import Fixtures
from benchmarks.verdict import Verdict
from service import db, stack
from service.access.actor import Practitioner
from service.demo.cast import PDU, REGION
from service.people.model import Person
from service.timers.model import Clock

PATH: Final = "/v1/work?limit=1&counts=yes"
CLOCKS_EACH: Final = 20
"""Running clocks of each person."""
LIMITED: Final = 50
"""One person in so many has a limited record; the manager who counts is named in every other one of them."""
MANAGER: Final = Practitioner("s.okafor", "Samuel Okafor", "spo", REGION, PDU)


def measure(fixtures: Fixtures, *, running: int, number: int) -> Verdict:
    """Measure, by turns, on one database that has referrals in it.

    Args:
        running: clocks that run.
        number: of rounds; one more goes before them and is not counted.
    """
    asked = _statements(fixtures)
    _people(fixtures, running // CLOCKS_EACH)
    _fill(fixtures, running)
    ran = _rounds(fixtures, asked, number)
    return Verdict(
        f"counting the work of a region: {running:,} running clocks, by kind; 1 person in {LIMITED} limited",
        "the same statement without row-level security",
        [ours / bare for ours, bare in ran],
        "lower",
        3.0,
        {
            "milliseconds_here": round(median(ours for ours, _ in ran) * 1000),
            "floor_milliseconds_here": round(median(bare for _, bare in ran) * 1000),
        },
    )


def _statements(fixtures: Fixtures) -> list[statements.Statement]:
    """Return who asks, and the statement by which the work of a region is counted."""
    token = fixtures.token("probation", MANAGER)
    client, headers = fixtures.app.test_client(), {"Authorization": f"Bearer {token}"}
    with statements.watched() as seen:
        answer = client.get(PATH, headers=headers)
    if answer.status_code != 200:  # noqa: PLR2004 - OK
        raise ValueError(f"{PATH} answered {answer.status_code}: {answer.text}")
    return [one for one in seen if "app.organisation" in one[0] or "GROUP BY clock." in one[0]]


def _people(fixtures: Fixtures, number: int) -> None:
    """Copy a record until the region holds this many more, some of them limited."""
    others: dict[str, sql.Composable] = {
        "id": sql.SQL("gen_random_uuid()"),
        "crn": sql.SQL("'Y' || 100000 + n"),
        "restricted": sql.SQL("n %% {} = 0").format(LIMITED),
    }
    query = sql.SQL(
        "INSERT INTO person ({}) SELECT {} FROM (SELECT * FROM person WHERE held LIMIT 1) c "
        "CROSS JOIN generate_series(1, %s) n"
    ).format(*_copied(Person, others))
    named = (
        "INSERT INTO restriction "
        "(id, person_id, organisation_id, practitioner_id, named_at, named_by, excluded) "
        "SELECT gen_random_uuid(), id, holder_id, %s, now(), 'p.shah', false FROM person "
        "WHERE restricted AND right(crn, 5)::int %% %s = 0"
    )
    with psycopg.connect(_superuser(fixtures), autocommit=True) as line:
        line.execute("SET session_replication_role = replica")  # those that guard records always run
        line.execute(query, (number,))
        line.execute(named, (MANAGER.id, 2 * LIMITED))


def _copied(
    table: type[Person | Clock], others: Mapping[str, sql.Composable]
) -> tuple[sql.Composable, sql.Composable]:
    """Return the columns of a table, and what is copied into them from `c`, but for some."""
    names = [column.name for column in table.__table__.columns]
    return (
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(others.get(name, sql.SQL("c.{}").format(sql.Identifier(name))) for name in names),
    )


def _fill(fixtures: Fixtures, running: int) -> None:
    """Copy the running clocks that probation owes, of everybody in turn, until there are this many."""
    others: dict[str, sql.Composable] = {
        "id": sql.SQL("gen_random_uuid()"),
        "subject_id": sql.SQL("gen_random_uuid()"),
        "person_id": sql.SQL("p.id"),
        "responder_id": sql.SQL("NULL"),
        "owner_role": sql.SQL("'practitioner'"),
        "due_at": sql.SQL("due_at + n * interval '1 second'"),
    }
    query = sql.SQL(
        "WITH p AS (SELECT id, row_number() OVER () - 1 AS place, count(*) OVER () AS many FROM person) "
        "INSERT INTO clock ({}) SELECT {} FROM (SELECT * FROM clock WHERE state = 'running' "
        "AND person_id IS NOT NULL LIMIT 1) c "
        "CROSS JOIN generate_series(1, %s) n JOIN p ON p.place = n %% p.many"
    ).format(*_copied(Clock, others))
    with psycopg.connect(_superuser(fixtures), autocommit=True) as line:
        line.execute("SET session_replication_role = replica")
        line.execute(query, (running,))
        line.execute("VACUUM ANALYZE clock, person, guarded_person, restriction")


def _rounds(
    fixtures: Fixtures, asked: Sequence[statements.Statement], number: int
) -> list[tuple[float, float]]:
    """Return how long it took, by turns: as the API reads, and as whoever no policy holds back."""
    with psycopg.connect(db.url_for("reader")) as ours, psycopg.connect(_superuser(fixtures)) as bare:
        ran = [(_once(ours, asked), _once(bare, asked)) for _ in range(number + 1)]
    return ran[1:]


def _once(line: psycopg.Connection[Any], asked: Sequence[statements.Statement]) -> float:
    *who, counting = asked
    for query, given in who:
        line.execute(query, given)
    began = time.perf_counter()
    line.execute(counting[0], counting[1]).fetchall()
    taken = time.perf_counter() - began
    line.rollback()
    return taken


def _superuser(fixtures: Fixtures) -> str:
    return db.conninfo(db.start_embedded(fixtures.var / "postgres"), dbname=stack.DATABASE)
