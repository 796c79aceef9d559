"""Two transactions that wait for each other: PostgreSQL undoes one, which is then done again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service import db

pytestmark = pytest.mark.usefixtures("database")


def locking(first: int, second: int, met: Barrier, tries: list[int]) -> Callable[[], int]:
    """Return work that locks two things, and at its first try waits until the other has its first."""

    def work() -> int:
        tries.append(first)
        with db.transaction("api") as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:it)"), {"it": first})
            if tries.count(first) == 1:
                met.wait(timeout=20)
            session.execute(text("SELECT pg_advisory_xact_lock(:it)"), {"it": second})
        return first

    return work


def test_of_two_that_wait_for_each_other_both_are_done() -> None:
    met, tries = Barrier(2), list[int]()
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(db.again_after_deadlock, locking(one, other, met, tries))
            for one, other in ((1, 2), (2, 1))
        ]
        assert [each.result(timeout=30) for each in both] == [1, 2]
    assert len(tries) == 3


def test_what_is_refused_for_another_reason_is_not_done_again() -> None:
    tries = list[int]()

    def waits_too_long() -> None:
        tries.append(1)
        with db.transaction("api") as session:
            session.execute(text("SET LOCAL statement_timeout = 1"))
            session.execute(text("SELECT pg_sleep(1)"))

    with pytest.raises(OperationalError):
        db.again_after_deadlock(waits_too_long)
    assert tries == [1]
