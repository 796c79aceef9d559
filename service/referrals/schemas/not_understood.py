"""Sets aside what an urgent referral says and cannot be understood: it becomes the gap of those who need it.

The answer is taken out and named with what is wrong with it, so that the destinations that it is for wait,
and the others are sent; an address without its force waits for that alone (truth-over-time, "Dates and
words"). Nothing that identifies somebody, sets a clock or judges a risk is set aside.
"""

import re
from collections.abc import Callable, Mapping
from textwrap import shorten
from typing import Any, Final

from marshmallow import Schema as AnySchema
from marshmallow import ValidationError, fields, post_load

from service.document.forms import ListedAuthority, ListedForce, Section, some
from service.document.household import AddressSchema
from service.fields import LongText, Text
from service.http import faults
from service.referrals.overtaken import without_answered

MOST: Final = 60
"""Answers that are set aside at one place; with more, the referral is refused as a whole."""
SECTIONS: Final = frozenset(
    {
        *("release", "offence", "risk", "licence", "location", "needs", "health", "adjustments", "sharing"),
        *("safeguarding", "behaviour", "approvals", "custody", "housing", "move_on", "contingency"),
        *("partners", "documents", "consent"),
    }
)
"""What only destinations read: none of it is kept on the person's record."""
_NEVER: Final = ("/release/date", "/release/releases", "/licence/curfew/until", "/risk/rosh")
"""By when everybody answers, when a curfew or supervision ends, and the judgement kept on the record."""
_WITHIN: Final = {"referrer": "/referrer/manager"}
"""The sections of which only a part is set aside."""
_OF_ENTRIES: Final[Mapping[tuple[str, ...], Mapping[str, fields.Field[Any]]]] = {
    ("addresses",): {
        "postcode": AddressSchema().fields["postcode"],
        "police_force": ListedForce(),
        "local_authority": ListedAuthority(),
    },
    ("household", "contacts"): {"local_authority": ListedAuthority()},
}
"""What says whom a check is asked of, of each entry of a list: the request waits for it."""
_LONGEST: Final = 200
_MOST_SAID: Final = 1000
"""Of what is wrong: a list of codes may be longer than anybody reads in a gap."""
_PLAIN: Final = re.compile(r"(/[A-Za-z0-9_]+)*", re.ASCII)
_Faults = Mapping[str, list[str]]


class NotUnderstoodSchema(Section):
    """An answer of an urgent referral that was set aside, because it could not be understood."""

    pointer = Text(
        max=_LONGEST,
        required=True,
        metadata={"description": "A JSON pointer to the answer, from where it is listed."},
    )
    why = LongText(required=True, metadata={"description": "What is wrong with it."})


class SettingAside(Section):
    """What may be taken although some of it cannot be understood: it says what was set aside."""

    not_understood = some(
        fields.Nested(NotUnderstoodSchema),
        MOST,
        metadata={
            "description": "Answers of an urgent referral that could not be understood. The service lists "
            "them here; each is a gap of whoever needs it until you give it again, or withdraw this list."
        },
    )

    @post_load
    def _given_since(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return without_answered(data)


def annex_understood(entry: Mapping[str, Any], annex: AnySchema) -> Mapping[str, Any]:
    """Return an entry of `destinations` without the answers of its annex that cannot be understood.

    Args:
        entry: as it was sent; it is not changed.
        annex: the form of its annex.

    Returns:
        the entry as it was sent where everything is understood, or where it is no answer that is wrong.
    """
    found = _wrong(lambda: annex.validate(entry.get("annex", {})), "/annex")
    return _set_aside(entry, found, lambda _: True)


def sections_understood(
    document: Mapping[str, Any], forms: Mapping[str, fields.Field[Any]]
) -> Mapping[str, Any]:
    """Return a referral without the answers for its destinations that cannot be understood.

    Args:
        document: as it was sent; it is not changed.
        forms: the field of each section.

    Returns:
        the document as it was sent where everything else is understood, or cannot be set aside.
    """
    found: dict[str, list[str]] = {}
    for name in sorted(SECTIONS | _WITHIN.keys()):
        if document.get(name) is not None:
            found |= _wrong(_loading(forms[name], document[name]), f"/{name}")
    for place, members in _OF_ENTRIES.items():
        found |= _of_entries(document, place, members)
    return _set_aside(document, found, _may_be_set_aside)


def _loading(field: fields.Field[Any], value: Any) -> Callable[[], Any]:
    def load() -> Any:
        try:
            field.deserialize(value)
        except ValidationError as error:
            return error.messages
        return {}

    return load


def _wrong(messages: Callable[[], Any], at: str) -> dict[str, list[str]]:
    """Return what is wrong with the answers at a place, by where each whole answer stands."""
    found: dict[str, list[str]] = {}
    for fault in faults(messages()):
        found.setdefault(at + _answer_at(fault.pointer), []).append(fault.detail)
    return found


def _of_entries(
    document: Mapping[str, Any], place: tuple[str, ...], members: Mapping[str, fields.Field[Any]]
) -> dict[str, list[str]]:
    listed: Any = document
    for step in place:
        listed = listed.get(step) if isinstance(listed, Mapping) else None
    found: dict[str, list[str]] = {}
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        for name, form in members.items():
            if isinstance(entry, Mapping) and entry.get(name) is not None:
                at = "".join(f"/{step}" for step in (*place, index, name))
                found |= _wrong(_loading(form, entry[name]), at)
    return found


def _may_be_set_aside(pointer: str) -> bool:
    section = pointer.split("/")[1]
    # A whole section would take with it what is never set aside.
    holds_one = any(each.startswith(f"{pointer}/") for each in _NEVER)
    return not holds_one and not pointer.startswith(_NEVER) and pointer.startswith(_WITHIN.get(section, "/"))


def _set_aside(whole: Mapping[str, Any], wrong: _Faults, may_be: Callable[[str], bool]) -> Mapping[str, Any]:
    already = whole.get("not_understood") or []
    plain = all(
        _PLAIN.fullmatch(pointer) and len(pointer) <= _LONGEST and may_be(pointer) for pointer in wrong
    )
    if not wrong or not plain or not isinstance(already, list):
        return whole
    listed = [one for one in already if not (isinstance(one, Mapping) and one.get("pointer") in wrong)]
    listed += [
        {"pointer": pointer, "why": shorten(" ".join(dict.fromkeys(details)), _MOST_SAID, placeholder=" ...")}
        for pointer, details in sorted(wrong.items())
    ]
    if len(listed) > MOST:
        return whole
    left: Any = whole
    for pointer in wrong:
        left = _without(left, pointer.split("/")[1:])
    return {**left, "not_understood": listed}


def _answer_at(pointer: str) -> str:
    """Return where the whole answer stands: of a list, every entry counts."""
    steps = pointer.split("/")
    inside = next((place for place, step in enumerate(steps) if step.isdigit()), len(steps))
    return "/".join(steps[:inside])


def _without(given: Any, steps: list[str]) -> Any:
    """Return a value without what stands at a place in it."""
    step, *rest = steps
    if isinstance(given, list):
        return [_without(one, rest) if index == int(step) else one for index, one in enumerate(given)]
    if not isinstance(given, Mapping):
        return given
    inner = {step: _without(given[step], rest)} if rest and step in given else {}
    return {**{name: value for name, value in given.items() if name != step}, **inner}
