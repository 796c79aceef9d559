"""The escalation policy of a decision that a manager was asked for, as data; figures are our defaults."""

from typing import Any, Final

AGREEMENT: Final = "agreement"

POLICIES: Final[tuple[dict[str, Any], ...]] = (
    {
        "key": AGREEMENT,
        "answer": {
            "targets": {"routine": "2wd"},
            "calendar": "probation",
            "steps": [
                {"key": "spo", "at": "T", "probation": "spo"},
                {"key": "pdu_head", "at": "T+2wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
    },
)
