"""The API's role with every row in sight: for tests that set a case up, or look at what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from service import db
from service.access.reach import every_row


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a transaction with the rights of the API's role, for no caller, and see every row."""
    with db.transaction() as session, every_row(session):
        yield session
