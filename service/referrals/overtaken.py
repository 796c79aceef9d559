"""Merges a whole new version of a referral with what others have changed of it meanwhile. Pure.

It is about what a document says beside the record; of people and places the record knows more. A list is one
value, as in a merge patch, but each destination, each period after release and each wording counts by itself.
Source: truth-over-time, "Corrections".
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from service.destinations.case import asks_by_key
from service.document.paths import Document, is_empty, pointer_of, value_at_pointer
from service.people.documents import PERSON

Members = dict[str, Any]
"""What a document says beside the record, by member: a JSON pointer, with the key of a destination."""

_DESTINATIONS: Final = "destinations"
_WORDINGS: Final = "wordings"
_OF_THE_RECORD: Final = frozenset(PERSON.values()) | {
    ("submission_reference",),
    ("person", "crn"),
    ("person", "restricted_record"),
    ("household", "contacts"),
    ("addresses",),
}
_TOGETHER: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("", "urgency"): ("urgency", "urgency_reason"),
        ("", "sharing_basis"): ("sharing_basis",),
        ("release", "date"): ("date_known", "date", "date_unknown_reason"),
    }
)
"""Members that say one thing, by their section and a name for all: apart from each other they contradict."""


class Merged(NamedTuple):
    """A document with what others have changed, and the JSON pointers in it as sent where it stays so."""

    document: dict[str, Any]
    kept: dict[str, str]


def members(document: Document) -> Members:
    """Return what a document says beside the record, by member."""
    return {pointer_of(at): value for at, value in _walk(_folded(document))}


def places(patch: Any) -> tuple[str, ...]:
    """Return the JSON pointer of each value of a merge patch, beside the record."""
    return tuple(pointer_of(at) for at, _ in _walk(patch))


def withdrawn(sent: Document, before: Document) -> frozenset[str]:
    """Return the members of the current version that a new one withdraws by null.

    Args:
        sent: as it was sent; a document is kept without nulls.
    """
    nulls = tuple(f"{pointer_of(at)}/" for at, value in _walk(_folded(sent)) if value is None)
    return frozenset(name for name in members(before) if f"{name}/".startswith(nulls))


def stated(at: Iterable[str], before: Document, document: Document) -> Members:
    """Return what is said by a new version at some places, by member; None where it is withdrawn.

    Args:
        at: JSON pointers of values or sections; what is elsewhere was left out, and nothing is said of it.
        before: the current version.
        document: the next one.
    """
    said, inside = members(document), tuple(f"{_whole(place)}/" for place in at)
    known = members(before).keys() | said.keys()
    return {name: said.get(name) for name in known if f"{name}/".startswith(inside)}


def merge(before: Document, sent: Document, *, repeated: Collection[str], own: Collection[str]) -> Merged:
    """Return a document with what others have changed since its system said otherwise.

    What the system says anew is taken, and so is that it leaves out what it said itself.

    Args:
        before: the current version.
        sent: what is to be the next one.
        repeated: the members of what is sent that its system said just so last time.
        own: the members of the current version that are as that system said them last, or that it withdraws.
    """
    now, new, entries = _folded(before), _folded(sent), _entries(sent)
    kept: dict[str, str] = {}
    apart: set[tuple[str, ...]] = set()
    for at in _LISTS:
        standing, listed = _value(now, at) or {}, _value(new, at) or {}
        for key in standing.keys() - listed.keys():
            apart.add((*at, key))
            if not _names(standing[key], (*at, key)) <= set(own):
                listed = {**listed, key: standing[key]}
        for key in listed.keys() - standing.keys():
            apart.add((*at, key))
            if _names(listed[key], (*at, key)) <= set(repeated) and at != (_WORDINGS,):
                listed = {name: each for name, each in listed.items() if name != key}
                kept[pointer_of((*at, key))] = entries[pointer_of((*at, key))]
        new = _put(new, at, listed)
    ours, theirs = dict(_walk(now)), dict(_walk(new))
    for at in ours.keys() | theirs.keys():
        name = pointer_of(at)
        if any(at[: len(entry)] == entry for entry in apart):
            continue
        if at in theirs and ours.get(at) != theirs[at] and name in repeated:
            kept[name] = _placed(name, entries)
        elif at in theirs or name in own:
            continue
        new = _put(new, at, ours.get(at))
    merged = _unfolded(new)
    unread = _worded_unread(before, sent, merged, entries, repeated)
    kept |= {pointer_of((_WORDINGS, key)): entries[pointer_of((_WORDINGS, key))] for key in unread}
    return Merged(_set_aside_still(_without_wordings(merged, unread)), kept)


def left_out(document: Document, before: Document, sent: Document) -> dict[str, list[dict[str, Any]]]:
    """Return whom and which places of the current version a document leaves out, by list.

    Args:
        sent: as it was sent: what it withdraws by null is withdrawn, and not left out.
    """
    found = {}
    for sort, at in _NAMED.items():
        there = {one["ref"] for one in _value(document, at) or []}
        listed = [] if _is_null(sent, at) else _value(before, at) or []
        found[sort] = [one for one in listed if one["ref"] not in there]
    return found


def with_those(document: Document, entries: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return a document with more people and places; they refer to nobody and nowhere that it leaves out."""
    found = dict(document)
    for sort, at in _NAMED.items():
        if entries[sort]:
            found = _put(found, at, [*(_value(found, at) or []), *entries[sort]])
    there = {sort: {one["ref"] for one in _value(found, at) or []} for sort, at in _NAMED.items()}
    for at in _NAMED.values():
        if listed := _value(found, at):
            found = _put(found, at, [_referring(one, there) for one in listed])
    return found


