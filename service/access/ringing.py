"""Whom to ring in a region: when, and in which words; what whoever reports danger is told. Pure.

The words are the same in every case, so that they show nothing of what is known of it; only the numbers
differ, and only by region.
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

NOW: Final = (
    "If somebody is in danger now, ring 999. This service is not a 999 route: nobody is sent because of this "
    "report."
)
NEXT: Final = (
    "Your report is on record and probation has been notified. Somebody in probation reads it and decides "
    "what to do. They ring you if they need more from you; otherwise you may hear nothing further. Report "
    "again if anything changes."
)
NOT_TAKEN: Final = (
    "This was refused: nothing of it is on record, and nobody in probation has been notified. Put right what "
    "is wrong and send it again, or ring. You can report a concern at any time, even after the referral has "
    "ended."
)
IN_DANGER: Final = (
    ToRing(
        "office_hours",
        "region",
        "In office hours, ring the probation practitioner you know, or the region's probation office.",
    ),
    ToRing(
        "any_time",
        "on_call_manager",
        "At any other time, ring the on-call manager of the probation region. If no number is given, ring "
        "the number for nights and weekends that the region has given your organisation.",
    ),
)
"""What whoever reports danger is told."""


def to_ring(whom: tuple[ToRing, ...], numbers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return whom to ring, as it is shown.

    Args:
        numbers: of the region, by role. The region's own stands in for a role that nobody is registered for;
            null without either, and then the words say whom to ring.
    """
    office = numbers.get("region")
    return [{"when": one.when, "words": one.words, "phone": numbers.get(one.role, office)} for one in whom]


def advice(numbers: Mapping[str, str]) -> dict[str, Any]:
    """Return what whoever reports danger is told, whoever it is and in every case.

    Args:
        numbers: as of `to_ring`.
    """
    return {"now": NOW, "ring": to_ring(IN_DANGER, numbers), "afterwards": NEXT}


def advice_when_refused() -> dict[str, Any]:
    """Return what somebody is told whose report is refused, whatever the reason; it shows no number."""
    return {"now": NOW, "ring": to_ring(IN_DANGER, {}), "afterwards": NOT_TAKEN}
