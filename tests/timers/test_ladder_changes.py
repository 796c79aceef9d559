"""A clock that changes: paused, resumed or raised to urgent, and what that does to what is still to come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.timers.clock_changes import ChangeKind, ClockChange
from service.timers.ladder import Schedule, hard_date, is_hurried, is_paused, pauses_for, target
from service.timers.policy import Span, parse
from tests.timers.schedules import (
    KINDS,
    answer,
    delays,
    due,
    first,
    london,
    moments,
    office,
    police,
    schedules,
)

DAY = office.working_day
HOUR = timedelta(hours=1)


def test_a_pause_holds_the_ladder_by_the_working_time_it_took() -> None:
    changes = (
        ClockChange("paused", london("2026-03-05T09:00").astimezone(UTC)),
        ClockChange("resumed", london("2026-03-06T13:00").astimezone(UTC)),
    )
    before, after = due(answer()), due(answer(changes=changes))
    assert after["chaser_50"] == before["chaser_50"], "already past"
    for key in ("chaser_100", "spo", "pdu_head", "region", "director"):
        assert after[key] == office.add_working(before[key], 12 * HOUR)


def test_a_pause_arms_a_timer_of_its_own_and_ends_when_its_allowance_is_used() -> None:
    paused = answer(changes=(ClockChange("paused", london("2026-03-03T09:00").astimezone(UTC)),))
    assert [(each.key, each.due_at, each.to) for each in first(paused, 4)] == [
        ("pause_1_review_1", london("2026-03-04T17:00"), {"probation": "practitioner"}),
        ("pause_1_review_2", london("2026-03-06T17:00"), {"probation": "practitioner"}),
        ("pause_1_ended", london("2026-03-09T17:00"), {"probation": "practitioner"}),
        ("chaser_50", london("2026-03-11T13:00"), {"partner": None}),
    ]
    assert is_paused(paused, london("2026-03-09T16:59"))
    assert not is_paused(paused, london("2026-03-09T17:00"))
    assert target(paused) == london("2026-03-13T17:00")


def test_the_allowance_is_for_all_pauses_together() -> None:
    spent = answer(changes=(ClockChange("paused", london("2026-03-03T09:00").astimezone(UTC)),))
    assert pauses_for(answer(), "returned_for_information", london("2026-03-03T09:00"))
    assert not pauses_for(answer(), "tea_break", london("2026-03-03T09:00"))
    assert not pauses_for(spent, "returned_for_information", london("2026-03-03T10:00")), "paused already"
    assert not pauses_for(spent, "returned_for_information", london("2026-03-10T09:00")), "nothing left"
    again = replace(
        spent, changes=(*spent.changes, ClockChange("paused", london("2026-03-12T09:00").astimezone(UTC)))
    )
    assert due(again) == due(spent)


def test_a_clock_whose_policy_knows_no_pause_is_never_paused() -> None:
    without = replace(answer(), pause=None)
    at = london("2026-03-03T09:00").astimezone(UTC)
    asked_to = replace(without, changes=(ClockChange("paused", at),))
    assert due(asked_to) == due(without)
    assert not is_paused(asked_to, at)
    assert not pauses_for(without, "returned_for_information", at)


def test_a_step_that_a_hard_date_insists_on_fires_during_a_pause() -> None:
    schedule = answer(
        hard_date=london("2026-03-06T10:00"),
        changes=(ClockChange("paused", london("2026-03-03T09:00").astimezone(UTC)),),
    )
    keys = [firing.key for firing in first(schedule, 8)]
    assert keys.index("pdu_head") < keys.index("pause_1_ended")
    assert due(schedule)["pdu_head"] == london("2026-03-05T10:00")
    assert target(schedule) == london("2026-03-04T10:00")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_due_at_the_very_moment_of_a_turn_keeps_its_time_and_its_place(kind: ChangeKind) -> None:
    at = london("2026-03-04T13:00").astimezone(UTC)
    turned = answer(changes=(ClockChange(kind, at),))
    assert (first(turned, 1)[0].key, first(turned, 1)[0].due_at) == ("chaser_50", at)


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_reached_at_the_very_moment_of_a_turn_stays(kind: ChangeKind) -> None:
    at = london("2026-03-06T17:00").astimezone(UTC)
    assert target(answer(changes=(ClockChange(kind, at),))) == at


def test_raising_urgency_brings_forward_what_is_still_to_come_and_nothing_to_before_itself() -> None:
    raised = answer(changes=(ClockChange("raised", london("2026-03-04T15:00").astimezone(UTC)),))
    times = due(raised)
    assert times["chaser_50"] == london("2026-03-04T13:00"), "already past"
    assert times["chaser_100"] == london("2026-03-05T15:00"), "counted from when it became urgent"
    assert times["spo"] == london("2026-03-06T15:00")
    assert times["pdu_head"] == london("2026-03-10T15:00")
    assert target(raised) == london("2026-03-05T15:00")


def test_what_is_raised_late_is_due_no_later_than_it_was() -> None:
    raised = answer(changes=(ClockChange("raised", london("2026-03-06T15:00").astimezone(UTC)),))
    assert target(raised) == target(answer()) == london("2026-03-06T17:00")


def test_in_the_first_version_what_is_raised_counts_from_the_beginning() -> None:
    raised = answer(version=1, changes=(ClockChange("raised", london("2026-03-04T15:00").astimezone(UTC)),))
    times = due(raised)
    assert times["chaser_100"] == times["spo"] == london("2026-03-04T15:00")
    assert times["pdu_head"] == london("2026-03-05T17:00")
    assert target(raised) == london("2026-03-04T15:00")


RELEASE = london("2026-04-20T00:00")


def turned(kind: ChangeKind, at: str, to: datetime | None, **given: Any) -> Schedule:
    return answer(changes=(ClockChange(kind, london(at).astimezone(UTC), to),), **given)


def test_a_date_that_comes_sooner_pulls_everything_forward() -> None:
    """T1: the release is in three days where it was in seven weeks."""
    sooner = turned("sooner", "2026-03-03T09:00", london("2026-03-06T00:00"), hard_date=RELEASE)
    times = due(sooner, 12)
    assert times["spo"] == target(sooner) == london("2026-03-03T17:00")
    assert times["hard_date_2"] == london("2026-03-06T00:00")
    assert hard_date(sooner) == london("2026-03-06T00:00")
    assert "hard_date_1" not in times


def test_a_date_put_back_gives_the_time_again_and_takes_back_nothing_that_fired() -> None:
    near = london("2026-03-05T00:00")
    later = turned("later", "2026-03-03T10:00", RELEASE, hard_date=near)
    before = due(answer(hard_date=near))
    times = due(later, 14)
    assert times["spo"] == before["spo"] == london("2026-03-02T17:00"), "fired already"
    assert times["pdu_head"] == london("2026-03-11T17:00")
    assert times["hard_date_2"] == RELEASE
    assert target(later) == london("2026-03-02T17:00"), "it was overdue, and says so"
    none = turned("later", "2026-03-02T10:00", None, hard_date=near)
    assert target(none) == target(answer())
    assert not any(firing.kind == "hard_date" for firing in first(none, 20))


def test_a_date_that_has_passed_when_it_becomes_known_makes_it_urgent_from_then() -> None:
    """He was released three days ago, and probation learns of it on day four."""
    released = turned("sooner", "2026-03-05T10:00", london("2026-03-02T00:00"), hard_date=RELEASE)
    assert target(released) == london("2026-03-06T10:00")
    assert is_hurried(released)


def test_what_a_date_that_had_passed_made_urgent_may_wait_when_somebody_says_so() -> None:
    """The wrong year, put right: what else has made it urgent stays."""
    moment = london("2026-03-02T12:00").astimezone(UTC)
    later = ClockChange("later", moment, RELEASE)
    wrong = london("2025-04-20T00:00")
    eased = answer(hard_date=wrong, changes=(replace(later, eases=True),))
    assert target(answer(hard_date=wrong, changes=(later,))) == london("2026-03-02T17:00")
    assert target(eased) == target(answer(hard_date=RELEASE)) == london("2026-03-06T17:00")
    assert (is_hurried(eased), hard_date(eased)) == (False, RELEASE)
    urgent = answer(hard_date=wrong, urgency="urgent", changes=(replace(later, eases=True),))
    assert target(urgent) == target(answer(urgency="urgent"))
    raised = replace(eased, changes=(ClockChange("raised", moment), *eased.changes))
    assert is_hurried(raised)
    assert ClockChange.from_json(eased.changes[0].as_json()) == eased.changes[0]


def test_a_later_hard_date_never_gives_more_time() -> None:
    hearing = answer(hard_date=london("2026-03-06T10:00"), urgency="urgent")
    later = ClockChange("raised", london("2026-03-02T10:00").astimezone(UTC), london("2026-09-01T10:00"))
    assert due(replace(hearing, changes=(later,))) == due(hearing)


def test_a_target_once_passed_is_moved_by_nothing() -> None:
    overdue = answer()
    for kind in KINDS:
        turned = replace(overdue, changes=(ClockChange(kind, london("2026-03-10T09:00").astimezone(UTC)),))
        assert target(turned) == target(overdue)


@settings(max_examples=150)
@given(schedules())
def test_firings_never_go_back_in_time_and_never_repeat_a_key(schedule: Schedule) -> None:
    found = first(schedule, 25)
    assert [each.due_at for each in found] == sorted(each.due_at for each in found)
    assert len({each.key for each in found}) == 25
    assert all(each.due_at >= schedule.anchor for each in found)


@settings(max_examples=150)
@given(schedules())
def test_every_step_is_reached_however_the_clock_turned(schedule: Schedule) -> None:
    keys = {firing.key for firing in first(schedule, 60)}
    assert {step.key for step in schedule.timer.steps} <= keys


@settings(max_examples=150)
@given(schedules(changes=4), st.sampled_from(KINDS), delays, st.none() | delays)
def test_what_was_due_before_a_turn_keeps_its_time_and_its_place(
    schedule: Schedule, kind: ChangeKind, delay: timedelta, hard: timedelta | None
) -> None:
    at = max([schedule.anchor, *(change.at for change in schedule.changes)]) + delay
    turned = replace(
        schedule, changes=(*schedule.changes, ClockChange(kind, at, at + hard if hard is not None else None))
    )
    past = [firing for firing in first(schedule, 60) if firing.due_at <= at]
    after = first(turned, 60)
    assert after[: len(past)] == past
    assert all(firing.due_at >= at for firing in after[len(past) :])


@settings(max_examples=100)
@given(schedules(), st.integers(1, 20))
def test_replaying_the_same_record_gives_the_same_due_times(schedule: Schedule, number: int) -> None:
    again = replace(schedule, changes=tuple(replace(change) for change in schedule.changes))
    assert first(schedule, 20)[:number] == first(again, number)


@settings(max_examples=100)
@given(moments, delays, delays)
def test_a_pause_moves_what_is_to_come_by_exactly_the_working_time_it_took(
    anchor: datetime, delay: timedelta, length: timedelta
) -> None:
    paused_at = anchor + delay
    resumed_at = paused_at + length
    changes = (ClockChange("paused", paused_at), ClockChange("resumed", resumed_at))
    taken = min(office.between(paused_at, resumed_at), 5 * DAY)
    held = {firing.key: firing.due_at for firing in first(answer(anchor, changes=changes), 20)}
    for key, at in due(answer(anchor), 6).items():
        if at > paused_at:
            assert held[key] >= paused_at
            assert office.between(at, held[key]) == taken
        else:
            assert held[key] == at


STORED = [
    (ClockChange("resumed", datetime(2026, 3, 3, 9, tzinfo=UTC)), "resumed", {}),
    (
        ClockChange("paused", datetime(2026, 3, 3, 9, tzinfo=UTC), reason="returned_for_information"),
        "paused",
        {"reason": "returned_for_information"},
    ),
    (
        ClockChange("raised", datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 6, 10, tzinfo=UTC)),
        "raised",
        {"hard_date": "2026-03-06T10:00:00+00:00"},
    ),
]


@pytest.mark.parametrize(("change", "kind", "besides"), STORED)
def test_a_change_of_the_clock_is_stored_with_its_kind_its_moment_and_only_what_came_with_it(
    change: ClockChange, kind: str, besides: dict[str, str]
) -> None:
    stored = {"kind": kind, "at": "2026-03-03T09:00:00+00:00"} | besides
    assert change.as_json() == stored
    assert ClockChange.from_json(stored) == change


@given(st.sampled_from(KINDS), moments, st.none() | moments, st.none() | st.text("abcdefgh_", min_size=1))
def test_a_stored_change_is_read_back_as_it_was(
    kind: ChangeKind, at: datetime, hard_date: datetime | None, reason: str | None
) -> None:
    change = ClockChange(kind, at, hard_date, reason)
    assert ClockChange.from_json(change.as_json()) == change


@settings(max_examples=100)
@given(schedules(changes=4), delays)
def test_raising_a_clock_to_urgent_never_makes_anything_later(schedule: Schedule, delay: timedelta) -> None:
    at = max([schedule.anchor, *(change.at for change in schedule.changes)]) + delay
    raised = replace(schedule, changes=(*schedule.changes, ClockChange("raised", at)))
    assert target(raised) <= target(schedule)


def test_a_hard_date_passed_during_a_pause_stays_the_target_whatever_comes_after_the_pause() -> None:
    paused = answer(
        hard_date=london("2026-03-06T10:00"),
        changes=(ClockChange("paused", london("2026-03-03T09:00").astimezone(UTC)),),
    )
    after_its_end = london("2026-03-12T09:00").astimezone(UTC)
    for kind in KINDS:
        changed = replace(paused, changes=(*paused.changes, ClockChange(kind, after_its_end)))
        assert target(changed) == target(paused) == london("2026-03-04T10:00")


def paused_from(at: str, schedule: Schedule) -> Schedule:
    return replace(schedule, changes=(ClockChange("paused", london(at).astimezone(UTC)),))


def test_a_pause_that_ends_when_its_review_is_due_is_not_reviewed() -> None:
    pause = replace(police.pause, review_after=Span(5, "wd")) if police.pause else None
    once = replace(paused_from("2026-03-03T09:00", answer()), pause=pause)
    assert [firing.key for firing in first(once, 2)] == ["pause_1_ended", "chaser_50"]


def test_a_step_that_a_hard_date_wants_when_a_pause_ends_comes_after_it() -> None:
    # The pause of five working days ends on Monday 9 March at 17:00, two working days before the hard date.
    schedule = paused_from("2026-03-03T09:00", answer(hard_date=london("2026-03-11T17:00")))
    assert [(each.key, each.due_at) for each in first(schedule, 5)] == [
        ("pause_1_review_1", london("2026-03-04T17:00")),
        ("pause_1_review_2", london("2026-03-06T17:00")),
        ("pause_1_ended", london("2026-03-09T17:00")),
        ("chaser_50", london("2026-03-09T17:00")),
        ("chaser_100", london("2026-03-09T17:00")),
    ]
    assert first(schedule, 6)[-1].key == "spo"


def test_a_hard_date_that_has_passed_when_a_pause_begins_is_due_when_it_begins() -> None:
    late = paused_from("2026-03-03T09:00", answer(hard_date=london("2026-03-02T17:00")))
    raised = ClockChange("raised", london("2026-03-03T10:00").astimezone(UTC), london("2026-03-02T16:00"))
    firings = first(replace(late, changes=(*late.changes, raised)), 12)
    assert [each.due_at for each in firings] == sorted(each.due_at for each in firings)
    fresh = answer(version=1, changes=(late.changes[0], raised))
    assert due(fresh)["spo"] == london("2026-03-03T10:00")


def test_a_prompt_before_the_end_of_a_stay_comes_although_its_clock_is_paused() -> None:
    ending = parse(
        {
            "key": "placement.cas3_end",
            "answer": {
                "target": "H",
                "calendar": "probation",
                "steps": [
                    {"key": "days_7", "at": "H-7d", "probation": "practitioner"},
                    {"key": "end", "at": "H", "probation": "spo"},
                ],
                "tail": {"every": "2wd", "to": "pdu_head"},
            },
        }
    )
    stay = Schedule(
        ending.timer("placement_end"),
        office,
        london("2026-03-02T09:00").astimezone(UTC),
        hard_date=london("2026-03-11T10:00"),
        pause=police.pause,
    )
    assert [
        (each.key, each.due_at, dict(each.to)) for each in first(paused_from("2026-03-03T09:00", stay), 5)
    ] == [
        ("days_7", london("2026-03-04T10:00"), {"probation": "practitioner"}),
        ("pause_1_review_1", london("2026-03-04T17:00"), {"probation": "practitioner"}),
        ("pause_1_review_2", london("2026-03-06T17:00"), {"probation": "practitioner"}),
        ("pause_1_ended", london("2026-03-09T17:00"), {"probation": "practitioner"}),
        ("end", london("2026-03-11T10:00"), {"probation": "spo"}),
    ]


def test_a_pause_beyond_the_horizon_says_that_its_end_is_supposed() -> None:
    paused = paused_from("2028-12-28T09:00", answer("2028-12-27T09:00"))
    assert [(each.key, each.due_at, each.assumed) for each in first(paused, 3)] == [
        ("pause_1_review_1", london("2028-12-29T17:00"), False),
        ("pause_1_review_2", london("2029-01-02T17:00"), True),
        ("pause_1_ended", london("2029-01-03T17:00"), True),
    ]