def _set_aside_still(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without what was set aside and another system has given."""
    found = without_answered(document)
    if _DESTINATIONS in found:
        found[_DESTINATIONS] = [without_answered(entry) for entry in found[_DESTINATIONS]]
    return found


def without_answered(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document, or an entry of it, without what was set aside and has been given since."""
    listed = data.get("not_understood") or []
    standing = [one for one in listed if is_empty(value_at_pointer(data, one["pointer"]))]
    rest = {name: value for name, value in data.items() if name != "not_understood"}
    return {**rest, "not_understood": standing} if standing else rest


_NAMED: Final = MappingProxyType({"addresses": ("addresses",), "contacts": ("household", "contacts")})
_REFERS: Final = MappingProxyType(
    {"lives_at": "addresses", "mother_ref": "contacts", "contact_ref": "contacts"}
)


def _is_null(document: Document, at: tuple[str, ...]) -> bool:
    value: Any = document
    for name in at:
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
        if value is None:
            return True
    return False


def _referring(entry: Mapping[str, Any], there: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """Return an entry that refers to nobody and nowhere that the document leaves out."""
    return {
        name: value
        for name, value in entry.items()
        if name not in _REFERS or value is None or value in there[_REFERS[name]]
    }


def _worded_unread(
    before: Document,
    sent: Document,
    merged: Document,
    entries: Mapping[str, str],
    repeated: Collection[str],
) -> frozenset[str]:
    """Return the keys of wordings that are only repeated, and for which nobody has looked at the text again.

    The current version has none of them any more: another took it out, or its text or whom it gives away has
    changed. Whoever has looked again words the text otherwise, with another reason, or by a merge patch.
    """
    standing, asked = _worded(before.get(_WORDINGS) or []), asks_by_key(merged)
    anew = [f"{_placed(name, entries)}/" for name in members(sent) if name not in repeated]

    def is_anew(path: str) -> bool:
        at = f"{_whole(path)}/"
        return any(name.startswith(at) or at.startswith(name) for name in anew)

    return frozenset(
        key
        for key, (one,) in _worded(sent.get(_WORDINGS) or []).items()
        if one["destination"] in asked and key not in standing
        if pointer_of((_WORDINGS, key)) in repeated and not is_anew(one["path"])
    )


def _without_wordings(document: dict[str, Any], unread: Collection[str]) -> dict[str, Any]:
    """Return a document without some wordings, and without those for whom it does not ask any more."""
    worded, asked = _worded(document.get(_WORDINGS) or []), asks_by_key(document)
    left = [one for key, (one,) in worded.items() if key not in unread and one["destination"] in asked]
    if len(left) == len(worded):
        return document
    return _put(document, (_WORDINGS,), left or None)


def _asked(listed: list[Any]) -> dict[str, Any]:
    return dict(zip(asks_by_key({_DESTINATIONS: listed}), listed, strict=True))


def _periods(listed: list[Any]) -> dict[str, Any]:
    """Tell the periods after release apart by their type, and by their place among those of one type."""
    count: Counter[str] = Counter()
    found = {}
    for one in listed:
        found[f"{one.get('type')}:{count[one.get('type')]}"] = one
        count[one.get("type")] += 1
    return found


def _worded(listed: list[Any]) -> dict[str, Any]:
    """Tell wordings apart by whom and which text they are for; each is one value, as a list is."""
    return {f"{one['destination']} {one['path']}": [one] for one in listed}


_LISTS: Final[Mapping[tuple[str, ...], Callable[[list[Any]], dict[str, Any]]]] = MappingProxyType(
    {(_DESTINATIONS,): _asked, ("release", "releases"): _periods, (_WORDINGS,): _worded}
)
"""The lists of which each entry counts by itself, and how the entries of each are told apart."""


def _folded(document: Document) -> dict[str, Any]:
    """Return a document in which entries are found by their key, and what says one thing is one value."""
    found = dict(document)
    for at, keyed in _LISTS.items():
        listed = _value(found, at)
        if isinstance(listed, list):
            found = _put(found, at, keyed(listed))
    for (section, name), together in _TOGETHER.items():
        inside = found.get(section) if section else found
        said = {each: inside[each] for each in together if each in inside} if inside else {}
        if inside and said:
            rest = {each: value for each, value in inside.items() if each not in together}
            found = {**found, section: {**rest, name: [said]}} if section else {**rest, name: [said]}
    return found


def _unfolded(document: Document) -> dict[str, Any]:
    found = dict(document)
    for section, name in _TOGETHER:
        inside = found.get(section) if section else found
        if inside and name in inside:
            (said,) = inside[name]
            apart = {each: value for each, value in inside.items() if each != name} | said
            found = {**found, section: apart} if section else apart
    for at in _LISTS:
        if (entries := _value(found, at)) is not None:
            listed = [each for (each,) in entries.values()] if at == (_WORDINGS,) else list(entries.values())
            found = _put(found, at, listed or None)
    return found


def _entries(document: Document) -> dict[str, str]:
    """Return where each entry of a list stands, by the pointer of its key."""
    return {
        pointer_of((*at, key)): f"{pointer_of(at)}/{index}"
        for at, keyed in _LISTS.items()
        for index, key in enumerate(keyed(_value(document, at) or []))
    }


def _whole(place: str) -> str:
    """Return the member by which a value is known that says one thing with others."""
    for (section, name), together in _TOGETHER.items():
        inside = f"/{section}" if section else ""
        if any(place == f"{inside}/{each}" or place.startswith(f"{inside}/{each}/") for each in together):
            return f"{inside}/{name}"
    return place


def _walk(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if at in _OF_THE_RECORD:
        return
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _walk(member, (*at, name))
    else:
        yield at, value


def _names(value: Any, at: tuple[str, ...]) -> set[str]:
    return {pointer_of(each) for each, _ in _walk(value, at)}


def _value(document: Any, at: tuple[str, ...]) -> Any:
    for name in at:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _placed(name: str, entries: Mapping[str, str]) -> str:
    for key, place in entries.items():
        if f"{name}/".startswith(f"{key}/"):
            return place + name.removeprefix(key)
    return name


def _put(document: Mapping[str, Any], at: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return a document with a value in its place; None takes it out, and a section that is empty by that."""
    first, *rest = at
    inner = _put(document.get(first) or {}, tuple(rest), value) if rest else value
    if inner is None or (not inner and rest and first != "annex"):
        return {name: each for name, each in document.items() if name != first}
    return {**document, first: inner}
