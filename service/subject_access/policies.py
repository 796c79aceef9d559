"""The deadline of a request for subject access, as data."""

from datetime import date, datetime
from typing import Any, Final

from service.document.days import months_after
from service.third_parties.policies import end_of_day

COPY: Final = "subject_access.copy"
MONTHS: Final = 1
"""Calendar months from the day on which a request is received until the copy is given.

Source: Data Protection Act 2018, sections 45 and 54, and article 12 of the UK GDPR.
"""


def due(received_on: date) -> datetime:
    """Return the end of the last day for the copy: that day of the next month, or the last that it has."""
    return end_of_day(months_after(received_on, MONTHS))


# The steps and repeats are our own defaults.
POLICIES: Final[tuple[dict[str, Any], ...]] = (
    {
        "key": COPY,
        "answer": {
            "targets": {"routine": "H"},
            "calendar": "probation",
            "steps": [
                {"key": "records_manager", "at": "H-14d", "probation": "records_manager"},
                {"key": "region", "at": "H-3d", "probation": "region"},
                {"key": "regional_director", "at": "H", "probation": "regional_director"},
            ],
            "tail": {"every": "5wd", "to": "regional_director"},
        },
    },
)
