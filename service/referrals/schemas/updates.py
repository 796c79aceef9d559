"""A destination's reports on its work, and its acknowledgement of a change."""

from marshmallow import fields as plain

from service import fields
from service.corrections.schemas import CorrectableView
from service.http import list_schema
from service.people.schemas.ringing import DangerAdvice
from service.referrals.schemas.history import SIDES


class DestinationUpdateView(CorrectableView):
    """A report of the destination on its work."""

    sometimes = ("advice",)

    id = fields.Identifier(metadata={"description": "The id of the report."})
    kind = fields.Text(metadata={"description": "The kind of report."})
    content = plain.Dict(metadata={"description": "The report, in the structure of its kind."})
    side = fields.Choice(SIDES, metadata={"description": "The side that reported."})
    author = fields.Text(allow_none=True, metadata={"description": "Who reported; null if no one was named."})
    recorded_at = fields.Moment(metadata={"description": "When it was recorded."})
    advice = plain.Nested(
        DangerAdvice,
        metadata={
            "description": "In the answer to your report alone: what to do about danger, and whom to ring."
        },
    )


DestinationUpdateList = list_schema(
    "DestinationUpdateList", DestinationUpdateView, "The updates that a destination reported, oldest first."
)


class DestinationUpdateReport(fields.Schema):
    """A report; the form of its content depends on its kind and on the destination."""

    kind = fields.Text(
        required=True,
        max=60,
        metadata={"example": "progress", "description": "One that this kind of destination may report."},
    )
    content = fields.FreeObject(
        required=True,
        metadata={
            "example": {"summary": "Settling in."},
            "description": "Its members by kind: `docs/tables/destinations.md`, *it may report*.",
        },
    )


class ChangeAcknowledgement(fields.Schema):
    """A destination's statement that it has seen all changes up to a version."""

    version = fields.Count(
        required=True, min=1, metadata={"description": "The latest referral version you have taken note of."}
    )
    can_continue = fields.Flag(
        metadata={"description": "Whether it can go on as accepted; needed when the change asks for it."}
    )
