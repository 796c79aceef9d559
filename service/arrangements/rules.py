"""What can be arranged for a release, and how it may stand, as one table. Pure.

What each means on the board is in the table, too: how ready it is, and by when it must be said. The days are
ours, and defaults: no national standard says by when each must be settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal

from service import tenses
from service.errors import Fault
from service.tenses import Tense

MOVE: Final = "record_release_arrangements"
"""The operation by which everything here is said."""


@dataclass(frozen=True, slots=True)
class State:
    """How one thing may stand.

    Args:
        words: in a sentence: "recorded for the release: ...".
        level: how ready that is.
        day: when the day lies that is said with it; None where none is.
        also: what else is said with it.
        passed: what is so once its day has passed and nothing else was said; None where that is no matter.
    """

    words: str
    level: Literal["green", "amber"] = "green"
    day: Tense | None = None
    also: tuple[str, ...] = ()
    passed: str | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """What must be said with it, and nothing else may be."""
        return (*(("day",) if self.day else ()), *self.also)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is arranged for a release.

    Args:
        words: what it is, on the board.
        red_within: so many days before the release, and after it, what is not ready is red.
        not_said: what is so while nobody has said anything.
        states: how it may stand.
        conditions: it is asked for only where one of these is in the licence; for everybody when empty.
        not_asked: what is so where none is.
    """

    words: str
    red_within: int
    not_said: str
    states: Mapping[str, State]
    conditions: frozenset[str] = frozenset()
    not_asked: str = field(default="")


_BEEN, _AHEAD = tenses.REPORTED, tenses.AHEAD

ITEMS: Final[Mapping[str, Item]] = MappingProxyType(
    {
        "tag": Item(
            "whether a tag is fitted",
            3,
            "Nobody has said whether a tag is fitted.",
            {
                "fitted": State("a tag is fitted", day=_BEEN),
                "fitting_booked": State(
                    "the fitting of a tag is booked",
                    day=_AHEAD,
                    passed="The day to fit a tag has passed, and nobody has said that it was fitted.",
                ),
                "not_required": State("no tag is required"),
            },
            conditions=frozenset({"curfew", "alcohol_monitoring"}),
            not_asked="No tag is among the conditions.",
        ),
        "identification": Item(
            "whether the person has proof of identity",
            3,
            "Nobody has said whether the person has proof of identity.",
            {
                "held": State("the person has proof of identity"),
                "applied_for": State("proof of identity is applied for and has not come", "amber"),
                "not_held": State("the person has no proof of identity", "amber"),
            },
        ),
        "benefit": Item(
            "whether a benefit is claimed",
            7,
            "Nobody has said whether a benefit is claimed.",
            {
                "claim_made": State("a benefit is claimed"),
                "appointment_booked": State(
                    "an appointment about a benefit is booked",
                    day=_AHEAD,
                    passed="An appointment about a benefit has passed, and nobody has said what came of it.",
                ),
                "not_eligible": State("no benefit is due"),
                "not_claimed": State("no benefit is claimed yet", "amber"),
            },
        ),
        "first_appointment": Item(
            "the first appointment with probation",
            3,
            "Nobody has said when the first appointment is.",
            {
                "booked": State(
                    "the first appointment is booked",
                    day=_AHEAD,
                    also=("time", "office"),
                    passed="The first appointment has passed, and nobody has said whether it was kept.",
                ),
                "attended": State("the first appointment was kept", day=_BEEN),
                "missed": State("the first appointment was missed", "amber", day=_BEEN),
            },
        ),
        "conditions_explained": Item(
            "whether the conditions have been explained to the person",
            3,
            "Nobody has said whether the conditions have been explained.",
            {
                "explained": State("the conditions have been explained", day=_BEEN, also=("by",)),
                "explained_refused_to_sign": State(
                    "the conditions have been explained, and the person refused to sign",
                    day=_BEEN,
                    also=("by",),
                ),
            },
        ),
    }
)
"""Everything that is arranged for a release. Another thing is another row, and a column of the board."""

EXPLAINED_BY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "practitioner": "the community practitioner",
        "prison": "a member of staff of the prison",
        "approved_premises": "a member of staff of the approved premises",
    }
)
"""Who explained the conditions to the person."""

_NEEDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "day": "Give the day.",
        "time": "Give the time.",
        "office": "Give the office.",
        "by": "Say who explained them.",
    }
)


def faults_of(given: Mapping[str, Mapping[str, Any]], today: date) -> list[Fault]:
    """Return what is wrong with what is said of some items.

    Args:
        given: by the item, each with its `state` and what is said with it.
    """
    return [
        fault
        for item, said in given.items()
        for fault in _faults(f"/{item}", ITEMS[item].states[said["state"]], said, today)
    ]


def _faults(at: str, state: State, said: Mapping[str, Any], today: date) -> list[Fault]:
    found = [Fault(f"{at}/{name}", _NEEDED[name]) for name in state.takes if name not in said]
    found += [
        Fault(f"{at}/{name}", f"Leave it out with `{said['state']}`.")
        for name in _NEEDED
        if name in said and name not in state.takes
    ]
    if state.day and "day" in said and not state.day.has(said["day"], today):
        found.append(Fault(f"{at}/day", state.day.words("today")))
    return found


def code_of(item: str, state: str, day: date | None, today: date) -> str:
    """Return what is found of an item by what was said last, as a code of the board."""
    has_passed = ITEMS[item].states[state].passed and day is not None and day < today
    return f"{state}_passed" if has_passed else state
