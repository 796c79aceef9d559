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
ABSENCE = "case.cover"
OWNER_TIMER, AWAY_TIMER = "owner", "away"
"""The timers of a case whose practitioner has left, and of one whose practitioner is away."""
PROPOSALS, SHARES = "proposals.decide", "shares.answer"
DANGER_ELSEWHERE = "proposals.danger"
SAME_CONTACT: Final = "contacts.same"
SAME_TIMER: Final = "same"
"""The timer of the question whether a contact is the same as another."""
BIRTH: Final = "contacts.birth"
BIRTH_TIMER: Final = "birth"
"""The timer of the question whether a child is born."""
BIRTH_AFTER_DAYS: Final = 14
"""How long after the day on which a child was due it is asked whether it is born: many come late.

A figure of ours.
"""
VERIFICATION: Final = "verifications.again"
VERIFICATION_TIMER: Final = "verification"
"""The timer of a contact or an address that was verified and is not any more."""
SAME_PERSON: Final = "people.same"
SAME_PERSON_TIMER: Final = "same_person"
"""The timer of the question whether two records are one person's."""
EMERGENCY_REVIEW, CONFIRMATION = "emergency_access.review", "share.confirmation"

SIGHT_WHILE_PENDING_DAYS: Final = 28
"""How long the receiving region may read a record that it has been asked to take, if it does not answer."""
LONGEST_CARETAKING_DAYS: Final = 366
"""The furthest ahead that the end of a caretaker's time may be set."""


def _climbing(
    key: str, targets: dict[str, str], *steps: tuple[str, str], every: str, stop: str | None = None
) -> dict[str, Any]:
    """Write a policy inside probation that climbs from role to role, and repeats at the last.

    Args:
        steps: each a role and when it is notified.
        every: how long after the last step it is repeated, and again.
        stop: the only reason that stops it; any does when None.
    """
    policy: dict[str, Any] = {
        "key": key,
        "answer": {
            "targets": targets,
            "calendar": "probation",
            "steps": [{"key": role, "at": at, "probation": role} for role, at in steps],
            "tail": {"every": every, "to": steps[-1][0]},
        },
    }
    return policy | ({"stop": [stop]} if stop else {})


Rung = tuple[str, str, str, str | None]
"""A step of a danger: its key, when it is due, and the role to notify in probation and at the partner."""

_LADDER: Final[tuple[Rung, ...]] = (
    ("first", "T", "practitioner", "duty_manager"),
    ("spo", "T+30m", "spo", "unit_manager"),
    ("pdu_head", "T+1h", "pdu_head", "head_of_service"),
    ("region", "T+2h", "region", "partnership_board"),
)
_ON_CALL: Final = {"probation": "on_call_manager", "partner": "on_call_officer"}


def danger(
    key: str,
    *,
    stop: tuple[str, ...],
    sides: tuple[str, ...],
    ladder: tuple[Rung, ...] = _LADDER,
    by_hours: int = 2,
) -> dict[str, Any]:
    """Write the policy of a danger: it counts every hour, and ends only when a named person has acted.

    While an office is closed, the first steps and the repeat go to whoever is on call.

    Args:
        key: the policy's key.
        stop: what ends it; `confirmed` allows a named person to say that they have seen to it.
        sides: who is notified: `probation`, or `probation` and `partner`.
        ladder: its steps.
        by_hours: how many of them go to whoever is on call while an office is closed.
    """

    def to(probation: str, partner: str | None) -> dict[str, str]:
        roles = (("probation", probation), ("partner", partner))
        return {side: role for side, role in roles if side in sides and role is not None}

    on_call = {side: _ON_CALL[side] for side in sides}
    steps: list[dict[str, Any]] = [
        {"key": name, "at": at} | to(probation, partner) for name, at, probation, partner in ladder
    ]
    for step in steps[:by_hours]:
        step["out_of_hours"] = on_call
    return {
        "key": key,
        "answer": {
            "targets": {"routine": "1m"},
            "calendar": "probation",
            "round_the_clock": True,
            "steps": steps,
            "tail": {
                "every": "1h",
                "to": "regional_director",
                "out_of_hours": {"probation": _ON_CALL["probation"]},
            },
        },
        "stop": list(stop),
    }


