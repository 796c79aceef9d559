"""Parses office hours as operators write them: `mon-fri=09:00-17:00`, `sat=shut`. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from service.errors import Refused
from service.registration.hours import CLOSURES
from service.timers.calendars import ORDINARY_HOURS
from service.timers.working_time import WEEKDAYS

SHUT: Final = "shut"

_ENTRY = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?=(?:(?P<opens>[0-9:]{5})-(?P<closes>[0-9:]{5})|shut)"
)


def changed_hours(stored: Mapping[str, Any] | None, entries: Iterable[str]) -> dict[str, Any]:
    """Return office hours with the named weekdays changed; others stay as they are.

    Args:
        stored: the registered hours; the usual hours when they name no weekday.
        entries: such as `mon-fri=09:00-17:00` or `sat=shut`; a later entry replaces an earlier one.

    Raises:
        Refused: an entry cannot be read.
    """
    kept = dict(stored or {})
    hours = {day: kept.pop(day) for day in WEEKDAYS if day in kept} or dict(ORDINARY_HOURS)
    for entry in entries:
        found = _ENTRY.fullmatch(entry)
        days = _days(found["first"], found["last"] or found["first"]) if found else ()
        if not found or not days:
            raise Refused(f"write hours as mon-fri=09:00-17:00 or sat={SHUT}, not {entry!r}")
        for day in days:
            if found["opens"]:
                hours[day] = [found["opens"], found["closes"]]
            else:
                hours.pop(day, None)
    if not hours:
        raise Refused("an organisation must be open on at least one weekday, or its clocks would never run")
    return kept | {day: hours[day] for day in WEEKDAYS if day in hours}


def _days(first: str, last: str) -> tuple[str, ...]:
    if first not in WEEKDAYS or last not in WEEKDAYS:
        return ()
    return WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last) + 1]


def usual_hours(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return office hours reset to the usual weekdays; closures and bank holidays stay as they are."""
    return {name: value for name, value in (stored or {}).items() if name not in WEEKDAYS}


def changed_closures(
    stored: Mapping[str, Any] | None, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> dict[str, Any]:
    """Return office hours with closures added or removed.

    Args:
        add, remove: dates such as 2026-12-24.

    Raises:
        Refused: an entry is not a date, or a closure to remove does not exist.
    """
    kept = dict(stored or {})
    held = set(kept.pop(CLOSURES, ()))
    added, removed = ({_day(text) for text in texts} for texts in (add, remove))
    if missing := removed - held:
        raise Refused(f"not among the closures: {', '.join(sorted(missing))}")
    closures = sorted((held | added) - removed)
    return kept | ({CLOSURES: closures} if closures else {})


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise Refused(f"write a closure as a date such as 2026-12-24, not {text!r}")
    return text
