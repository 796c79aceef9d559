"""Watches the watcher: how far behind the sweep is, and what could fall silent. For readiness and metrics."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service.timers.model import CalendarVersion, Clock, NoticeItem, SweepRun

OLDEST_DUE: Final = timedelta(minutes=5)
LAST_SWEEP: Final = timedelta(minutes=2)
OLDEST_NOTICE: Final = timedelta(minutes=10)
CALENDAR_DAYS: Final = 60
"""Beyond these the watch finds fault. Figures of ours."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What the watch sees; times in seconds, None where there is nothing to see.

    oldest_due: since the longest due firing ought to have been recorded.
    oldest_overdue: since the answer that has been wanted longest was due.
    last_sweep: since any worker last swept.
    oldest_notice: since the longest unsent notice was recorded.
    without_firing: open clocks that will never fire; the database allows none.
    faulted: clocks that could not be fired.
    assumed: clocks whose next firing lies beyond their calendar.
    calendar_days: until the first of the present calendars ends.
    """

    oldest_due: float | None
    oldest_overdue: float | None
    last_sweep: float | None
    oldest_notice: float | None
    without_firing: int
    faulted: int
    assumed: int
    calendar_days: int | None

    def faults(self) -> list[str]:
        """Name what is wrong, in codes; nothing when all is well."""
        found = {
            "clocks_not_fired": _over(self.oldest_due, OLDEST_DUE),
            "no_sweep": self.last_sweep is None or _over(self.last_sweep, LAST_SWEEP),
            "notices_not_sent": _over(self.oldest_notice, OLDEST_NOTICE),
            "clocks_without_firing": self.without_firing > 0,
            "clocks_faulted": self.faulted > 0,
            "clocks_beyond_calendar": self.assumed > 0,
            "calendar_ends_soon": self.calendar_days is None or self.calendar_days < CALENDAR_DAYS,
        }
        return [name for name, wrong in found.items() if wrong]

    def figures(self) -> dict[str, float | int | None]:
        """Return every figure by its name, for metrics."""
        return asdict(self)


def watch(session: Session, now: datetime) -> Watch:
    """Look at everything that tells whether the clocks are being kept; each look is at an index."""
    open_clock = Clock.state != "stopped"
    return Watch(
        oldest_due=_age(
            session.scalar(select(func.min(Clock.next_fires_at)).where(Clock.next_fires_at <= now)), now
        ),
        oldest_overdue=_age(
            session.scalar(select(func.min(Clock.due_at)).where(open_clock, Clock.due_at <= now)), now
        ),
        last_sweep=_age(session.scalar(select(func.max(SweepRun.swept_at))), now),
        oldest_notice=_age(
            session.scalar(
                select(func.min(NoticeItem.fired_at)).where(
                    NoticeItem.notice_id.is_(None), NoticeItem.dropped_at.is_(None)
                )
            ),
            now,
        ),
        without_firing=_count(session, open_clock & Clock.next_fires_at.is_(None)),
        faulted=_count(session, Clock.faulted_at.is_not(None)),
        assumed=_count(session, Clock.next_is_assumed & Clock.next_fires_at.is_not(None)),
        calendar_days=_calendar_days(session, now),
    )


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Clock).where(which)) or 0


def _calendar_days(session: Session, now: datetime) -> int | None:
    known_until = CalendarVersion.document["known_until"].astext
    latest = (
        select(known_until.label("known_until"))
        .ext(distinct_on(CalendarVersion.organisation_id, CalendarVersion.division))
        .order_by(CalendarVersion.organisation_id, CalendarVersion.division, CalendarVersion.version.desc())
        .subquery()
    )
    first = session.scalar(select(func.min(latest.c.known_until)))
    return (date.fromisoformat(first) - now.date()).days if first else None


def _age(moment: datetime | None, now: datetime) -> float | None:
    return (now - moment).total_seconds() if moment else None


def _over(age: float | None, limit: timedelta) -> bool:
    return age is not None and age > limit.total_seconds()
