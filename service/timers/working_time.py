"""Working time: when a responder is open, and the moment a number of working hours or days from another.

Computed in Europe/London wall-clock hours and answered in UTC; pure, and it refuses to guess beyond the last
day for which the bank holidays are known.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY = timedelta(days=1)
ASSUMED_UNTIL = date(2110, 12, 31)  # beyond any date the service accepts
_MIDNIGHT = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class CalendarHorizonPassed(ValueError):  # noqa: N818 - it says what happened
    """A moment lies outside the years whose bank holidays this calendar knows."""

    def __init__(self, known_from: date, known_until: date) -> None:
        super().__init__(f"working time is known from {known_from} to {known_until} only")
        self.known_until = known_until


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours of one weekday in minutes after London midnight; 1440 is the midnight that ends the day."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, pair: Sequence[str]) -> "OfficeHours":
        """Read a pair such as `["09:00", "17:00"]`.

        Raises:
            ValueError: it is no such pair, or does not open before it closes.
        """
        opens, closes = (_minutes(text) for text in pair)
        if not opens < closes:
            raise ValueError(f"office hours {pair[0]}-{pair[1]} do not open before they close")
        return cls(opens, closes)


class Calendar:
    """One organisation's open hours, day by day, between two dates.

    All spans are laid out once, so that every question is a binary search. Working time is what a stopwatch
    would show that runs only while the organisation is open: that is what makes adding a, then b, the same
    as adding a + b, whatever the clocks do in March and October.
    """

    def __init__(
        self,
        office_hours: Mapping[str, OfficeHours],
        days_off: frozenset[date],
        known_from: date,
        known_until: date,
    ) -> None:
        """Build the open spans.

        Args:
            office_hours: by weekday (`mon` ... `sun`); closed on those left out.
            days_off: bank holidays and local closures.
            known_from: the first day for which `days_off` is complete.
            known_until: the last.
        """
        if not office_hours or set(office_hours) - set(WEEKDAYS):
            raise ValueError("office hours are needed for at least one of mon, tue, wed, thu, fri, sat, sun")
        self.known_from = known_from
        self.known_until = known_until
        self.working_day = _mean_day(office_hours.values())
        self._office_hours, self._days_off = office_hours, days_off
        self._start = _micros(_at(known_from, 0))
        self._end = _micros(_at(known_until + ONE_DAY, 0))
        self._opens, self._closes, self._worked = array("q"), array("q"), array("q")
        worked = 0
        for opens, closes in _spans(office_hours, days_off, known_from, known_until):
            self._opens.append(opens)
            self._closes.append(closes)
            worked += closes - opens
            self._worked.append(worked)  # open time up to the end of this span

    @cached_property
    def assumed(self) -> "Calendar":
        """The same calendar, assuming weeks without bank holidays after its horizon.

        Bank holidays only ever take time away, so that what is counted forward here is never later than the
        truth: good enough to keep an open clock from falling silent, never to make a promise.
        """
        return Calendar(self._office_hours, self._days_off, self.known_from, ASSUMED_UNTIL)

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        """Return the earliest moment (UTC) by which `amount` of open time has passed since `start`.

        Raises CalendarHorizonPassed when that moment, or the start, is beyond what is known.
        """
        if amount < timedelta(0):
            raise ValueError("working time is added, not taken away: see less_working")
        moment = self._known(start)
        return (
            _datetime(moment)
            if not amount
            else self._moment_of(self._worked_by(moment) + amount // _MICROSECOND)
        )

    def less_working(self, end: datetime, amount: timedelta) -> datetime:
        """Return the earliest moment (UTC) with no more than `amount` of open time left until `end`."""
        if amount < timedelta(0):
            raise ValueError("working time to take away is never negative")
        moment = self._known(end)
        return (
            _datetime(moment)
            if not amount
            else self._moment_of(self._worked_by(moment) - amount // _MICROSECOND)
        )

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time from `start` to `end` (negative when `end` is the earlier)."""
        return (self._worked_by(self._known(end)) - self._worked_by(self._known(start))) * _MICROSECOND

    def is_open(self, moment: datetime) -> bool:
        """Return whether the organisation is open at a moment; beyond the horizon, as in an ordinary week."""
        local = moment.astimezone(LONDON)
        hours = self._office_hours.get(WEEKDAYS[local.weekday()])
        if hours is None or local.date() in self._days_off:
            return False
        return hours.opens <= local.hour * 60 + local.minute < hours.closes

    def next_morning(self, after: datetime, at: time) -> datetime:
        """Return the first moment (UTC) after another that is this time of day on a day it is open.

        Args:
            at: in London.
        """
        day = after.astimezone(LONDON).date()
        while True:
            moment = datetime.combine(day, at, LONDON).astimezone(UTC)
            if moment > after and WEEKDAYS[day.weekday()] in self._office_hours and day not in self._days_off:
                return moment
            day += ONE_DAY

    def _known(self, moment: datetime) -> int:
        micros = _micros(moment)
        if not self._start <= micros < self._end:
            raise CalendarHorizonPassed(self.known_from, self.known_until)
        return micros

    def _worked_by(self, moment: int) -> int:
        place = bisect_right(self._opens, moment)
        if not place:
            return 0
        return self._worked[place - 1] - max(0, self._closes[place - 1] - moment)

    def _moment_of(self, worked: int) -> datetime:
        place = bisect_left(self._worked, worked)
        if worked < 0 or place == len(self._worked):
            raise CalendarHorizonPassed(self.known_from, self.known_until)
        return _datetime(self._closes[place] - (self._worked[place] - worked))


class EveryHour:
    """The calendar of what cannot wait: every hour of every day, as on a stopwatch, without a horizon."""

    working_day = ONE_DAY

    @property
    def assumed(self) -> "EveryHour":
        """The same: it knows of every day."""
        return self

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        """Return the moment (UTC) that is `amount` after `start`."""
        return start.astimezone(UTC) + amount

    def less_working(self, end: datetime, amount: timedelta) -> datetime:
        """Return the moment (UTC) that is `amount` before `end`."""
        return end.astimezone(UTC) - amount

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the time from `start` to `end`."""
        return end.astimezone(UTC) - start.astimezone(UTC)


EVERY_HOUR = EveryHour()


def _spans(
    office_hours: Mapping[str, OfficeHours], days_off: frozenset[date], first: date, last: date
) -> Iterator[tuple[int, int]]:
    """Yield the open spans in microseconds since 1970; round the clock, they touch at each midnight."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        hours = office_hours.get(WEEKDAYS[day.weekday()])
        if hours and day not in days_off:
            yield _micros(_at(day, hours.opens)), _micros(_at(day, hours.closes))


def _mean_day(hours: Collection[OfficeHours]) -> timedelta:
    """Return the mean open day of an ordinary week: as many working days as a week has are one week."""
    lengths = [each.closes - each.opens for each in hours]
    return timedelta(minutes=sum(lengths)) / len(lengths)


def _at(day: date, minutes: int) -> datetime:
    if minutes == _MIDNIGHT:
        day, minutes = day + ONE_DAY, 0
    return datetime.combine(day, time(*divmod(minutes, 60)), LONDON)


def _minutes(text: str) -> int:
    if text == "24:00":
        return _MIDNIGHT
    at = time.fromisoformat(text)
    if at.second or at.microsecond or at.tzinfo:
        raise ValueError(f"{text!r} is not a time of day in whole minutes")
    return at.hour * 60 + at.minute


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _datetime(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
