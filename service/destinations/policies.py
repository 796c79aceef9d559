"""The escalation policies of destinations, as data: those of all, and the ladders that each one's own are
written with. The target of a decision is in the destination's own file.

Every figure is a default of ours; an agreement with an organisation may replace it.
"""

from typing import Any, Final

from service.destinations.contract import Policy
from service.destinations.states import State
from service.people.policies import announced, danger

DEPARTED_WITHOUT_AGREEMENT: Final = "placement.departed_without_agreement"
EMERGENCY_PLACEMENT: Final = "placement.emergency"
ADJUSTMENT_UNMET: Final = "adjustment.unmet"
UNMET: Final = "adjustment_unmet"
PROPOSED: Final = "complexity_proposed"
"""Why the clock of a destination's answer pauses besides a question: probation has to decide first.

Also where other outcomes are proposed: the policies to which running clocks are pinned know this reason.
"""
SHARING_ENDS: Final = "sharing.end"
SHARING_BASIS: Final = "sharing.basis"
DECISION_PUT_OFF: Final = "decision.put_off"
MOVE_ON_MISSING: Final = "placement.move_on_missing"
MOVE_ON_AGREEMENT: Final = "move_on.agreement"
MOVE_ON_UNDECIDED: Final = "move_on.undecided"
REVIEW_AHEAD: Final = "agency_review.ahead"
INCOMPLETE: Final = "referral.incomplete"
REGISTRATION: Final = "referral.registration"
BLOCKED: Final = "referral.blocked"
INFORMATION_OWED: Final = "information.owed"
DECLINE_UNDECIDED: Final = "decline.undecided"
CHANGE_UNDECIDED: Final = "change.undecided"
COMPLEXITY_UNDECIDED: Final = "complexity.undecided"
OUTCOMES_UNDECIDED: Final = "outcomes.undecided"
OFFER_UNCONFIRMED: Final = "placement.offer_unconfirmed"
ARRIVAL_UNRECORDED: Final = "placement.arrival_unrecorded"
CURFEW_ENDS: Final = "curfew.end"
SHARING_ENDS_DAYS: Final = (28, 5)
"""Calendar days before the end of sharing on which the accountable practitioner is notified."""


_WITH_PROBATION: Final = {
    "on": ["information_requested", UNMET, PROPOSED],
    # What probation owes meanwhile has a clock of its own, and is not the destination's delay: its clock
    # waits for it. The allowance is only a backstop, so that no clock ever ends.
    "review_after": "10wd",
    "owner": "practitioner",
    "max_total": "250wd",
}
"""How the clock of a destination's decision waits while the next move is probation's."""


