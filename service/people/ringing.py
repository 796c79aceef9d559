"""Whom to ring in a region: when, and in which words. Pure.

The words are the same in every case, so that they show nothing of what is known of it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

WHEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "office_hours": "while probation's offices are open",
        "any_time": "at nights, at weekends and on bank holidays too",
    }
)


class ToRing(NamedTuple):
    """A number to ring: when it is answered, the role whose number it is, and the words."""

    when: str
    role: str
    words: str


THE_HOLDER: Final = (
    ToRing(
        "office_hours",
        "region",
        "In office hours, ring the probation office of the region that holds the record. If no number is "
        "given, ring your own on-call manager, who asks for you.",
    ),
    ToRing(
        "any_time",
        "on_call_manager",
        "At any other time, ring the on-call manager of that region. If no number is given, ring your own.",
    ),
)
"""What whoever works on a side record is told (people-and-sight, "Sight of a person's record")."""


def to_ring(whom: tuple[ToRing, ...], numbers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return whom to ring, as it is shown.

    Args:
        numbers: of the region, by role; one that nobody is registered for is null.
    """
    return [{"when": one.when, "words": one.words, "phone": numbers.get(one.role)} for one in whom]
