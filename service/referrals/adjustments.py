"""How a destination says which of the adjustments a person needs it can meet: an update common to all."""

from marshmallow import fields as plain

from service import fields

KIND = "adjustments"


class AdjustmentAnswer(fields.Schema):
    """Whether one adjustment that the document names can be met."""

    kind = fields.Text(required=True, max=60)
    can_meet = fields.Flag(required=True)
    note = fields.LongText()


class AdjustmentAnswers(fields.Schema):
    """Which of the adjustments that a document asks for can be met."""

    answers = fields.List(plain.Nested(AdjustmentAnswer), min=1, max=50, required=True)
