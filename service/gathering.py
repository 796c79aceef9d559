"""Gathers the new rows of a transaction, and writes them together: a statement for each table.

SQLAlchemy's own session writes before every query, and orders tables by relationships, of which we have
almost none. Here a new row waits until a statement reads its table or a table that refers to it, until a
statement that writes to either, or until the commit. Savepoints work as ever: what waits is written before
one begins, and what was added inside is gone with it.

Events and audit entries, half of all rows, are never changed again: `append` gathers their values, without
an object for each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, cast

import psycopg
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    FromClause,
    Insert,
    MetaData,
    Table,
    TextClause,
    event,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    InstrumentedAttribute,
    ORMExecuteState,
    Session,
    SessionTransaction,
    class_mapper,
    make_transient_to_detached,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql import visitors

Key = tuple[Any, ...]
Row = Mapping[str, Any]

WRITTEN_LAST: Final = "written_last"
"""Set in a table's `info`: its rows wait for the commit, whatever else is written before."""
_FROM_MEMORY: Final = "rows_are_in_memory"


class GatheringSession(Session):
    """A session that writes what waits as late as it can, and knows the rows that it has made."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, autoflush=False, **options)
        self.appended: defaultdict[Table, list[Row]] = defaultdict(list)
        """The rows of `append` that still wait to be written."""
        self.made: defaultdict[Table, dict[Key, Any]] = defaultdict(dict)
        """The rows made in this transaction, by table and key; None for those of `append`."""
        self.reach = ""
        """Whose rows are visible besides the caller's own."""
        self.read: dict[tuple[str, InstrumentedAttribute[Any]], dict[Any, list[Any]]] = {}
        """The rows that `rows_of` has read, by the reach, the foreign key and its value."""
        self.before_savepoint: dict[SessionTransaction, dict[Table, set[Key]]] = {}
        """The keys of the rows that had been made when each savepoint began."""

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Return a row by its primary key, as SQLAlchemy does, also one that still waits to be written."""
        key = ident if isinstance(ident, tuple) else (ident,)
        made = self.made[entity.__table__].get(key)
        return made if made is not None else super().get(entity, ident, **options)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write all that waits, and every change."""
        _insert(self, None)
        super().flush(objects)


def append(session: Session, entity: type[Any], values: Row) -> None:
    """Gather a row that nobody changes again, by the value of each of its columns."""
    session, table = cast("GatheringSession", session), entity.__table__
    session.appended[table].append(values)
    session.made[table][tuple(values[column.name] for column in table.primary_key)] = None


def rows_of(
    session: Session,
    column: InstrumentedAttribute[Any],
    parents: Collection[Any],
    *order: ColumnElement[Any] | InstrumentedAttribute[Any],
) -> list[Any]:
    """Return the rows that belong to some parents, each parent's read at most once in a transaction.

    Rows made in this transaction are among them, last, and without a statement. Of a parent that was made in
    it nothing is read, because nobody else can have added anything yet.

    Args:
        column: the foreign key of the rows.
        parents: values of the key that it refers to.
        order: the order in which they are read.
    """
    session = cast("GatheringSession", session)
    known = session.read.setdefault((session.reach, column), {})
    # It may be part of a longer key besides.
    (foreign_key,) = (
        key for key in column.property.columns[0].foreign_keys if len(key.constraint.elements) == 1
    )
    made = session.made[foreign_key.column.table]
    unread = [parent for parent in parents if parent not in known and (parent,) not in made]
    if unread:
        table = column.class_.__table__
        if any(type(row).__table__ is table for row in session.dirty):
            flush_but_last(session)
        known.update({parent: [] for parent in unread})
        found = select(column.class_).where(column.in_(unread)).order_by(*order)
        # What was read before a lock may have changed since: each row is read anew.
        options = {_FROM_MEMORY: True, "populate_existing": True}
        for row in session.scalars(found, execution_options=options):
            known[getattr(row, column.key)].append(row)
    rows = [row for parent in parents for row in known.get(parent, ())]
    there = set(map(id, rows))
    mine = session.made[column.class_.__table__].values()
    return rows + [row for row in mine if getattr(row, column.key) in parents and id(row) not in there]


def is_made(session: Session, row: Any) -> bool:
    """Return whether a row was made in this transaction, so that nobody else can have added to it."""
    return is_key_made(session, type(row), _key_of(row))


def is_key_made(session: Session, entity: type[Any], key: Key) -> bool:
    """Return whether a row with this key was made in this transaction, and not taken back by a savepoint."""
    return key in cast("GatheringSession", session).made[entity.__table__]


def note_made(session: Session, row: Any) -> None:
    """Note that a row was made in this transaction, though a statement of its own has written it."""
    key = _key_of(row)
    if None not in key:
        cast("GatheringSession", session).made[type(row).__table__][key] = row


def change_reach(session: Session, reach: str) -> None:
    """Note that other rows become visible: `rows_of` reads them anew, and knows them no longer afterwards.

    What the caller's own reach has shown is known again when it returns.

    Args:
        reach: empty for the caller's own.
    """
    session = cast("GatheringSession", session)
    session.reach = reach
    session.read = {key: rows for key, rows in session.read.items() if key[0] == ""}


def forget_read(session: Session, *under: FromClause) -> None:
    """Forget which rows `rows_of` has read, with any reach, because a lock was taken.

    Args:
        under: only the rows of these tables, and those that refer to them; all when there are none.
    """
    read = cast("GatheringSession", session).read
    for reach, column in list(read):
        refers_to = _with_what_they_refer_to(frozenset({column.class_.__table__}))
        if not under or not refers_to.isdisjoint(under):
            del read[reach, column]


