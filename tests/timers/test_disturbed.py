"""What nobody expects of a clock: a new bank holiday, hundreds of pauses, a machine whose time is wrong."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

import pytest

from service import db, timers
from service.timers import Subject, calendars, ladder, policy_versions
from service.timers.clock_changes import ClockChange
from service.timers.delivery import deliver
from service.timers.model import ClockFiring
from service.timers.monitoring import watch
from service.timers.sweep import sweep
from tests import rows
from tests.conftest import START, TheClock
from tests.sizes import size
from tests.timers.factories import Factory, clock_of, fired, items, steps
from tests.timers.schedules import answer, due, london, office

pytestmark = pytest.mark.long

PAUSES = size(60, full=200)
HOUR = timedelta(hours=1)
LADDER = ["chaser_50", "chaser_100", "spo", "pdu_head", "region", "director"]


def recorded(firings: Sequence[ClockFiring]) -> list[tuple[object, ...]]:
    return [(each.step_key, each.due_at, each.fired_at, each.late) for each in firings]


def as_the_ladder_says(subject: Subject) -> bool:
    """Return whether what fired and what comes next are what the ladder of the clock works out."""
    row, found = clock_of(subject), fired(subject)
    with rows.transaction() as session:
        planned = list(islice(ladder.firings(policy_versions.schedule_of(session, row)), len(found) + 1))
    recorded = [(each.step_key, each.due_at) for each in found]
    return [*recorded, (row.next_step, row.next_fires_at)] == [(each.key, each.due_at) for each in planned]


def declare_holidays(*days: str) -> None:
    """Publish the calendar of England and Wales with more bank holidays, as for a coronation."""
    known = calendars.document("england-and-wales")
    known["bank_holidays"] = sorted({*known["bank_holidays"], *days})
    with db.transaction("owner") as session:
        assert timers.publish_calendar(session, None, known)


def test_a_bank_holiday_that_is_declared_later_fires_nothing_again_and_takes_nothing_back(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    before = recorded(fired(subject))
    assert [each[0] for each in before] == LADDER[:3]
    declare_holidays("2026-03-05", "2026-03-09", "2026-03-10", "2026-03-11")
    for _ in range(12):
        sweep(the_clock.at)
        assert recorded(fired(subject))[:3] == before
        assert as_the_ladder_says(subject)
        the_clock.move(timedelta(days=1))
    assert steps(subject)[:5] == LADDER[:5]
    assert fired(subject)[3].due_at == london("2026-03-11T17:00"), "the day it was promised for"
    the_clock.set(START)
    later = factory.start()
    assert clock_of(later).due_at == london("2026-03-12T17:00"), "what starts now keeps the new holidays"


def test_two_hundred_pauses_in_an_hour_move_the_ladder_by_the_time_they_took() -> None:
    begun = answer().anchor
    changes = []
    for number in range(200):
        paused = begun + number * timedelta(seconds=18)
        changes += [ClockChange("paused", paused), ClockChange("resumed", paused + timedelta(seconds=12))]
    moved = due(answer(changes=tuple(changes)), 6)
    taken = timedelta(seconds=200 * 12)
    assert moved == {key: office.add_working(at, taken) for key, at in due(answer(), 6).items()}


def test_pauses_one_after_another_fire_nothing_and_always_leave_a_next_firing(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    plain = clock_of(subject).due_at
    for _ in range(PAUSES):
        with rows.transaction() as session:
            assert timers.pause(session, subject, "answer", "returned_for_information")
        assert clock_of(subject).next_fires_at is not None
        the_clock.move(timedelta(seconds=12))
        sweep(the_clock.at)
        with rows.transaction() as session:
            assert timers.resume(session, subject, "answer")
        the_clock.move(timedelta(seconds=6))
    assert steps(subject) == []
    row = clock_of(subject)
    assert (row.state, len(row.changes)) == ("running", 2 * PAUSES)
    assert row.due_at == office.add_working(plain, timedelta(seconds=PAUSES * 12))
    the_clock.set("2026-03-20T09:00Z")
    sweep(the_clock.at)
    assert as_the_ladder_says(subject)
    assert steps(subject)[:5] == LADDER[:5]


def test_a_machine_whose_time_is_set_back_two_hours_fires_nothing_again(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-04T14:00Z")
    sweep(the_clock.at)
    before = recorded(fired(subject))
    the_clock.move(-2 * HOUR)
    assert sweep(the_clock.at).firings == 0
    assert recorded(fired(subject)) == before
    assert deliver(the_clock.at).items == 1, "and what has fired is told, whatever the time is thought to be"
    for _ in range(20):
        the_clock.move(12 * HOUR)
        sweep(the_clock.at)
    assert as_the_ladder_says(subject)
    assert steps(subject) == LADDER[:4]


def test_a_pause_that_ends_before_it_began_gives_nobody_less_time(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    promised = clock_of(subject).due_at
    the_clock.set("2026-03-03T12:00Z")
    with rows.transaction() as session:
        timers.pause(session, subject, "answer", "returned_for_information")
    the_clock.move(-2 * HOUR)
    with rows.transaction() as session:
        timers.resume(session, subject, "answer")
    row = clock_of(subject)
    assert (row.state, row.due_at) == ("running", promised)
    the_clock.set("2026-03-20T17:00Z")
    sweep(the_clock.at)
    assert as_the_ladder_says(subject)


def test_a_machine_whose_time_is_set_forward_thirty_days_records_each_step_once_and_as_late(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.move(timedelta(days=30))
    sweep(the_clock.at)
    deliver(the_clock.at)
    early = fired(subject)
    assert [each.step_key for each in early][:6] == LADDER
    assert [each.due_at for each in early] == sorted(each.due_at for each in early)
    assert all(each.late for each in early if the_clock.at - each.due_at > timedelta(minutes=15))
    assert as_the_ladder_says(subject)
    before = recorded(early)
    the_clock.set("2026-03-03T09:00Z")  # somebody puts the time right
    new = factory.start(urgency="urgent")
    for _ in range(42):
        sweep(the_clock.at)
        deliver(the_clock.at)
        assert recorded(fired(subject))[: len(before)] == before
        the_clock.move(timedelta(days=1))
    assert len(set(steps(subject))) == len(steps(subject)) > len(before), "and it goes on from there"
    assert as_the_ladder_says(subject)
    assert steps(new)[:6] == LADDER, "what starts meanwhile is not held up"
    assert all(item.notice_id for item in items())
    with rows.transaction() as session:
        assert "clocks_not_fired" not in watch(session, the_clock.at).faults()
