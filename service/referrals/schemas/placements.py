"""A stay, as it is shown."""

from marshmallow import fields as plain

from service import fields
from service.people.schemas.ringing import DangerAdvice
from service.referrals import placement_states
from service.referrals.schemas.history import DestinationMoveView
from service.referrals.schemas.placing import ACTIONS as PLACEMENT_ACTIONS


class WhereView(fields.View):
    """Where an address is."""

    lines = plain.List(
        fields.Text(),
        allow_none=True,
        metadata={"description": "The lines of the address, without the postcode; null if not known."},
    )
    postcode = fields.Text(allow_none=True, metadata={"description": "The postcode; null if not known."})


class MoveOnView(WhereView):
    """The address that the person is to move on to."""

    sometimes = ("told",)

    address_id = fields.Identifier(metadata={"description": "The id of the address."})
    told = plain.Nested(
        WhereView,
        metadata={
            "description": "For probation: what the destination reads instead, while it may not be told the "
            "address as it is on record now. Propose it again."
        },
    )


class AgreementView(WhereView):
    """An address that the destination is asked to agree to."""

    address_id = fields.Identifier(metadata={"description": "The id of the address."})
    agreed = fields.Flag(
        allow_none=True,
        metadata={"description": "What the destination last said; null if it has not answered."},
    )


class OutstandingView(fields.View):
    """Something that must be done before the person leaves for the move-on address."""

    sometimes = ("id", "kind", "state", "destination_referral_id")

    code = fields.Text(
        metadata={"example": "check_request", "description": "What it is, such as `check_request`."}
    )
    id = fields.Identifier(metadata={"description": "The id of the check request."})
    kind = fields.Text(metadata={"description": "The kind of check or destination."})
    state = fields.Text(metadata={"description": "For probation: the state of the check request."})
    destination_referral_id = fields.Identifier(
        metadata={"description": "For probation: the destination referral."}
    )


class PlacementMoveView(DestinationMoveView):
    """One action in the history of a stay."""

    stands = fields.Flag(
        metadata={
            "description": "Whether it still counts: false for what was put right or withdrawn, and for what "
            "rests on that, such as the departure of somebody who never came."
        }
    )


class PlacementView(fields.View):
    """A stay with the destination, from the offer to the departure."""

    sometimes = (
        "starts_on",
        "ends_on",
        "arrived_on",
        "departed_on",
        "details",
        "move_on",
        "outstanding",
        "advice",
    )

    state = fields.Choice(placement_states.STATES, metadata={"description": "How far the stay is."})
    starts_on = fields.Day(
        allow_none=True, metadata={"description": "The first day that is planned; null if not known."}
    )
    ends_on = fields.Day(
        allow_none=True, metadata={"description": "The last day that is planned; null if not known."}
    )
    arrived_on = fields.Day(allow_none=True, metadata={"description": "The day of arrival; null until then."})
    departed_on = fields.Day(
        allow_none=True, metadata={"description": "The day of departure; null until then."}
    )
    details = plain.Dict(metadata={"description": "Details of the offer, such as the premises."})
    move_on = plain.Nested(
        MoveOnView,
        allow_none=True,
        metadata={"description": "The address to move on to; null if none is proposed."},
    )
    outstanding = plain.List(
        plain.Nested(OutstandingView),
        metadata={"description": "What must be done before the person leaves for the move-on address."},
    )
    allowed_actions = plain.List(
        fields.Choice(PLACEMENT_ACTIONS), metadata={"description": "The actions that you can take now."}
    )
    moves = plain.List(
        plain.Nested(PlacementMoveView), metadata={"description": "The actions taken so far, oldest first."}
    )
    advice = plain.Nested(
        DangerAdvice,
        metadata={
            "description": "In the answer to the destination's report of a departure alone: what to do about "
            "danger, and whom to ring."
        },
    )
