"""A release may add a kind of firing: clocks that run keep their ladder, and nothing fires twice or never."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service import db, migrate
from service.timers import Subject, ladder, policy_versions
from service.timers.ladder import still_to_fire
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests import rows
from tests.conftest import TheClock
from tests.timers.factories import Factory, clock_of, fired, steps
from tests.timers.schedules import answer, first

EVERY_KIND = ladder.VERSIONS[1]
WITHOUT_REMINDERS = dict.fromkeys(ladder.VERSIONS, EVERY_KIND - {"chaser"})
"""As if no release so far had sent reminders."""
NEXT = max(ladder.VERSIONS) + 1
WITH_REMINDERS = {**WITHOUT_REMINDERS, NEXT: EVERY_KIND}
BEFORE_VERSIONS = "0019"
"""As the schema was when what came next was decided by a count."""


def sweep_for(the_clock: TheClock, days: int) -> None:
    """Sweep every six hours for some days."""
    for _ in range(days * 4):
        the_clock.move(timedelta(hours=6))
        sweep(the_clock.at)


def test_a_new_kind_of_firing_neither_repeats_nor_skips_a_step_of_a_clock_that_runs(
    factory: Factory, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_clock.set("2026-03-02T09:00Z")
    monkeypatch.setattr(ladder, "VERSIONS", WITHOUT_REMINDERS)
    running = factory.start()
    ladder_then = clock_of(running).ladder
    sweep_for(the_clock, 8)
    assert steps(running) == ["spo"]

    monkeypatch.setattr(ladder, "VERSIONS", WITH_REMINDERS)
    monkeypatch.setattr(ladder, "STARTED_WITH", NEXT)
    started_since = factory.start()
    sweep_for(the_clock, 30)
    assert steps(running)[:5] == ["spo", "pdu_head", "region", "director", "repeat_1"]
    assert steps(started_since)[:4] == ["chaser_50", "chaser_100", "spo", "pdu_head"]
    assert (clock_of(running).ladder, clock_of(started_since).ladder) == (ladder_then, NEXT)


def test_what_comes_next_is_the_first_that_has_not_fired_whatever_else_has() -> None:
    """A count would take what it stands at: here the third, and the reminders would never come."""
    two_steps = {firing.key for firing in first(answer(), 4) if firing.kind == "step"}
    to_come = still_to_fire(answer(), two_steps)
    assert [next(to_come).key for _ in range(3)] == ["chaser_50", "chaser_100", "region"]


def test_a_clock_started_by_the_release_before_fires_on_where_it_was(
    factory: Factory, the_clock: TheClock
) -> None:
    """Down to the schema before and up again, as an upgrade finds it; beside it one that saw no upgrade."""
    the_clock.set("2026-03-02T09:00Z")
    before, beside = factory.start(), factory.start()
    sweep_for(the_clock, 10)
    fired_before = steps(before)
    assert len(fired_before) > 1
    migrate.downgrade(BEFORE_VERSIONS)
    migrate.upgrade()
    sweep_for(the_clock, 20)
    assert steps(before) == steps(beside)
    assert steps(before)[: len(fired_before)] == fired_before


def record_as_a_tail(subject: Subject) -> None:
    """Record the next repeat as a release did that called it a tail."""
    row = clock_of(subject)
    with db.transaction("worker") as session:
        event = "SELECT event_id FROM clock_firing WHERE clock_id = :clock LIMIT 1"
        session.execute(
            text(
                "INSERT INTO clock_firing (id, clock_id, step_key, ordinal, kind, probation_id, due_at,"
                f" fired_at, late, assumed, event_id) SELECT gen_random_uuid(), :clock, 'tail_1', :ordinal,"
                f" 'tail', :probation, :due, :due, false, false, ({event})"
            ),
            {
                "clock": row.id,
                "ordinal": row.fired + 1,
                "probation": row.probation_id,
                "due": row.next_fires_at,
            },
        )
        session.execute(
            text("UPDATE clock SET fired = fired + 1 WHERE id = :clock"),
            {"clock": row.id},
        )


def test_a_repeat_that_was_recorded_as_a_tail_does_not_fire_again(
    factory: Factory, the_clock: TheClock
) -> None:
    the_clock.set("2026-03-02T09:00Z")
    subject = factory.start()
    while clock_of(subject).next_step != "repeat_1":
        sweep_for(the_clock, 1)
    record_as_a_tail(subject)
    sweep_for(the_clock, 20)
    assert [key for key in steps(subject) if key.startswith(("tail", "repeat"))] == ["tail_1", "repeat_2"]


def test_a_clock_whose_firings_cannot_be_seen_is_not_armed(factory: Factory, the_clock: TheClock) -> None:
    """It would fire again what has fired."""
    the_clock.set("2026-03-02T09:00Z")
    subject = factory.start()
    sweep_for(the_clock, 5)
    assert fired(subject)
    with rows.transaction() as session:
        row = session.get_one(Clock, clock_of(subject).id)
        session.expunge(row)
        row.fired += 1
        with pytest.raises(LookupError):
            policy_versions.fired_keys(session, [row])