def _owed(key: str, routine: str) -> Policy:
    """Write the policy of what probation owes: the practitioner first, then the SPO and the head of the PDU.

    Args:
        key: the policy's key.
        routine: its target where nothing is urgent; four working hours where something is.
    """
    return {
        "key": key,
        "answer": {
            "targets": {"routine": routine, "urgent": "4wh"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+1wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head"},
        },
    }


MOVE_ON_ASKED: Policy = {
    "key": MOVE_ON_AGREEMENT,
    "answer": {
        "targets": {"routine": "5wd", "urgent": "1wd"},
        "calendar": "responder",
        "chasers": ["50%", "100%"],
        "steps": [
            {"key": "practitioner", "at": "T", "probation": "practitioner", "partner": "duty_manager"},
            {"key": "spo", "at": "T+2wd", "probation": "spo", "partner": "unit_manager"},
            {"key": "pdu_head", "at": "T+5wd", "probation": "pdu_head", "partner": "head_of_service"},
        ],
        "tail": {"every": "5wd", "to": "pdu_head", "partner": "head_of_service"},
    },
}
"""An address is proposed for somebody to move on to: a destination with a say must agree to it, or not."""

POLICIES: tuple[Policy, ...] = (
    # Somebody left a placement and nobody had agreed to it: three people at once, at any hour, and on until
    # one of them has confirmed.
    danger(
        DEPARTED_WITHOUT_AGREEMENT,
        stop=("confirmed",),
        sides=("probation",),
        ladder=(
            ("practitioner", "T", "practitioner", None),
            ("on_call", "T", "on_call_manager", None),
            ("pdu_head", "T", "pdu_head", None),
            ("region", "T+2h", "region", None),
        ),
        by_hours=0,
    ),
    {
        # The licence or order ends, and with it what destinations may read, unless another basis is named.
        "key": SHARING_ENDS,
        "answer": {
            "target": "H",
            "calendar": "probation",
            "steps": [
                {"key": f"days_{days}", "at": f"H-{days}d", "probation": "practitioner"}
                for days in SHARING_ENDS_DAYS
            ],
            "tail": {"every": "5wd", "to": "spo"},
        },
    },
    {
        # Somebody's stay ends, and nobody has said where they go then.
        "key": MOVE_ON_MISSING,
        "answer": {
            "target": "H",
            "calendar": "probation",
            "steps": [
                # Whoever has to act each time, and managers beside.
                {"key": "days_28", "at": "H-28d", "probation": "practitioner"},
                {"key": "days_14", "at": "H-14d", "probation": "practitioner"},
                {"key": "days_14_spo", "at": "H-14d", "probation": "spo"},
                {"key": "days_7", "at": "H-7d", "probation": "practitioner"},
                {"key": "days_7_pdu_head", "at": "H-7d", "probation": "pdu_head"},
                {"key": "day", "at": "H", "probation": "practitioner"},
                {"key": "day_pdu_head", "at": "H", "probation": "pdu_head"},
            ],
            "tail": {"every": "1wd", "to": "pdu_head"},
        },
    },
    # Whoever was asked about an address to move on to has answered, and probation has not agreed to it.
    _owed(MOVE_ON_UNDECIDED, "2wd"),
    # A curfew ends, and with it nothing else: probation is reminded of the day.
    announced(CURFEW_ENDS, 14, 2),
    # A destination has named the day on which it looks at the case again.
    announced(REVIEW_AHEAD, 5),
    # A referral that is shared with no end that is known, or is not shared because its basis has ended.
    _owed(SHARING_BASIS, "5wd"),
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
        # A destination has put its decision off to a day that it named: it owes it then, whatever it reports.
        "key": DECISION_PUT_OFF,
        "answer": {
            "target": "H",
            "calendar": "responder",
            "steps": [
                {"key": "day", "at": "H", "probation": "practitioner", "partner": "duty_manager"},
                {"key": "spo", "at": "T+2wd", "probation": "spo", "partner": "unit_manager"},
                {"key": "pdu_head", "at": "T+5wd", "probation": "pdu_head", "partner": "head_of_service"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head", "partner": "head_of_service"},
        },
        "pause": _WITH_PROBATION,
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
    # A destination cannot meet what somebody needs, and waits for probation to decide.
    _owed(ADJUSTMENT_UNMET, "2wd"),
    # A referral that a destination has not been sent, because something of it is missing.
    _owed(INCOMPLETE, "5wd"),
    {
        # No organisation is registered for it. Only the administration can register one, and the head of the
        # region is who can have that done, as soon as a practitioner would complete the referral; nobody
        # below the head could do anything about it.
        "key": REGISTRATION,
        "answer": {
            "targets": {"routine": "5wd", "urgent": "4wh"},
            "calendar": "probation",
            "steps": [
                {"key": "region", "at": "T", "probation": "region"},
                {"key": "director", "at": "T+3wd", "probation": "regional_director"},
            ],
            "tail": {"every": "5wd", "to": "regional_director"},
        },
    },
    # A referral that a destination has not been sent, because something else must be true first.
    _owed(BLOCKED, "5wd"),
    # A destination has asked probation something, and its own clock waits for the answer.
    _owed(INFORMATION_OWED, "2wd"),
    # A destination has declined, and probation has not decided what follows.
    _owed(DECLINE_UNDECIDED, "2wd"),
    # A destination cannot go on after a change, and probation has not decided what follows.
    _owed(CHANGE_UNDECIDED, "2wd"),
    # A destination proposes another complexity, and waits for probation to decide.
    _owed(COMPLEXITY_UNDECIDED, "2wd"),
    # A destination proposes other desired outcomes, and waits for probation to decide.
    _owed(OUTCOMES_UNDECIDED, "2wd"),
    # A bed or room is offered, and probation has not confirmed it: others may need it.
    _owed(OFFER_UNCONFIRMED, "2wd"),
    {
        # Somebody was to arrive, and nobody has said whether they did: both sides, the morning after.
        "key": ARRIVAL_UNRECORDED,
        "answer": {
            "target": "H",
            "calendar": "probation",
            "steps": [
                {"key": "morning", "at": "H", "probation": "practitioner", "partner": "duty_manager"},
                {"key": "spo", "at": "T+1wd", "probation": "spo", "partner": "unit_manager"},
                {"key": "pdu_head", "at": "T+2wd", "probation": "pdu_head", "partner": "head_of_service"},
            ],
            "tail": {"every": "1wd", "to": "pdu_head", "partner": "head_of_service"},
        },
    },
    {
        # A destination has a referral without a text that gives away what it may not know, or has the text.
        "key": "wording.needed",
        "answer": {
            "targets": {"routine": "1wd", "urgent": "4wh"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+1wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head"},
        },
    },
)
"""The deadlines that are the same for every destination."""


def emergency_policy() -> Policy:
    """Write the policy of an emergency placement: at any hour, on both sides, while there is no bed.

    It ends when a person has confirmed, the placement is accepted, or it is no longer asked for.
    """
    return danger(
        EMERGENCY_PLACEMENT,
        stop=(
            "confirmed",
            State.ACCEPTED,
            State.WITHDRAWN,
            State.ENTERED_IN_ERROR,
            "recalled",
            "sharing_ended",
        ),
        sides=("probation", "partner"),
        ladder=(
            ("first", "T", "practitioner", "duty_manager"),
            ("spo", "T+2h", "spo", "unit_manager"),
            ("pdu_head", "T+4h", "pdu_head", "head_of_service"),
            ("region", "T+8h", "region", "partnership_board"),
        ),
    )


def answer_policy(
    key: str, *, routine: str, urgent: str, pace: tuple[str, str, str], cut_off: str | None = None
) -> Policy:
    """Write the policy of an answer that is awaited from a destination.

    Args:
        key: the policy's key.
        routine, urgent: the targets, in working days or hours of the responder.
        pace: how long after the target the second, third and fourth steps are notified.
        cut_off: work that arrives later in the day than this counts from the next morning.
    """
    first, second, third = pace
    answer: dict[str, Any] = {
        "targets": {"routine": routine, "urgent": urgent},
        "calendar": "responder",
        "chasers": ["50%", "100%"],
        "steps": [
            {"key": "spo", "at": "T", "probation": "spo", "partner": "duty_manager"},
            {"key": "pdu_head", "at": f"T+{first}", "probation": "pdu_head", "partner": "unit_manager"},
            {"key": "region", "at": f"T+{second}", "probation": "region", "partner": "head_of_service"},
            {
                "key": "director",
                "at": f"T+{third}",
                "probation": "regional_director",
                "partner": "partnership_board",
            },
        ],
        "tail": {"every": "5wd", "to": "regional_director"},
    }
    if cut_off:
        answer["cut_off"] = cut_off
    return {
        "key": key,
        "version": 1,
        "answer": answer,
        "pause": _WITH_PROBATION,
        "stop": [],
    }


def placement_end_policy(key: str, days_before: tuple[int, int, int]) -> Policy:
    """Write the policy that prompts the practitioner before a stay ends; nothing extends a stay by itself.

    The practitioner is prompted each time, and managers beside: whoever has to act is never left out.

    Args:
        key: the policy's key.
        days_before: three numbers of calendar days before the end, falling.
    """
    prompts: list[dict[str, str]] = []
    for days, manager in zip(days_before, (None, "spo", "pdu_head"), strict=True):
        prompt = {"at": f"H-{days}d", "partner": "duty_manager"}
        prompts.append({"key": f"days_{days}", "probation": "practitioner", **prompt})
        if manager is not None:
            prompts.append({"key": f"days_{days}_{manager}", "at": prompt["at"], "probation": manager})
    prompts += [
        {"key": "day", "at": "H", "probation": "practitioner", "partner": "duty_manager"},
        {"key": "day_pdu_head", "at": "H", "probation": "pdu_head"},
        # Somebody is still there, and nothing was agreed.
        {"key": "after", "at": "T+1wd", "probation": "practitioner", "partner": "unit_manager"},
    ]
    return {
        "key": key,
        "version": 1,
        "answer": {
            "target": "H",
            "calendar": "probation",
            "steps": prompts,
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
        "stop": [],
    }
