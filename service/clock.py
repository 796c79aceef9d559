"""The only clock. Nothing else in the service may ask what time it is.

Production reads the system clock; tests and the demo set their own source, so that working days, tokens and
escalations can be played through in a moment.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _source()


def today() -> date:
    """Return the present date in England and Wales."""
    return now().astimezone(LONDON).date()


def use(source: Callable[[], datetime] | None) -> None:
    """Take the time from `source`; from the system when None."""
    global _source  # noqa: PLW0603 - one process has one clock
    _source = source or _system


def read_from(file: Path) -> None:
    """Take the time from a file that holds one ISO 8601 moment, read afresh each time.

    For the demo: API and worker are several processes, and one hand moves the clock of all of them.
    """
    use(lambda: datetime.fromisoformat(file.read_text().strip()).astimezone(UTC))
