"""How it looks on the wire that two records may be one person's, and what a manager decides of it."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from service import fields
from service.people.one_person import CALLED


class SameAs(fields.Schema):
    """Whether two records are one person's, and which CRN stands for both."""

    other = fields.Identifier(
        required=True, metadata={"description": "The other record, by its id: one that your region holds."}
    )
    same = fields.Flag(
        required=True,
        metadata={
            "description": "true merges them: one stands for both, and the CRN of the other is an alias. "
            "false says that they are two people, and undoes a merge."
        },
    )
    keep = fields.Crn(
        metadata={"description": "With `same: true`, the CRN of the record that stands for both from now on."}
    )
    reason = fields.LongText(required=True, metadata={"description": "Why: what was compared, and how."})

    @validates_schema(skip_on_field_errors=True)
    def _keep_one(self, given: Mapping[str, Any], **_: Any) -> None:
        if given["same"] and "keep" not in given:
            raise ValidationError("Say which CRN stands for both.", "keep")
        if not given["same"] and "keep" in given:
            raise ValidationError("Leave it out: each keeps its own.", "keep")


class MayBeView(fields.View):
    """Another record that may be the same person's, by a number that stands, or stood, on both."""

    crn = fields.Crn(metadata={"description": "The CRN of the other record."})
    href = fields.Text(metadata={"description": "The address of the other record."})
    number = fields.Choice(CALLED, metadata={"description": "Which number it is."})
    since = fields.Moment(metadata={"description": "Since when you are asked."})


class MergedView(fields.View):
    """A record that was merged with this one."""

    crn = fields.Crn(metadata={"description": "Its CRN."})
    href = fields.Text(metadata={"description": "Its address."})
