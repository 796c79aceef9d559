"""The escalation policies of what other regions state about a person, and of what they ask, as data."""

from typing import Any, Final

PROPOSALS: Final = "proposals.decide"
SHARES: Final = "shares.answer"

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
        "stop": ["decided"],
    },
    {
        # Another region asks to read a record that is held here.
        "key": SHARES,
        "answer": {
            "targets": {"routine": "2wd", "urgent": "1wd"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+1wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head"},
        },
        "stop": ["answered"],
    },
)
