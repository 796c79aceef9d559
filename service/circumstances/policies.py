"""The escalation policies of what a change opens, as data: of alarms, and of reviews that the SPO owes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from service.checks.policies import DUE
from service.people.policies import danger

DANGER = "danger.reported"
AFTER_SHARING = "review.after_sharing"
_DUE_FROM_SPO = "review.due_from_spo"

REVIEW_DUE: Final[Mapping[str, str]] = MappingProxyType({"practitioner": DUE, "spo": _DUE_FROM_SPO})
"""By which policy a review is due, by the role that owes it: whoever owes it is reminded first."""

AFTER_RECALL = "release.after_recall"

POLICIES: tuple[dict[str, Any], ...] = (
    # A destination reports that somebody is in danger now: no system's answer ends it, only a named person's.
    danger(DANGER, stop=("confirmed",), sides=("probation", "partner")),
    {
        # A review that the SPO owes, of a recall for instance: nobody below can do it.
        "key": _DUE_FROM_SPO,
        "answer": {
            "targets": {"routine": "5wd", "urgent": "1wd"},
            "calendar": "probation",
            "steps": [
                {"key": "spo", "at": "T", "probation": "spo"},
                {"key": "pdu_head", "at": "T+2wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head"},
        },
        "pause": {
            "on": ["awaiting_agreement"],
            "review_after": "10wd",
            "owner": "spo",
            "max_total": "250wd",
        },
    },
    {
        # Somebody who was recalled is released on a day that is known: until it is recorded that they were,
        # probation is asked, from the day itself on every working day.
        "key": AFTER_RECALL,
        "answer": {
            "target": "H",
            "calendar": "probation",
            "steps": [
                {"key": "days_5", "at": "H-5d", "probation": "practitioner"},
                {"key": "day", "at": "H", "probation": "practitioner"},
                {"key": "spo", "at": "T+1wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "1wd", "to": "pdu_head"},
        },
    },
    {
        # A concern that comes when the licence or order has ended: nobody need be accountable any more, so
        # the SPO of the last unit reads it.
        "key": AFTER_SHARING,
        "answer": {
            "targets": {"routine": "1wd", "urgent": "4wh"},
            "calendar": "probation",
            "steps": [
                {"key": "spo", "at": "T", "probation": "spo"},
                {"key": "pdu_head", "at": "T+1wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
    },
)
