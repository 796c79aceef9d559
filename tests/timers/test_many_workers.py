"""Several workers at once, workers killed in the middle, answers that come meanwhile; with real commits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg
import pytest
import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service import db, timers
from service.events import queries
from service.timers.delivery import deliver
from service.timers.model import Clock, Notice, NoticeItem, SweepRun
from service.timers.monitoring import watch
from service.timers.sweep import fire, longest_due, sweep
from service.timers.worker import run_worker, work_once
from service.timers.writes.firings import SWEEPS_KEPT
from tests import rows
from tests.conftest import TheClock
from tests.timers.factories import Factory, clock_of, items, steps, stop

pytestmark = pytest.mark.long

Result = TypeVar("Result")


def together(*work: Callable[[], Result]) -> list[Result]:
    """Do several things at the same moment."""
    barrier = threading.Barrier(len(work))

    def begin(one: Callable[[], Result]) -> Result:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(begin, work))


def test_many_sweepers_record_each_step_of_each_clock_once(factory: Factory, the_clock: TheClock) -> None:
    subjects = [factory.start() for _ in range(40)]
    the_clock.set("2026-03-11T17:00Z")
    results = together(*[lambda: sweep(the_clock.at)] * 6)
    assert sum(result.clocks for result in results) == 40
    assert all(steps(each) == ["chaser_50", "chaser_100", "spo", "pdu_head"] for each in subjects)


def test_a_clock_that_one_worker_holds_is_left_alone_by_the_other(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-04T13:00Z")
    with db.transaction("worker") as session:
        row = session.scalar(longest_due(the_clock.at))
        assert row is not None
        assert sweep(the_clock.at).clocks == 0
        fire(session, row, the_clock.at)
        assert sweep(the_clock.at).clocks == 0
    assert steps(subject) == ["chaser_50"]
    assert sweep(the_clock.at).clocks == 0


def test_many_deliverers_send_each_recipient_one_notice(factory: Factory, the_clock: TheClock) -> None:
    for _ in range(20):
        factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    together(*[lambda: deliver(the_clock.at)] * 6)
    with rows.transaction() as session:
        sent = session.scalars(select(Notice)).all()
    assert sorted((notice.role or "", notice.items) for notice in sent) == [
        ("", 40),
        ("duty_manager", 20),
        ("spo", 20),
    ]


def killed_in_the_middle(server: str, database: str, table: str, work: Callable[[], object]) -> None:
    """Let work run until it writes to a table, and there cut its connection, as its death would."""
    waiting = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'referrals_worker' AND datname = %s AND wait_event_type = 'Lock'"
    )
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(server, autocommit=True) as connection,
        db.transaction("owner") as session,
    ):
        session.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
        working = pool.submit(work)
        while not connection.execute(waiting, (database,)).fetchall():
            assert not working.done(), "it never came to write there"
        assert isinstance(working.exception(), OperationalError)


@pytest.mark.parametrize("table", ["event", "clock_firing", "notice_item"])
def test_a_worker_killed_in_the_middle_of_a_sweep_loses_nothing_and_doubles_nothing(
    factory: Factory, the_clock: TheClock, server: str, database: str, table: str
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-11T17:00Z")
    killed_in_the_middle(server, database, table, lambda: sweep(the_clock.at))
    assert steps(subject) == []
    assert items() == []
    assert clock_of(subject).fired == 0
    sweep(the_clock.at)
    assert steps(subject) == ["chaser_50", "chaser_100", "spo", "pdu_head"]
    assert deliver(the_clock.at).items == 6


@pytest.mark.parametrize("table", ["event", "notice", "notice_item", "feed_head", "feed_entry"])
def test_a_worker_killed_in_the_middle_of_a_delivery_sends_each_notice_once(
    factory: Factory, the_clock: TheClock, server: str, database: str, table: str
) -> None:
    factory.start("ask")
    the_clock.set("2026-03-03T17:00Z")
    sweep(the_clock.at)
    killed_in_the_middle(server, database, table, lambda: deliver(the_clock.at))
    with rows.transaction() as session:
        assert session.scalars(select(Notice)).all() == []
        assert queries.head(session, factory.ids["probation"]) == 0
    assert deliver(the_clock.at).notices == 2
    assert deliver(the_clock.at).notices == 0
    with rows.transaction() as session:
        assert queries.head(session, factory.ids["probation"]) == 2


def test_an_answer_that_comes_while_a_sweep_holds_the_clock_stops_all_that_follows(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    answered = threading.Event()

    def answer() -> None:
        stop(subject)
        answered.set()

    with db.transaction("worker") as session:
        row = session.scalar(longest_due(the_clock.at))
        assert row is not None
        thread = threading.Thread(target=answer)
        thread.start()
        fire(session, row, the_clock.at)
        assert not answered.is_set(), "the answer waits for the sweep, not the sweep for the answer"
    thread.join(10)
    assert answered.is_set()
    assert steps(subject) == ["chaser_50", "chaser_100", "spo"], "recorded before the answer"
    delivered = deliver(the_clock.at)
    assert (delivered.notices, delivered.dropped) == (0, 4), "and told to nobody after it"
    the_clock.move(timedelta(days=60))
    assert sweep(the_clock.at).firings == 0


def test_a_sweep_that_meets_an_answer_not_yet_committed_passes_by(
    factory: Factory, the_clock: TheClock
) -> None:
    answered, other = factory.start(), factory.start()
    the_clock.set("2026-03-09T17:00Z")
    with rows.transaction() as session:
        timers.stop(session, answered, "answered")
        assert sweep(the_clock.at).clocks == 1
        assert steps(other) == ["chaser_50", "chaser_100", "spo"]
    assert sweep(the_clock.at).clocks == 0
    assert steps(answered) == []


def test_an_answer_that_is_rolled_back_stops_nothing(factory: Factory, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    with Session(db.engine()) as session:
        timers.stop(session, subject, "answered")
        session.rollback()
    sweep(the_clock.at)
    assert steps(subject) == ["chaser_50", "chaser_100", "spo"]


def test_delivery_leaves_out_what_is_being_answered_at_this_moment(
    factory: Factory, the_clock: TheClock
) -> None:
    answered, other = factory.start(), factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    with rows.transaction() as session:
        timers.stop(session, answered, "answered")
        assert deliver(the_clock.at).items == 4, "of the other"
    assert deliver(the_clock.at).dropped == 4
    with rows.transaction() as session:
        sent = session.scalars(
            select(Clock.subject_id)
            .join(NoticeItem, NoticeItem.clock_id == Clock.id)
            .where(NoticeItem.notice_id.is_not(None))
        ).all()
    assert set(sent) == {other.id}


class Told(threading.Event):
    """A stop that is set by the work itself once it has been looked at so many times, instead of by time."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks, self.waits = looks, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        if len(self.waits) >= self.looks:
            self.set()
        return self.is_set()


