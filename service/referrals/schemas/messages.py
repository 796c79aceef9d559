"""Messages between the two sides of a destination referral."""

from marshmallow import fields as plain

from service import fields
from service.http import list_schema
from service.people.schemas.ringing import DangerAdvice
from service.referrals.schemas.history import SIDES


class DestinationMessage(fields.Schema):
    """A message to the other side."""

    body = fields.LongText(required=True, metadata={"description": "The message."})


class DestinationMessageView(fields.View):
    """A message of one side to the other."""

    sometimes = ("advice",)

    id = fields.Identifier(metadata={"description": "The id of the message."})
    kind = fields.Text(metadata={"description": "The kind of message, such as `question`."})
    side = fields.Choice(SIDES, metadata={"description": "The side that sent it."})
    author = fields.Text(allow_none=True, metadata={"description": "Who wrote it; null if no one was named."})
    body = fields.LongText(metadata={"description": "The text."})
    sent_at = fields.Moment(metadata={"description": "When it was sent."})
    advice = plain.Nested(
        DangerAdvice,
        metadata={
            "description": "In the answer to a destination's message alone: what to do about danger, and "
            "whom to ring."
        },
    )


DestinationMessageList = list_schema(
    "DestinationMessageList", DestinationMessageView, "The messages of a destination referral, oldest first."
)
