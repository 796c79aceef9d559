"""Row visibility: a transaction sees only the rows its caller may see, except inside a marked function.

Some consequences of an action need rows that the caller must never see: that a check for an address is
unanswered, or that MAPPA has not agreed. Such functions bypass row-level security explicitly, after the
object of the action has been found with the caller's own visibility. Responses are always read with the
caller's visibility.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.gathering import change_reach, flush_but_last
from service.http.problems import Problem

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

EVERY_ROW: Final = "every_row"
"""The value of the setting `app.reach` with which the database's row policies allow every row."""


_SET_REACH: Final = text("SELECT set_config('app.reach', :reach, true)")


@contextmanager
def bypass_row_security(session: Session) -> Iterator[None]:
    """Read and write every row until the block ends.

    A worker and an operator have policies of their own, but what opens the restricted store asks the same of
    them. The transaction may continue after a `Problem`; after any other exception it must be rolled back.

    Raises:
        LookupError: the view only reads, and looks no further than its caller.
    """
    if session.info.get("role") == "reader":
        raise LookupError("a view that only reads sees what its caller sees")
    if session.info.get(EVERY_ROW):
        yield
        return
    _set(session, EVERY_ROW)
    session.info[EVERY_ROW] = True
    try:
        yield
        flush_but_last(session)  # pending changes are written before visibility is restricted again
        _set(session, "")
    except Problem:
        _set(session, "")
        raise
    finally:
        session.info[EVERY_ROW] = False


def bypasses_row_security(
    settle: Callable[Concatenate[Session, Given], Answer],
) -> Callable[Concatenate[Session, Given], Answer]:
    """Run a function with every row visible; find its object first, with the caller's own visibility."""

    @wraps(settle)
    def without_row_security(session: Session, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with bypass_row_security(session):
            return settle(session, *args, **kwargs)

    return without_row_security


def _set(session: Session, reach: str) -> None:
    change_reach(session, reach)
    session.connection().execute(_SET_REACH, {"reach": reach})
