"""Why an agency is asked, and why its question has another version: the words that it reads. Pure."""

from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from service.mentions import Kind

SaidSince = Literal["put_right", "withdrawn"]
"""What whoever reported something has said of it since."""


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


class ToldAs(NamedTuple):
    """A change as an agency reads it: a code, and what it means in words."""

    kind: str
    meaning: str


ALLEGES_DANGER: Final = frozenset(
    {
        "possible_separation",
        "police_call_out",
        "threat",
        "exclusion_breach",
        "contact_condition_breach",
        "victim_report",
        "provider_concern",
        "premises_concern",
        "mappa_concern",
    }
)
"""The kinds by which somebody says that a person may be in danger: a child is then asked about at once, by
what identifies the child where there is no name.
"""
_OF_THE_CASE: Final = frozenset(
    {
        "hearing_date_changed",
        "hearing_vacated",
        "mappa_asked",
        "practitioner_changed",
        "release_date_changed",
        "reporting_changed",
        "sentence_ending",
        "licence_ending",
    }
)
"""The kinds by which no agency is asked but for whom and what somebody has named with them."""
NOT_TOLD_APART: Final[Mapping[str, ToldAs]] = MappingProxyType(
    dict.fromkeys(
        ALLEGES_DANGER,
        ToldAs("possible_danger", "Something has happened by which somebody may be in danger."),
    )
    | dict.fromkeys(_OF_THE_CASE, ToldAs("case_changed", "Something has changed in the case."))
)
"""How each kind is told to whoever may not know of victims or of MAPPA: among others of which it may be any.

A gap where others read what happened would say as much as the words.
"""
_CAUSES: Final = frozenset({Kind.MAPPA, Kind.VICTIMS, Kind.VICTIM_CONTACT})


def told_as(kind: str, meaning: str, closed: Collection[Kind]) -> ToldAs:
    """Return how a change is told to an agency.

    Args:
        closed: what the agency may not know.
    """
    exact = ToldAs(kind, meaning)
    return exact if _CAUSES.isdisjoint(closed) else NOT_TOLD_APART.get(kind, exact)


BECAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sent": "you were asked for the first time",
        "joined": "more people or addresses were added",
        "corrected": "what you had been told was corrected",
        "withdrawn": "part of it is asked of another agency, or of nobody, now",
        "asked_again": "something has happened since, and you are asked again",
        "taken_back": "you have taken back what you had answered, and are asked about it again",
        "named_back": "the agency that you named says that it is not for it to answer: both of you are asked "
        "until probation says who answers",
        "handed_over": "somebody else answers for the case by now",
    }
)
"""Why there is a version of a question."""

CHANGE: Final = "change:"
"""What the trigger of a check begins with that a change of circumstance has raised."""
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
