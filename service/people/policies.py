"""The escalation policies of what the holder of a record owes about who else sees it, as data."""

from typing import Any, Final

EMERGENCY_REVIEW: Final = "emergency_access.review"
CONFIRMATION: Final = "share.confirmation"

POLICIES: tuple[dict[str, Any], ...] = (
    {
        # Emergency access is looked at the next working day; the event tells the SPO of it at once.
        "key": EMERGENCY_REVIEW,
        "answer": {
            "targets": {"routine": "1wd"},
            "calendar": "probation",
            "steps": [
                {"key": "spo", "at": "T", "probation": "spo"},
                {"key": "pdu_head", "at": "T+1wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
        "stop": ["reviewed"],
    },
    {
        # What a region saw before a record had one holder ends after 28 days, unless the holder confirms it.
        "key": CONFIRMATION,
        "answer": {
            "targets": {"routine": "10wd"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+5wd", "probation": "spo"},
            ],
            "tail": {"every": "2wd", "to": "spo"},
        },
        "stop": ["ended"],
    },
)
