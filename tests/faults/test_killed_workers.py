"""Four worker processes, many due clocks, kill -9 between claim and commit: nothing lost, nothing twice."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import text

from service import db, timers
from service.access.actor import Actor
from service.demo.environment import set_clock
from service.timers import ClockCase, Subject
from service.timers.model import Clock
from tests.faults.live import Live, wait_until
from tests.sizes import size

pytestmark = pytest.mark.long

DUE: Final = size(400, full=10_000)
WORKERS: Final = 4
KILLED: Final = 3
COPY: Final = """
    INSERT INTO clock (id, subject_id, {columns})
    SELECT gen_random_uuid(), gen_random_uuid(), {columns} FROM clock, generate_series(2, :number)
    WHERE subject_id = :subject
"""


@pytest.fixture
def workers(running: Live) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """All worker processes; a test may kill some and add others."""
    found = [running.worker, *(running.another_worker() for _ in range(WORKERS - 1))]
    yield found
    for worker in found:
        worker.kill()
        worker.wait()


def start_clocks(running: Live, number: int) -> Clock:
    """Start one clock, copy it, and return it."""
    region, force = (
        running.rows("SELECT id FROM organisation WHERE kind = %s ORDER BY code LIMIT 1", kind)[0][0]
        for kind in ("probation_region", "police_force")
    )
    case = ClockCase(
        referral_id=None, person_id=None, probation_id=region, responder_id=force,
        practitioner="p.shah", pdu=None, label="police_da",
    )  # fmt: skip
    with db.transaction("worker") as session:
        row = timers.start(
            session, Actor.for_service("test"), Subject("check_request", db.new_id()), "answer",
            policy="police_da.allocation", case=case,
        )  # fmt: skip
    names = [column.name for column in Clock.__table__.columns if column.name not in {"id", "subject_id"}]
    with db.transaction("owner") as session:
        session.execute(
            text(COPY.format(columns=", ".join(names))), {"number": number, "subject": row.subject_id}
        )
    return row


def blocked(running: Live) -> int:
    """Return how many workers wait for a lock."""
    waiting = "usename = 'referrals_worker' AND wait_event_type = 'Lock'"
    return running.count("pg_stat_activity", waiting)


def test_of_many_due_clocks_none_is_lost_and_none_fires_twice_although_workers_are_killed(
    running: Live, workers: list["subprocess.Popen[bytes]"]
) -> None:
    row = start_clocks(running, DUE)
    assert row.next_fires_at is not None
    seen = []
    for number in range(KILLED):
        with running.held_at("notice_item", "referrals_worker"):
            if not number:
                set_clock(running.settings.var / "clock", row.next_fires_at + timedelta(minutes=1))
            wait_until(lambda: blocked(running) >= WORKERS, "not every worker has a clock in hand")
            seen.append(running.count("clock_firing"))
            workers[number].kill()
            workers[number].wait()
            assert running.count("clock_firing") == seen[-1], "nothing of it may be seen"
        workers.append(running.another_worker())
    due = "state <> 'stopped' AND next_fires_at <= %s"
    at = row.next_fires_at
    left = DUE
    while left:
        before = left
        wait_until(lambda: running.count("clock", due, at) < before, "they stand still")  # noqa: B023 - waited for here
        left = running.count("clock", due, at)
    assert seen == sorted(seen)
    assert seen[-1] < DUE, "they were killed in the middle of it"
    assert running.count("clock", "fired = 1") == DUE
    assert running.count("clock_firing") == DUE
    ((distinct, events),) = running.rows(
        "SELECT count(DISTINCT (clock_id, step_key)), count(DISTINCT event_id) FROM clock_firing"
    )
    assert (distinct, events) == (DUE, DUE)
    assert running.count("event", "name = 'clock.chased'") == DUE, "no event of what was undone"
    assert running.count("notice_item") == DUE
