"""The escalation policy of what other regions state about a person, as data."""

from typing import Any, Final

PROPOSALS: Final = "proposals.decide"

POLICIES: tuple[dict[str, Any], ...] = (
    {
        # What another region stated about somebody whose record is held here: urgent where it raises danger.
        "key": PROPOSALS,
        "answer": {
            "targets": {"routine": "5wd", "urgent": "1wh"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+1wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head"},
        },
        "stop": ["decided", "routine", "agreed"],
    },
)
