"""The requests that carry text: messages, reports, acknowledgements."""

from service import fields


class DestinationMessage(fields.Schema):
    """A message to the other side."""

    body = fields.LongText(required=True, metadata={"description": "The message."})


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
