"""Schedules of one clock for the tests of the ladder, by value and drawn at random."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from service.timers import calendars, ladder
from service.timers.clock_changes import ChangeKind, ClockChange
from service.timers.ladder import Firing, Schedule, firings
from service.timers.policy import Urgency, parse
from service.timers.working_time import LONDON
from tests.timers.samples import POLICE_DA

police = parse(POLICE_DA)
office = calendars.read(calendars.document("england-and-wales"))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
delays = st.timedeltas(timedelta(0), timedelta(days=25))


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def answer(anchor: datetime | str = "2026-03-02T09:00", **given: Any) -> Schedule:
    at = london(anchor) if isinstance(anchor, str) else anchor
    return Schedule(police.timer("answer"), office, at.astimezone(UTC), pause=police.pause, **given)


def first(schedule: Schedule, number: int) -> list[Firing]:
    return list(islice(firings(schedule), number))


def due(schedule: Schedule, number: int = 8) -> dict[str, datetime]:
    return {firing.key: firing.due_at for firing in first(schedule, number)}


KINDS: tuple[ChangeKind, ...] = ("paused", "resumed", "raised", "sooner", "later")


@st.composite
def schedules(draw: st.DrawFn, changes: int = 6) -> Schedule:
    """Any schedule: with or without a hard date, with any changes that can come one after another."""
    anchor = draw(moments)
    hard_delay = draw(st.none() | delays)
    urgency: Urgency = draw(st.sampled_from(["routine", "urgent"]))
    at, made = anchor, []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=changes)):
        at += draw(st.timedeltas(timedelta(0), timedelta(days=9)))
        earlier = draw(st.none() | delays) if kind not in {"paused", "resumed"} else None
        eases = kind == "later" and draw(st.booleans())
        made.append(ClockChange(kind, at, None if earlier is None else at + earlier, eases=eases))
    timer = police.timer(draw(st.sampled_from(["answer", "ask"])))
    hard_date = None if hard_delay is None else anchor + hard_delay
    version = draw(st.sampled_from(sorted(ladder.VERSIONS)))
    return Schedule(timer, office, anchor, urgency, hard_date, police.pause, tuple(made), version)
