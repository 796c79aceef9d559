"""Keyset pages in SQL: a list from one end or the other, and counts of what is on all its pages."""

from collections.abc import Sequence
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

Columns = TypeVarTuple("Columns")
Place = Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]]


def in_order(query: Select[*Columns], place: Place, *, newest: bool) -> Select[*Columns]:
    """Order a list by its places, from one end or the other.

    Args:
        place: the columns that give each row its place; together they are unique.
        newest: the last place first.
    """
    return query.order_by(*(column.desc() if newest else column for column in place))


def beyond(place: Place, after: Sequence[Any], *, newest: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes after the last one of the page before.

    Args:
        after: the place of that row.
    """
    here, last = tuple_(*place), tuple_(*after)
    return here < last if newest else here > last


def in_pages(
    query: Select[*Columns], place: Place, *, newest: bool, after: Sequence[Any] | None, limit: int
) -> Select[*Columns]:
    """Select a page of a list, from one end or the other, and one row more when there are more."""
    ordered = in_order(query, place, newest=newest).limit(limit + 1)
    return ordered if after is None else ordered.where(beyond(place, after, newest=newest))


def counted(
    session: Session, query: Select[*Columns], code: ColumnElement[Any] | InstrumentedAttribute[str]
) -> dict[str, int]:
    """Count what a list would show on all pages, by a code that each row has."""
    rows = session.execute(query.with_only_columns(code, func.count()).group_by(code))
    return dict(sorted(rows.all()))
