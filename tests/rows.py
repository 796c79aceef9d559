"""The API's role with every row in sight: for tests that set a case up, or look at what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from service import db
from service.access.row_visibility import bypass_row_security


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a transaction with the rights of the API's role, for no caller, and see every row."""
    with db.transaction() as session, bypass_row_security(session):
        yield session


REFUSALS = """
    SELECT (SELECT count(*) FROM audit_entry WHERE verb = 'denied')
        + coalesce((SELECT sum(further) FROM refusal_count), 0)
"""
"""How many refusals there were: those with an entry, and those counted until their minute is past."""


def refusals() -> int:
    """Return how many refusals there were."""
    with db.transaction("owner") as session:
        return int(session.scalar(text(REFUSALS)) or 0)
