"""Reviews of answers and their countersignatures, as they are sent and as they are shown."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError, fields, validates_schema

from service.agreements.schemas import EndorsementView
from service.fields import Choice, Count, Flag, Identifier, List, LongText, Moment, Schema, Text, View

CHANGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "risk": "the assessment of risk",
        "risk_management_plan": "the risk management plan",
        "sentence_plan": "the sentence plan",
        "licence_conditions": "the licence conditions",
        "placement": "the placement",
        "nothing": "nothing; it cannot be given with any other",
    }
)
"""What an answer can change."""


class CheckReviewBody(Schema):
    """What an answer changes, and why; also why it changes nothing."""

    check_request_id = Identifier(
        required=True, metadata={"description": "The check request whose answer you review."}
    )
    changes = List(
        Choice(CHANGES),
        min=1,
        max=len(CHANGES),
        required=True,
        metadata={"description": "What the answer changes, each once."},
    )
    reason = LongText(required=True, metadata={"description": "Why it changes this, or nothing."})

    @validates_schema
    def _nothing_stands_alone(self, data: dict[str, Any], **_: Any) -> None:
        if len(set(data["changes"])) != len(data["changes"]):
            raise ValidationError("Each once.", "changes")
        if "nothing" in data["changes"] and len(data["changes"]) > 1:
            raise ValidationError("Either something changes or nothing does.", "changes")


class CheckCountersignatureBody(Schema):
    """A manager's decision on a review of an answer."""

    agreed = Flag(
        required=True, metadata={"description": "True to agree; false sends it back to be done again."}
    )
    reason = LongText(required=True, metadata={"description": "Why the manager agrees or does not."})


class CheckCountersignatureView(View):
    """A manager's decision on a review of an answer."""

    agreed = Flag(metadata={"description": "False: the review was sent back to be done again."})
    reason = LongText(metadata={"description": "Why the manager agreed or did not."})
    manager = Text(metadata={"description": "The manager, by the case system's id."})
    signed_at = Moment(metadata={"description": "When the manager decided."})


class CheckReviewView(View):
    """What a practitioner recorded that an answer changes."""

    id = Identifier(metadata={"description": "The id of the review."})
    check_request_id = Identifier(metadata={"description": "The check request whose answer was reviewed."})
    number = Count(metadata={"description": "Which review of the request this is, from 1."})
    up_to_result = Count(
        allow_none=True,
        metadata={
            "description": "The number of the last answer that it is about; null where that was not recorded."
        },
    )
    changes = fields.List(Choice(CHANGES), metadata={"description": "What the answer changes."})
    reason = LongText(metadata={"description": "Why it changes this, or nothing."})
    practitioner = Text(metadata={"description": "The practitioner, by the case system's id."})
    reviewed_at = Moment(metadata={"description": "When it was recorded."})
    countersignature_needed = Flag(
        metadata={"description": "Whether a manager must countersign, at high and very high risk."}
    )
    countersignature = fields.Nested(
        CheckCountersignatureView,
        allow_none=True,
        metadata={"description": "The manager's decision; null while there is none."},
    )
    endorsements = fields.List(
        fields.Nested(EndorsementView),
        metadata={
            "description": "What managers said to it beside that, at any level of risk: see "
            "`POST /v1/agreements`. Shown to the region that holds the record."
        },
    )
