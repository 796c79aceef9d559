"""The ladder as a pure function: counted from the anchor, pulled forward, paused, raised; always the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.timers import calendars
from service.timers.ladder import (
    ChangeKind,
    ClockChange,
    Firing,
    Schedule,
    firings,
    is_paused,
    pauses_for,
    target,
    target_is_assumed,
)
from service.timers.policies import POLICIES
from service.timers.policy import Span, Urgency, parse
from service.timers.working_time import LONDON, CalendarHorizonPassed
from tests.timers.samples import POLICE_DA

police = parse(POLICE_DA)
office = calendars.read(calendars.document("england-and-wales"))
DAY = office.working_day
HOUR = timedelta(hours=1)
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


KINDS: tuple[ChangeKind, ...] = ("paused", "resumed", "raised")


@st.composite
def courses(draw: st.DrawFn, changes: int = 6) -> Schedule:
    """Any course: with or without a hard date, with any turns that can come one after another."""
    anchor = draw(moments)
    hard_delay = draw(st.none() | delays)
    urgency: Urgency = draw(st.sampled_from(["routine", "urgent"]))
    at, made = anchor, []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=changes)):
        at += draw(st.timedeltas(timedelta(0), timedelta(days=9)))
        earlier = draw(st.none() | delays) if kind == "raised" else None
        made.append(ClockChange(kind, at, None if earlier is None else at + earlier))
    timer = police.timer(draw(st.sampled_from(["answer", "ask"])))
    hard_date = None if hard_delay is None else anchor + hard_delay
    return Schedule(timer, office, anchor, urgency, hard_date, police.pause, tuple(made))


def test_the_ladder_of_a_routine_request_is_counted_in_working_days_from_its_anchor() -> None:
    assert due(answer()) == {
        "chaser_50": london("2026-03-04T13:00"),
        "chaser_100": london("2026-03-06T17:00"),
        "spo": london("2026-03-09T17:00"),
        "pdu_head": london("2026-03-11T17:00"),
        "region": london("2026-03-16T17:00"),
        "director": london("2026-03-20T17:00"),
        "repeat_1": london("2026-03-27T17:00"),
        "repeat_2": london("2026-04-07T17:00"),  # Easter lies between
    }


def test_the_target_is_when_the_clock_becomes_overdue() -> None:
    assert target(answer()) == london("2026-03-06T17:00")
    assert target(answer(urgency="urgent")) == london("2026-03-02T17:00")


def test_the_practitioner_is_told_first_then_the_spo_then_the_head_of_pdu_each_once_in_two_weeks() -> None:
    ask = Schedule(police.timer("ask"), office, london("2026-03-02T09:00"))
    in_two_weeks = [
        (firing.to["probation"], firing.due_at)
        for firing in first(ask, 10)
        if firing.due_at <= london("2026-03-16T09:00")
    ]
    assert in_two_weeks == [
        ("practitioner", london("2026-03-03T17:00")),
        ("spo", london("2026-03-03T17:00")),
        ("pdu_head", london("2026-03-05T17:00")),
    ]


def test_a_chaser_reminds_the_responder_and_moves_no_step() -> None:
    unchased = replace(answer(), timer=replace(police.timer("answer"), chasers=()))
    assert first(answer(), 1)[0].to == {"partner": None}
    assert {key: at for key, at in due(answer()).items() if not key.startswith("chaser")} == due(unchased, 6)


def test_a_hard_date_pulls_the_target_and_the_steps_forward_by_its_reserves() -> None:
    hearing = answer(hard_date=london("2026-03-06T10:00"))
    assert target(hearing) == london("2026-03-04T10:00")
    pulled = due(hearing)
    assert pulled["spo"] == london("2026-03-04T10:00")
    assert pulled["pdu_head"] == london("2026-03-05T10:00")
    assert pulled["region"] == london("2026-03-05T14:00")
    assert pulled["director"] == london("2026-03-18T10:00")


def test_a_hard_date_is_the_latest_target_where_no_reserve_is_kept() -> None:
    timer = replace(police.timer("answer"), reserves=())
    hearing = london("2026-03-04T10:00")
    assert target(replace(answer(hard_date=hearing), timer=timer)) == hearing
    assert target(replace(answer(hard_date=london("2026-09-01T10:00")), timer=timer)) == target(answer())


def test_days_before_a_hard_date_are_calendar_days_also_where_the_clocks_change() -> None:
    timer = replace(police.timer("answer"), reserves=(Span(21, "d"),))
    schedule = replace(
        answer(hard_date=london("2026-04-14T10:00")), timer=timer, anchor=london("2026-03-20T09:00")
    )
    assert target(schedule) == london("2026-03-24T10:00")


def test_a_repeat_may_be_counted_in_calendar_days() -> None:
    timer = police.timer("answer")
    daily = replace(answer(), timer=replace(timer, repeat=replace(timer.repeat, every=Span(1, "d"))))
    hourly = replace(answer(), timer=replace(timer, repeat=replace(timer.repeat, every=Span(24, "wh"))))
    assert due(daily)["repeat_1"] == due(hourly)["repeat_1"]


def test_every_firing_is_known_by_its_key_and_its_kind() -> None:
    ask = Schedule(police.timer("ask"), office, london("2026-03-02T09:00"))
    assert [(each.key, each.kind) for each in first(ask, 4)] == [
        ("owner", "owner"),
        ("spo", "step"),
        ("pdu_head", "step"),
        ("repeat_1", "repeat"),
    ]
    assert [each.kind for each in first(answer(), 3)] == ["chaser", "chaser", "step"]
    paused = answer(
        hard_date=london("2026-03-06T10:00"),
        changes=(ClockChange("paused", london("2026-03-03T09:00").astimezone(UTC)),),
    )
    assert [(each.key, each.kind) for each in first(paused, 6)] == [
        ("spo", "step"),
        ("pause_1_review_1", "pause_review"),
        ("pdu_head", "step"),
        ("region", "step"),
        ("pause_1_review_2", "pause_review"),
        ("pause_1_ended", "pause_ended"),
    ]


def test_a_hard_date_far_off_pulls_nothing_forward() -> None:
    assert due(answer(hard_date=london("2026-09-01T10:00"))) == due(answer())


def test_a_hard_date_already_past_makes_its_steps_due_at_once() -> None:
    late = due(answer(hard_date=london("2026-02-20T10:00")), 5)
    assert {late[key] for key in ("chaser_50", "chaser_100", "spo", "pdu_head", "region")} == {
        london("2026-03-02T09:00")
    }


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


def test_urgent_is_no_later_than_routine_where_the_office_is_open_half_days() -> None:
    half_days = calendars.read(
        calendars.document(
            "england-and-wales",
            office_hours={day: ["09:00", "13:00"] for day in calendars.ORDINARY_HOURS},
        )
    )
    timer = replace(
        police.timer("answer"), targets={"routine": Span(1, "wd"), "urgent": Span(8, "wh")}, chasers=()
    )
    routine = Schedule(timer, half_days, london("2026-03-02T09:00").astimezone(UTC))
    assert target(routine) == london("2026-03-02T13:00")
    assert target(replace(routine, urgency="urgent")) == target(routine)


def test_raising_urgency_brings_forward_what_is_still_to_come_and_nothing_to_before_itself() -> None:
    raised = answer(changes=(ClockChange("raised", london("2026-03-04T15:00").astimezone(UTC)),))
    times = due(raised)
    assert times["chaser_50"] == london("2026-03-04T13:00"), "already past"
    assert times["chaser_100"] == times["spo"] == london("2026-03-04T15:00")
    assert times["pdu_head"] == london("2026-03-05T17:00")
    assert target(raised) == london("2026-03-04T15:00")


def test_a_later_hard_date_never_gives_more_time() -> None:
    hearing = answer(hard_date=london("2026-03-06T10:00"), urgency="urgent")
    later = ClockChange("raised", london("2026-03-02T10:00").astimezone(UTC), london("2026-09-01T10:00"))
    assert due(replace(hearing, changes=(later,))) == due(hearing)


def test_a_target_once_passed_is_moved_by_nothing() -> None:
    overdue = answer()
    for kind in KINDS:
        turned = replace(overdue, changes=(ClockChange(kind, london("2026-03-10T09:00").astimezone(UTC)),))
        assert target(turned) == target(overdue)


def test_work_that_comes_in_after_the_cut_off_counts_from_the_next_opening() -> None:
    timer = replace(police.timer("answer"), cut_off=time(13))
    early, late = (replace(answer(f"2026-03-06T{at}"), timer=timer) for at in ("13:00", "13:01"))
    assert target(early) == london("2026-03-13T13:00")
    assert target(late) == london("2026-03-13T17:00")
    assert target(replace(answer("2026-03-07T20:00"), timer=timer)) == london("2026-03-13T17:00")


def test_prompts_before_a_placement_ends_are_counted_in_nights() -> None:
    ending = parse(
        {
            "key": "placement.cas3_end",
            "answer": {
                "target": "H",
                "calendar": "probation",
                "steps": [
                    {"key": f"prompt_{nights}", "at": f"H-{nights}d", "probation": "practitioner"}
                    for nights in (42, 21, 7)
                ],
                "tail": {"every": "2wd", "to": "pdu_head"},
            },
        }
    )
    schedule = Schedule(
        ending.timer("placement_end"),
        office,
        london("2026-03-02T15:00"),
        hard_date=london("2026-05-25T10:00"),
    )
    assert due(schedule, 4) == {
        "prompt_42": london("2026-04-13T10:00"),
        "prompt_21": london("2026-05-04T10:00"),
        "prompt_7": london("2026-05-18T10:00"),
        "repeat_1": london("2026-05-27T17:00"),  # the 25th is a bank holiday
    }
    assert target(schedule) == london("2026-05-25T10:00")
    with pytest.raises(ValueError, match="hard date"):
        first(replace(schedule, hard_date=None), 1)


@settings(max_examples=150)
@given(courses())
def test_firings_never_go_back_in_time_and_never_repeat_a_key(schedule: Schedule) -> None:
    found = first(schedule, 25)
    assert [each.due_at for each in found] == sorted(each.due_at for each in found)
    assert len({each.key for each in found}) == 25
    assert all(each.due_at >= schedule.anchor for each in found)


@settings(max_examples=150)
@given(courses())
def test_every_step_is_reached_however_the_clock_turned(schedule: Schedule) -> None:
    keys = {firing.key for firing in first(schedule, 60)}
    assert {step.key for step in schedule.timer.steps} <= keys


@settings(max_examples=150)
@given(courses(changes=4), st.sampled_from(KINDS), delays, st.none() | delays)
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
@given(courses(), st.integers(1, 20))
def test_replaying_the_same_record_gives_the_same_due_times(schedule: Schedule, number: int) -> None:
    again = replace(schedule, changes=tuple(replace(change) for change in schedule.changes))
    assert first(schedule, 20)[:number] == first(again, number)


@settings(max_examples=100)
@given(moments, st.none() | delays)
def test_an_urgent_case_is_never_later_than_a_routine_one(anchor: datetime, hard: timedelta | None) -> None:
    hard_date = anchor + hard if hard is not None else None
    routine, urgent = (
        due(answer(anchor, hard_date=hard_date, urgency=urgency), 6) for urgency in ("routine", "urgent")
    )
    assert routine.keys() == urgent.keys()
    assert all(urgent[key] <= routine[key] for key in routine)


@settings(max_examples=100)
@given(moments, delays)
def test_a_hard_date_never_makes_anything_later(anchor: datetime, hard: timedelta) -> None:
    free, pulled = due(answer(anchor), 6), due(answer(anchor, hard_date=anchor + hard), 6)
    assert all(pulled[key] <= free[key] for key in free)


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


def before_the_horizon(kinds: Sequence[ChangeKind] = ()) -> Schedule:
    at = london("2028-12-19T09:00").astimezone(UTC)
    return answer(at, changes=tuple(ClockChange(kind, at) for kind in kinds))


def test_beyond_the_horizon_a_running_ladder_goes_on_and_says_that_it_supposes() -> None:
    found = {firing.key: firing for firing in first(before_the_horizon(), 8)}
    assert not found["spo"].assumed
    assert found["director"].assumed
    assert found["repeat_2"].assumed
    assert not target_is_assumed(before_the_horizon())
    assert not first(before_the_horizon(["paused"]), 1)[0].assumed
    assert target_is_assumed(answer("2028-12-28T09:00"))


def test_there_is_an_end_to_supposing_too() -> None:
    with pytest.raises(CalendarHorizonPassed):
        first(answer("2111-03-01T09:00"), 1)


def test_every_policy_we_ship_climbs_at_once_when_urgent_and_never_ends() -> None:
    for document in POLICIES:
        timer = parse(document).timer("answer")
        found = first(Schedule(timer, office, london("2026-03-02T09:00"), "urgent"), 20)
        assert found[-1].kind == "repeat"
