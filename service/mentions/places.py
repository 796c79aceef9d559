"""Finds where somebody protected is in the words of a text. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from service.mentions.folding import Spellings, Word, alike, compact, words
from service.mentions.hits import Hit
from service.mentions.protected import Kind, Place, Protected
from service.mentions.words import COMMON_STREETS, NUMBERS, RELATIONS, RESIDENCE, STREET_TYPES, UNITS

_NUMBER: Final = re.compile(r"\d+[a-z]?$")
_NEAR: Final = 6
"""How many words after a street may name its town, or before it say that somebody lives there."""
_LONGEST_POSTCODE: Final = 7
_SHORTEST: Final = 4


class _Street(NamedTuple):
    """A street: the words of its name, and its kind, such as `close`; a house with a name has none."""

    name: tuple[str, ...]
    kind: str


class Places:
    """The addresses of those who are protected, indexed by the first word of each street and town."""

    def __init__(self, protected: Protected) -> None:
        """Index addresses.

        Args:
            protected: where they are, and which addresses give nobody away.
        """
        self._shared = {street for home in protected.homes for street, _ in _streets_of(home)}
        towns = {town for home in protected.homes for town in _towns_of(home)}
        postcodes = {compact(home.postcode) for home in protected.homes}
        self._postcodes = {compact(place.postcode) for place in protected.places} - postcodes - {""}
        self._beginnings = {code[:2] for code in self._postcodes}
        self._streets: dict[str, dict[_Street, set[str]]] = defaultdict(dict)
        self._towns: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._joined: dict[str, _Street] = {}
        for place in protected.places:
            for street, number in _streets_of(place):
                self._streets[street.name[0]].setdefault(street, set()).add(number)
                joined = "".join(street.name)
                if street.kind and street not in self._shared:
                    self._joined[joined + street.kind] = street
                if len(street.name) == 1 and len(joined) > _NEAR:
                    self._joined[joined] = street
            for town in _towns_of(place) - towns:
                self._towns[town[0]].add(town)
        self._spellings = Spellings(self._streets)
        self._halves = {name[:end] for name in self._joined for end in range(1, len(name))}

    def find(self, text: str, found: Sequence[Word]) -> Iterator[Hit]:
        """Yield where the words of a text say where somebody is."""
        distinct = {word.folded for word in found}
        if self._postcodes:
            yield from self._find_postcodes(found, distinct)
        if not self._streets and not self._towns:
            return
        like = {word: first for word in distinct if (first := self._first_words_like(word))}
        towns, joined, halves = (
            self._towns.keys() & distinct,
            self._joined.keys() & distinct,
            self._halves & distinct,
        )
        if not (like or towns or joined or halves):
            return
        for place, word in enumerate(found):
            for name in like.get(word.folded, ()):
                yield from self._find_street(found, place, name)
            if word.folded in towns:
                yield from self._find_town(text, found, place)
            if word.folded in joined or word.folded in halves:
                yield from self._find_joined(found, place)

    def _find_postcodes(self, found: Sequence[Word], distinct: set[str]) -> Iterator[Hit]:
        begins = {word for word in distinct if compact(word)[:2] in self._beginnings or len(word) == 1}
        if not begins:
            return
        for place, word in enumerate(found):
            joined = ""
            for end in range(place, min(place + 4, len(found))) if word.folded in begins else ():
                joined += compact(found[end].folded)
                if len(joined) > _LONGEST_POSTCODE or (
                    len(joined) > 1 and joined[:2] not in self._beginnings
                ):
                    break
                if joined in self._postcodes:
                    yield _hit(word, found[end])

    def _find_street(self, found: Sequence[Word], place: int, first: str) -> Iterator[Hit]:
        for street, numbers in self._streets[first].items():
            end = self._gives_away(found, place, street, numbers)
            if end is not None:
                yield _hit(found[place], found[end])
                return

    def _first_words_like(self, word: str) -> tuple[str, ...]:
        for said in (_plain(word), word.removesuffix("s")):
            if said in self._streets:
                return (said,)
        return self._spellings.like(word) if len(word) >= _SHORTEST else ()

    def _gives_away(
        self, found: Sequence[Word], place: int, street: _Street, numbers: set[str]
    ) -> int | None:
        """Return where the mention of an address ends that begins with a word; None for no mention."""
        end = place
        for offset, part in enumerate(street.name[1:], start=1):
            if place + offset >= len(found) or not _same(found[place + offset].folded, part):
                return None
            end = place + offset
        after = _kind_of(found[end + 1].folded) if end + 1 < len(found) else ""
        number = bool(numbers & {*_numbers_before(found, place)})
        named = bool(street.kind) and after == street.kind
        end += named
        if number and (named or not after or not street.kind):
            return end
        if not street.kind:
            gives = found[place].capital and _is_rare_house(street)
        elif named:
            common = set(street.name) <= COMMON_STREETS
            gives = street not in self._shared and (not common or self._has_town(found, end))
        else:
            gives = not after and self._is_lived_in(found, place, street)
        return end if gives else None

    def _is_lived_in(self, found: Sequence[Word], place: int, street: _Street) -> bool:
        if street in self._shared or set(street.name) <= COMMON_STREETS:
            return False
        before = [word.folded for word in found[max(0, place - 3) : place]]
        return found[place].folded == street.name[0] and not RESIDENCE.isdisjoint(before)

    def _has_town(self, found: Sequence[Word], end: int) -> bool:
        return any(word.folded in self._towns for word in found[end + 1 : end + 1 + _NEAR])

    def _find_town(self, text: str, found: Sequence[Word], place: int) -> Iterator[Hit]:
        """Find a town in a sentence that says that an ex-partner or a victim lives there."""
        for town in self._towns[found[place].folded]:
            end = place + len(town) - 1
            if tuple(word.folded for word in found[place : end + 1]) != town:
                continue
            around: list[str] = []
            for at in range(place - 1, max(-1, place - 1 - 2 * _NEAR), -1):
                if any(mark in text[found[at].end : found[at + 1].start] for mark in ".!?;\n"):
                    break
                around.append(found[at].folded)
            if not RELATIONS.isdisjoint(around) and not RESIDENCE.isdisjoint(around):
                yield _hit(found[place], found[end])
                return

    def _find_joined(self, found: Sequence[Word], place: int) -> Iterator[Hit]:
        """Find a street in one word, or its name in two."""
        word = found[place].folded
        if word in self._joined and self._joined[word].kind and word != self._joined[word].name[0]:
            yield _hit(found[place], found[place])
        if place + 2 < len(found):
            street = self._joined.get(word + found[place + 1].folded)
            if street and street not in self._shared and _kind_of(found[place + 2].folded) == street.kind:
                yield _hit(found[place], found[place + 2])


def _streets_of(place: Place) -> Iterator[tuple[_Street, str]]:
    """Yield the street of an address with its number, and the name of the house where it has one."""
    for index, line in enumerate(place.lines):
        for part in line.split(","):
            folded = [word.folded for word in words(part)]
            numbers = [word for word in folded if _NUMBER.fullmatch(word)]
            name = tuple(_plain(word) for word in folded if not _NUMBER.fullmatch(word))
            if not name or name[0] in UNITS:
                continue
            if len(name) > 1 and folded[-1] in STREET_TYPES:
                yield _Street(name[:-1], STREET_TYPES[folded[-1]]), _number_in(place, numbers)
                return
            if index == 0 and max(map(len, name)) >= _SHORTEST:
                yield _Street(name, ""), numbers[-1] if numbers else ""


def _number_in(place: Place, numbers: list[str]) -> str:
    if numbers:
        return numbers[-1]
    # Some write the number on a line of its own.
    alone = [word.folded for word in words(place.lines[0])]
    return alone[0] if len(alone) == 1 and _NUMBER.fullmatch(alone[0]) else ""


def _towns_of(place: Place) -> set[tuple[str, ...]]:
    towns = set()
    for line in place.lines[1:]:
        for part in line.split(","):
            folded = tuple(word.folded for word in words(part))
            if folded and folded[-1] not in STREET_TYPES and not any(map(_NUMBER.fullmatch, folded)):
                towns.add(folded)
    return towns


def _numbers_before(found: Sequence[Word], place: int) -> Iterator[str]:
    if place and found[place - 1].folded:
        before = found[place - 1].folded
        yield NUMBERS.get(before, before)


def _is_rare_house(street: _Street) -> bool:
    """Return whether the name of a house is enough: two words, or an unusual one."""
    return len(street.name) > 1 or (len(street.name[0]) > _NEAR and street.name[0] not in COMMON_STREETS)


def _plain(word: str) -> str:
    return "st" if word in {"st", "saint"} else word


def _same(word: str, part: str) -> bool:
    return _plain(word) in {part, f"{part}s"} or alike(word, part)


@lru_cache(maxsize=8192)
def _kind_of(word: str) -> str:
    if word in STREET_TYPES:
        return STREET_TYPES[word]
    if len(word) < _SHORTEST + 1:
        return ""
    kinds = (kind for kind in set(STREET_TYPES.values()) if alike(word, kind) and not word.startswith(kind))
    return next(kinds, "")


def _hit(first: Word, last: Word) -> Hit:
    return Hit(first.start, last.end, Kind.WHEREABOUTS)
