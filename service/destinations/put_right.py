"""What a destination reads of what was put right, and of nothing that has changed besides. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_HALF: Final = 0.5


def put_right(read: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as a destination reads it, with what was put right of what stands in it.

    What it reads otherwise than it was before has changed since, and stays as it reads it; what it was never
    told stays so.

    Args:
        read: as it was sent.
        before, now: as it would be sent without, and with, what was put right alone. An entry of a list was
            only left out or put right in its place.
    """
    found: dict[str, Any] = {}
    for name, value in read.items():
        was, is_now = before.get(name), now.get(name)
        if was == is_now:
            found[name] = value
        elif (told := _put_right(value, was, is_now)) is not None:
            found[name] = told
    return found


def _put_right(read: Any, before: Any, now: Any) -> Any:
    if read == before:
        return now
    if all(isinstance(one, Mapping) for one in (read, before, now)):
        return put_right(read, before, now)
    if all(_is_list_of_entries(one) for one in (read, before, now)):
        return _entries(read, before, now)
    return read


def _is_list_of_entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _entries(
    read: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> list[Any]:
    became = _in_place(before, now)
    found = []
    for entry in read:
        place = _most_alike(entry, before)
        is_now = None if place is None else became[place]
        if place is None:
            found.append(entry)
        elif is_now is not None:
            found.append(_put_right(entry, before[place], is_now))
    return found


def _in_place(before: Sequence[Any], now: Sequence[Any]) -> list[Any]:
    """Return what each entry has become: None where it was left out."""
    if len(before) == len(now):
        return list(now)
    places = [_most_alike(one, before) for one in now]
    free = (place for place in range(len(before)) if place not in places)
    became: list[Any] = [None] * len(before)
    for place, one in zip(places, now, strict=True):
        became[next(free) if place is None else place] = one
    return became


def _most_alike(entry: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the place of the one entry with which most members are shared; None where none is that one."""
    if entry in others:
        return others.index(entry)
    shared = [sum(one.get(name) == value for name, value in entry.items()) for one in others]
    most = max(shared, default=0)
    return shared.index(most) if most > len(entry) * _HALF and shared.count(most) == 1 else None
