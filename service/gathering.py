"""Gathers the new rows of a transaction, and writes them together: a statement for each table.

SQLAlchemy's own session writes before every query, and orders tables by relationships, of which we have
almost none. Here a new row waits until a statement reads its table or a table that refers to it, until a
statement that writes to either, or until the commit. Savepoints work as ever: what waits is written before
one begins, and what was added inside is gone with it.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, MetaData, Table, TextClause, event, insert, inspect
from sqlalchemy.orm import ORMExecuteState, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql import visitors


class GatheringSession(Session):
    """A session that writes what waits as late as it can."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, autoflush=False, **options)

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Return a row by its primary key, as SQLAlchemy does, also one that still waits to be written."""
        key = ident if isinstance(ident, tuple) else (ident,)
        for row in self.new:
            if type(row) is entity and tuple(inspect(entity).primary_key_from_instance(row)) == key:
                return row
        return super().get(entity, ident, **options)


@event.listens_for(GatheringSession, "do_orm_execute")
def _write_what_is_read(state: ORMExecuteState) -> None:
    session = state.session
    if not (session.new or session.dirty or session.deleted):
        return
    if isinstance(state.statement, TextClause):
        session.flush()  # nothing says which tables it reads
        return
    read = frozenset(_tables(state.statement))
    if not read.isdisjoint(type(row).__table__ for row in (*session.dirty, *session.deleted)):
        session.flush()
        return
    needed = read if state.is_select else _with_what_they_refer_to(read)
    if not needed.isdisjoint(type(row).__table__ for row in session.new):
        _insert(session, _with_what_they_refer_to(needed))


@event.listens_for(GatheringSession, "before_flush")
def _insert_all(session: Session, _context: object, _instances: object) -> None:
    _insert(session, None)


def _insert(session: Session, tables: frozenset[Table] | None) -> None:
    """Insert the new rows of some tables, or of all, in the order of their foreign keys."""
    waiting: defaultdict[Table, list[Any]] = defaultdict(list)
    for row in session.new:
        if tables is None or type(row).__table__ in tables:
            waiting[type(row).__table__].append(row)
    if not waiting:
        return
    for table in _in_order(next(iter(waiting)).metadata):
        rows = waiting.get(table, ())
        if rows:
            session.connection().execute(insert(table), [_columns(row) for row in rows])
        for row in rows:
            session.expunge(row)
            make_transient_to_detached(row)
            session.add(row)


def _columns(row: Any) -> dict[str, Any]:
    """Return the values of a new row by column, its defaults filled in; the database fills in the rest."""
    values = {}
    for attribute in inspect(type(row)).column_attrs:
        column = attribute.columns[0]
        if attribute.key not in row.__dict__:
            if column.server_default is not None:
                continue
            default: Any = column.default
            value = None if default is None else default.arg(None) if default.is_callable else default.arg
            set_committed_value(row, attribute.key, value)
        values[column.name] = getattr(row, attribute.key)
    return values


def _tables(statement: Executable) -> Iterator[Table]:
    for element in visitors.iterate(cast("visitors.ExternallyTraversible", statement)):
        if isinstance(element, Table):
            yield element


@cache
def _in_order(metadata: MetaData) -> tuple[Table, ...]:
    return tuple(metadata.sorted_tables)


@cache
def _with_what_they_refer_to(tables: frozenset[Table]) -> frozenset[Table]:
    found: set[Table] = set()
    to_see: list[Table] = list(tables)
    while to_see:
        table = to_see.pop()
        if table not in found:
            found.add(table)
            to_see += (key.column.table for key in table.foreign_keys)
    return frozenset(found)
