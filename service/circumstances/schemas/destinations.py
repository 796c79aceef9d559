"""What destinations are shown of changes, and what they report."""

from typing import Final

from marshmallow import fields as plain

from service import fields, tenses
from service.circumstances.consequences import KINDS, STANDINGS, About
from service.corrections.schemas import CorrectableView
from service.http import list_schema
from service.people.schemas.ringing import DangerAdvice
from service.timers.policy import URGENCIES

_MOST: Final = 20


class Concern(fields.Schema):
    """Behaviour that a destination reports; an allegation until probation establishes it."""

    occurred_on = fields.Day(
        tense=tenses.LIFE, required=True, metadata={"description": "The day on which it happened."}
    )
    details = fields.LongText(required=True, metadata={"description": "What happened."})
    people = fields.List(
        fields.Choice(
            {
                About.PARTNER: "a partner or former partner",
                About.CHILD: "a child",
                About.UNBORN: "a partner or former partner who is pregnant",
            }
        ),
        max=_MOST,
        load_default=list,
        metadata={"description": "Other people seen with the person, as far as the reporter knows."},
    )
    immediate_danger = fields.Flag(
        load_default=False,
        metadata={
            "description": "Whether somebody is in danger now. Probation and your own managers are then "
            "notified day and night until a named person of probation confirms that they have seen to it."
        },
    )
    reporter = fields.Text(metadata={"description": "A person at the destination who can be asked about it."})


class SharedChange(fields.View):
    """What a destination is shown of a change: the kind and the day, and never the details."""

    id = fields.Identifier(metadata={"description": "The id of the change."})
    kind = fields.Choice(KINDS, metadata={"description": "The kind of change."})
    words = fields.Text(metadata={"description": "The kind in words."})
    occurred_on = fields.Day(metadata={"description": "The day on which it happened."})
    standing = fields.Choice(STANDINGS, metadata={"description": "How far it is known to be so."})
    urgency = fields.Choice(URGENCIES, metadata={"description": "Decides the target of what it set off."})
    told_at = fields.Moment(metadata={"description": "When you were notified."})


SharedChangeList = list_schema(
    "SharedChangeList",
    SharedChange,
    "The changes of circumstance shared with a destination, in the order asked for.",
    counted=KINDS,
    by="kind",
)


class ReceiptView(CorrectableView):
    """Confirmation that a report was received, with what to do now, and nothing about the case."""

    id = fields.Identifier(metadata={"description": "The id of the report."})
    occurred_on = fields.Day(metadata={"description": "The day on which it happened, as reported."})
    received_at = fields.Moment(metadata={"description": "When the report was received."})
    advice = plain.Nested(
        DangerAdvice, metadata={"description": "What to do, whom to ring and what happens next."}
    )


ReceiptList = list_schema(
    "ReceiptList",
    ReceiptView,
    "Receipts for the concerns that a destination reported, in the order asked for.",
)
