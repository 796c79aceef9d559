"""Monitors the sweep, for readiness and metrics: how far behind it is, which clocks could fail to fire."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

OLDEST_DUE: Final = timedelta(minutes=5)
LAST_SWEEP: Final = timedelta(minutes=2)
OLDEST_NOTICE: Final = timedelta(minutes=10)
CALENDAR_DAYS: Final = 60
"""Beyond these limits the watch reports a fault. Our own defaults."""

_WORKERS: Final = "check the log of the workers; start another worker"

ALARMS: Final[dict[str, tuple[str, str]]] = {
    "clocks_not_fired": ("a firing has been due for five minutes and has not been recorded", _WORKERS),
    "no_sweep": (
        "no worker has swept for two minutes",
        "start workers: nothing is lost, but no chasers are sent until then",
    ),
    "notices_not_sent": ("a notice has waited for ten minutes", _WORKERS),
    "clocks_without_firing": (
        "an open clock would never fire, which a constraint of the database forbids",
        "data has been changed by hand: treat it as an incident",
    ),
    "clocks_faulted": (
        "a clock could not be fired; it is retried every five minutes and does not delay others",
        "find it in the log (`clock_faulted`); correct the policy or calendar and run `referrals prepare`",
    ),
    "clocks_beyond_calendar": (
        "a clock is due after the last bank holiday that is known, and counts every weekday there",
        "run a release with the new list of bank holidays, then `referrals prepare`",
    ),
    "nobody_to_tell": (
        "something is late in a case of which nobody may know who could be told",
        "name a manager (`referrals people allow CRN REGION PRACTITIONER`), or register who holds the roles",
    ),
    "calendar_ends_soon": (
        "the list of bank holidays ends within 60 days",
        "run a release with a longer list, then `referrals prepare`",
    ),
}
"""The code of each fault, its meaning, and what to do.

An overdue answer is a figure, not a fault: another organisation owes it, and the service chases it.
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """The findings of the watch; times in seconds, None where there is nothing to measure.

    oldest_due: since the longest due firing ought to have been recorded.
    oldest_overdue: since the answer that has been wanted longest was due.
    last_sweep: since any worker last swept.
    oldest_notice: since the longest unsent notice was recorded.
    without_firing: open clocks that will never fire; the database allows none.
    faulted: clocks that could not be fired.
    assumed: clocks whose next firing lies beyond their calendar.
    nobody_to_tell: clocks whose last firing nobody may be told of. All four are counted up to 1,000.
    calendar_days: until the first of the present calendars ends.
    """

    oldest_due: float | None
    oldest_overdue: float | None
    last_sweep: float | None
    oldest_notice: float | None
    without_firing: int
    faulted: int
    assumed: int
    nobody_to_tell: int
    calendar_days: int | None

    def faults(self) -> list[str]:
        """Return the codes of what is wrong; empty when nothing is."""
        found = {
            "clocks_not_fired": _over(self.oldest_due, OLDEST_DUE),
            "no_sweep": self.last_sweep is None or _over(self.last_sweep, LAST_SWEEP),
            "notices_not_sent": _over(self.oldest_notice, OLDEST_NOTICE),
            "clocks_without_firing": self.without_firing > 0,
            "clocks_faulted": self.faulted > 0,
            "clocks_beyond_calendar": self.assumed > 0,
            "nobody_to_tell": self.nobody_to_tell > 0,
            "calendar_ends_soon": self.calendar_days is None or self.calendar_days < CALENDAR_DAYS,
        }
        return [name for name, wrong in found.items() if wrong]

    def figures(self) -> dict[str, float | int | None]:
        """Return every figure by its name, for metrics."""
        return asdict(self)


_LOOK: Final = text("SELECT *, count_escalations_to_nobody() AS nobody_to_tell FROM watch_timers()")


def watch(session: Session, now: datetime) -> Watch:
    """Read everything that shows whether the clocks are being kept, in one statement of constant cost.

    It is read with rights of its own (migration 0017), so the result does not depend on the caller.

    Args:
        session: of the API's or the worker's role.
        now: the present moment; what is due later is not counted.
    """
    seen = session.execute(_LOOK).one()
    return Watch(
        oldest_due=_late(seen.next_fires_at, now),
        oldest_overdue=_late(seen.due_at, now),
        last_sweep=_age(seen.swept_at, now),
        oldest_notice=_age(seen.notice_since, now),
        without_firing=seen.without_firing,
        faulted=seen.faulted,
        assumed=seen.assumed,
        nobody_to_tell=seen.nobody_to_tell,
        calendar_days=_days(seen.calendar_until, now),
    )


def _days(until: str | None, now: datetime) -> int | None:
    return (date.fromisoformat(until) - now.date()).days if until else None


def _age(moment: datetime | None, now: datetime) -> float | None:
    # Two machines' clocks may differ a little: what another has just written was written now.
    return max(0.0, (now - moment).total_seconds()) if moment else None


def _late(moment: datetime | None, now: datetime) -> float | None:
    return _age(moment, now) if moment and moment <= now else None


def _over(age: float | None, limit: timedelta) -> bool:
    return age is not None and age > limit.total_seconds()
