"""Takes an address apart: its streets, the names of its houses, its numbers and its towns. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from service.mentions.folding import alike, words
from service.mentions.numbering import Numbers
from service.mentions.protected import Place
from service.mentions.words import BUILDINGS, SHELTERS, STREET_TYPES, UNITS

_NUMBER: Final = re.compile(r"\d+[a-z]?$")
_SHORTEST: Final = 4


class Street(NamedTuple):
    """A street or a house: the words of its name, and its kind, such as `close`, where it has one.

    Args:
        is_house: it is the name of a house without a number, which is enough to find it.
    """

    name: tuple[str, ...]
    kind: str
    is_house: bool = False


def streets_of(place: Place) -> Iterator[tuple[Street, Numbers]]:
    """Yield the street of an address with its numbers, and before it the name of a house or of a refuge."""
    units, alone = _units_of(place), _number_alone(place)
    for index, line in enumerate(place.lines):
        for part in line.split(","):
            folded = [word.folded for word in words(part)]
            if folded[:1] and folded[0] in UNITS:
                folded = folded[2:]
            numbers = [word for word in folded if _NUMBER.fullmatch(word)]
            name = tuple(plain(word) for word in folded if not _NUMBER.fullmatch(word))
            if not name:
                continue
            here = Numbers(frozenset(numbers[-1:] or alone), units)
            if len(name) > 1 and name[-1] in STREET_TYPES:
                kind = STREET_TYPES[name[-1]]
                is_house = kind in BUILDINGS and not numbers
                yield Street(name[:-1], kind, is_house), here
                if not is_house:
                    return
            elif index == 0 and max(map(len, name)) >= _SHORTEST:
                yield Street(name, ""), here
                yield from ((house, here) for house in _shorter_names(name))


def towns_of(place: Place) -> set[tuple[str, ...]]:
    """Return the names in an address that are of no street: towns, and parts of them."""
    towns = set()
    for line in place.lines[1:]:
        for part in line.split(","):
            folded = tuple(word.folded for word in words(part))
            if folded and folded[-1] not in STREET_TYPES and not any(map(_NUMBER.fullmatch, folded)):
                towns.add(folded)
    return towns


def _shorter_names(name: Sequence[str]) -> Iterator[Street]:
    """Yield what a house with a long name is called, such as Haven House of a women's refuge."""
    for end, word in enumerate(name[1:-1], start=1):
        if STREET_TYPES.get(word) in BUILDINGS:
            yield Street(tuple(name[:end]), STREET_TYPES[word], is_house=True)
            return
    end = len(name)
    while end and name[end - 1] in SHELTERS:
        end -= 1
    if 1 < end < len(name):
        yield Street(tuple(name[:end]), "")


def _units_of(place: Place) -> frozenset[str]:
    found = set()
    for line in place.lines:
        folded = [word.folded for word in words(line)]
        for word, after in pairwise(folded):
            if word in UNITS:
                found.add(after)
    return frozenset(found)


def _number_alone(place: Place) -> list[str]:
    """Return the number of a house that stands on a line of its own, as some write it."""
    first = [word.folded for word in words(place.lines[0])] if place.lines else []
    return first if len(first) == 1 and _NUMBER.fullmatch(first[0]) else []


def plain(word: str) -> str:
    """Return a word of a street with saints in one form."""
    return "st" if word in {"st", "saint"} else word


@lru_cache(maxsize=8192)
def kind_of(word: str) -> str:
    """Return the kind of street that a word is, or is a slip of; empty for none."""
    if word in STREET_TYPES:
        return STREET_TYPES[word]
    if len(word) < _SHORTEST + 1:
        return ""
    kinds = (kind for kind in set(STREET_TYPES.values()) if alike(word, kind) and not word.startswith(kind))
    return next(kinds, "")
