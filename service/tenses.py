"""When a date of a request may lie, as the field would say it: has been, will be, or lies around another day.

A document is amended for months, so what it plans or ends is never a future: a release date that has passed
since is still one. Pure; `service.fields` checks what is sent by it, and nothing stored is read by it again.
"""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far the clock of a caller may be ahead of ours, or behind it."""
NOBODY_BORN_BEFORE: Final = date(1905, 1, 1)
"""An earlier date of birth, such as 1900-01-01, stands for one that is not known."""


@dataclass(frozen=True)
class Span:
    """A length of time beside today, in calendar years and days."""

    years: int = 0
    days: int = 0

    @property
    def words(self) -> str:
        """The length in words, such as 44 weeks or five years."""
        if self.years:
            return "a year" if self.years == 1 else f"{self.years} years"
        weeks, rest = divmod(self.days, 7)
        return f"{self.days} days" if rest else f"{weeks} weeks"


NONE: Final = Span()


@dataclass(frozen=True)
class Tense:
    """When a day or a moment may lie.

    Args:
        before, after: how far before and after today, both included; `NONE` for not at all, and None for as
            far as any date may lie.
        hint: what to give instead, in a sentence.
    """

    before: Span | None
    after: Span | None
    hint: str = ""

    def words(self, now: str) -> str:
        """Say the bounds as an instruction.

        Args:
            now: the present in the unit of the field: `today` or `now`.
        """
        if self.after == NONE:
            limit = f", nor more than {self.before.words} before it" if self.before else ""
            said = f"Must not be after {now}{limit}."
        elif self.before == NONE:
            limit = f", and within {self.after.words}" if self.after else ""
            said = f"Must be {now} or later{limit}."
        elif self.before and self.after:
            said = f"Must be from {self.before.words} before {now} to {self.after.words} after it."
        else:
            said = f"Must be at most {self.after.words} after {now}." if self.after else ""
        return f"{said} {self.hint}".strip()

    def has(self, day: date, today: date) -> bool:
        """Return whether a day lies within the bounds."""
        return (self.before is None or day >= _beside(today, self.before, -1)) and (
            self.after is None or day <= _beside(today, self.after, 1)
        )

    def has_moment(self, moment: datetime, now: datetime) -> bool:
        """Return whether a moment lies within the bounds, give or take what clocks differ.

        Args:
            moment, now: both in the zone whose days are counted.
        """
        if self.after == NONE and moment > now + CLOCKS_DIFFER:
            return False
        if self.before == NONE and moment < now - CLOCKS_DIFFER:
            return False
        # Just before or after midnight, the clock that differs may be in another day.
        return self.has(moment.date(), now.date()) or abs(moment - now) <= CLOCKS_DIFFER


def _beside(today: date, span: Span, direction: int) -> date:
    year = today.year + direction * span.years
    day = 28 if (today.month, today.day) == (2, 29) and not isleap(year) else today.day
    return date(year, today.month, day) + timedelta(days=direction * span.days)


_NOT_BORN: Final = "For an unborn child, give `due_date`."

# Has been.
BEEN: Final = Tense(None, NONE)
"""A birth, or what an agency has on record. It begins with the first day of any date: 1900-01-01 is what
systems write for a birth that is not known, and for a search of everything."""
BORN: Final = Tense(None, NONE, _NOT_BORN)
"""The birth of somebody who may be unborn."""
LIFE: Final = Tense(Span(years=120), NONE)
"""Happened in somebody's life: a conviction, a note, a change of circumstance."""
SAID: Final = Tense(Span(years=30), NONE)
"""Done or decided about the case, in a document that is amended for years: an endorsement, an assessment."""
REPORTED: Final = Tense(Span(years=2), NONE)
"""Reported soon after it happened: an arrival, an attendance, an answer."""

# Will be.
AHEAD: Final = Tense(NONE, Span(years=5))
"""Promised by whoever sends it now, once: a day of review, the end of a share."""

# Around today.
STAY: Final = Tense(Span(days=28), Span(years=3))
"""The days of a stay as they are offered or extended, which may be put on record after the first night."""
PLAN: Final = Tense(Span(years=10), Span(years=10))
"""Planned in a document that is amended for months: an arrival, a deadline, a hearing, a meeting."""
HEARING: Final = Tense(Span(years=1), Span(years=10))
"""The day of a hearing, as it is said once, when a case is opened."""
PREGNANCY: Final = Tense(Span(years=10), Span(days=44 * 7))
"""When a child is due. Its day may have passed since; nobody is pregnant for more than 44 weeks."""
APPOINTMENT: Final = Tense(Span(years=2), Span(years=1))
"""An appointment, which may be cancelled before its day."""
PAST_OR_PLANNED: Final = Tense(None, Span(years=10))
"""When somebody lives or lived at an address, an order begins, a conference meets."""
RELEASE: Final = Tense(Span(years=1), Span(years=99))
"""A release that is planned, or has just been, as a prison or a practitioner says it now."""
TERM: Final = Tense(Span(years=60), Span(years=99))
"""The days of a sentence, a licence, an order or a role; the longest term has 99 years."""
ANY: Final = Tense(None, None)
"""By which a list is searched: there is nothing before or after, and that is an answer."""
