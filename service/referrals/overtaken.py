"""Merges a whole new version of a referral with what others have changed of it meanwhile. Pure.

It is about what a document says beside the record; of people, places and risk the record knows more. A list
is one value, as in a merge patch, but what is asked of each destination is told apart by its key. Source:
truth-over-time, "Corrections".
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from service.destinations.case import asks_by_key
from service.document.paths import Document, pointer_of
from service.people.documents import PERSON

Members = dict[str, Any]
"""What a document says beside the record, by member: a JSON pointer, with the key of a destination."""

_DESTINATIONS: Final = "destinations"
_OF_THE_RECORD: Final = frozenset(PERSON.values()) | {
    ("submission_reference",),
    ("person", "crn"),
    ("person", "restricted_record"),
    ("household", "contacts"),
    ("addresses",),
    ("risk", "rosh"),
}


class Merged(NamedTuple):
    """A document with what others have changed, and the JSON pointers in it as sent where it stays so."""

    document: dict[str, Any]
    kept: dict[str, str]


def members(document: Document) -> Members:
    """Return what a document says beside the record, by member."""
    return {pointer_of(at): value for at, value in _walk(_keyed(document))}


def places(patch: Any) -> tuple[str, ...]:
    """Return the JSON pointer of each value of a merge patch, beside the record."""
    return tuple(pointer_of(at) for at, _ in _walk(patch))


def stated(at: Iterable[str], before: Document, document: Document) -> Members:
    """Return what is said by a new version at some places, by member; None where it is withdrawn.

    Args:
        at: JSON pointers of values or sections; what is elsewhere was left out, and nothing is said of it.
        before: the current version.
        document: the next one.
    """
    said, inside = members(document), tuple(f"{place}/" for place in at)
    known = members(before).keys() | said.keys()
    return {name: said.get(name) for name in known if f"{name}/".startswith(inside)}


def merge(before: Document, sent: Document, *, repeated: Collection[str], own: Collection[str]) -> Merged:
    """Return a document with what others have changed since its system said otherwise.

    What the system says anew is taken, and so is that it leaves out what it said itself.

    Args:
        before: the current version.
        sent: what is to be the next one.
        repeated: the members of what is sent that its system said just so last time.
        own: the members of the current version that are as that system said them last.
    """
    now, new = _keyed(before), _keyed(sent)
    entries = {key: f"/{_DESTINATIONS}/{ask.index}" for key, ask in asks_by_key(sent).items()}
    kept: dict[str, str] = {}
    asked, standing = new[_DESTINATIONS], now[_DESTINATIONS]
    for key in standing.keys() - asked.keys():
        if not _names({_DESTINATIONS: {key: standing[key]}}) <= set(own):
            asked = {**asked, key: standing[key]}
    for key in asked.keys() - standing.keys():
        if _names({_DESTINATIONS: {key: asked[key]}}) <= set(repeated):
            asked = {name: each for name, each in asked.items() if name != key}
            kept[f"/{_DESTINATIONS}/{key}"] = entries[key]
    new = {**new, _DESTINATIONS: asked}
    ours, theirs = dict(_walk(now)), dict(_walk(new))
    for at in ours.keys() | theirs.keys():
        name = pointer_of(at)
        if at[0] == _DESTINATIONS and at[1] not in asked.keys() & standing.keys():
            continue
        if at in theirs and ours.get(at) != theirs[at] and name in repeated:
            kept[name] = _placed(name, entries)
        elif at in theirs or name in own:
            continue
        new = _put(new, at, ours.get(at))
    return Merged({**new, _DESTINATIONS: list(new[_DESTINATIONS].values())}, kept)


def _keyed(document: Document) -> dict[str, Any]:
    """Return a document of which each destination is found by its key."""
    listed = document.get(_DESTINATIONS) or []
    return {**document, _DESTINATIONS: dict(zip(asks_by_key(document), listed, strict=True))}


def _walk(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if at in _OF_THE_RECORD:
        return
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _walk(member, (*at, name))
    else:
        yield at, value


def _names(document: Document) -> set[str]:
    return {pointer_of(at) for at, _ in _walk(document)}


def _placed(name: str, entries: Mapping[str, str]) -> str:
    for key, place in entries.items():
        if name.startswith(f"/{_DESTINATIONS}/{key}/"):
            return place + name.removeprefix(f"/{_DESTINATIONS}/{key}")
    return name


def _put(document: Mapping[str, Any], at: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return a document with a value in its place; None takes it out, and a section that is empty by that."""
    first, *rest = at
    inner = _put(document.get(first) or {}, tuple(rest), value) if rest else value
    if inner is None or (not inner and rest and first != "annex"):
        return {name: each for name, each in document.items() if name != first}
    return {**document, first: inner}
