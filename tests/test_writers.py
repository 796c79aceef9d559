"""The check that each package's rows are written by its own writers finds every way round them."""

import contextlib
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import Session

from service.referrals.model import DestinationReferral
from tests import writers

ELSEWHERE = str(Path(writers.ROOT) / "service" / "referrals" / "actions" / "moves.py")
A_WRITER = str(Path(writers.ROOT) / "service" / "referrals" / "writes" / "placements.py")

WRITES = {
    "a column of a stored row": "row.state = 'accepted'",
    "a column by its name": "setattr(row, 'state', 'accepted')",
    "a new row": "DestinationReferral(state='accepted')",
    "an insert": "session.execute(insert(DestinationReferral).values([]))",
    "an update": "session.execute(update(DestinationReferral).values(state='accepted'))",
    "a deletion": "session.execute(delete(DestinationReferral))",
}


def _run(statement: str, filename: str) -> None:
    names = {
        "row": DestinationReferral(),
        "session": Session(),
        "DestinationReferral": DestinationReferral,
        "insert": insert,
        "update": update,
        "delete": delete,
    }
    with contextlib.suppress(UnboundExecutionError):  # that it was tried is enough
        exec(compile(statement, filename, "exec"), names)


@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES.keys())
def test_a_row_written_outside_its_writers_is_found(statement: str) -> None:
    _run(statement, ELSEWHERE)
    found, writers.breaches[:] = list(writers.breaches), []
    assert found
    assert all(one.startswith("referrals/actions/moves writes DestinationReferral") for one in found)


@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES.keys())
def test_a_writer_may_write(statement: str) -> None:
    _run(statement, A_WRITER)
    assert not writers.breaches
