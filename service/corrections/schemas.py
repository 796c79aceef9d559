"""How an entry is put right or withdrawn, the same for every kind; and how that is shown."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields
from service.corrections.rules import Instead
from service.errors import Fault
from service.http import refused
from service.http.problems import invalid


class Correction(fields.Schema):
    """What you said before, put right or withdrawn."""

    reason = fields.LongText(
        required=True, metadata={"description": "Why it was not as you said.", "example": "Wrong day."}
    )
    said = fields.FreeObject(
        metadata={
            "description": "The whole of it as it should have been said: the members that you gave the first "
            "time. Leave it out to withdraw it."
        }
    )
    withdrawn = fields.Flag(
        load_default=False,
        metadata={"description": "True: nothing takes its place, such as a session that you recorded twice."},
    )

    @validates_schema
    def _one_or_the_other(self, data: dict[str, Any], **_: Any) -> None:
        if data["withdrawn"] == ("said" in data):
            raise ValidationError("Give what should have been said, or withdraw it.", "said")


class CorrectionView(fields.View):
    """That an entry puts right or withdraws an earlier one."""

    corrects = fields.Identifier(metadata={"description": "The earlier entry."})
    withdrawn = fields.Flag(metadata={"description": "Whether nothing takes its place."})
    reason = fields.Text(allow_none=True, metadata={"description": "Why, in the words of whoever said it."})


class CorrectableView(fields.View):
    """The members with which every entry is shown that can be put right."""

    correction = plain.Nested(
        CorrectionView,
        allow_none=True,
        metadata={"description": "What it puts right or withdraws; null for what was said first."},
    )
    corrected_by = fields.Identifier(
        allow_none=True,
        metadata={"description": "The later entry that puts it right or withdraws it; null if none does."},
    )


def read_instead(schema: Schema, given: Mapping[str, Any], **also: Any) -> Instead:
    """Read what should have been said by the schema of what was said first.

    Args:
        given: a valid `Correction`.
        also: members of what was said that are no matter of choice.

    Raises:
        Problem: 422 naming every fault.
    """
    if "said" not in given:
        return Instead(None, given["reason"])
    try:
        return Instead(schema.load({**given["said"], **also}), given["reason"])
    except ValidationError as error:
        raise refused(error.messages, "/said") from None


def require_to_differ(said: Mapping[str, Any] | None, before: Mapping[str, Any], *, withdrawn: bool) -> None:
    """Require of what should have been said that it is not what was said: nobody is told of nothing.

    Args:
        said: in the form in which it is kept; None where what was said is withdrawn.
        before: what the entry says.
        withdrawn: it is a withdrawal, and so says nothing.

    Raises:
        Problem: 422.
    """
    if said is not None and not withdrawn and said == before:
        raise invalid([Fault("/said", "Is what you said already.")])
