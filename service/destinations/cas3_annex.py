"""What only CAS3 asks."""

from collections.abc import Mapping
from types import MappingProxyType

from marshmallow import fields

from service import tenses
from service.document.forms import Region, Section
from service.fields import Choice, Day, Flag, LongText, Text

ELIGIBILITY_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "homeless_from_custody": "homeless on release from custody",
        "homeless_from_approved_premises": "homeless on leaving approved premises",
        "homeless_from_bail_accommodation": "homeless on leaving bail accommodation (CAS2)",
    }
)


class Cas3PlacementSchema(Section):
    """When housing is needed."""

    start_date = Day(tense=tenses.PLAN, metadata={"description": "The first day housing is needed."})


class Cas3LocationSchema(Section):
    """Where housing is sought."""

    own_region = Flag(metadata={"description": "Whether housing is sought in the referrer's own region."})
    region = Region(metadata={"description": "The other region; needed when it is not the own region."})
    other_pdu = Flag(
        metadata={"description": "Whether another probation delivery unit in the region is sought."}
    )
    pdu = Text(metadata={"description": "The probation delivery unit sought; needed in the own region."})
    other_pdu_reason = LongText(metadata={"description": "Why that unit; needed when it is another."})
    pdu_evidence = Flag(
        metadata={"description": "Whether another region's unit has agreed to consider the person."}
    )


class Cas3AnnexSchema(Section):
    """What only CAS3 asks."""

    eligibility_reason = Choice(ELIGIBILITY_REASONS, metadata={"description": "The route into CAS3."})
    placement = fields.Nested(Cas3PlacementSchema, metadata={"description": "When housing is needed."})
    location = fields.Nested(Cas3LocationSchema, metadata={"description": "Where housing is sought."})
