"""What the sweep records is what the ladder works out, whenever it runs."""

from datetime import timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import timers
from service.timers import ladder, policy_versions
from service.timers.sweep import sweep
from tests import rows
from tests.conftest import TheClock
from tests.timers.factories import Factory, clock_of, fired, stop

pytestmark = pytest.mark.long

changes = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "raise", "sweep"]), st.integers(1, 40)), max_size=8
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes)
def test_the_firings_recorded_are_those_of_the_ladder_whenever_a_sweep_runs(
    factory: Factory, the_clock: TheClock, changes: list[tuple[str, int]]
) -> None:
    the_clock.set("2026-03-02T09:00Z")
    subject = factory.start()
    for turn, hours in changes:
        the_clock.move(timedelta(hours=hours))
        if turn == "sweep":
            sweep(the_clock.at)
            continue
        with rows.transaction() as session:
            if turn == "pause":
                timers.pause(session, subject, "answer", "returned_for_information")
            elif turn == "resume":
                timers.resume(session, subject, "answer")
            else:
                timers.raise_urgency(session, {subject: None})
    sweep(the_clock.at)
    row, found = clock_of(subject), fired(subject)
    with rows.transaction() as session:
        planned = list(islice(ladder.firings(policy_versions.schedule_of(session, row)), len(found) + 1))
    assert [(f.step_key, f.due_at) for f in found] == [(p.key, p.due_at) for p in planned[:-1]]
    assert (row.next_step, row.next_fires_at) == (planned[-1].key, planned[-1].due_at)
    assert planned[-1].due_at > the_clock.at
    stop(subject)
