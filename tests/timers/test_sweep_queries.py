"""A sweep reads what is due and nothing else, whatever is pending."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from sqlalchemy import event, text

from service import db
from service.timers import Subject
from service.timers.delivery import deliver
from service.timers.model import Clock
from service.timers.sweep import is_due, longest_due, sweep
from tests.conftest import TheClock
from tests.plans import Explained, explained
from tests.sizes import size
from tests.timers.factories import Factory, steps

pytestmark = pytest.mark.long

FEW: Final = 2_000
SOME: Final = 20_000
MANY: Final = size(SOME, full=1_000_000)
AT_ONCE: Final = 50_000
DEEP: Final = 3
"""Pages from the top of an index of a million due times to its first entry."""


def test_a_sweep_with_nothing_due_reads_no_clock_however_many_are_pending(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    for pending in (FEW, MANY):
        multiply(subject, pending)
        for _ in range(12):  # until the database has settled on a plan for each of its statements
            with read_from_clocks() as read:
                assert sweep(the_clock.at).clocks == 0
                assert not deliver(the_clock.at).waiting
            assert read == [(0, 0)] * len(read)
            assert len(read) >= 2
    for asked in asked_of_clocks(the_clock):
        assert asked.scanned == set()
        assert asked.read == {"clock": 0}
        assert asked.buffers <= DEEP, asked.shown


def test_a_sweep_reads_what_is_due_and_not_what_is_pending(factory: Factory, the_clock: TheClock) -> None:
    due = factory.start(urgency="urgent")
    multiply(factory.start(), SOME)
    the_clock.set("2026-03-02T13:00Z")
    assert [asked.read for asked in asked_of_clocks(the_clock)] == [{"clock": 1}] * 2
    assert sweep(the_clock.at).clocks == 1
    assert steps(due) == ["chaser_50"]


def multiply(subject: Subject, number: int) -> None:
    """Copy a clock many times over, as a national year would."""
    columns = ", ".join(
        f'"{column.key}"' for column in Clock.__table__.columns if column.key not in {"id", "subject_id"}
    )
    copied = text(
        f"INSERT INTO clock (id, subject_id, {columns}) SELECT gen_random_uuid(), gen_random_uuid(),"
        f" {columns} FROM clock, generate_series(1, :number) WHERE subject_id = :id"
    )
    for begun in range(0, number, AT_ONCE):
        with db.transaction("owner") as session:
            session.execute(copied, {"number": min(AT_ONCE, number - begun), "id": subject.id})
    with db.transaction("owner") as session:
        session.execute(text("ANALYZE clock"))


@contextmanager
def read_from_clocks() -> Iterator[list[tuple[int, int]]]:
    """Note, for each transaction of a worker, how many clocks it read: from the table, and by an index."""
    found: list[tuple[int, int]] = []

    def note(connection: Any) -> None:
        found.append(
            tuple(
                connection.exec_driver_sql(
                    "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'clock'"
                ).one()
            )
        )

    engine = db.engine("worker")
    event.listen(engine, "commit", note)
    try:
        yield found
    finally:
        event.remove(engine, "commit", note)


def asked_of_clocks(the_clock: TheClock) -> list[Explained]:
    """Return what PostgreSQL does for the two questions of a sweep, as they are sent."""
    with explained() as seen, db.transaction("worker") as session:
        session.scalar(longest_due(the_clock.at))
        session.scalar(is_due(the_clock.at))
    return [each for each in seen if each.read or "clock" in each.query]
