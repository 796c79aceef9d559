"""Which rows a transaction sees: those its caller may see, and all of them only inside a marked function.

What follows from an action may need rows that the caller must never see: that a check for an address is
unanswered, or that MAPPA has not agreed. Such functions bypass row-level security by name, after the object
of the action has been found with the caller's own visibility. What is shown afterwards is read with the
caller's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.http.problems import Problem

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

EVERY_ROW: Final = "every_row"
"""The value of the setting `app.reach` that the database's rules on rows know."""


@contextmanager
def bypass_row_security(session: Session) -> Iterator[None]:
    """Read and write every row until the block ends.

    Only the API's role has this; other roles keep their own policies. A caller may catch a `Problem` and go
    on with the transaction; after any other exception it must be rolled back.
    """
    if session.info.get("role") != "api" or session.info.get(EVERY_ROW):
        yield
        return
    _set(session, EVERY_ROW)
    session.info[EVERY_ROW] = True
    try:
        yield
        session.flush()  # what was decided with every row is written with every row
        _set(session, "")
    except Problem:
        with session.no_autoflush:
            _set(session, "")
        raise
    finally:
        session.info[EVERY_ROW] = False


def bypasses_row_security(
    settle: Callable[Concatenate[Session, Given], Answer],
) -> Callable[Concatenate[Session, Given], Answer]:
    """Run a function with every row visible: its object was found before, with the caller's own
    visibility.
    """

    @wraps(settle)
    def without_row_security(session: Session, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with bypass_row_security(session):
            return settle(session, *args, **kwargs)

    return without_row_security


def _set(session: Session, reach: str) -> None:
    session.execute(select(func.set_config("app.reach", reach, True)))
