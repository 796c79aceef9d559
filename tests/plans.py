"""Explains statements as the service sends them: prepared, with a generic plan, by its role and caller."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg import sql
from psycopg.adapt import PyFormat, Transformer
from sqlalchemy import event
from sqlalchemy.engine import Engine

from service import gathering

_GIVEN = re.compile(r"%\((\w+)\)s")
_HAS_A_PLAN = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
_numbers = count(1)

LARGE = 300
"""Rows from which on a table must not be read from one end to the other."""
SOME = 200
"""Rows that a statement may read and not return: two for each entry of a page of a hundred."""


@dataclass(frozen=True)
class Explained:
    """One statement and what PostgreSQL did to answer it.

    role: by which it was sent.
    plan: the root of the plan, as `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` prints it.
    """

    role: str
    query: str
    plan: dict[str, Any]

    @property
    def shown(self) -> str:
        """Return the statement in one line, as far as one wants to read it in a failure."""
        return " ".join(self.query.split())[:300]

    @property
    def returned(self) -> int:
        """Return how many rows it returned or wrote."""
        written = max(
            (_looped(node, "Actual Rows") for node in self._nodes() if "Operation" in node), default=0
        )
        return max(int(_looped(self.plan, "Actual Rows")), int(written))

    @property
    def buffers(self) -> int:
        """Return how many pages it looked at, those of functions and policies among them."""
        return int(self.plan["Shared Hit Blocks"]) + int(self.plan["Shared Read Blocks"])

    @property
    def read(self) -> dict[str, int]:
        """Return how many rows of each table it looked at, whether it kept them or not."""
        found: dict[str, int] = {}
        for node in self._nodes():
            if (table := node.get("Relation Name")) and "Operation" not in node:
                looked = sum(
                    _looped(node, kind)
                    for kind in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
                )
                found[table] = found.get(table, 0) + int(looked)
        return found

    @property
    def scanned(self) -> set[str]:
        """Return the tables that it read from one end to the other."""
        return {node["Relation Name"] for node in self._nodes() if node["Node Type"] == "Seq Scan"}

    def _nodes(self) -> Iterator[dict[str, Any]]:
        waiting = [self.plan]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            if node.get("Actual Loops"):
                yield node


def _looped(node: dict[str, Any], kind: str) -> float:
    return float(node.get(kind, 0)) * float(node["Actual Loops"])


@contextmanager
def explained() -> Iterator[list[Explained]]:
    """Explain every statement that this process sends while the block lasts, where and when it is sent.

    It is executed for that in a savepoint that is rolled back, and then in earnest.
    """
    found: list[Explained] = []
    one_at_a_time = Lock()

    def note(_connection: Any, cursor: Any, query: str, given: Any, _context: Any, many: bool) -> None:
        if not _HAS_A_PLAN.match(query):
            return
        line: psycopg.Connection[Any] = cursor.connection
        plan = explain(line, query, (given[0] if isinstance(given, list) else given) or {})
        with one_at_a_time:
            found.append(Explained(line.info.user, query, plan))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        # What is sent without waiting for answers cannot be explained in between.
        with patch.object(gathering, "one_round_trip", nullcontext):
            yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def explain(line: psycopg.Connection[Any], query: str, given: dict[str, Any]) -> dict[str, Any]:
    """Execute a statement in a transaction that is rolled back, and return its generic plan."""
    names = list(dict.fromkeys(_GIVEN.findall(query)))
    values = [given[name] for name in names]
    numbered = _GIVEN.sub(lambda name: f"${names.index(name[1]) + 1}", query).replace("%%", "%")
    types = Transformer(line)
    types.dump_sequence(values, [PyFormat.AUTO] * len(values))
    name = f"explained_{next(_numbers)}"
    with line.transaction(force_rollback=True), line.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        prepared = line.pgconn.prepare(name.encode(), numbered.encode(), types.types)
        if prepared.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise ValueError(prepared.error_message.decode(), numbered)
        execute = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE {}").format(sql.Identifier(name))
        if values:
            execute += sql.SQL(" ({})").format(sql.SQL(", ").join(map(sql.Literal, values)))
        (answer,) = cursor.execute(execute).fetchall()[0]
        cursor.execute(sql.SQL("DEALLOCATE {}").format(sql.Identifier(name)))
    plan: dict[str, Any] = answer[0]["Plan"]
    return plan


def large_tables(server: str, database: str) -> frozenset[str]:
    """Return the tables that have many rows, as PostgreSQL has counted them."""
    with psycopg.connect(server, dbname=database) as line:
        found = line.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND reltuples > %s",
            [LARGE],
        )
        return frozenset(name for (name,) in found)


def too_much(statement: Explained, tables: frozenset[str]) -> str | None:
    """Say what a statement reads that it need not: more than some rows and pages for each that it returns."""
    rows = {name: number for name, number in statement.read.items() if name in tables}
    if whole := statement.scanned & rows.keys():
        return f"reads the whole of {sorted(whole)}: {statement.shown}"
    if sum(rows.values()) > SOME + 20 * statement.returned:
        return f"reads {rows} for {statement.returned}: {statement.shown}"
    if statement.buffers > 600 + 250 * statement.returned:
        return f"reads {statement.buffers} pages for {statement.returned}: {statement.shown}"
    return None


def judged(seen: list[Explained], tables: frozenset[str]) -> list[str]:
    return [fault for each in seen if (fault := too_much(each, tables))]