def announced(key: str, *days_before: int) -> dict[str, Any]:
    """Write the policy that reminds the practitioner of a day ahead, and of the day itself.

    Args:
        key: the policy's key.
        days_before: calendar days before it, falling.
    """
    before = [(f"days_{days}", f"H-{days}d") for days in days_before]
    return {
        "key": key,
        "answer": {
            "target": "H",
            "calendar": "probation",
            "steps": [
                {"key": step, "at": at, "probation": "practitioner"} for step, at in (*before, ("day", "H"))
            ],
            "tail": {"every": "5wd", "to": "practitioner"},
        },
    }


POLICIES: Final[tuple[dict[str, Any], ...]] = (
    # A request that waits for the other region: it climbs among the managers of whoever must answer.
    _climbing(
        TRANSFER,
        {"routine": "5wd"},
        ("spo", "T"),
        ("pdu_head", "T+3wd"),
        ("region", "T+6wd"),
        every="5wd",
    ),
    # A caretaker's date has passed, and nobody has said who acts now.
    _climbing(CARETAKER, {"routine": "H"}, ("spo", "H"), ("pdu_head", "T+3wd"), every="5wd"),
    # A caretaker has acted for more than 20 working days.
    _climbing(COVER, {"routine": "20wd"}, ("pdu_head", "T"), ("region", "T+5wd"), every="10wd"),
    # The accountable practitioner has left.
    _climbing(
        OWNERLESS, {"routine": "1wd"}, ("spo", "T"), ("pdu_head", "T+2wd"), ("region", "T+5wd"), every="2wd"
    ),
    # The accountable practitioner is away for two working days or more, and something is urgent.
    _climbing(ABSENCE, {"routine": "1wh"}, ("spo", "T"), ("pdu_head", "T+1wd"), every="1wd"),
    # What another region stated about somebody whose record is held here: urgent where it raises danger.
    _climbing(
        PROPOSALS,
        {"routine": "5wd", "urgent": "1wh"},
        ("practitioner", "T"),
        ("spo", "T+1wd"),
        ("pdu_head", "T+3wd"),
        every="5wd",
        stop="decided",
    ),
    # What of it raises danger: day and night, until it is decided or a named person has seen to it.
    danger(DANGER_ELSEWHERE, stop=("confirmed", "decided"), sides=("probation",)),
    # Another region asks to read a record that is held here.
    _climbing(
        SHARES,
        {"routine": "2wd", "urgent": "1wd"},
        ("practitioner", "T"),
        ("spo", "T+1wd"),
        ("pdu_head", "T+3wd"),
        every="5wd",
        stop="answered",
    ),
    # Whether two contacts are the same: an agency may be asked about somebody of the wrong name meanwhile.
    _climbing(
        SAME_CONTACT,
        {"routine": "2wd"},
        ("practitioner", "T"),
        ("spo", "T+2wd"),
        ("pdu_head", "T+5wd"),
        every="5wd",
        stop="decided",
    ),
    # A child was due: who is born is looked for by another identity than who is not.
    _climbing(
        BIRTH,
        {"routine": "H"},
        ("practitioner", "H"),
        ("spo", "T+5wd"),
        every="5wd",
        stop="answered",
    ),
    # What was verified has changed: until somebody has looked again, it rests on what was said.
    _climbing(
        VERIFICATION,
        {"routine": "5wd"},
        ("practitioner", "T"),
        ("spo", "T+5wd"),
        every="5wd",
        stop="verified",
    ),
    # Whether two records are one person's: what is known of somebody may stand on the other one. It is the
    # manager's from the first, who alone may decide it; both practitioners read it at their records.
    _climbing(
        SAME_PERSON,
        {"routine": "2wd"},
        ("spo", "T"),
        ("pdu_head", "T+3wd"),
        every="5wd",
        stop="decided",
    ),
    # Emergency access is looked at the next working day; the event notifies the SPO of it at once.
    _climbing(
        EMERGENCY_REVIEW,
        {"routine": "1wd"},
        ("spo", "T"),
        ("pdu_head", "T+1wd"),
        every="2wd",
        stop="reviewed",
    ),
    # What a region saw before a record had one holder ends after 28 days, unless the holder confirms it.
    _climbing(
        CONFIRMATION,
        {"routine": "10wd"},
        ("practitioner", "T"),
        ("spo", "T+5wd"),
        every="2wd",
        stop="ended",
    ),
)
