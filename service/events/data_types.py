"""The rows of the catalogue of events, and the types of `data`: codes, counts and ids, never free text.

Pure. The rows are in the catalogue.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, Literal, NoReturn
from uuid import UUID

Type = Literal["code", "codes", "count", "counts", "day", "moment", "id", "flag", "items"]

TYPES: Final[Mapping[Type, str]] = MappingProxyType(
    {
        "code": "a short text from a fixed list, or a key such as `risk.rosh`",
        "codes": "a list of codes",
        "count": "a whole number",
        "counts": "an object: for each code a whole number",
        "day": "a date, such as `2026-03-02`",
        "moment": "a date and time with its offset",
        "id": "an identifier of this service",
        "flag": "true or false",
        "items": "a list of objects",
    }
)
"""Every type in words, for the printed catalogue."""

TIMELINE: Final = "no feed: the timeline only"
"""The audience of what is published to no feed."""

THIN: Final = 100
"""The most entries of a list or an object: feed entries are thin."""

_CODE = re.compile(r"[A-Za-z0-9_.:+/\[\]-]{1,120}")
_PERSON_NUMBER = re.compile(r"[A-Z]\d{6}|[A-Z]\d{4}[A-Z]{2}|\d{2,4}/\d+[A-Z]")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an event's `data`.

    Args:
        type: what its value may be.
        about: what it says, in one sentence.
        required: whether every event of the name has it.
        nullable: whether its value may be null.
        members: of each object, where the type is `items`; every object has all of them.
    """

    type: Type
    about: str
    required: bool = True
    nullable: bool = False
    members: Mapping[str, "Member"] | None = None


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the catalogue.

    Args:
        name: `subject.happened`, in the past tense.
        subjects: the kinds of thing it happens to.
        audience: who finds it in their feed.
        about: what happened, in one sentence.
        data: the members of its `data`.
        required: those of them that every event of this name has.
    """

    name: str
    subjects: tuple[str, ...]
    audience: str
    about: str
    data: Mapping[str, Member]
    required: frozenset[str]

    @property
    def in_feeds(self) -> bool:
        """Return whether it is published to any feed; otherwise only timelines show it."""
        return self.audience != TIMELINE


def event(name: str, audience: str, about: str, *subjects: str, **data: Member) -> EventType:
    """Make a row; its subject is the first part of its name, unless `subjects` gives others."""
    required = frozenset(member for member, row in data.items() if row.required)
    return EventType(name, subjects or (name.partition(".")[0],), audience, about, data, required)


def read(member: Member, value: Any) -> Any:
    """Return a value as JSON that every reader of the event may see.

    Raises:
        ValueError: it is not of the member's type, could be words or a person's number, or is too much. The
            message does not quote it.
    """
    if value is None and member.nullable:
        return None
    if member.members is not None:
        return [_item(member.members, each) for each in _few(value, list, tuple)]
    return _READERS[member.type](value)


def _item(members: Mapping[str, Member], value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or value.keys() != members.keys():
        raise ValueError("an event may carry only objects with the members that the catalogue names")
    return {name: read(members[name], each) for name, each in value.items()}


def _code(value: Any) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value) or _PERSON_NUMBER.fullmatch(value):
        raise ValueError("an event may carry codes and identifiers, not words or a person's number")
    return value


def _codes(value: Any) -> list[str]:
    found = [_code(each) for each in _few(value, list, tuple, set, frozenset)]
    return sorted(found) if isinstance(value, set | frozenset) else found


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse("a whole number")
    return value


def _counts(value: Any) -> dict[str, int]:
    return {_code(name): _count(each) for name, each in _few(value, dict).items()}


def _day(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        _refuse("a day")
    return value.isoformat()


def _moment(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        _refuse("a moment with its offset")
    return value.isoformat()


def _id(value: Any) -> str:
    if not isinstance(value, UUID):
        _refuse("an identifier")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        _refuse("true or false")
    return value


def _refuse(what: str) -> NoReturn:
    raise ValueError(f"an event may carry {what} here and nothing else")


def _few(value: Any, *types: type[Any]) -> Any:
    if not isinstance(value, types):
        _refuse("a list or an object")
    if len(value) > THIN:
        raise ValueError("an event must stay thin")
    return value


_READERS: Final[Mapping[Type, Callable[[Any], Any]]] = {
    "code": _code,
    "codes": _codes,
    "count": _count,
    "counts": _counts,
    "day": _day,
    "moment": _moment,
    "id": _id,
    "flag": _flag,
}
