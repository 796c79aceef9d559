"""The request about a placement: one action, and the members that belong to it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.document.forms import ListedAuthority, ListedForce
from service.people.schemas.verification import SAID_IN_A_DOCUMENT
from service.referrals.actions.departure_gate import OVERRIDE, PROPOSE, WITHDRAW
from service.referrals.actions.departures import LEFT_FOR, MOVE_ON_ADDRESS, NOTHING_TO_AGREE
from service.referrals.actions.placing import AGREE, CONFIRMED
from service.referrals.placement_states import TABLE, PlacementAction

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        PlacementAction.OFFER: "offer a place, with `expected_arrival` and `expected_departure`",
        PlacementAction.CONFIRM: "confirm the offer",
        PlacementAction.RECORD_ARRIVAL: "record that the person arrived, with `arrived_on`; before the days "
        "offered, with a `reason`",
        PlacementAction.RECORD_NON_ARRIVAL: "record that the person did not arrive",
        PlacementAction.EXTEND: "extend the stay, with a new `expected_departure`",
        PlacementAction.RECORD_DEPARTURE: "record that the person left, with `departed_on`",
        PlacementAction.CANCEL: "cancel the placement, with a `reason`",
        PROPOSE: "propose the address to move on to",
        AGREE: "agree to the address to move on to, once nothing else is outstanding",
        WITHDRAW: "take back the agreement to the address to move on to",
        OVERRIDE: "allow the departure although a check is outstanding, with a `reason`",
    }
)
NEEDED: Mapping[str, tuple[str, ...]] = {
    **{row.action: row.needs for row in TABLE.rows},
    PROPOSE: (),
    AGREE: (),
    WITHDRAW: (),
    OVERRIDE: ("reason",),
}
WELCOME: Mapping[str, tuple[str, ...]] = {
    PlacementAction.OFFER: ("premises",),
    PlacementAction.RECORD_ARRIVAL: ("reason",),
    PlacementAction.RECORD_DEPARTURE: ("departed_to", "without_agreement"),
    PROPOSE: ("address", "address_id", CONFIRMED),
}
"""Members that may be given in addition to those the table requires."""


class MoveOnAddress(fields.Schema):
    """Where the person will live next."""

    lines = fields.List(
        fields.Text(),
        min=1,
        max=6,
        required=True,
        metadata={"description": "The lines of the address, without the postcode."},
    )
    postcode = fields.Postcode(required=True, metadata={"description": "The postcode of the address."})
    police_force = ListedForce(
        metadata={
            "description": "The police force for the area, by its code or name; the check waits until it "
            "is given."
        }
    )
    local_authority = ListedAuthority(metadata={"description": "The local authority, by ONS code."})
    verified = fields.Flag(
        load_default=False, metadata={"description": f"Whether the address is {SAID_IN_A_DOCUMENT}"}
    )


class PlacementMove(fields.Schema):
    """One action on a placement."""

    action = fields.Choice(ACTIONS, required=True, metadata={"description": "What you do to the placement."})
    expected_arrival = fields.Day(tense=tenses.STAY, metadata={"description": "The first day of the stay."})
    expected_departure = fields.Day(
        tense=tenses.STAY, metadata={"description": "The day the stay should end."}
    )
    premises = fields.Text(metadata={"description": "The name of the premises."})
    arrived_on = fields.Day(tense=tenses.REPORTED, metadata={"description": "The day the person arrived."})
    departed_on = fields.Day(tense=tenses.REPORTED, metadata={"description": "The day the person left."})
    departed_to = fields.Choice(
        LEFT_FOR,
        metadata={
            "description": f"Where the person went. `{MOVE_ON_ADDRESS}`, which waits at the gate, by default."
        },
    )
    without_agreement = fields.Flag(
        metadata={
            "description": "For a departure that has happened, and to which nobody had agreed: it is "
            "recorded whatever is outstanding, and probation is alarmed at once."
        }
    )
    reason = fields.LongText(metadata={"description": "Why; for actions that need a reason."})
    address = plain.Nested(
        MoveOnAddress, metadata={"description": "The address to move on to, when it is new."}
    )
    address_id = fields.Identifier(
        metadata={"description": "An address on record for the person, instead of a new one."}
    )
    confirmed_because = fields.LongText(
        metadata={
            "description": "Why the address is told although somebody protected lives there; for "
            "`propose_move_on`. The destination is never shown it."
        }
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def members_belong_to_the_action(self, data: dict[str, Any], sent: dict[str, Any], **_: Any) -> None:
        """Require what the action needs, and refuse what does not belong to it."""
        action: str = data.get("action", "")
        if action not in NEEDED:
            return
        found = fields.member_faults(sent, NEEDED[action], WELCOME.get(action, ()))
        if action == PROPOSE and ("address" in data) == ("address_id" in data):
            found["address"] = ["Give either a new address or the id of one on record."]
        if data.get("without_agreement") and data.get("departed_to") in NOTHING_TO_AGREE:
            found["without_agreement"] = ["Nobody agrees to this beforehand: leave it out."]
        if found:
            raise ValidationError(found)
