"""What the database shows to a role that works for a caller."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

from service import clock, db
from tests.cast import Caller
from tests.isolation.whose import WHOSE


@contextmanager
def seen_by(caller: Caller | None, role: db.Role = "api") -> Iterator[Session]:
    """Open a transaction of a role that works for a caller, as the guard would, or for no caller."""
    with db.transaction(role) as session:
        if caller is not None:
            session.execute(
                text(
                    "SELECT set_config('app.organisation', :org, true),"
                    " set_config('app.client', :client, true)"
                    ", set_config('app.practitioner', :who, true)"
                    ", set_config('app.now', :at, true)"
                ),
                {
                    "org": str(caller.organisation_id),
                    "client": caller.client_id,
                    "at": clock.now().isoformat(),
                    "who": caller.practitioner.id if caller.practitioner else "",
                },
            )
        yield session


def keys(session: Session, table: str) -> set[str]:
    return {str(row[0]) for row in session.execute(text(f"SELECT {WHOSE[table].key} FROM {table}"))}
