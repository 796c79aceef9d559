"""The escalation policies of checks and reviews, as data: whom each step notifies, how long a pause may last.

The targets of an answer are in the file of the kind of check.
"""

from typing import Any, Final

from service.people.policies import announced

NIL_RETURNS_DRAWN_ONE_IN = 10
"""Of the answers that found nothing and a practitioner would close, one in so many goes to a manager."""

QUESTIONS_THAT_PAUSE = 2
"""How many questions of an agency about one subject pause its clock: a third one pauses nothing."""

DUE, LATE_ANSWER = "review.due", "review.late_answer"
REGISTRATION: Final = "check.registration"
AWAITING_AGREEMENT: Final = "awaiting_agreement"
"""For what the clock of a review waits: a manager has been asked to agree to what was found."""

_WITH_A_MANAGER: Final[dict[str, Any]] = {
    "on": [AWAITING_AGREEMENT],
    "review_after": "10wd",
    "owner": "spo",
    "max_total": "250wd",
}
"""Whoever has reviewed waits for a manager where one must agree, whose clock is another."""

POLICIES: tuple[dict[str, Any], ...] = (
    {
        # An answer that comes when the licence or order has ended, and with it every basis for asking: nobody
        # need be accountable any more, so the SPO of the last unit is notified of it, within the hour.
        "key": LATE_ANSWER,
        "answer": {
            "targets": {"routine": "1wh"},
            "calendar": "probation",
            "steps": [
                {"key": "spo", "at": "T", "probation": "spo"},
                {"key": "pdu_head", "at": "T+1wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
        "pause": _WITH_A_MANAGER,
    },
    {
        # An answer or a change of circumstance that a practitioner must review.
        "key": DUE,
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
        "pause": _WITH_A_MANAGER,
    },
    {
        # No agency is registered for the area of a check. Only the administration can register one, and the
        # head of the region is who can have that done: as soon as a practitioner owes details, because the
        # people concerned are exposed all the same. Nobody below the head could do anything about it.
        "key": REGISTRATION,
        "answer": {
            "targets": {"routine": "2wd", "urgent": "4wh", "today": "2wh"},
            "calendar": "probation",
            "needed_by_reserve": ["1wd"],
            "steps": [
                {"key": "region", "at": "T", "probation": "region"},
                {"key": "director", "at": "T+2wd", "probation": "regional_director"},
            ],
            "tail": {"every": "5wd", "to": "regional_director"},
        },
    },
    {
        # A question of the agency, for which its own clock waits: nobody there is notified.
        "key": "check.reply",
        "answer": {
            "targets": {"routine": "2wd", "urgent": "4wh"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+1wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
    },
    # A meeting about a child that an agency has named.
    announced("meeting.ahead", 5),
    {
        # Such a meeting after the licence or order has ended: somebody must speak to the agency before.
        "key": "meeting.after_end",
        "answer": {
            "targets": {"routine": "1wh"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T", "probation": "spo"},
                {"key": "pdu_head", "at": "T+5wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "5wd", "to": "pdu_head"},
        },
    },
    {
        # The same, at once: the head of each agency, and ours, until it is settled.
        "key": "check.dispute",
        "answer": {
            "targets": {"routine": "1m"},
            "calendar": "probation",
            "round_the_clock": True,
            "steps": [{"key": "heads", "at": "T", "probation": "pdu_head", "partner": "head_of_service"}],
            "tail": {"every": "120h", "to": "pdu_head", "partner": "head_of_service"},
        },
    },
    {
        # Agencies redirect a question to each other: somebody of probation says who is asked.
        "key": "check.redirect",
        "answer": {
            "targets": {"routine": "1wd", "urgent": "2wh"},
            "calendar": "probation",
            "steps": [
                {"key": "practitioner", "at": "T", "probation": "practitioner"},
                {"key": "spo", "at": "T+1wd", "probation": "spo"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head"},
            ],
            "tail": {"every": "2wd", "to": "pdu_head"},
        },
    },
)
"""The review of an answer, and of a change of circumstance; what probation owes an agency."""


def standard_policy(key: str, *, routine: str, urgent: str, today: str) -> dict[str, Any]:
    """Return the escalation policy of a check with these targets. Every figure is a default of ours.

    There is no national response time for these checks: an information-sharing agreement overrides the
    figures for each responder and area.

    Args:
        key: of the policy.
        routine, urgent: the targets, in working time such as `5wd`.
        today: the target where the answer is needed on the very day, as for a report to a court.
    """
    return {
        "key": key,
        "ask": {
            # Whoever is released today or tomorrow must be asked about while an answer can still be given.
            "targets": {"routine": "2wd", "urgent": "4wh", "today": "2wh"},
            "needed_by_reserve": ["1wd"],
            "owner": "practitioner",
            "missed": [{"to": "spo", "at": "T"}, {"to": "pdu_head", "at": "T+2wd"}],
        },
        "answer": {
            "targets": {"routine": routine, "urgent": urgent, "today": today},
            "calendar": "responder",
            "needed_by_reserve": ["2wd", "1wd", "4wh"],
            "chasers": ["50%", "100%"],
            "steps": [
                {"key": "spo", "at": "T+1wd", "probation": "spo", "partner": "duty_manager"},
                {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head", "partner": "unit_manager"},
                {"key": "region", "at": "T+6wd", "probation": "region", "partner": "head_of_service"},
                {
                    "key": "director",
                    "at": "T+10wd",
                    "probation": "regional_director",
                    "partner": "partnership_board",
                },
            ],
            "tail": {"every": "5wd", "to": "regional_director"},
        },
        "pause": {
            "on": ["returned_for_information"],
            # Probation's silence has a clock of its own, `check.reply`, and is not the agency's delay: its
            # clock waits for the answer. The allowance is only a backstop, so that no clock ever ends.
            "review_after": "10wd",
            "owner": "practitioner",
            "max_total": "250wd",
        },
        "stop": ["asked", "answered", "cancelled", "superseded"],
    }
