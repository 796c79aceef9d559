"""The check that each package's rows are written by its own writers finds every way round them."""

import contextlib
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import db
from service.referrals.model import DestinationReferral
from tests import writers

ELSEWHERE = str(Path(writers.ROOT) / "service" / "referrals" / "actions" / "moves.py")
A_WRITER = str(Path(writers.ROOT) / "service" / "referrals" / "writes" / "placements.py")

WRITES = {
    "a column of a stored row": "row.state = 'accepted'",
    "a column by its name": "setattr(row, 'state', 'accepted')",
    "a new row": "DestinationReferral(state='accepted')",
    "an insert": "session.execute(insert(DestinationReferral).values(id=UUID(int=1)))",
    "an insert into its table": "session.execute(insert(row.__table__).values(id=UUID(int=1)))",
    "an update": "session.execute(update(DestinationReferral).values(state='accepted'))",
    "an update beside the session": "session.connection().execute(delete(DestinationReferral))",
    "an update in words": "session.execute(text('UPDATE destination_referral SET version = 2'))",
    "a deletion": "session.execute(delete(DestinationReferral))",
}


def _run(statement: str, filename: str) -> None:
    session = Session(db.engine("owner"))
    names = {
        "row": DestinationReferral(),
        "session": session,
        "DestinationReferral": DestinationReferral,
        "insert": insert,
        "update": update,
        "delete": delete,
        "text": text,
        "UUID": UUID,
    }
    with session, contextlib.suppress(SQLAlchemyError):  # that it was tried is enough
        exec(compile(statement, filename, "exec"), names)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES.keys())
def test_a_row_written_outside_its_writers_is_found(statement: str) -> None:
    _run(statement, ELSEWHERE)
    found, writers.breaches[:] = list(writers.breaches), []
    assert found
    assert all(one.startswith("referrals/actions/moves writes ") for one in found)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES.keys())
def test_a_writer_may_write(statement: str) -> None:
    _run(statement, A_WRITER)
    assert not writers.breaches
