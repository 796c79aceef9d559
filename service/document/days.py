"""Counting in calendar months and weeks, as the rules of lead time and age do. Pure."""

import calendar
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """Count calendar months forward or back; where the day does not exist, the last day of the month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def first_day_within(months: int, of: date) -> date:
    """Find the first day from which another is at most so many months ahead; months differ in length."""
    day = months_after(of, -months)
    while months_after(day, months) < of:
        day += timedelta(days=1)
    return day


def weeks_before(day: date, weeks: int) -> date:
    """Count weeks back."""
    return day - timedelta(weeks=weeks)
