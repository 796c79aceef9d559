"""Which adjustments a destination can meet, and which wait for probation to decide. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import fields as plain

from service import fields

KIND = "adjustments"
ASKED_IN: Final = frozenset({"adjustments", "person"})
"""The sections of a document that say which are asked for."""


def asked_for(listed: Iterable[Mapping[str, Any]] | None, interpreter_needed: bool | None) -> set[str]:
    """Return the kinds of adjustment that a destination must say it can or cannot meet.

    Args:
        listed: the adjustments of its document.
        interpreter_needed: as its document says of the person; whoever needs an interpreter needs an
            adjustment of `language`, and nobody types that a second time.
    """
    kinds = {one["kind"] for one in listed or () if one.get("needed") == "yes"}
    return kinds | {"language"} if interpreter_needed else kinds


@dataclass(frozen=True, slots=True)
class Standing:
    """How the adjustments stand that a destination was asked for; each by its kind, in order.

    Args:
        asked: those that its document asks for.
        to_answer: those of which it has not said whether it can meet them.
        to_decide: those that it cannot meet, and nobody has decided to go on without.
    """

    asked: tuple[str, ...] = ()
    to_answer: tuple[str, ...] = ()
    to_decide: tuple[str, ...] = ()


def standing(asked: Iterable[str], answers: Mapping[str, bool], decided: Iterable[str]) -> Standing:
    """Return how the adjustments of one destination stand.

    Args:
        asked: as `asked_for` returns them.
        answers: what it said last of each: whether it can be met.
        decided: those that probation decided to go on without.
    """
    kinds = tuple(sorted(asked))
    settled = frozenset(decided)
    return Standing(
        asked=kinds,
        to_answer=tuple(kind for kind in kinds if kind not in answers),
        to_decide=tuple(kind for kind in kinds if answers.get(kind) is False and kind not in settled),
    )


class AdjustmentAnswer(fields.Schema):
    """Whether one adjustment that the document names can be met."""

    kind = fields.Text(required=True, max=60)
    can_meet = fields.Flag(required=True)
    note = fields.LongText()


class AdjustmentAnswers(fields.Schema):
    """Which of the adjustments that a document asks for can be met."""

    answers = fields.List(plain.Nested(AdjustmentAnswer), min=1, max=50, required=True)
