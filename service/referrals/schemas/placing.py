"""What may be sent about a stay: one action, and the members that belong to it."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields
from service.document.forms import AuthorityCode, Code
from service.referrals.actions.placing import LEFT_FOR, MOVE_ON_ADDRESS, OVERRIDE, PROPOSE
from service.referrals.placement_states import TABLE, PlacementAction

ACTIONS = (*PlacementAction, PROPOSE, OVERRIDE)
NEEDED: Mapping[str, tuple[str, ...]] = {
    **{row.action: row.needs for row in TABLE.rows},
    PROPOSE: (),
    OVERRIDE: ("reason",),
}
WELCOME: Mapping[str, tuple[str, ...]] = {
    PlacementAction.OFFER: ("premises",),
    PlacementAction.RECORD_DEPARTURE: ("departed_to",),
    PROPOSE: ("address", "address_id"),
}
"""Members that may be given beyond those the table insists on."""


class MoveOnAddress(fields.Schema):
    """Where somebody is to live next."""

    lines = fields.List(fields.Text(), min=1, max=6, required=True)
    postcode = fields.Postcode(required=True)
    police_force = Code(metadata={"description": "Whose area it is; without it the check waits for that."})
    local_authority = AuthorityCode()
    verified = fields.Flag(load_default=False)


class PlacementMove(fields.Schema):
    """One thing done about a stay."""

    action = fields.Choice(*ACTIONS, required=True)
    expected_arrival = fields.Day()
    expected_departure = fields.Day()
    premises = fields.Text()
    arrived_on = fields.Day()
    departed_on = fields.Day()
    departed_to = fields.Choice(
        *LEFT_FOR, metadata={"description": f"{MOVE_ON_ADDRESS} when it is not said: that waits at the gate."}
    )
    reason = fields.LongText()
    address = plain.Nested(MoveOnAddress)
    address_id = fields.Identifier(
        metadata={"description": "An address on record for the person, instead of a new one."}
    )

    @validates_schema(skip_on_field_errors=False)
    def members_belong_to_the_action(self, data: dict[str, Any], **_: Any) -> None:
        """Ask for what the action needs, refuse what does not belong to it."""
        action: str = data.get("action", "")
        if action not in NEEDED:
            return
        found = fields.member_faults(data, NEEDED[action], WELCOME.get(action, ()))
        if action == PROPOSE and ("address" in data) == ("address_id" in data):
            found["address"] = ["Give a new address, or the id of one on record."]
        if found:
            raise ValidationError(found)
