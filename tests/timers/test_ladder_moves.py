"""A clock that is moved onto another version of its policy: nothing fires twice, and nothing due is lost."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.timers import ladder
from service.timers.clock_changes import ClockChange, Rules
from service.timers.ladder import Schedule, firings, still_to_fire, target
from service.timers.policy import parse
from service.timers.versions import drafts
from tests.timers.drafted import documents
from tests.timers.samples import POLICE_DA
from tests.timers.schedules import answer, due, london, office, schedules

VERSION = UUID(int=2)


def rules(document: dict[str, Any], timer: str = "answer") -> Rules:
    policy = parse(document)
    return Rules(policy.timer(timer), policy.pause)


def moved(schedule: Schedule, at: datetime, onto: Rules, version: UUID = VERSION) -> Schedule:
    return replace(
        schedule,
        changes=(*schedule.changes, ClockChange("moved", at, policy=version)),
        moved_onto={**schedule.moved_onto, version: onto},
    )


def with_figures(**figures: Any) -> Rules:
    draft = drafts.override(POLICE_DA, {"answer": figures})
    assert draft.faults == []
    return rules(draft.document)


def with_targets(**targets: str) -> Rules:
    """Return the rules of a general version with other targets: no ceiling holds for them."""
    answer = POLICE_DA["answer"]
    return rules({**POLICE_DA, "answer": {**answer, "targets": {**answer["targets"], **targets}}})


SOONER = with_figures(targets={"routine": "2wd"})
LATER = with_targets(routine="20wd")


def test_a_move_counts_what_is_to_come_from_the_anchor_by_the_new_version() -> None:
    at = london("2026-03-03T09:00")
    found = due(moved(answer(), at, SOONER))
    fresh = due(replace(answer(), timer=SOONER.timer))
    assert found == fresh
    assert target(moved(answer(), at, SOONER)) == london("2026-03-03T17:00")


def test_what_is_late_by_the_new_version_comes_next_with_its_own_time() -> None:
    at = london("2026-03-06T16:00")
    fired = {firing.key for firing in firings_until(answer(), at)}
    assert fired == {"chaser_50"}
    late = [
        firing
        for firing in islice(still_to_fire(moved(answer(), at, SOONER), fired), 9)
        if firing.due_at <= at
    ]
    assert [(firing.key, firing.due_at) for firing in late] == [
        ("chaser_100", london("2026-03-03T17:00")),
        ("spo", london("2026-03-04T17:00")),
        ("pdu_head", london("2026-03-06T17:00")),
    ][:2]


def test_what_has_fired_stays_fired_and_its_target_may_come_again() -> None:
    at = london("2026-03-10T09:00")
    clock = answer()
    assert target(clock) < at, "overdue"
    later = moved(clock, at, LATER)
    before = [firing.key for firing in firings_until(clock, at)]
    assert before == ["chaser_50", "chaser_100", "spo"]
    assert [firing.key for firing in islice(firings(later), 6)] == [*before, "pdu_head", "region", "director"]
    assert target(later) == london("2026-03-27T17:00")


def test_a_target_that_was_passed_before_a_raise_moves_with_the_version_all_the_same() -> None:
    raised = answer(changes=(ClockChange("raised", london("2026-03-10T09:00")),))
    assert target(raised) == london("2026-03-06T17:00")
    slow = with_targets(routine="20wd", urgent="10wd")
    assert target(moved(raised, london("2026-03-11T09:00"), slow)) == london("2026-03-23T17:00")


def test_a_clock_that_repeats_goes_on_repeating_by_the_new_version() -> None:
    at = london("2026-05-05T12:00")
    before = firings_until(answer(), at)
    assert before[-1].key.startswith("repeat_")
    number = int(before[-1].key.removeprefix("repeat_"))
    following = list(islice(still_to_fire(moved(answer(), at, SOONER), {one.key for one in before}), 3))
    assert all(firing.due_at > at for firing in following), "repeats of the past are not made up for"
    assert all(int(firing.key.removeprefix("repeat_")) > number for firing in following)
    assert office.between(at, following[0].due_at) <= office.working_day * 5, "it is not silent meanwhile"


def test_repeats_that_the_new_version_would_have_had_by_now_fire_once() -> None:
    at = london("2026-04-17T12:00")
    slow = replace(answer(), timer=LATER.timer)
    before = {firing.key for firing in firings_until(slow, at)}
    assert not any(key.startswith("repeat_") for key in before)
    quick = with_figures(
        targets={"routine": "1wd"},
        steps=[{"key": key, "at": "T"} for key in ("spo", "pdu_head", "region", "director")],
    )
    late = [one for one in islice(still_to_fire(moved(slow, at, quick), before), 30) if one.due_at <= at]
    assert [one.key.partition("_")[0] for one in late].count("repeat") == 1


def test_a_move_during_a_pause_leaves_the_clock_paused() -> None:
    paused = answer(changes=(ClockChange("paused", london("2026-03-03T09:00")),))
    at = london("2026-03-04T09:00")
    assert ladder.is_paused(moved(paused, at, SOONER), at + timedelta(hours=1))
    assert "pause_1_ended" in [firing.key for firing in islice(firings(moved(paused, at, SOONER)), 6)]


def test_nothing_is_known_of_a_version_that_was_not_read() -> None:
    unread = replace(answer(), changes=(ClockChange("moved", london("2026-03-03T09:00"), policy=VERSION),))
    with pytest.raises(LookupError):
        target(unread)


def test_a_move_is_read_as_it_is_written() -> None:
    change = ClockChange("moved", london("2026-03-03T09:00"), policy=VERSION)
    assert ClockChange.from_json(change.as_json()) == change


def firings_until(schedule: Schedule, at: datetime) -> list[ladder.Firing]:
    found = []
    for firing in firings(schedule):
        if firing.due_at > at:
            break
        found.append(firing)
    return found


@given(
    schedules(), st.lists(st.tuples(documents(), st.timedeltas(timedelta(0), timedelta(days=40))), max_size=3)
)
def test_whatever_versions_a_clock_is_moved_onto_each_step_fires_once_and_none_is_lost(
    schedule: Schedule, moves: list[tuple[dict[str, Any], timedelta]]
) -> None:
    at = max([schedule.anchor, *(change.at for change in schedule.changes)])
    answering = bool(schedule.timer.chasers)
    for number, (document, delay) in enumerate(moves):
        at += delay
        before = firings_until(schedule, at)
        onto = rules(document, "answer" if answering else "ask")
        schedule = moved(schedule, at, onto, UUID(int=number + 1))
        after = list(islice(firings(schedule), len(before) + 40))
        assert after[: len(before)] == before, "what was due before the move keeps its time and its place"
        keys = [firing.key for firing in after]
        assert len(set(keys)) == len(keys), "no step fires twice"
        rest = after[len(before) :]
        assert [one.due_at for one in rest] == sorted(one.due_at for one in rest)
        assert {step.key for step in onto.timer.steps} <= set(keys), "no step is left out"
        assert any(one.due_at > at for one in rest), "it is never silent"
        repeats = [one for one in rest if one.kind == "repeat" and one.due_at <= at]
        assert len(repeats) <= 1
