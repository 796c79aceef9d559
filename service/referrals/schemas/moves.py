"""The request about a destination referral: one action, and the members that belong to it."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from service import fields, tenses
from service.destinations.states import ACTIONS, DECISIONS, TABLE, Action
from service.document.vocabulary import ADJUSTMENTS

BY_THE_SERVICE = frozenset({Action.FIND_INCOMPLETE, Action.HOLD, Action.BLOCK, Action.SEND})
ASKED_FOR: Mapping[str, str] = {
    action: meaning for action, meaning in ACTIONS.items() if action not in BY_THE_SERVICE
}

NEEDED: Mapping[str, tuple[str, ...]] = {row.action: row.needs for row in TABLE.rows}
WELCOME: Mapping[str, tuple[str, ...]] = {
    Action.ACCEPT: ("note",),
    Action.WAITLIST: ("expected_by",),
    Action.DECLINE: ("reason", "alternative"),
    Action.START: ("note",),
    Action.PUT_ON_HOLD: ("review_on",),
    Action.RESUME: ("note",),
    Action.COMPLETE: ("note",),
    Action.END_EARLY: ("reason",),
    Action.CONFIRM_WITHDRAWAL: ("note",),
}
"""Members that may be given in addition to those the table of states requires."""


_DECISIONS = {
    code: meaning for codes in reversed(tuple(DECISIONS.values())) for code, meaning in codes.items()
}


class DestinationReferralTransition(fields.Schema):
    """One action on a destination referral."""

    action = fields.Choice(
        ASKED_FOR, required=True, metadata={"description": "What you do to the destination referral."}
    )
    reason = fields.LongText(metadata={"description": "Why; for actions that need a reason."})
    decision = fields.Choice(
        _DECISIONS,
        metadata={
            "description": "What follows from a decline that stands, for `settle_decline`: the destination "
            "does not read it. What follows from a change (`settle_change`) or a proposal "
            "(`settle_complexity`, `settle_outcomes`): the destination reads the decision, and not the "
            "reason."
        },
    )
    adjustment = fields.Choice(
        ADJUSTMENTS, metadata={"description": "Which adjustment cannot be met; for `go_on_without`."}
    )
    instead = fields.LongText(
        metadata={
            "description": "What is done instead of the adjustment; for `go_on_without`. "
            "The destination reads it."
        }
    )
    reason_code = fields.Text(max=60, metadata={"description": "One of the destination's own codes."})
    alternative = fields.LongText(metadata={"description": "What is offered instead of what was declined."})
    question = fields.LongText(metadata={"description": "What you need to know; for `request_information`."})
    answer = fields.LongText(
        metadata={"description": "The answer to the question; for `answer_information`."}
    )
    not_before = fields.Day(
        tense=tenses.AHEAD, metadata={"description": "The day from which you will decide; for `defer`."}
    )
    expected_by = fields.Day(
        tense=tenses.AHEAD, metadata={"description": "When a place is expected; for `waitlist`."}
    )
    review_on = fields.Day(
        tense=tenses.AHEAD, metadata={"description": "The day you will review the pause; for `put_on_hold`."}
    )
    outcome_code = fields.Text(
        max=60,
        metadata={"description": "How the work ended: one of the destination's own codes; for `complete`."},
    )
    note = fields.LongText(metadata={"description": "Anything the other side should know."})

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def members_belong_to_the_action(self, data: dict[str, Any], sent: dict[str, Any], **_: Any) -> None:
        """Require what the action needs, and refuse what does not belong to it."""
        action: str = data.get("action", "")
        if action not in NEEDED:
            return
        found = fields.member_faults(sent, NEEDED[action], WELCOME.get(action, ()))
        codes = DECISIONS.get(action)
        if codes and data.get("decision", "") not in {"", *codes}:
            found["decision"] = [f"Must be one of: {', '.join(codes)}."]
        if found:
            raise ValidationError(found)
