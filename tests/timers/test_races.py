"""An answer that races an escalation, statement by statement, with real commits: nothing fires after it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, TypeVar

import psycopg
import pytest
from sqlalchemy import func, select

from service.timers import Subject
from service.timers.delivery import deliver
from service.timers.model import Notice
from service.timers.sweep import sweep
from tests import rows
from tests.conftest import START, TheClock
from tests.timers.factories import Factory, clock_of, items, steps, stop
from tests.timers.interleaving import interleave, orders, taking_turns

pytestmark = pytest.mark.long

Result = TypeVar("Result")

RACES: Final = 1_000
DELIVERIES: Final = 100
DUE: Final = START + timedelta(days=7, hours=8)
"""When both reminders and the first step of a routine clock are due."""
FIRED: Final = ["chaser_50", "chaser_100", "spo"]
WORKER, ANSWER = 0, 1
SWEEP_STEPS, DELIVERY_STEPS, ANSWER_STEPS = 16, 24, 6
"""How many steps each makes when nothing disturbs it; others only spread the orders less evenly."""


@pytest.fixture
def monitor(server: str, database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server, dbname=database, autocommit=True) as line:
        yield line


def race(
    monitor: psycopg.Connection[Any], work: Callable[[], Result], subject: Subject, order: list[int]
) -> tuple[Result, list[tuple[int, str]]]:
    """Let a worker and the answer take turns; return what the worker did, and all steps as they were made."""
    done: list[Result] = []
    made = interleave(monitor, [lambda: done.append(work()), lambda: stop(subject)], order)
    return done[0], made


def begun(number: int) -> list[int]:
    """Return how far the answer has come before they take turns; otherwise it would seldom be the first."""
    return [ANSWER] * (number % 4)


def committed(made: list[tuple[int, str]]) -> list[int]:
    """Return who committed, in order."""
    return [number for number, step in made if step == "COMMIT"]


def test_nothing_fires_after_an_answer_whatever_the_order_of_their_statements(
    factory: Factory, the_clock: TheClock, monitor: psycopg.Connection[Any]
) -> None:
    fired_first = 0
    with taking_turns():
        for number, order in enumerate(orders(SWEEP_STEPS, ANSWER_STEPS, RACES)):
            the_clock.set(START)
            subject = factory.start()
            the_clock.set(DUE)
            swept, made = race(monitor, lambda: sweep(DUE, batch=1), subject, begun(number) + order)
            assert steps(subject) == (FIRED if swept.clocks else []), made
            assert swept.faulted == 0, "the answer is passed by or waited for, and never met half way"
            if swept.clocks:
                assert committed(made) == [WORKER, ANSWER], made
            row = clock_of(subject)
            assert (row.state, row.fired, row.next_fires_at) == ("stopped", 3 * swept.clocks, None)
            fired_first += swept.clocks
    assert RACES / 10 < fired_first < RACES * 9 / 10, "each of them wins often enough"
    assert sweep(DUE + timedelta(days=60)).firings == 0
    assert deliver(DUE).notices == 0, "of what fired before an answer, nobody is told after it"


def test_nobody_is_told_after_an_answer_whatever_the_order_of_their_statements(
    factory: Factory, the_clock: TheClock, monitor: psycopg.Connection[Any]
) -> None:
    told_first = sent = 0
    with taking_turns():
        for number, order in enumerate(orders(DELIVERY_STEPS, ANSWER_STEPS, DELIVERIES)):
            the_clock.set(START)
            subject = factory.start()
            the_clock.set(DUE)
            sweep(DUE)
            delivered, made = race(monitor, lambda: deliver(DUE), subject, begun(number) + order)
            last = deliver(DUE)
            assert last.notices == 0, "what was answered meanwhile is not sent later"
            with rows.transaction() as session:
                notices = session.scalar(select(func.count()).select_from(Notice)) or 0
            assert notices - sent == delivered.notices, made
            sent, told_first = notices, told_first + bool(delivered.notices)
    assert all(item.notice_id or item.dropped_at for item in items())
    assert DELIVERIES / 10 < told_first < DELIVERIES * 9 / 10, "each of them wins often enough"
