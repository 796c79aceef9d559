"""Monitoring of the sweep: what readiness reports when clocks are not fired."""

import threading
from datetime import timedelta

from sqlalchemy import select, text

from service import db, timers
from service.timers.model import CalendarVersion
from service.timers.monitoring import Watch, watch
from service.timers.sweep import sweep
from service.timers.worker import work_once
from tests import rows
from tests.conftest import TheClock
from tests.timers.factories import Factory


def look(the_clock: TheClock) -> Watch:
    with rows.transaction() as session:
        return watch(session, the_clock.at)


def test_all_is_well_while_a_worker_sweeps(factory: Factory, the_clock: TheClock) -> None:
    factory.start()
    work_once("host:1", threading.Event())
    seen = look(the_clock)
    assert seen.faults() == []
    assert (seen.last_sweep, seen.oldest_due, seen.without_firing) == (0, None, 0)


def test_no_sweep_ever_is_a_fault(factory: Factory, the_clock: TheClock) -> None:
    assert look(the_clock).faults() == ["no_sweep"]


def test_a_worker_that_has_gone_is_noticed_by_its_silence_and_by_what_it_leaves(
    factory: Factory, the_clock: TheClock
) -> None:
    factory.start()
    work_once("host:1", threading.Event())
    the_clock.set("2026-03-09T09:00Z")
    seen = look(the_clock)
    assert seen.faults() == ["clocks_not_fired", "no_sweep"]
    assert seen.oldest_due == timedelta(days=4, hours=20).total_seconds()
    assert seen.oldest_overdue == timedelta(days=2, hours=16).total_seconds()


def test_what_is_overdue_is_a_figure_and_no_fault_of_the_sweep(factory: Factory, the_clock: TheClock) -> None:
    factory.start()
    the_clock.set("2026-03-09T09:00Z")
    work_once("host:1", threading.Event())
    seen = look(the_clock)
    assert seen.oldest_overdue
    assert seen.faults() == []


def test_notices_that_are_not_sent_are_a_fault(factory: Factory, the_clock: TheClock) -> None:
    factory.start()
    the_clock.set("2026-03-09T09:00Z")
    sweep(the_clock.at)
    the_clock.move(timedelta(minutes=11))
    assert "notices_not_sent" in look(the_clock).faults()


def test_a_clock_that_cannot_be_fired_is_a_fault(factory: Factory, the_clock: TheClock) -> None:
    factory.start()
    with db.transaction("worker") as session:
        session.execute(text("UPDATE clock SET faulted_at = :now"), {"now": the_clock.at})
    assert "clocks_faulted" in look(the_clock).faults()


def test_the_end_of_the_bank_holidays_is_announced_long_before_it_comes(
    factory: Factory, the_clock: TheClock
) -> None:
    the_clock.set("2028-11-03T09:00Z")
    work_once("host:1", threading.Event())
    assert look(the_clock).calendar_days == 58
    assert look(the_clock).faults() == ["calendar_ends_soon"]
    with db.transaction("owner") as session:
        for known in session.scalars(select(CalendarVersion)).all():
            timers.publish_calendar(
                session, known.organisation_id, {**known.document, "known_until": "2030-12-31"}
            )
    assert look(the_clock).faults() == []


def test_clocks_that_run_on_beyond_their_calendar_are_a_fault(factory: Factory, the_clock: TheClock) -> None:
    the_clock.set("2028-12-18T09:00Z")
    factory.start()
    the_clock.set("2029-01-10T09:00Z")
    work_once("host:1", threading.Event())
    assert "clocks_beyond_calendar" in look(the_clock).faults()
    assert look(the_clock).assumed == 1


def test_every_figure_has_a_name_for_the_metrics(factory: Factory, the_clock: TheClock) -> None:
    assert set(look(the_clock).figures()) == {
        "oldest_due",
        "oldest_overdue",
        "last_sweep",
        "oldest_notice",
        "without_firing",
        "faulted",
        "assumed",
        "nobody_to_tell",
        "calendar_days",
    }
