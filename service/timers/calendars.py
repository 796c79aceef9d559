"""Calendar documents: an organisation's open hours as they are stored, with its bank holidays.

A stored calendar holds every date it was made with, so that a later release of the list of bank holidays
moves nothing that is already running. It never goes to the network.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

from govuk_bank_holidays.bank_holidays import BankHolidays

from service.timers.working_time import WEEKDAYS, Calendar, OfficeHours

DIVISIONS = BankHolidays.ALL_DIVISIONS
ORDINARY_HOURS: Mapping[str, list[str]] = {day: ["09:00", "17:00"] for day in WEEKDAYS[:5]}
"""Office hours of an organisation that has registered none. Our own default."""


def document(
    division: str,
    *,
    office_hours: Mapping[str, Iterable[str]] | None = None,
    closures: Iterable[str] = (),
    open_on_bank_holidays: bool = False,
) -> dict[str, Any]:
    """Make a calendar document for an organisation.

    Args:
        division: of GOV.UK's list: `england-and-wales`, `scotland` or `northern-ireland`.
        office_hours: by weekday (`mon` ... `sun`), a pair such as `["09:00", "17:00"]`; Monday to Friday
            when None.
        closures: further days it is shut, ISO dates.
        open_on_bank_holidays: whether it works through them, as a custody suite or a hostel does.

    Raises:
        ValueError: an unknown division, impossible office hours, or a closure that is no date.
    """
    if division not in DIVISIONS:
        raise ValueError(f"{division!r} is not a division that bank holidays are published for")
    holidays = _bank_holidays(division)
    made = {
        "division": division,
        "office_hours": {day: list(pair) for day, pair in (office_hours or ORDINARY_HOURS).items()},
        "closures": sorted(closures),
        "bank_holidays": [] if open_on_bank_holidays else [day.isoformat() for day in holidays],
        "known_from": date(holidays[0].year, 1, 1).isoformat(),
        "known_until": date(holidays[-1].year, 12, 31).isoformat(),
    }
    read(made)
    return made


@cache  # of the package's own list, which is read and parsed anew each time it is asked
def _bank_holidays(division: str) -> tuple[date, ...]:
    listed = BankHolidays(use_cached_holidays=True).get_holidays(division=division)
    return tuple(each["date"] for each in listed)


def of_organisation(division: str, registered: Mapping[str, Any]) -> dict[str, Any]:
    """Make the calendar document of an organisation from the office hours it was registered with.

    Args:
        division: as for `document`.
        registered: weekdays with their pair of times; and if need be `closures` and `open_on_bank_holidays`.

    Raises:
        ValueError: as for `document`.
    """
    hours = {name: pair for name, pair in registered.items() if name in WEEKDAYS}
    return document(
        division,
        office_hours=hours or None,
        **{name: value for name, value in registered.items() if name not in WEEKDAYS},
    )


def read(stored: Mapping[str, Any]) -> Calendar:
    """Build a calendar from its document.

    Raises:
        ValueError: the document is not one that `document` makes.
    """
    return _calendar(
        tuple(sorted((day, OfficeHours.parse(pair)) for day, pair in stored["office_hours"].items())),
        frozenset(date.fromisoformat(day) for day in (*stored["bank_holidays"], *stored["closures"])),
        date.fromisoformat(stored["known_from"]),
        date.fromisoformat(stored["known_until"]),
    )


# Most organisations keep the usual hours, and laying out the days of many years takes long.
@lru_cache(maxsize=200)
def _calendar(
    office_hours: tuple[tuple[str, OfficeHours], ...],
    days_off: frozenset[date],
    known_from: date,
    known_until: date,
) -> Calendar:
    return Calendar(dict(office_hours), days_off, known_from, known_until)
