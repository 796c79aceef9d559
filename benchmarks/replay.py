"""Inserts the rows of a real submission again, with new keys, in one pipelined transaction.

They are found by the transaction that made them. The same tables, triggers and constraints, as the same role,
and no thinking in between: no submission can be quicker.
"""

import contextlib
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from benchmarks.fixtures import Fixtures
from service import db, stack

Row = dict[str, Any]
Connection = psycopg.Connection[Row]

ONCE_ONLY: Final = frozenset({"crn", "submission_reference", "key"})
"""Columns of text that is unique: a row that is sent again needs another."""
FEEDS: Final = frozenset({"feed_head", "feed_entry"})
"""Tables that the database fills itself, when events are published."""
_AS_WHOM: Final = """
    SELECT set_config('app.organisation', %s, true), set_config('app.client', %s, true),
           set_config('app.reach', 'every_row', true)
"""
_PUBLISH: Final = "SELECT publish_to_feeds(%s, %s)"
_TABLES: Final = """
    SELECT relname AS name FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
    ORDER BY relname
"""
_REFERENCES: Final = """
    SELECT one.relname AS name, other.relname AS needs
    FROM pg_constraint AS reference
    JOIN pg_class AS one ON one.oid = reference.conrelid
    JOIN pg_class AS other ON other.oid = reference.confrelid
    WHERE reference.contype = 'f' AND one.oid <> other.oid AND NOT reference.condeferrable
"""
_COLUMNS: Final = """
    SELECT column_name AS name, data_type AS type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_identity = 'NO' AND is_generated = 'NEVER'
    ORDER BY ordinal_position
"""
_numbers = count(200_000)


@dataclass(frozen=True)
class Replay:
    """What one submission made, ready to be sent again.

    Args:
        line: a connection as the API's role.
        rows: by table, in an order that keeps every reference satisfied.
        inserts: how a row of each table is sent.
    """

    line: Connection
    rows: Mapping[str, list[Row]]
    inserts: Mapping[str, sql.Composed]

    def send(self) -> float:
        """Send the rows; return the seconds that took."""
        fresh: dict[Any, Any] = {}
        for row in (row for rows in self.rows.values() for row in rows):
            if isinstance(row.get("id"), uuid.UUID):
                new = uuid.uuid4()
                fresh |= {row["id"]: new, str(row["id"]): str(new)}
        suffix = str(next(_numbers))
        batches = [
            (self.inserts[name], [_again(row, fresh, suffix) for row in rows])
            for name, rows in self.rows.items()
            if name not in FEEDS
        ]
        entries, referral = self.rows["feed_entry"], self.rows["referral"][0]
        feeds = [row["organisation_id"] for row in entries], [fresh[row["event_id"]] for row in entries]
        began = time.perf_counter()
        with self.line.pipeline(), self.line.transaction(), self.line.cursor() as cursor:
            cursor.execute(_AS_WHOM, (str(referral["probation_id"]), referral["client_id"]))
            for insert, rows in batches:
                cursor.executemany(insert, rows)
            cursor.execute(_PUBLISH, feeds)
        return time.perf_counter() - began


@contextlib.contextmanager
def replaying(fixtures: Fixtures, referral_id: str) -> Iterator[Replay]:
    """Find what the submission of a referral made; nothing else may have written since.

    Args:
        referral_id: of a referral that has just been submitted.
    """
    superuser = db.start_embedded(fixtures.var / "postgres")
    everything = db.conninfo(superuser, dbname=stack.DATABASE)
    with (
        psycopg.connect(everything, row_factory=dict_row, autocommit=True) as reader,
        psycopg.connect(db.url_for("api"), row_factory=dict_row, autocommit=True) as line,
    ):
        found = reader.execute(
            "SELECT xmin::text AS transaction FROM referral WHERE id = %s", (referral_id,)
        ).fetchone()
        if found is None:
            raise LookupError("the submission left no referral")
        rows: dict[str, list[Row]] = {}
        inserts: dict[str, sql.Composed] = {}
        for name in _in_order(reader):
            types = {row["name"]: row["type"] for row in reader.execute(_COLUMNS, (name,))}
            query = sql.SQL("SELECT * FROM {} WHERE xmin::text = %s").format(sql.Identifier(name))
            made = reader.execute(query, (found["transaction"],)).fetchall()
            if made:
                inserts[name] = _insert(name, list(types))
                rows[name] = [
                    {column: _sendable(row[column], types[column]) for column in types} for row in made
                ]
        yield Replay(line, rows, inserts)


def _in_order(reader: Connection) -> list[str]:
    """Return every table, those first that others refer to."""
    needs: dict[str, set[str]] = {row["name"]: set() for row in reader.execute(_TABLES)}
    for row in reader.execute(_REFERENCES):
        if row["name"] in needs:
            needs[row["name"]].add(row["needs"])
    ordered: list[str] = []
    while len(ordered) < len(needs):
        ordered.append(next(name for name in needs if name not in ordered and needs[name] <= set(ordered)))
    return ordered


def _insert(name: str, columns: list[str]) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        # The database insists on dating what is on record itself.
        sql.SQL(", ").join(
            sql.SQL("now()") if (name, column) == ("audit_entry", "recorded_at") else sql.Placeholder(column)
            for column in columns
        ),
    )


def _sendable(value: Any, kind: str) -> Any:
    return Jsonb(value) if kind == "jsonb" and value is not None else value


def _again(row: Row, fresh: Mapping[Any, Any], suffix: str) -> Row:
    """Return a row under new keys."""
    again = {
        column: fresh.get(value, value) if isinstance(value, str | uuid.UUID) else value
        for column, value in row.items()
    }
    for column in ONCE_ONLY & again.keys():
        again[column] = f"X{suffix}" if column == "crn" else f"{again[column]}-{suffix}"
    return again
