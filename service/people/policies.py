"""The escalation policies of whose a case is, of who else sees it, and of what others state or ask, as data.

Every figure is a default of ours.
"""

from typing import Any, Final

TRANSFER, CARETAKER, COVER, OWNERLESS = (
    "transfer.answer",
    "caretaker.end",
    "caretaker.length",
    "case.ownerless",
)
PROPOSALS, SHARES = "proposals.decide", "shares.answer"
EMERGENCY_REVIEW, CONFIRMATION = "emergency_access.review", "share.confirmation"

SIGHT_WHILE_PENDING_DAYS: Final = 28
"""How long the receiving region may read a record that it has been asked to take, if it does not answer."""
LONGEST_CARETAKING_DAYS: Final = 366
"""The furthest ahead that the end of a caretaker's time may be set."""


def _to_manager(key: str, targets: dict[str, str], *steps: tuple[str, str], every: str) -> dict[str, Any]:
    return {
        "key": key,
        "answer": {
            "targets": targets,
            "calendar": "probation",
            "steps": [{"key": role, "at": at, "probation": role} for role, at in steps],
            "tail": {"every": every, "to": steps[-1][0]},
        },
    }


POLICIES: Final[tuple[dict[str, Any], ...]] = (
    # A request that waits for the other region: it climbs among the managers of whoever must answer.
    _to_manager(
        TRANSFER,
        {"routine": "5wd"},
        ("spo", "T"),
        ("pdu_head", "T+3wd"),
        ("region", "T+6wd"),
        every="5wd",
    ),
    # A caretaker's date has passed, and nobody has said who acts now.
    _to_manager(CARETAKER, {"routine": "H"}, ("spo", "H"), ("pdu_head", "T+3wd"), every="5wd"),
    # A caretaker has acted for more than 20 working days.
    _to_manager(COVER, {"routine": "20wd"}, ("pdu_head", "T"), ("region", "T+5wd"), every="10wd"),
    # The accountable practitioner has left.
    _to_manager(
        OWNERLESS, {"routine": "1wd"}, ("spo", "T"), ("pdu_head", "T+2wd"), ("region", "T+5wd"), every="2wd"
    ),
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
