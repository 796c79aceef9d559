"""What holds the engine together, taken away piece by piece: each time something else stops the harm, or a
test sees it. Which test kills which of these mutants is listed in docs/mutants.md.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import psycopg
import pytest
from sqlalchemy import Select, text

from service import db
from service.timers import Subject, ladder, policy_versions
from service.timers import sweep as sweeping
from service.timers.ladder import Schedule
from service.timers.model import Clock
from service.timers.sweep import sweep
from service.timers.writes import clocks, firings
from tests import rows
from tests.conftest import START, TheClock
from tests.timers.factories import Factory, clock_of, fired, steps, stop
from tests.timers.interleaving import interleave, taking_turns

pytestmark = pytest.mark.long

DUE = START + timedelta(days=7, hours=8)
FIRED = ["chaser_50", "chaser_100", "spo"]
CLAIMED = [0] * 3
"""The first worker has begun, said who it is, and found its clock."""
REFUSES_WHAT_COMES_AFTER_A_STOP = (
    "ALTER TABLE clock_firing DISABLE TRIGGER fires_only_while_open",
    "ALTER TABLE clock DISABLE TRIGGER keeps_its_course",
    "ALTER TABLE clock DROP CONSTRAINT an_open_clock_fires_again",
)
FIRES_A_STEP_ONCE = (
    "ALTER TABLE clock_firing DROP CONSTRAINT a_step_fires_once",
    "ALTER TABLE clock_firing DROP CONSTRAINT steps_are_in_order",
)
"""A firing is numbered, too, so that no two workers can record the same one."""


@pytest.fixture
def monitor(server: str, database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server, dbname=database, autocommit=True) as line:
        yield line


@pytest.fixture
def due(factory: Factory, the_clock: TheClock) -> Subject:
    subject = factory.start()
    the_clock.set(DUE)
    return subject


@pytest.fixture
def unfenced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep looks for what is due and does not lock it."""
    fenced = sweeping.longest_due

    def longest_due(now: datetime) -> Select[Clock]:
        found = fenced(now)
        found._for_update_arg = None
        return found

    monkeypatch.setattr(sweeping, "longest_due", longest_due)


def altered(*statements: str) -> None:
    with db.transaction("owner") as session:
        for statement in statements:
            session.execute(text(statement))


def test_without_the_fence_the_database_still_refuses_what_would_fire_after_the_answer(
    due: Subject, monitor: psycopg.Connection[Any], unfenced: None
) -> None:
    swept = []
    with taking_turns():
        interleave(
            monitor, [lambda: swept.append(sweep(DUE, batch=1)), lambda: stop(due)], [*CLAIMED, *[1] * 9]
        )
    assert steps(due) == []
    assert swept[0].faulted == 1, "which is what the thousand races do not allow"


def test_without_the_fence_and_without_what_the_database_refuses_it_would_fire(
    due: Subject, monitor: psycopg.Connection[Any], unfenced: None
) -> None:
    altered(*REFUSES_WHAT_COMES_AFTER_A_STOP)
    with taking_turns():
        interleave(monitor, [lambda: sweep(DUE, batch=1), lambda: stop(due)], [*CLAIMED, *[1] * 9])
    assert steps(due) == FIRED


def two_sweeps(monitor: psycopg.Connection[Any]) -> int:
    """Let two workers find the same clock before either writes; return how often that was a fault."""
    swept: list[int] = []
    work = lambda: swept.append(sweep(DUE, batch=1).faulted)  # noqa: E731
    with taking_turns():
        interleave(monitor, [work, work], [*CLAIMED, 1, 1, 1, *[0, 1] * 20])
    return sum(swept)


def test_without_the_fence_the_unique_key_still_lets_each_step_fire_once(
    due: Subject, monitor: psycopg.Connection[Any], unfenced: None
) -> None:
    assert two_sweeps(monitor) == 1
    assert steps(due) == FIRED


def test_without_the_fence_and_without_the_unique_key_a_step_would_fire_twice(
    due: Subject, monitor: psycopg.Connection[Any], unfenced: None
) -> None:
    altered(*FIRES_A_STEP_ONCE)
    two_sweeps(monitor)
    assert Counter(steps(due)) == dict.fromkeys(FIRED, 2)


def test_without_the_unique_key_the_fence_still_lets_each_step_fire_once(
    due: Subject, monitor: psycopg.Connection[Any]
) -> None:
    altered(*FIRES_A_STEP_ONCE)
    assert two_sweeps(monitor) == 0
    assert steps(due) == FIRED


def counted_from_the_anchor(subject: Subject) -> bool:
    """Return whether all that fired, and what comes next, are as the anchor has it."""
    row, found = clock_of(subject), fired(subject)
    with rows.transaction() as session:
        planned = list(islice(ladder.firings(policy_versions.schedule_of(session, row)), len(found) + 1))
    recorded = [(each.step_key, each.due_at) for each in found]
    return [*recorded, (row.next_step, row.next_fires_at)] == [(each.key, each.due_at) for each in planned]


@pytest.mark.parametrize("anew", [False, True])
def test_counting_from_when_a_step_happened_to_fire_would_move_the_ladder(
    factory: Factory, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch, anew: bool
) -> None:
    arm = clocks.arm

    def from_now(row: Clock, schedule: Schedule, now: datetime, *, fired: Any) -> None:
        arm(row, replace(schedule, anchor=now) if anew else schedule, now, fired=fired)

    monkeypatch.setattr(firings, "arm", from_now)
    subject = factory.start()
    the_clock.set("2026-03-05T11:00Z")  # the reminder was due the day before
    sweep(the_clock.at)
    assert counted_from_the_anchor(subject) != anew
