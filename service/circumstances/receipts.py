"""The answer to whoever reports danger: what to do now, whom to ring, what happens next. Pure.

The words are the same in every case, so that they show nothing of what is known of it; only the numbers
differ, and only by region.
"""

from collections.abc import Mapping
from typing import Any, Final

from service.people.ringing import ToRing, to_ring

NOW: Final = (
    "If somebody is in danger now, ring 999. This service is not a 999 route: nobody is sent because of this "
    "report."
)
NEXT: Final = (
    "Your report is on record and probation has been notified. Somebody in probation reads it and decides "
    "what to do. They ring you if they need more from you; otherwise you may hear nothing further. Report "
    "again if anything changes."
)
_RING: Final = (
    ToRing(
        "office_hours",
        "region",
        "In office hours, ring the probation practitioner you know, or the region's probation office.",
    ),
    ToRing(
        "any_time",
        "on_call_manager",
        "At any other time, ring the on-call manager of the probation region.",
    ),
)


def advice(numbers: Mapping[str, str]) -> dict[str, Any]:
    """Return what whoever reports danger is told.

    Args:
        numbers: of the region, by role; one that nobody is registered for is null.
    """
    return {"now": NOW, "ring": to_ring(_RING, numbers), "afterwards": NEXT}
