"""What a clock has lived through over all of its cycles, as it counts for another moment of theirs. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from service.timers.clock_changes import ClockChange
from service.timers.ladder import is_sooner
from service.timers.model import Clock

_CARRIED: Final = frozenset({"paused", "resumed", "sooner", "later"})
"""What counts for whatever the clock counts from; a raise and a move are of one cycle alone."""


class History(NamedTuple):
    """The hard date that was known at a moment, and what has happened since: pauses and other hard dates."""

    hard_date: datetime | None
    since: tuple[ClockChange, ...]


def lived_through(cycles: Sequence[Clock], moment: datetime) -> History:
    """Return what there has been since a moment, for a clock that is to count from then.

    A date is known from when it was told: what was asked before does not count as if it had been known.

    Args:
        cycles: all of one clock, the last one last.
    """
    changes = _changes(cycles)
    known = _known([one for one in changes if one.at < moment], cycles[0].first_hard_date)
    since = [one for one in changes if one.at >= moment]
    if cycles[-1].state == "paused" and not any(one.kind == "paused" for one in since):
        since.append(ClockChange("paused", max(moment, *(one.at for one in since), moment), reason=_OVER))
    return History(known, tuple(since))


_OVER: Final = "carried_over"


def _changes(cycles: Sequence[Clock]) -> list[ClockChange]:
    """Return every pause and every other hard date of some cycles, once each, in order."""
    first = cycles[0].first_hard_date
    found: list[ClockChange] = []
    for row in cycles:
        own = [ClockChange.from_json(change) for change in row.changes]
        carried = [one for one in found if one.at >= row.anchor]
        if row is not cycles[0]:
            own = own[len(carried) :] if own[: len(carried)] == carried else _without(own, found)
            began_with = _known(carried, row.first_hard_date)
            if began_with != (known := _known(found, first)):
                found.append(_another(row.started_at, began_with, known))
        for change in own:
            if change.kind == "raised" and is_sooner(change.hard_date, _known(found, first)):
                found.append(ClockChange("sooner", change.at, change.hard_date, change.reason))
            elif change.kind in _CARRIED and change.reason != _OVER:
                found.append(change)
    return sorted(found, key=lambda one: one.at)


def _without(own: Iterable[ClockChange], found: Iterable[ClockChange]) -> list[ClockChange]:
    before = set(found)
    return [one for one in own if one not in before]


def _another(at: datetime, hard_date: datetime | None, known: datetime | None) -> ClockChange:
    return ClockChange("sooner" if is_sooner(hard_date, known) else "later", at, hard_date)


def _known(changes: Iterable[ClockChange], hard_date: datetime | None) -> datetime | None:
    """Return the hard date after some changes."""
    for change in changes:
        if change.kind == "later" or is_sooner(change.hard_date, hard_date):
            hard_date = change.hard_date
    return hard_date
