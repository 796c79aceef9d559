"""Firing 1,000 due clocks, among few and among many pending ones."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks import fixtures
from benchmarks.verdict import Verdict
from service import db, timers
from service.access.actor import Actor
from service.organisations import queries as access
from service.organisations.model import Organisation
from service.timers.model import Clock
from service.timers.sweep import sweep

BATCH: Final = 100
NOT_YET: Final = timedelta(days=60)
"""How much later the pending clocks are due."""


def measure(at: fixtures.Fixtures, *, rounds: int, due: int, few: int, many: int, seconds: float) -> Verdict:
    """Measure, by turns, in two databases of their own.

    Args:
        rounds: how many at most.
        due: clocks to fire in each.
        few, many: pending clocks of the two databases.
        seconds: a round that would not end within them is not begun, except the first.
    """
    superuser = db.start_embedded(at.var / "postgres")
    bound: dict[db.Role, str] = {role: db.url_for(role) for role in db.ROLES}
    small, large = (
        _Clocks(name, superuser, pending) for name, pending in zip(fixtures.COPIES, (few, many), strict=True)
    )
    for clocks in (small, large):
        clocks.fire(due // 10)
    began, longest = time.monotonic(), 0.0
    ran: list[tuple[float, float]] = []
    for number in range(rounds):
        started = time.monotonic()
        if ran and started - began + longest > seconds:
            break
        if number % 2:
            ran.append((small.fire(due), large.fire(due)))
        else:
            of_many = large.fire(due)
            ran.append((small.fire(due), of_many))
        longest = max(longest, time.monotonic() - started)
    db.bind(bound)
    return Verdict(
        f"firing {due:,} due clocks among {many:,} pending",
        f"the same among {few:,}",
        [of_many / of_few for of_few, of_many in ran],
        "lower",
        1.2,
        {
            "clocks_per_second_here": round(due / median(of_many for _, of_many in ran)),
            "floor_clocks_per_second_here": round(due / median(of_few for of_few, _ in ran)),
        },
    )


class _Clocks:
    """A database with many pending clocks in it, all of them copies of one that was started properly."""

    def __init__(self, name: str, superuser: str, pending: int) -> None:
        self._urls: dict[db.Role, str] = {role: db.as_role(superuser, role, name) for role in db.ROLES}
        self._superuser = db.conninfo(superuser, dbname=name)
        db.bind(self._urls)
        self._first, self._at = _start_one()
        self._copy(pending, self._at + NOT_YET)
        self._alone(
            lambda line: line.execute(
                "UPDATE clock SET next_fires_at = %s WHERE id = %s", (self._at + NOT_YET, self._first)
            )
        )
        self._alone(lambda line: line.execute("VACUUM ANALYZE"))

    def fire(self, due: int) -> float:
        """Make this many clocks due, fire them, and return the seconds that it took."""
        db.bind(self._urls)
        self._copy(due, self._at)
        now, fired = self._at + timedelta(minutes=1), 0
        began = time.perf_counter()
        while fired < due:
            swept = sweep(now, batch=BATCH)
            fired += swept.clocks
            if swept.faulted or not swept.clocks:
                raise ValueError(f"{fired} of {due} clocks were fired")
        return time.perf_counter() - began

    def _copy(self, count: int, fires_at: datetime) -> None:
        names = [column.name for column in Clock.__table__.columns]
        others: dict[str, sql.Composable] = {
            "id": sql.SQL("gen_random_uuid()"),
            "subject_id": sql.SQL("gen_random_uuid()"),
            "next_fires_at": sql.Placeholder(),
        }
        query = sql.SQL(
            "INSERT INTO clock ({}) SELECT {} FROM clock, generate_series(1, %s) WHERE id = %s"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(others.get(name, sql.Identifier(name)) for name in names),
        )
        self._alone(lambda line: line.execute(query, (fires_at, count, self._first)))

    def _alone(self, work: Callable[[psycopg.Connection[Any]], object]) -> None:
        with psycopg.connect(self._superuser, autocommit=True) as line:
            work(line)


def _start_one() -> tuple[Any, datetime]:
    """Start a clock in the bound database; return its id and when it fires first."""
    with db.transaction("worker") as session:
        ids = {
            name: _id_of(access.organisation_by_code(session, part.kind, part.code))
            for name, part in fixtures.PARTS.items()
        }
        row = timers.start(
            session,
            Actor.for_service("benchmark"),
            timers.Subject("check_request", db.new_id()),
            "answer",
            policy="police_da.allocation",
            case=timers.ClockCase(
                referral_id=None,
                person_id=None,
                probation_id=ids["probation"],
                responder_id=ids["police"],
                practitioner="p.shah",
                pdu=None,
                label="police_da",
            ),
        )
        if row.next_fires_at is None:
            raise ValueError("a clock that never fires was started")
        return row.id, row.next_fires_at


def _id_of(organisation: Organisation | None) -> Any:
    if organisation is None:
        raise LookupError("an organisation of the cast is not registered")
    return organisation.id
