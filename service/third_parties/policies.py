"""The deadlines of disclosure decisions, as data."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from service.people.policies import danger

DECISION, URGENT, TELLING, CHANCE, POLICE, URGENT_POLICE = (
    "disclosure.decision",
    "disclosure.urgent",
    "disclosure.telling",
    "disclosure.chance",
    "right_to_know.answer",
    "right_to_know.urgent",
)

DECISION_DAYS: Final = 28
"""Days in which probation decides: our own default, as long as the police have under the scheme."""

POLICE_DAYS: Final = 28
"""Days from the day on which the police were asked until they have decided and told.

Source: Domestic Violence Disclosure Scheme, statutory guidance under section 77 of the Domestic Abuse
Act 2021 (in force from April 2023): no more than 28 days; at once where somebody is in imminent danger.
"""

_LONDON: Final = ZoneInfo("Europe/London")


def decision_due(opened_at: datetime) -> datetime:
    """Return when a decision is due that is not urgent."""
    return opened_at + timedelta(days=DECISION_DAYS)


def police_due(sent_on: date) -> datetime:
    """Return the end of the last day on which the police answer in time.

    Args:
        sent_on: the day on which they were asked.
    """
    return end_of_day(sent_on + timedelta(days=POLICE_DAYS))


def end_of_day(day: date) -> datetime:
    """Return the last moment of a day in England and Wales."""
    return datetime.combine(day + timedelta(days=1), time(), _LONDON)


def _climbing(
    key: str, *steps: tuple[str, str], every: str, partner: dict[str, str] | None = None
) -> dict[str, Any]:
    """Write a policy that counts from a day and climbs from role to role.

    Args:
        steps: each a role of probation and when it is notified.
        partner: the role of the police that is notified with a role of probation.
    """
    beside = partner or {}
    return {
        "key": key,
        "answer": {
            "targets": {"routine": "H"},
            "calendar": "probation",
            "steps": [
                {"key": role, "at": at, "probation": role}
                | ({"partner": beside[role]} if role in beside else {})
                for role, at in steps
            ],
            "tail": {"every": every, "to": steps[-1][0]},
        },
    }


# The steps and repeats are our own defaults.
POLICIES: Final[tuple[dict[str, Any], ...]] = (
    _climbing(DECISION, ("practitioner", "H-14d"), ("spo", "H-7d"), ("pdu_head", "H"), every="2wd")
    | {
        # Whoever proposed waits for a manager, whose clock is another; the day itself is told all the same.
        "pause": {
            "on": ["proposed"],
            "review_after": "10wd",
            "owner": "spo",
            "max_total": "250wd",
        },
    },
    # Somebody is in danger now: day and night, until it is decided, and again until they were told.
    danger(URGENT, stop=("decided", "told"), sides=("probation",)),
    # Agreed, and nobody has told them by the day that the manager agreed to.
    _climbing(TELLING, ("practitioner", "H"), ("spo", "T+1wd"), ("pdu_head", "T+2wd"), every="2wd"),
    # The person was to tell it first, and nobody has said whether they did.
    _climbing(CHANCE, ("practitioner", "H"), ("spo", "T+1wd"), ("pdu_head", "T+2wd"), every="2wd"),
    # The police decide: the days are theirs, and their managers are notified beside ours.
    _climbing(
        POLICE,
        ("practitioner", "H"),
        ("spo", "T+2wd"),
        ("pdu_head", "T+5wd"),
        every="5wd",
        partner={"practitioner": "duty_manager", "spo": "unit_manager", "pdu_head": "head_of_service"},
    ),
    # The police were asked, and somebody is in danger now: day and night, on both sides.
    danger(URGENT_POLICE, stop=("answered", "redirected"), sides=("probation", "partner")),
)
