"""Reports over a region's referrals: the days asked for, and what is counted."""

from marshmallow import fields as plain

from service import fields, tenses
from service.document.vocabulary import ADJUSTMENTS


class AdjustmentsQuery(fields.Schema):
    """Which destination referrals to count the adjustments of."""

    sent_from = fields.Day(
        tense=tenses.ANY, metadata={"description": "Only what was first sent on this day or later."}
    )
    sent_until = fields.Day(
        tense=tenses.ANY, metadata={"description": "Only what was first sent on this day or earlier."}
    )


class AdjustmentCounts(fields.View):
    """How often destinations were asked for one kind of adjustment, and what came of it."""

    adjustment = fields.Choice(ADJUSTMENTS, metadata={"description": "The kind of adjustment."})
    asked = fields.Count(metadata={"description": "Destination referrals that asked for it."})
    met = fields.Count(metadata={"description": "Of those: the destination can meet it."})
    not_met = fields.Count(metadata={"description": "Of those asked: the destination cannot meet it."})
    decided = fields.Count(
        metadata={"description": "Of those not met: probation went on without it, or the referral has ended."}
    )


class AdjustmentReport(fields.View):
    """The adjustments that destinations were asked for, as they stand now."""

    adjustments = plain.List(
        plain.Nested(AdjustmentCounts),
        metadata={"description": "One for each kind of adjustment that was asked for, by kind."},
    )
