"""The escalation policies of what a change opens, as data; the review itself goes by `review.due`."""

from typing import Any

DISCLOSURE = "disclosure.decision"

POLICIES: tuple[dict[str, Any], ...] = (
    {
        # Whether to disclose to a partner: decided within 28 days (Domestic Violence Disclosure Scheme
        # guidance).
        "key": DISCLOSURE,
        "answer": {
            "targets": {"routine": "H"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "H-14d", "probation": "practitioner"},
                {"key": "spo", "at": "H-7d", "probation": "spo"},
                {"key": "pdu_head", "at": "H", "probation": "pdu_head"},
            ],
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
    },
)
