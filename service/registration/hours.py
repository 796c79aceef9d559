"""Office hours as stored, and as the hours, closures and bank holidays of the API. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from service.timers.calendars import ORDINARY_HOURS
from service.timers.working_time import WEEKDAYS

OFFICE_HOURS: Final = "office_hours"
CLOSURES: Final = "closures"
OPEN_ON_BANK_HOLIDAYS: Final = "open_on_bank_holidays"
MEMBERS: Final = (OFFICE_HOURS, CLOSURES, OPEN_ON_BANK_HOLIDAYS)


def changed(stored: Mapping[str, Any] | None, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the stored hours with the given members in place of the earlier ones.

    Args:
        stored: what is registered; None when it never was.
        given: `office_hours` (a list of `day`, `opens` and `closes`, or None for the usual hours), `closures`
            (dates) and `open_on_bank_holidays`; what is not given stays.

    Returns:
        None when nothing changes.
    """
    made = dict(stored or {})
    if OFFICE_HOURS in given:
        made = {name: value for name, value in made.items() if name not in WEEKDAYS}
        made |= {one["day"]: [one["opens"], one["closes"]] for one in given[OFFICE_HOURS] or ()}
    if CLOSURES in given:
        made.pop(CLOSURES, None)
        if closures := sorted({day.isoformat() for day in given[CLOSURES]}):
            made[CLOSURES] = closures
    if OPEN_ON_BANK_HOLIDAYS in given:
        made.pop(OPEN_ON_BANK_HOLIDAYS, None)
        if given[OPEN_ON_BANK_HOLIDAYS]:
            made[OPEN_ON_BANK_HOLIDAYS] = True
    return None if shown(made) == shown(stored) else made


def shown(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the hours of an organisation as the API and the commands show them, the usual ones included."""
    known = stored or {}
    own = {day: known[day] for day in WEEKDAYS if day in known} or ORDINARY_HOURS
    return {
        OFFICE_HOURS: [
            {"day": day, "opens": opens, "closes": closes} for day, (opens, closes) in own.items()
        ],
        CLOSURES: list(known.get(CLOSURES, ())),
        OPEN_ON_BANK_HOLIDAYS: bool(known.get(OPEN_ON_BANK_HOLIDAYS)),
    }
