"""Sets aside what an urgent referral says to one destination and cannot be understood: that becomes its gap.

The answer is taken out and named with what is wrong with it, so that the destination waits for it alone and
the others are sent (truth-over-time, "Dates and words"). What identifies a person is in no annex.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema as AnySchema
from marshmallow import fields, post_load

from service.document.forms import Section, some
from service.document.paths import is_empty, value_at_pointer
from service.fields import LongText, Text
from service.http import faults

MOST: Final = 30
"""Answers of one annex that are set aside; with more, it is refused as a whole."""
_ANNEX: Final = "/annex"
_LONGEST: Final = 200
_PLAIN: Final = re.compile(r"(/[A-Za-z0-9_]+)*", re.ASCII)


class NotUnderstoodSchema(Section):
    """An answer of an urgent referral that was set aside, because it could not be understood."""

    pointer = Text(
        max=_LONGEST,
        required=True,
        metadata={"description": "A JSON pointer to the answer, into this entry of `destinations`."},
    )
    why = LongText(required=True, metadata={"description": "What is wrong with it."})


class Waiting(Section):
    """An entry of `destinations`, with what of it was set aside."""

    not_understood = some(
        fields.Nested(NotUnderstoodSchema),
        MOST,
        metadata={
            "description": "Answers of an urgent referral that could not be understood. The service lists "
            "them here; each is a gap of this destination until you give it again, or leave this list out."
        },
    )

    @post_load
    def _given_since(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        listed = data.pop("not_understood", [])
        standing = [one for one in listed if is_empty(value_at_pointer(data, one["pointer"]))]
        return {**data, "not_understood": standing} if standing else data


def set_aside(entry: Mapping[str, Any], annex: AnySchema) -> Mapping[str, Any]:
    """Return an entry of `destinations` without the answers of its annex that cannot be understood.

    Args:
        entry: as it was sent; it is not changed.
        annex: the form of its annex.

    Returns:
        the entry as it was sent where everything is understood, or where it is no answer that is wrong.
    """
    given = entry.get("annex", {})
    wrong: dict[str, list[str]] = {}
    for fault in faults(annex.validate(given)):
        wrong.setdefault(_answer_at(fault.pointer), []).append(fault.detail)
    already = entry.get("not_understood", [])
    if not wrong or not all(map(_PLAIN.fullmatch, wrong)) or not isinstance(already, list):
        return entry
    for pointer in wrong:
        given = _without(given, pointer.split("/")[1:])
    found = [
        {"pointer": _ANNEX + pointer, "why": " ".join(dict.fromkeys(details))}
        for pointer, details in sorted(wrong.items())
    ]
    named = {one["pointer"] for one in found}
    stays = [one for one in already if not (isinstance(one, Mapping) and one.get("pointer") in named)]
    listed = [*stays, *found]
    fits = len(listed) <= MOST and all(len(one["pointer"]) <= _LONGEST for one in found)
    return {**entry, "annex": given, "not_understood": listed} if fits else entry


def _answer_at(pointer: str) -> str:
    """Return where the whole answer stands: of a list, every entry counts."""
    steps = pointer.split("/")
    inside = next((place for place, step in enumerate(steps) if step.isdigit()), len(steps))
    return "/".join(steps[:inside])


def _without(given: Any, steps: list[str]) -> Any:
    if not steps or not isinstance(given, Mapping):
        return {}
    step, *rest = steps
    inner = {step: _without(given[step], rest)} if rest and step in given else {}
    return {**{name: value for name, value in given.items() if name != step}, **inner}
