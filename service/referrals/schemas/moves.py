"""What may be sent to move a destination referral: one action, and the members that belong to it."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from service import fields
from service.destinations.states import TABLE, Action

BY_THE_SERVICE = frozenset({Action.FIND_INCOMPLETE, Action.HOLD, Action.BLOCK, Action.SEND})
ASKED_FOR = tuple(action for action in Action if action not in BY_THE_SERVICE)

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
"""Members that may be given beyond those the table of states insists on."""


class DestinationReferralTransition(fields.Schema):
    """One move of a destination referral."""

    action = fields.Choice(*ASKED_FOR, required=True)
    reason = fields.LongText()
    reason_code = fields.Text(max=60, metadata={"description": "One of the destination's own codes."})
    alternative = fields.LongText(metadata={"description": "What is offered instead of what was declined."})
    question = fields.LongText()
    answer = fields.LongText()
    not_before = fields.Day()
    expected_by = fields.Day()
    review_on = fields.Day()
    outcome_code = fields.Text(max=60)
    note = fields.LongText()

    @validates_schema(skip_on_field_errors=False)
    def members_belong_to_the_action(self, data: dict[str, Any], **_: Any) -> None:
        """Ask for what the action needs, refuse what does not belong to it."""
        action: str = data.get("action", "")
        if action not in NEEDED:
            return
        found = fields.member_faults(data, NEEDED[action], WELCOME.get(action, ()))
        if found:
            raise ValidationError(found)