def test_the_worker_sweeps_delivers_does_its_chores_and_leaves_one_sign_of_life(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    done: list[datetime] = []
    told = Told(looks=2)
    run_worker(told, 5.0, chores=[done.append])
    assert steps(subject) == ["chaser_50", "chaser_100", "spo"]
    assert all(item.notice_id is not None for item in items())
    assert done == [the_clock.at, the_clock.at]
    assert told.waits == [5.0, 5.0]
    with rows.transaction() as session:
        (run,) = session.scalars(select(SweepRun)).all()
        assert watch(session, the_clock.at).faults() == []
    assert (run.swept_at, run.delivered_at) == (the_clock.at, the_clock.at)


def test_a_chore_that_fails_holds_up_no_clock(factory: Factory, the_clock: TheClock) -> None:
    def broken(now: datetime) -> None:
        raise ValueError(now)

    subject = factory.start()
    the_clock.set("2026-03-04T13:00Z")
    with structlog.testing.capture_logs() as logs:
        work_once("host:1", threading.Event(), chores=[broken])
    assert steps(subject) == ["chaser_50"]
    assert ("chore_faulted", "broken", "ValueError") in {
        (log["event"], log.get("chore"), log.get("fault")) for log in logs
    }


def test_signs_of_life_do_not_pile_up(factory: Factory, the_clock: TheClock) -> None:
    work_once("host:1", threading.Event())
    the_clock.move(SWEEPS_KEPT + timedelta(seconds=1))
    work_once("host:2", threading.Event())
    with rows.transaction() as session:
        assert session.scalars(select(SweepRun.worker)).all() == ["host:2"]


def test_a_worker_told_to_stop_begins_no_further_batch(factory: Factory, the_clock: TheClock) -> None:
    for _ in range(120):
        factory.start()
    the_clock.set("2026-03-04T13:00Z")
    told = threading.Event()
    told.set()
    swept, _ = work_once("host:1", told)
    assert swept.clocks == 100
    run_worker(told, 5.0)
    assert sweep(the_clock.at).clocks == 20


def test_a_worker_waits_for_a_database_that_has_gone_and_goes_on(
    factory: Factory, the_clock: TheClock, server: str
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-04T13:00Z")

    class Restarted(Told):
        def wait(self, timeout: float | None = None) -> bool:
            if len(self.waits) == 2:
                allow_connections(server, yes=True)
            return super().wait(timeout)

    allow_connections(server, yes=False)
    told = Restarted(looks=4)
    with structlog.testing.capture_logs() as logs:
        run_worker(told, 5.0)
    assert told.waits == [10.0, 20.0, 40.0, 5.0]
    assert [log["event"] for log in logs][:3] == ["worker_waits_for_database"] * 3
    assert steps(subject) == ["chaser_50"]


def allow_connections(server: str, *, yes: bool) -> None:
    """Let the worker in, or turn it out and keep it out."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE referrals_worker {'LOGIN' if yes else 'NOLOGIN'}")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'referrals_worker'"
        )
