"""Finds where somebody protected is in the words of a text. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.mentions.addresses import Street, kind_of, plain, streets_of, towns_of
from service.mentions.folding import Spellings, Word, alike, compact
from service.mentions.hits import Hit
from service.mentions.numbering import DIGITS, FAR, Numbers
from service.mentions.protected import Kind, Protected
from service.mentions.words import (
    COMMON_KINDS,
    COMMON_STREETS,
    NUMBERS,
    POSITIONS,
    RELATIONS,
    RESIDENCE,
    TENS,
)

_NEAR = 6
"""How many words after a street may name its town, or before it say that somebody lives there."""
_LONGEST_POSTCODE = 7
_LONGEST_DISTRICT = 4
_SHORTEST = 4
_SHORTEST_BEGINNING = 3
_REFUGE = "refuge"
_RARE = 6
"""A longer word that is no common name of a street is rarely said of anything else."""


class _Text(NamedTuple):
    """A text, its words, and the places of those that are numbers."""

    written: str
    words: Sequence[Word]
    numbers_at: frozenset[int]


class Places:
    """The addresses of those who are protected, indexed by the first word of each street and town."""

    def __init__(self, protected: Protected) -> None:
        """Index addresses.

        Args:
            protected: where they are, and which addresses give nobody away.
        """
        self._refuges = {
            town
            for place in protected.places
            if any(_REFUGE in line.casefold() for line in place.lines)
            for town in towns_of(place)
        }
        self._shared = {street for home in protected.homes for street, _ in streets_of(home)}
        towns = {town for home in protected.homes for town in towns_of(home)}
        postcodes = {compact(home.postcode) for home in protected.homes}
        self._postcodes = {compact(place.postcode) for place in protected.places} - postcodes - {""}
        self._beginnings = {code[:2] for code in self._postcodes}
        self._districts = {code[:-3] for code in self._postcodes if len(code) > _LONGEST_DISTRICT}
        self._streets: dict[str, dict[Street, list[Numbers]]] = defaultdict(dict)
        self._towns: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._joined: dict[str, Street] = {}
        for place in protected.places:
            for street, numbers in streets_of(place):
                self._streets[street.name[0]].setdefault(street, []).append(numbers)
                joined = "".join(street.name)
                if street.kind and street not in self._shared:
                    self._joined[joined + street.kind] = street
                if len(street.name) == 1 and len(joined) > _RARE:
                    self._joined[joined] = street
            for town in towns_of(place) - towns:
                self._towns[town[0]].add(town)
        self._spellings = Spellings(self._streets)
        self._abbreviated: dict[str, set[str]] = defaultdict(set)
        for first in self._streets:
            for end in range(_SHORTEST_BEGINNING, len(first)):
                self._abbreviated[first[:end]].add(first)
        self._halves = {name[:end] for name in self._joined for end in range(1, len(name))}

    def find(self, text: str, found: Sequence[Word]) -> Iterator[Hit]:
        """Yield where the words of a text say where somebody is; a street of every town is not sure."""
        distinct = {word.folded for word in found}
        yield from self._find_postcodes(found, distinct)
        yield from self._find_refuge(found, distinct)
        if not self._streets and not self._towns:
            return
        like = {word: first for word in distinct if (first := self._first_words_like(word))}
        short = self._abbreviated.keys() & distinct
        towns, joined, halves = (
            self._towns.keys() & distinct,
            self._joined.keys() & distinct,
            self._halves & distinct,
        )
        if not (like or short or towns or joined or halves):
            return
        numbers_at = frozenset(
            place
            for place, word in enumerate(found)
            if word.folded[0] in DIGITS or word.folded in NUMBERS or word.folded in TENS
        )
        whole = _Text(text, found, numbers_at)
        for place, word in enumerate(found):
            firsts = like.get(word.folded, ())
            if word.folded in short and text[word.end : word.end + 1] == ".":
                # Without its kind a short form is many other words.
                after = found[place + 1].folded if place + 1 < len(found) else ""
                kinds = {
                    street.kind for first in self._abbreviated[word.folded] for street in self._streets[first]
                }
                if kind_of(after) in kinds - {""}:
                    firsts = (*firsts, *sorted(self._abbreviated[word.folded]))
            for name in firsts:
                yield from self._find_street(whole, place, name)
            if word.folded in towns:
                yield from self._find_town(text, found, place)
            if word.folded in joined or word.folded in halves:
                yield from self._find_joined(found, place)

    def _find_postcodes(self, found: Sequence[Word], distinct: set[str]) -> Iterator[Hit]:
        if not self._postcodes:
            return
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

    def _find_refuge(self, found: Sequence[Word], distinct: set[str]) -> Iterator[Hit]:
        """Find a refuge by its town, where somebody is in one: few towns have two."""
        for place, word in enumerate(found if self._refuges and _REFUGE in distinct else ()):
            if word.folded != _REFUGE:
                continue
            near = [one.folded for one in found[place : place + 1 + _NEAR]]
            for town in self._refuges:
                at = next((n for n in range(1, len(near)) if tuple(near[n : n + len(town)]) == town), None)
                if at is not None:
                    yield _hit(word, found[place + at + len(town) - 1])

    def _find_street(self, text: _Text, place: int, first: str) -> Iterator[Hit]:
        for street, numbers in self._streets[first].items():
            mention = self._gives_away(text, place, street, numbers)
            if mention is not None:
                end, sure = mention
                yield _hit(text.words[place], text.words[end], sure=sure)
                return

    def _first_words_like(self, word: str) -> tuple[str, ...]:
        for said in (plain(word), word.removesuffix("s")):
            if said in self._streets:
                return (said,)
        return self._spellings.like(word) if len(word) >= _SHORTEST else ()

    def _gives_away(
        self, text: _Text, place: int, street: Street, numbers: Sequence[Numbers]
    ) -> tuple[int, bool] | None:
        """Return where the mention of an address ends that begins with a word, and whether it is sure."""
        found, end = text.words, place
        for offset, part in enumerate(street.name[1:], start=1):
            if place + offset >= len(found) or not _same(found[place + offset].folded, part):
                return None
            end = place + offset
        after = kind_of(found[end + 1].folded) if end + 1 < len(found) else ""
        named = bool(street.kind) and after == street.kind
        end += named
        if (
            (named or not after or not street.kind)
            and not text.numbers_at.isdisjoint(range(place - FAR, end + FAR))
            and any(one.stand_beside(text.written, found, place, end) for one in numbers)
        ):
            return end, True
        if named:
            return self._is_named(text, place, end, street)
        rare = found[place].capital and _is_rare(street)
        if not street.kind:
            return (end, True) if rare else None
        lived_in = not after and self._is_lived_in(found, place, street)
        return (end, lived_in) if lived_in or (rare and not after) else None

    def _is_named(self, text: _Text, place: int, end: int, street: Street) -> tuple[int, bool] | None:
        """Return what the whole name of a street gives away without a number."""
        if street in self._shared:
            return None
        if not set(street.name) <= COMMON_STREETS or self._has_town(text.words, end):
            return end, True
        if set(street.name) <= POSITIONS:
            return None
        if not street.is_house and street.kind not in COMMON_KINDS:
            return end, True
        proper = text.words[place].capital or text.written.islower()
        return (end, street.is_house) if proper else None

    def _is_lived_in(self, found: Sequence[Word], place: int, street: Street) -> bool:
        if street in self._shared or set(street.name) <= COMMON_STREETS:
            return False
        if street.is_house and not found[place].capital:
            return False
        before = [word.folded for word in found[max(0, place - 3) : place]]
        return found[place].folded == street.name[0] and not RESIDENCE.isdisjoint(before)

    def _has_town(self, found: Sequence[Word], end: int) -> bool:
        near = found[end + 1 : end + 1 + _NEAR]
        return any(word.folded in self._towns or compact(word.folded) in self._districts for word in near)

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
            if street and street not in self._shared and kind_of(found[place + 2].folded) == street.kind:
                yield _hit(found[place], found[place + 2])


def _is_rare(street: Street) -> bool:
    """Return whether a name is enough where no kind of street follows: two words, or an unusual one."""
    return len(street.name) > 1 or (len(street.name[0]) > _RARE and street.name[0] not in COMMON_STREETS)


def _same(word: str, part: str) -> bool:
    return plain(word) in {part, f"{part}s"} or alike(word, part)


def _hit(first: Word, last: Word, *, sure: bool = True) -> Hit:
    return Hit(first.start, last.end, Kind.WHEREABOUTS, sure=sure)
