"""Working time in Europe/London: holidays, weekends, clocks going forward and back, and the horizon."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.timers import calendars
from service.timers.working_time import LONDON, WEEKDAYS, Calendar, CalendarHorizonPassed, OfficeHours

HOUR = timedelta(hours=1)
DAY = 8 * HOUR
ordinary = calendars.read(calendars.document("england-and-wales"))
short_fridays = calendars.read(
    calendars.document(
        "england-and-wales",
        office_hours={**calendars.ORDINARY_HOURS, "fri": ["08:30", "15:00"]},
        closures=["2026-08-12"],
    )
)
round_the_clock = calendars.read(
    calendars.document(
        "england-and-wales",
        office_hours={day: ["00:00", "24:00"] for day in WEEKDAYS},
        open_on_bank_holidays=True,
    )
)
truncated = calendars.read(
    calendars.document("england-and-wales", open_on_bank_holidays=True) | {"known_until": "2025-12-31"}
)
scotland = calendars.read(calendars.document("scotland"))
northern_ireland = calendars.read(calendars.document("northern-ireland"))
every_calendar = st.sampled_from([ordinary, short_fridays, round_the_clock, scotland, northern_ireland])
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 8, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
amounts = st.timedeltas(timedelta(0), timedelta(hours=300))


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@given(every_calendar, moments, amounts, amounts)
def test_adding_one_time_and_then_another_is_adding_both(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.add_working(calendar.add_working(start, first), second) == calendar.add_working(
        start, first + second
    )


@given(every_calendar, moments, moments, amounts)
def test_whoever_starts_later_is_due_no_earlier(
    calendar: Calendar, one: datetime, other: datetime, amount: timedelta
) -> None:
    earlier, later = sorted([one, other])
    assert calendar.add_working(earlier, amount) <= calendar.add_working(later, amount)


@given(every_calendar, moments, amounts)
def test_the_time_between_start_and_due_is_the_time_added(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    due = calendar.add_working(start, amount)
    assert due >= start
    assert calendar.between(start, due) == amount
    assert calendar.between(due, start) == -amount


@given(every_calendar, moments, amounts)
def test_a_reserve_taken_away_leaves_that_reserve(
    calendar: Calendar, end: datetime, amount: timedelta
) -> None:
    start = calendar.less_working(end, amount)
    assert start <= end
    assert calendar.between(start, end) == amount


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02T09:30", 1, "2026-03-03T09:30"),
        ("2026-03-27T16:00", 1, "2026-03-30T16:00"),  # the clocks go forward on the Sunday between
        ("2026-10-23T10:00", 2, "2026-10-27T10:00"),  # and back
        ("2026-04-02T10:00", 1, "2026-04-07T10:00"),  # Maundy Thursday to the Tuesday after Easter
        ("2026-04-04T12:00", 1, "2026-04-07T17:00"),  # asked on Easter Saturday: Tuesday is its first day
        ("2025-12-24T10:00", 3, "2025-12-31T10:00"),  # Christmas, Boxing Day and a weekend between
    ],
)
def test_working_days_pass_over_weekends_and_bank_holidays(start: str, days: int, due: str) -> None:
    assert ordinary.add_working(london(start), days * DAY) == london(due)


def test_nothing_added_is_the_same_moment_even_outside_office_hours() -> None:
    sunday = london("2026-03-08T12:00")
    assert ordinary.add_working(sunday, timedelta(0)) == sunday
    assert ordinary.less_working(sunday, timedelta(0)) == sunday


def test_working_hours_run_only_while_open() -> None:
    assert ordinary.add_working(london("2026-03-06T16:00"), 2 * HOUR) == london("2026-03-09T10:00")
    assert ordinary.less_working(london("2026-03-09T10:00"), 2 * HOUR) == london("2026-03-06T16:00")


def test_a_night_when_the_clocks_change_is_an_hour_shorter_or_longer_for_who_never_closes() -> None:
    assert round_the_clock.between(london("2026-03-29T00:00"), london("2026-03-30T00:00")) == 23 * HOUR
    assert round_the_clock.between(london("2026-10-25T00:00"), london("2026-10-26T00:00")) == 25 * HOUR


def test_five_working_days_are_one_ordinary_week_also_where_fridays_are_short() -> None:
    start = london("2026-06-03T10:00")
    assert short_fridays.add_working(start, 5 * short_fridays.working_day) == london("2026-06-10T10:00")


def test_office_hours_are_read_to_the_minute_and_may_last_until_midnight() -> None:
    assert OfficeHours.parse(["08:30", "15:00"]) == OfficeHours(8 * 60 + 30, 15 * 60)
    assert OfficeHours.parse(["00:00", "24:00"]) == OfficeHours(0, 24 * 60)


@pytest.mark.parametrize(
    "pair",
    [
        ["09:00", "09:00"],
        ["17:00", "09:00"],
        ["09:00", "17:00:30"],
        ["09:00", "17:00:00.5"],
        ["09:00Z", "17:00"],
    ],
)
def test_office_hours_that_never_open_or_are_finer_than_minutes_are_refused(pair: list[str]) -> None:
    with pytest.raises(ValueError, match=f"{pair[0]}|{pair[1]}"):
        OfficeHours.parse(pair)


def test_a_calendar_is_known_from_the_first_minute_of_its_first_day_to_the_last_of_its_last() -> None:
    always = {day: OfficeHours.parse(["00:00", "24:00"]) for day in WEEKDAYS}
    week = Calendar(always, frozenset(), date(2026, 6, 1), date(2026, 6, 7))
    begins, ends = london("2026-06-01T00:00"), london("2026-06-08T00:00")
    last = ends - timedelta(microseconds=1)
    assert week.between(begins, last) == last - begins
    assert week.add_working(begins, last - begins) == last
    assert week.less_working(last, last - begins) == begins
    for beyond in (begins - timedelta(microseconds=1), ends):
        with pytest.raises(CalendarHorizonPassed, match="from 2026-06-01 to 2026-06-07") as refused:
            week.add_working(beyond, HOUR)
        assert refused.value.known_until == date(2026, 6, 7)


def test_no_working_time_passes_on_a_local_closure_or_a_bank_holiday() -> None:
    closure = london("2026-08-12T00:00"), london("2026-08-13T00:00")
    assert (short_fridays.between(*closure), ordinary.between(*closure)) == (0 * HOUR, DAY)
    assert ordinary.between(london("2026-04-06T00:00"), london("2026-04-07T00:00")) == 0 * HOUR


@pytest.mark.parametrize("moment", ["2029-01-01T09:00", "2011-12-31T23:00", "2150-01-01T00:00"])
def test_a_moment_beyond_the_known_bank_holidays_is_refused(moment: str) -> None:
    with pytest.raises(CalendarHorizonPassed):
        ordinary.add_working(london(moment), HOUR)
    with pytest.raises(CalendarHorizonPassed):
        ordinary.between(london("2026-03-02T09:00"), london(moment))


def test_a_sum_that_leads_beyond_the_horizon_is_refused_and_says_where_it_ends() -> None:
    with pytest.raises(CalendarHorizonPassed) as refused:
        ordinary.add_working(london("2028-12-29T16:00"), 2 * HOUR)
    assert refused.value.known_until == date(2028, 12, 31)
    with pytest.raises(CalendarHorizonPassed):
        ordinary.less_working(london("2012-01-03T10:00"), 2 * HOUR)


def test_the_last_known_day_is_known_to_its_end_and_no_further() -> None:
    last = london("2025-12-31T16:00")
    assert truncated.add_working(last, HOUR) == london("2025-12-31T17:00")
    assert truncated.between(last, london("2025-12-31T23:59")) == HOUR
    with pytest.raises(CalendarHorizonPassed):
        truncated.add_working(last, 2 * HOUR)
    with pytest.raises(CalendarHorizonPassed):
        truncated.between(last, london("2026-01-01T00:00"))


def test_no_time_is_worked_before_the_first_opening() -> None:
    first_day = london("2012-01-01T00:00")  # a Sunday, and the Monday is a bank holiday
    assert ordinary.between(first_day, london("2012-01-03T10:00")) == HOUR
    assert ordinary.add_working(first_day, HOUR) == london("2012-01-03T10:00")


@given(moments, amounts)
def test_beyond_its_horizon_a_calendar_supposes_nothing_later_than_the_truth(
    start: datetime, amount: timedelta
) -> None:
    assert truncated.assumed.add_working(start, amount) <= ordinary.add_working(start, amount)


@pytest.mark.parametrize(
    "wrong",
    [
        {"division": "wales"},
        {"division": "england-and-wales", "office_hours": {"mon": ["17:00", "09:00"]}},
        {"division": "england-and-wales", "office_hours": {"monday": ["09:00", "17:00"]}},
        {"division": "england-and-wales", "office_hours": {"mon": ["09:00"]}},
        {"division": "england-and-wales", "office_hours": {"mon": ["09:00:01", "17:00"]}},
        {"division": "england-and-wales", "closures": ["Christmas Eve"]},
    ],
)
def test_an_impossible_calendar_is_refused_when_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        calendars.document(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="added"):
        ordinary.add_working(london("2026-03-02T09:00"), -HOUR)
    with pytest.raises(ValueError, match="never negative"):
        ordinary.less_working(london("2026-03-02T09:00"), -HOUR)


def test_the_dates_shipped_reach_to_the_end_of_2028() -> None:
    assert ordinary.known_until == date(2028, 12, 31)
