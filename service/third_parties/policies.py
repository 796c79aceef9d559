"""The deadlines of disclosure decisions, as data."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

DECISION, URGENT_DECISION, TELLING, POLICE = (
    "disclosure.decision",
    "disclosure.urgent",
    "disclosure.telling",
    "right_to_know.answer",
)

DECISION_DAYS: Final = 28
"""Days in which probation decides: our own default, as long as the police have under the scheme."""

Speed = Literal["routine", "urgent"]
POLICE_DAYS: Final[Mapping[Speed, int]] = MappingProxyType({"routine": 28, "urgent": 1})
"""Days from the day on which the police were asked until they have decided and told.

Source: Domestic Violence Disclosure Scheme, statutory guidance under section 77 of the Domestic Abuse
Act 2021 (in force from April 2023): no more than 28 days; at once where somebody is in imminent danger, for
which one day is our own default.
"""

_LONDON: Final = ZoneInfo("Europe/London")


def decision_due(opened_at: datetime) -> datetime:
    """Return when a decision is due that is not urgent."""
    return opened_at + timedelta(days=DECISION_DAYS)


def police_due(sent_on: Any, urgency: Speed) -> datetime:
    """Return the end of the last day on which the police answer in time.

    Args:
        sent_on: the day on which they were asked.
    """
    return end_of_day(sent_on + timedelta(days=POLICE_DAYS[urgency]))


def end_of_day(day: Any) -> datetime:
    """Return the last moment of a day in England and Wales."""
    return datetime.combine(day + timedelta(days=1), time(), _LONDON)


def _climbing(key: str, targets: dict[str, str], *steps: tuple[str, str], every: str) -> dict[str, Any]:
    return {
        "key": key,
        "answer": {
            "targets": targets,
            "calendar": "probation",
            "steps": [{"key": role, "at": at, "probation": role} for role, at in steps],
            "tail": {"every": every, "to": steps[-1][0]},
        },
    }


# The steps and repeats are our own defaults.
POLICIES: Final[tuple[dict[str, Any], ...]] = (
    _climbing(
        DECISION,
        {"routine": "H"},
        ("practitioner", "H-14d"),
        ("spo", "H-7d"),
        ("pdu_head", "H"),
        every="2wd",
    ),
    # Somebody is in danger: the same working day.
    _climbing(
        URGENT_DECISION,
        {"routine": "2wh"},
        ("practitioner", "T"),
        ("spo", "T+2wh"),
        ("pdu_head", "T+4wh"),
        every="2wh",
    ),
    # Agreed, and nobody has told them by the day that the manager agreed to.
    _climbing(
        TELLING,
        {"routine": "H"},
        ("practitioner", "H"),
        ("spo", "T+1wd"),
        ("pdu_head", "T+2wd"),
        every="2wd",
    ),
    # The police decide, and probation asks them what came of it.
    _climbing(
        POLICE,
        {"routine": "H"},
        ("practitioner", "H"),
        ("spo", "T+2wd"),
        ("pdu_head", "T+5wd"),
        every="5wd",
    ),
)
