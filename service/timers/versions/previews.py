"""What would change for a clock that is moved onto a draft: when what fires, and for which roles. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from service.timers import ladder
from service.timers.clock_changes import ClockChange, Rules
from service.timers.ladder import Firing, Schedule

_DRAFT: Final = UUID(int=0)
"""Stands for the version that has not been published."""
_MOST: Final = 100


@dataclass(frozen=True)
class Preview:
    """One clock by the version it has, and by the draft.

    Args:
        due_at, next: the target, and what fires next, by the version it has.
        new_due_at, new_next: the same by the draft.
        at_once: what would fire at the next sweep, because it is late by the draft.
    """

    due_at: datetime
    next: Firing
    new_due_at: datetime
    new_next: Firing
    at_once: Sequence[Firing]


def preview(schedule: Schedule, rules: Rules, fired: frozenset[str], now: datetime) -> Preview:
    """Return what moving a clock onto a draft would do.

    Args:
        schedule: of an open clock.
        rules: of the draft, for its timer.
        fired: the keys of what has fired.
        now: when it would be moved.
    """
    moved = replace(
        schedule,
        changes=(*schedule.changes, ClockChange("moved", now, policy=_DRAFT)),
        moved_onto={**schedule.moved_onto, _DRAFT: rules},
    )
    to_come = list(islice(ladder.still_to_fire(moved, fired), _MOST))
    return Preview(
        due_at=ladder.target(schedule),
        next=next(ladder.still_to_fire(schedule, fired)),
        new_due_at=ladder.target(moved),
        new_next=to_come[0],
        at_once=[firing for firing in to_come if firing.due_at <= now],
    )


def by_step(previews: Iterable[Preview]) -> list[dict[str, Any]]:
    """Return how many clocks would fire each step next, and how many of them at once."""
    found = list(previews)
    following = Counter(one.new_next.key for one in found)
    at_once = Counter(firing.key for one in found for firing in one.at_once)
    return [
        {"step": step, "next_for": following[step], "at_once": at_once[step]}
        for step in sorted(following.keys() | at_once.keys())
    ]
