"""Whatever is published and moved, and whenever: nothing is fired twice, and nothing due is lost."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import clock, db, timers
from service.access.actor import Actor
from service.timers import Subject, ladder, policy_versions
from service.timers.clock_changes import ClockChange
from service.timers.ladder import Schedule
from service.timers.model import Clock
from service.timers.policy import parse
from service.timers.scopes import Scope
from service.timers.sweep import sweep
from service.timers.versions import actions, queries
from tests import rows
from tests.conftest import TheClock
from tests.people.factories import as_owner
from tests.timers.drafted import figures
from tests.timers.factories import Factory, clock_of, fired, stop

pytestmark = pytest.mark.long

OPERATOR = Actor.for_operator("o.perator")
KEY = "police_da.trial"

acts = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("publish"), figures(), st.integers(0, 3)),
            st.tuples(st.just("apply"), st.integers(0, 5)),
            st.tuples(st.sampled_from(["start", "pause", "resume", "raise", "sweep"])),
        ),
        st.integers(1, 60),
    ),
    min_size=2,
    max_size=10,
)


def publish(factory: Factory, drawn: dict[str, Any], narrowness: int) -> None:
    scope = Scope(factory.ids["police"] if narrowness & 2 else None, "N55")
    with db.transaction("owner") as session:
        known = queries.editions(session, OPERATOR, [KEY])
        actions.publish(session, OPERATOR, known, scope, {"figures": drawn, "reason": "drawn"})


def apply(place: int) -> None:
    with db.transaction("owner") as session:
        known = queries.editions(session, OPERATOR, [KEY])
        current = sorted(queries.in_force(known, clock.now()).values(), key=str)
        chosen = current[place % len(current)]
        version = next(one for one in known if one.id == chosen)
        actions.apply(session, OPERATOR, version, reason="drawn")


def act(factory: Factory, done: tuple[Any, ...], subjects: list[Subject]) -> None:
    kind, *more = done
    if kind == "publish":
        publish(factory, *more)
    elif kind == "apply":
        apply(*more)
    elif kind == "start":
        subjects.append(factory.start())
    else:
        with rows.transaction() as session:
            if kind == "pause":
                timers.pause(session, subjects[0], "answer", "returned_for_information")
            elif kind == "resume":
                timers.resume(session, subjects[0], "answer")
            else:
                timers.raise_urgency(session, {subjects[0]: None})


def from_events(row: Clock, calendar: Any) -> Schedule:
    """Work the schedule of a clock out from what it was started with and from its events alone."""
    documents = {(one["key"], one["version"]): one for one in as_owner("SELECT * FROM policy")}
    started_with = next(one for one in documents.values() if one["id"] == row.policy_id)
    moves = as_owner("SELECT * FROM event WHERE name = 'clock.moved' ORDER BY ordinal")
    mine = [one for one in moves if one["data"]["clock"] == str(row.id)]
    onto = [documents[one["data"]["policy"], one["data"]["policy_version"]] for one in mine]
    changes = [ClockChange.from_json(each) for each in row.changes]
    # Events number in the order in which they happened, and so do the changes of a clock.
    told = iter(zip(mine, onto, strict=True))
    replayed = []
    for change in changes:
        if change.kind == "moved":
            event, version = next(told)
            assert (event["occurred_at"], version["id"]) == (change.at, change.policy)
        replayed.append(change)
    assert next(told, None) is None, "every move has its event"
    rules = {one["id"]: policy_versions.rules_of(parse(one["document"]), row.timer) for one in onto}
    first = policy_versions.rules_of(parse(started_with["document"]), row.timer)
    return Schedule(
        first.timer, calendar, row.anchor, pause=first.pause, changes=tuple(replayed), moved_onto=rules
    )


def in_force_then(row: Clock, at: datetime, responder: UUID) -> UUID | None:
    """Return the version that was in force for a clock when it was started, by hand."""
    every = as_owner("SELECT * FROM policy WHERE key = 'police_da.trial' ORDER BY version DESC")
    for scope in ((responder, "N55"), (responder, None), (None, "N55"), (None, None)):
        for one in every:
            if (one["responder_id"], one["area"]) == scope and one["published_at"] <= at:
                found: UUID = one["id"]
                return found
    return None


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts)
def test_editing_a_policy_never_fires_or_unfires_anything(
    factory: Factory, the_clock: TheClock, acts: list[tuple[tuple[Any, ...], int]]
) -> None:
    the_clock.set("2026-03-02T09:00Z")
    subjects = [factory.start()]
    recorded: dict[Subject, list[tuple[str, datetime]]] = {}
    for done, hours in acts:
        the_clock.move(timedelta(hours=hours))
        act(factory, done, subjects) if done != ("sweep",) else sweep(the_clock.at)
        for subject in subjects:
            before, now = recorded.get(subject, []), [(one.step_key, one.due_at) for one in fired(subject)]
            assert now[: len(before)] == before, "what has fired stays fired"
            recorded[subject] = now
    sweep(the_clock.at)
    for subject in subjects:
        row, found = clock_of(subject), fired(subject)
        keys = [one.step_key for one in found]
        assert len(set(keys)) == len(keys), "each step at most once"
        assert row.policy_id == in_force_then(row, row.started_at, factory.ids["police"])
        with rows.transaction() as session:
            schedule = policy_versions.schedule_of(session, row)
            calendar = policy_versions.calendar(session, row.calendar_id)
        planned = list(islice(ladder.firings(schedule), len(found) + 1))
        assert [(one.step_key, one.due_at) for one in found] == [
            (one.key, one.due_at) for one in planned[:-1]
        ]
        assert (row.next_step, row.next_fires_at) == (planned[-1].key, planned[-1].due_at)
        assert planned[-1].due_at > the_clock.at, "nothing due is lost"
        assert row.due_at == ladder.target(schedule)
        assert list(islice(ladder.firings(from_events(row, calendar)), len(planned))) == planned
        stop(subject)