def flush_but_last(session: Session) -> None:
    """Write what waits, except to the tables that are written last."""
    _insert(session, frozenset(table for table in _waiting(session) if WRITTEN_LAST not in table.info))
    Session.flush(session)


@event.listens_for(GatheringSession, "do_orm_execute")
def _write_what_is_read(state: ORMExecuteState) -> None:
    session = cast("GatheringSession", state.session)
    if state.execution_options.get(_FROM_MEMORY):
        return
    if state.execution_options.get("populate_existing"):
        forget_read(session, *_tables(state.statement))  # another transaction may have changed it
    waiting = _waiting(session)
    if not (waiting or session.dirty or session.deleted):
        return
    if isinstance(state.statement, TextClause):
        session.flush()  # nothing says which tables it reads
        return
    read = frozenset(_tables(state.statement))
    if not read.isdisjoint(type(row).__table__ for row in (*session.dirty, *session.deleted)):
        flush_but_last(session)
        return
    needed = read if state.is_select else _with_what_they_refer_to(read)
    if not needed.isdisjoint(waiting):
        _insert(session, _with_what_they_refer_to(needed))


@event.listens_for(GatheringSession, "transient_to_pending")
def _note(session: GatheringSession, row: object) -> None:
    note_made(session, row)


@event.listens_for(GatheringSession, "after_transaction_create")
def _remember_what_was_made(session: GatheringSession, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.before_savepoint[transaction] = {table: set(rows) for table, rows in session.made.items()}


@event.listens_for(GatheringSession, "after_soft_rollback")
def _forget_what_was_undone(session: GatheringSession, transaction: SessionTransaction) -> None:
    """Forget the rows made since, also those that had been written: the savepoint took them back."""
    forget_read(session)
    session.appended.clear()  # nothing waited when the savepoint began
    before = session.before_savepoint.pop(transaction, {})
    for table, rows in session.made.items():
        for key in rows.keys() - before.get(table, set()):
            row = rows.pop(key)
            if row is not None and row in session:
                session.expunge(row)


@event.listens_for(GatheringSession, "after_commit")
def _forget_everything(session: GatheringSession) -> None:
    forget_read(session)
    session.made.clear()
    session.before_savepoint.clear()


@event.listens_for(GatheringSession, "before_commit")
def _insert_all(session: Session) -> None:
    _insert(session, None)


@contextmanager
def one_round_trip(connection: Connection) -> Iterator[None]:
    """Send the statements of a block one after the other, without waiting for the answer of each.

    Raises:
        DBAPIError: one of them failed; SQLAlchemy does not see it when it is sent.
    """
    line = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with line.pipeline():
            yield
    except psycopg.Error as fault:
        raise DBAPIError.instance(None, None, fault, psycopg.Error, dialect=connection.dialect) from fault


def _waiting(session: Session) -> frozenset[Table]:
    """Return the tables to which rows wait to be written."""
    return frozenset(
        (*cast("GatheringSession", session).appended, *(type(row).__table__ for row in session.new))
    )


def _insert(session: Session, tables: frozenset[Table] | None) -> None:
    """Insert the new rows of some tables, or of all, in the order of their foreign keys."""
    appended = cast("GatheringSession", session).appended
    wanted = _waiting(session) if tables is None else tables
    waiting = {table: list(rows) for table, rows in appended.items() if table in wanted}
    objects = [row for row in session.new if type(row).__table__ in wanted]
    for row in objects:
        waiting.setdefault(type(row).__table__, []).append(_columns(row))
    if not waiting:
        return
    connection = session.connection()
    with one_round_trip(connection):
        for table in _in_order(next(iter(waiting)).metadata):
            if rows := waiting.get(table):
                connection.execute(_insert_into(table), rows)
    for table in waiting:
        appended.pop(table, None)
    for row in objects:
        session.expunge(row)
        make_transient_to_detached(row)
        session.add(row)


@cache
def _insert_into(table: Table) -> Insert:
    return insert(table)


def _key_of(row: Any) -> Key:
    entity = cast("Any", type(row))
    return tuple(getattr(row, name) for name in _key_attributes(entity))


@cache
def _key_attributes(entity: Any) -> tuple[str, ...]:
    mapper = class_mapper(entity)
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


def _columns(row: Any) -> dict[str, Any]:
    """Return the values of a new row by column, its defaults filled in; the database fills in the rest."""
    given, entity = row.__dict__, cast("Any", type(row))
    values = {}
    for key, column in _attributes(entity):
        if key in given:
            values[column.name] = given[key]
        elif column.server_default is None:
            default: Any = column.default
            value = None if default is None else default.arg(None) if default.is_callable else default.arg
            set_committed_value(row, key, value)
            values[column.name] = value
    return values


@cache
def _attributes(entity: Any) -> tuple[tuple[str, Any], ...]:
    """Return the attributes of a model, each with its column."""
    return tuple((attribute.key, attribute.columns[0]) for attribute in class_mapper(entity).column_attrs)


def _tables(statement: Executable) -> Iterator[Table]:
    for element in visitors.iterate(cast("visitors.ExternallyTraversible", statement)):
        if isinstance(element, Table):
            yield element


@cache
def _in_order(metadata: MetaData) -> tuple[Table, ...]:
    return tuple(sorted(metadata.sorted_tables, key=lambda table: WRITTEN_LAST in table.info))


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
