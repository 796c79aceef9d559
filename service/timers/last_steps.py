"""What follows once everybody on the ladder of a clock has been notified, or its hard date has come: hooks.

They are registered by the packages above.

A hook runs after the firing is recorded, in a transaction of its own, so that a sweep never waits for a
record while it holds a clock. One that is lost to a crash runs again when the last step repeats.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from service.timers.ladder import Schedule

FollowUp = Callable[[UUID], object]
"""Does what follows for one subject; opens its own transaction."""

_registered: Final[dict[tuple[str, str], FollowUp]] = {}
_at_hard_date: Final[dict[str, FollowUp]] = {}


def register(subject_kind: str, timer: str, follow_up: FollowUp) -> None:
    """Do this from now on when the last step of a timer has fired for such a subject, and at each repeat."""
    _registered[subject_kind, timer] = follow_up


def follow_up_of(subject_kind: str, timer: str) -> FollowUp | None:
    """Return what follows the last step of a timer; None for most."""
    return _registered.get((subject_kind, timer))


def register_hard_date(subject_kind: str, follow_up: FollowUp) -> None:
    """Do this from now on when a clock of such a subject has reached its hard date."""
    _at_hard_date[subject_kind] = follow_up


def at_hard_date(subject_kind: str) -> FollowUp | None:
    """Return what follows when the hard date of a clock has come; None for most."""
    return _at_hard_date.get(subject_kind)


def is_over(schedule: Schedule, step: str | None) -> bool:
    """Return whether everybody on a ladder has been notified.

    Args:
        step: the key of the last escalation that has fired; None before the first.
    """
    steps = schedule.timer.steps
    return step is not None and (not steps or step == steps[-1].key or step.startswith("repeat_"))
