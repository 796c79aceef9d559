"""How far a transaction sees: as far as its caller, and every row only while the service settles something.

What follows from an act may need what the actor must never see: that a check for an address is unanswered,
or that MAPPA has not agreed. Such rules ask for every row by name, after the object of the act has been found
with the caller's own sight; whatever is shown afterwards is again read with the caller's.
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
def every_row(session: Session) -> Iterator[None]:
    """Let the database show and take every row until the block ends.

    Roles other than the API's see what their own rules say, before and after. Only a `Problem` may be caught
    by somebody who goes on with the transaction; after any other exception it must be rolled back.
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


def settled_by_the_service(
    settle: Callable[Concatenate[Session, Given], Answer],
) -> Callable[Concatenate[Session, Given], Answer]:
    """Let a function see every row: its object was found before, with the caller's own sight."""

    @wraps(settle)
    def with_every_row(session: Session, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with every_row(session):
            return settle(session, *args, **kwargs)

    return with_every_row


def _set(session: Session, reach: str) -> None:
    session.execute(select(func.set_config("app.reach", reach, True)))
