"""How a destination says which of the adjustments a person needs it can meet: an update common to all."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import fields as plain

from service import fields

KIND = "adjustments"


def asked_for(listed: Iterable[Mapping[str, Any]] | None, interpreter_needed: bool | None) -> set[str]:
    """Return the kinds of adjustment that a destination must say it can or cannot meet.

    Args:
        listed: the adjustments of its document.
        interpreter_needed: as its document says of the person; whoever needs an interpreter needs an
            adjustment of `language`, and nobody types that a second time.
    """
    kinds = {one["kind"] for one in listed or () if one.get("needed") == "yes"}
    return kinds | {"language"} if interpreter_needed else kinds


class AdjustmentAnswer(fields.Schema):
    """Whether one adjustment that the document names can be met."""

    kind = fields.Text(required=True, max=60)
    can_meet = fields.Flag(required=True)
    note = fields.LongText()


class AdjustmentAnswers(fields.Schema):
    """Which of the adjustments that a document asks for can be met."""

    answers = fields.List(plain.Nested(AdjustmentAnswer), min=1, max=50, required=True)
