"""The escalation policies of what a change opens, as data; the review itself goes by `review.due`."""

from typing import Any

from service.people.policies import danger

DANGER = "danger.reported"
AFTER_SHARING = "review.after_sharing"

AFTER_RECALL = "release.after_recall"

POLICIES: tuple[dict[str, Any], ...] = (
    # A destination reports that somebody is in danger now: no system's answer ends it, only a named person's.
    danger(DANGER, stop=("confirmed",), sides=("probation", "partner")),
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
