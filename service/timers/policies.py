"""The policies of deadlines that belong to no destination and no kind of check, as data.

Every figure is our own default: there is no national target for any of them.
"""

from typing import Any

POLICIES: tuple[dict[str, Any], ...] = (
    {
        # A destination that has work open and has sent probation no update.
        "key": "destination.silence",
        "answer": {
            "targets": {"routine": "10wd", "urgent": "5wd"},
            "calendar": "responder",
            "chasers": ["100%"],
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+2wd", "probation": "spo", "partner": "duty_manager"},
                {"key": "pdu_head", "at": "T+5wd", "probation": "pdu_head", "partner": "unit_manager"},
            ],
            "tail": {"every": "10wd", "to": "pdu_head", "partner": "head_of_service"},
        },
    },
    {
        # A change of risk, or a new version, that a destination must say it has seen.
        "key": "change.acknowledgement",
        "answer": {
            "targets": {"routine": "2wd", "urgent": "4wh"},
            "calendar": "responder",
            "chasers": ["50%", "100%"],
            "steps": [
                {"key": "spo", "at": "T+1wd", "probation": "spo", "partner": "duty_manager"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head", "partner": "unit_manager"},
            ],
            "tail": {"every": "3wd", "to": "pdu_head", "partner": "head_of_service"},
        },
    },
    {
        # Probation asked to withdraw; the destination confirms, and no timer ever confirms for it.
        "key": "withdrawal.confirmation",
        "answer": {
            "targets": {"routine": "3wd", "urgent": "1wd"},
            "calendar": "responder",
            "chasers": ["50%", "100%"],
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner", "partner": "duty_manager"},
                {"key": "spo", "at": "T+3wd", "probation": "spo", "partner": "unit_manager"},
            ],
            "tail": {"every": "5wd", "to": "spo", "partner": "head_of_service"},
        },
    },
    {
        # An answer or a change of circumstance that a practitioner must review.
        "key": "review.due",
        "answer": {
            "targets": {"routine": "5wd", "urgent": "1wd"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+2wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+5wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head"},
        },
    },
)
