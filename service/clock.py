"""The only clock: nothing else in the service reads the time.

Production uses the system clock. Tests and the demo set their own source, so that days of tokens and
escalations run in a moment.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return _source()


def today() -> date:
    """Return the current date in England and Wales."""
    return now().astimezone(LONDON).date()


def at(day: date, hour: int = 0) -> datetime:
    """Return an hour of a day in England and Wales; its beginning when none is given."""
    return datetime.combine(day, time(hour), LONDON)


def day_in_words(day: date) -> str:
    """Return a day with its weekday, as it is written in the United Kingdom."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def use(source: Callable[[], datetime] | None) -> None:
    """Use `source` for the time; the system clock when None."""
    global _source  # noqa: PLW0603 - one process has one clock
    _source = source or _system


def read_from(file: Path) -> None:
    """Use the ISO 8601 time in a file, which is read at every call.

    For the demo and the tests, which move the clock of several processes together.
    """
    use(lambda: datetime.fromisoformat(file.read_text().strip()).astimezone(UTC))
