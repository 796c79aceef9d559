"""Why an agency is asked, and why its question has another version: the words that it reads. Pure."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple


class Reason(NamedTuple):
    """The change of circumstance because of which a check is raised.

    Args:
        kind: its code.
        meaning: the code in words.
        standing: how far it is known to be so.
        words: what the practitioner wrote for the agencies that are asked.
    """

    kind: str
    meaning: str
    occurred_on: date
    standing: str
    words: str | None = None


BECAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sent": "you were asked for the first time",
        "joined": "more people or addresses were added",
        "corrected": "what you had been told was corrected",
        "withdrawn": "part of it is asked of another agency, or of nobody, now",
        "asked_again": "something has happened since, and you are asked again",
    }
)
"""Why there is a version of a question."""

_TRIGGERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "case.opened": "Probation has opened a case.",
        "referral.submitted": "Probation has referred the person to other services.",
        "household.recorded": "Probation has recorded somebody or somewhere new around the person.",
        "change": "Something has changed in the person's life.",
    }
)
_OTHERWISE: Final = "Probation must find out whether somebody is in danger."


def in_words(trigger_event: str) -> str:
    """Return in words what raised a check, from its trigger such as `change:<id>`."""
    return _TRIGGERS.get(trigger_event.partition(":")[0], _OTHERWISE)
