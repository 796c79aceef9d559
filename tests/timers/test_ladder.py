"""The ladder as a pure function: counted from the anchor, pulled forward by a hard date, always the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.checks.policies import POLICIES as OF_REVIEWS
from service.destinations.policies import POLICIES as OF_DESTINATIONS
from service.timers import calendars
from service.timers.clock_changes import ChangeKind, ClockChange
from service.timers.ladder import Schedule, hard_date, is_hurried, target, target_is_assumed
from service.timers.policy import Span, Urgency, parse
from service.timers.working_time import CalendarHorizonPassed
from tests.timers.schedules import answer, delays, due, first, london, moments, office, police


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
    assert [(each.key, each.kind) for each in first(paused, 7)] == [
        ("spo", "step"),
        ("pause_1_review_1", "pause_review"),
        ("pdu_head", "step"),
        ("region", "step"),
        ("hard_date_1", "hard_date"),
        ("pause_1_review_2", "pause_review"),
        ("pause_1_ended", "pause_ended"),
    ]


def test_a_hard_date_far_off_pulls_nothing_forward() -> None:
    assert due(answer(hard_date=london("2026-09-01T10:00"))) == due(answer())


def test_a_hard_date_already_past_makes_it_urgent_and_nothing_late_at_once() -> None:
    """T2: released 200 days ago; nobody is late in the second in which the question is sent."""
    released = answer(hard_date=london("2025-08-14T00:00"))
    assert due(released) == due(answer(urgency="urgent"))
    assert is_hurried(released)
    assert not is_hurried(answer())
    assert hard_date(released) == london("2025-08-14T00:00"), "what was given is still on record"


def test_on_the_very_day_the_target_is_that_of_today() -> None:
    """A hearing begins at the start of its day, and the court waits: asked at nine, due by one."""
    timer = replace(
        police.timer("answer"), targets={**police.timer("answer").targets, "today": Span(4, "wh")}
    )
    assert target(replace(answer(hard_date=london("2026-03-02T00:00")), timer=timer)) == london(
        "2026-03-02T13:00"
    )
    yesterday = replace(answer(hard_date=london("2026-03-01T00:00")), timer=timer)
    assert target(yesterday) == london("2026-03-02T17:00"), "the urgent one"
    without = answer(hard_date=london("2026-03-02T00:00"))
    assert target(without) == london("2026-03-02T17:00"), "a policy without one"


@pytest.mark.parametrize(
    ("hard", "due_at"),
    [
        # From Monday at nine, two working days are to be kept free before the day.
        pytest.param("2026-03-05T00:00", {"spo": "2026-03-02T17:00"}, id="just enough"),
        pytest.param(
            "2026-03-04T00:00",
            {"spo": "2026-03-02T13:00", "pdu_head": "2026-03-02T17:00", "region": "2026-03-03T13:00"},
            id="two days are left, shared among the three steps",
        ),
        pytest.param(
            "2026-03-03T00:00",
            {"spo": "2026-03-02T11:00", "pdu_head": "2026-03-02T13:00", "region": "2026-03-02T13:00"},
            id="one day is left",
        ),
    ],
)
def test_a_hard_date_nearer_than_its_reserve_leaves_the_steps_what_time_there_is(
    hard: str, due_at: dict[str, str]
) -> None:
    times = due(answer(hard_date=london(hard)))
    assert {key: times[key] for key in due_at} == {key: london(at) for key, at in due_at.items()}
    assert times["hard_date_1"] == london(hard)


def test_where_no_working_time_is_left_everything_comes_at_the_hard_date() -> None:
    """Sent on Friday evening, needed on Monday before the offices open."""
    times = due(answer("2026-03-06T18:00", hard_date=london("2026-03-09T00:00")))
    assert {times[key] for key in ("spo", "pdu_head", "region", "hard_date_1")} == {
        london("2026-03-09T00:00")
    }


def test_at_the_hard_date_itself_something_fires() -> None:
    """T7: the steps have come before, the next is days later, and the day has come without an answer."""
    at = london("2026-03-20T00:00")
    found = {firing.key: firing for firing in first(answer(hard_date=at), 12)}
    assert found["hard_date_1"].due_at == at
    assert found["hard_date_1"].to == {"probation": "practitioner", "partner": "duty_manager"}
    assert not any(firing.kind == "hard_date" for firing in first(answer(), 20))


def test_a_hard_date_far_beyond_the_last_step_fires_among_the_repeats() -> None:
    at = london("2026-06-01T10:00")
    found = first(answer(hard_date=at), 20)
    assert [each.due_at for each in found] == sorted(each.due_at for each in found)
    assert "hard_date_1" in [each.key for each in found]


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


@settings(max_examples=100)
@given(moments, st.none() | delays)
def test_an_urgent_case_is_never_later_than_a_routine_one(anchor: datetime, hard: timedelta | None) -> None:
    hard_date = anchor + hard if hard is not None else None
    routine, urgent = (
        due(answer(anchor, hard_date=hard_date, urgency=urgency), 6) for urgency in ("routine", "urgent")
    )
    assert all(urgent[key] <= routine[key] for key in routine.keys() & urgent.keys())


@settings(max_examples=100)
@given(moments, delays)
def test_a_hard_date_never_makes_anything_later(anchor: datetime, hard: timedelta) -> None:
    free, pulled = due(answer(anchor), 6), due(answer(anchor, hard_date=anchor + hard), 6)
    assert all(pulled[key] <= free[key] for key in free.keys() & pulled.keys())


@settings(max_examples=200)
@given(
    moments, st.timedeltas(timedelta(days=-400), timedelta(days=25)), st.sampled_from(["routine", "urgent"])
)
def test_nothing_is_late_when_it_begins(anchor: datetime, hard: timedelta, urgency: Urgency) -> None:
    schedule = answer(anchor, hard_date=anchor + hard, urgency=urgency)
    assert target(schedule) > anchor or office.between(anchor, anchor + hard) == timedelta(0)
    assert all(
        firing.due_at > anchor for firing in first(schedule, 10) if firing.kind in {"step", "hard_date"}
    )


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
    for document in (*OF_DESTINATIONS, *OF_REVIEWS):
        timer = parse(document).timer("answer")
        hard = None if timer.targets["urgent"] else london("2026-06-02T09:00")
        found = first(Schedule(timer, office, london("2026-03-02T09:00"), "urgent", hard_date=hard), 20)
        assert found[-1].kind == "repeat"


def test_a_clock_that_begins_and_ends_beyond_the_horizon_keeps_its_reserves_and_says_so() -> None:
    # From Monday 5 March 2029; the hearing is on the Friday.
    hearing = answer("2029-03-05T09:00", hard_date=london("2029-03-09T10:00"))
    assert [(each.key, each.due_at, each.assumed) for each in first(hearing, 8)] == [
        ("chaser_50", london("2029-03-06T09:30"), True),
        ("chaser_100", london("2029-03-07T10:00"), True),
        ("spo", london("2029-03-07T10:00"), True),
        ("pdu_head", london("2029-03-08T10:00"), True),
        ("region", london("2029-03-08T14:00"), True),
        ("hard_date_1", london("2029-03-09T10:00"), False),
        ("director", london("2029-03-21T10:00"), True),
        ("repeat_1", london("2029-03-28T10:00"), True),
    ]
    assert (target(hearing), target_is_assumed(hearing)) == (london("2029-03-07T10:00"), True)


def test_a_hard_date_beyond_the_horizon_is_supposed_only_where_working_time_is_counted_back_from_it() -> None:
    timer = police.timer("answer")
    schedule = answer("2029-03-05T09:00", hard_date=london("2029-03-09T10:00"))
    nights = replace(schedule, timer=replace(timer, reserves=(Span(2, "d"),)))
    assert (target(nights), target_is_assumed(nights)) == (london("2029-03-07T10:00"), False)
    by_then = replace(schedule, timer=replace(timer, reserves=()))
    assert (target(by_then), target_is_assumed(by_then)) == (london("2029-03-09T10:00"), False)


def test_a_pause_that_begins_beyond_the_horizon_takes_the_working_time_supposed_there() -> None:
    changes = (
        ClockChange("paused", london("2029-03-06T09:00").astimezone(UTC)),
        ClockChange("resumed", london("2029-03-07T13:00").astimezone(UTC)),
    )
    assert target(answer("2029-03-05T09:00", changes=changes)) == london("2029-03-13T13:00")
