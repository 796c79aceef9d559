"""The history of a destination referral: its actions, notices of changes and documents."""

from typing import Final

from marshmallow import fields as plain

from service import fields
from service.corrections.schemas import CorrectableView

SIDES: Final = {"probation": "probation", "destination": "the destination"}
"""Both sides of a destination referral, as the API explains them."""


class ChangeNoticeView(fields.View):
    """What an amendment changed for one destination, open until it is acknowledged."""

    version = fields.Count(metadata={"description": "The referral version that made the change."})
    sections = plain.List(fields.Text(), metadata={"description": "The sections that changed."})
    reconfirm = fields.Flag(
        metadata={"description": "Whether the destination must say that it can continue as accepted."}
    )
    made_at = fields.Moment(metadata={"description": "When the change was made."})
    due_at = fields.Moment(
        allow_none=True,
        metadata={
            "description": "When the destination must have acknowledged it; null once it has, and while "
            "nothing is owed."
        },
    )
    acknowledged_at = fields.Moment(
        allow_none=True, metadata={"description": "When the destination acknowledged it; null until then."}
    )
    can_continue = fields.Flag(
        allow_none=True,
        metadata={"description": "Whether the destination can continue as accepted; null if it did not say."},
    )


class DestinationMoveView(CorrectableView):
    """One action in the history, with the reasons given."""

    id = fields.Identifier(metadata={"description": "The id of the action, by which it is corrected."})
    action = fields.Text(metadata={"description": "The action that was taken."})
    from_state = fields.Text(
        allow_none=True, metadata={"description": "The state before; null for the first."}
    )
    to_state = fields.Text(metadata={"description": "The state after."})
    side = fields.Choice(
        {"probation": "probation", "destination": "the destination", "service": "the service itself"},
        metadata={"description": "The side that took the action."},
    )
    practitioner = fields.Text(
        allow_none=True,
        metadata={"description": "The practitioner who acted, by the case system's id; null without one."},
    )
    detail = plain.Dict(metadata={"description": "The other members that were sent with the action."})
    moved_at = fields.Moment(metadata={"description": "When it was done."})


class DestinationDocumentView(fields.View):
    """The document that a destination was sent."""

    version = fields.Count(metadata={"description": "The referral version that it was made from."})
    document = plain.Dict(metadata={"description": "The document, in the destination's own words."})
    purpose = fields.Text(metadata={"description": "The purpose of the disclosure."})
    legal_basis = fields.Text(metadata={"description": "The legal basis on which it is shared, by its code."})
    gateway = fields.Text(
        allow_none=True,
        metadata={"description": "The law that lets probation share it; null if it was not recorded."},
    )
    regime = fields.Text(
        allow_none=True,
        metadata={
            "description": "The data protection regime under which probation shares it; null if it was not "
            "recorded."
        },
    )
    condition = fields.Text(
        allow_none=True,
        metadata={"description": "The conditions of that regime that are met; null if not recorded."},
    )
    receiver_regime = fields.Text(
        allow_none=True,
        metadata={
            "description": "The data protection regime under which the destination holds it; null if the "
            "basis is not in force in the nation."
        },
    )
    person_told = fields.Flag(
        allow_none=True,
        metadata={"description": "Whether the person knows of the disclosure; null if not recorded."},
    )
    made_at = fields.Moment(metadata={"description": "When it was made."})
