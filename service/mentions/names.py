"""Finds who is protected in the words of a text. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from service.mentions.folding import Spellings, Word, sound, words
from service.mentions.hits import Hit
from service.mentions.protected import Kind, Protected, Somebody
from service.mentions.words import BETWEEN, COMMON, RELATIONS

_NEAR = 3
"""How many words around a common name may say whose it is."""
_SHORTEST = 3
_SHORT_WORDS = frozenset({
    "ad", "ah", "am", "an", "as", "at", "be", "by", "do", "dr", "go", "ha", "he", "hi", "ho", "id", "if",
    "in", "is", "it", "ma", "me", "mr", "ms", "my", "no", "of", "oh", "ok", "on", "or", "pa", "pc", "pm",
    "so", "to", "up", "us", "we", "ye",
})  # fmt: skip
"""What a name of two letters may be besides."""
_PREFIXES = ("mac", "mc", "o")
"""What stands before many family names, with a space or without."""
_ABBREVIATED = frozenset({
    "ap", "apo", "aps", "av", "bbc", "cas", "com", "cps", "crc", "crs", "cs", "csc", "da", "dat", "dob",
    "dv", "ed", "ete", "gp", "hdc", "hmp", "hr", "hrp", "ict", "id", "ipp", "iq", "it", "la", "ma", "mh",
    "mp", "nfa", "nhs", "nps", "ofa", "om", "omu", "opd", "osp", "pc", "pdu", "pe", "pi", "po", "pom",
    "pop", "pp", "ppl", "ps", "psa", "psi", "pso", "pss", "qc", "roi", "sa", "sds", "sen", "sfo", "spo",
    "sro", "ss", "stc", "sw", "ta", "tag", "tv", "uk", "us", "vd", "vp", "yo", "yot",
})  # fmt: skip
"""Initials that are an abbreviation in the field: of nobody."""
_MOST_INITIALS = 3
_TITLES = frozenset({"dr", "mr", "mrs", "ms", "pc"})
_LONGEST_TITLE = 3
"""A full stop after so short a word, such as `Mrs.`, ends no sentence."""
_SURE_IN_SMALL_LETTERS = 6
"""A name this long is taken for one where the writer uses capitals elsewhere and not here."""


class Names:
    """The names of those who are protected, indexed so that a word of a text is looked up once."""

    def __init__(self, protected: Protected) -> None:
        """Index names.

        Args:
            protected: who is protected, and which names give nobody away.
        """
        self._own = {part for name in protected.own for part in _parts(name)}
        self._initials = {part[0] for part in self._own}
        self._pairs: set[tuple[str, str]] = set()
        self._open = {pair for one in protected.others for pair in _pairs(one)}
        self._letters: dict[str, set[str]] = defaultdict(set)
        """The initials that go with a family name, before it or after it."""
        self._ends: dict[str, set[str]] = defaultdict(set)
        """The initials of family names that go after a given name."""
        self._doubles: set[tuple[str, str]] = set()
        """Both halves of a double name, which together are one person's."""
        self._alone: set[str] = set()
        self._joined: set[str] = set()
        self._short: set[str] = set()
        """Names too short to be found anywhere but beside a word that says whose they are."""
        self._by_initials: set[str] = set()
        self._family_initials: set[str] = set()
        for one in protected.people:
            self._add(one)
        self._doubles -= {pair for one in protected.others for pair in _doubles(one)}
        known = (
            self._alone | self._short | {part for pair in self._pairs for part in pair} | set(self._letters)
        )
        of_own = "".join(one[:1] for name in protected.own[:2] for one in _parts(name)[:1])
        self._by_initials -= {of_own, *_ABBREVIATED}
        self._variants = {variant: name for name in sorted(known) for variant in _variants(name)}
        self._open -= {pair for one in protected.people for pair in _pairs(one)}
        self._known = known
        self._long = {name for name in self._alone - COMMON if len(name) > _SURE_IN_SMALL_LETTERS}
        self._halves = {name[:end] for name in self._long for end in range(1, len(name))}
        self._spellings = Spellings(name for name in known if len(name) > _SHORTEST)

    def _add(self, one: Somebody) -> None:
        given, family = _given_of(one), _parts(one.family)
        aliases = [part for alias in one.aliases for part in _parts(alias)]
        self._pairs |= {pair for pair in _pairs(one) if not set(pair) <= self._own}
        self._joined |= {
            joined for a, b in _pairs(one) for joined in (a + b, b + a) if not {a, b} <= self._own
        }
        self._alone |= {
            name
            for name in (*given, *family, *aliases, "".join(_parts(one.family)))
            if len(name) >= _SHORTEST and name not in self._own
        }
        self._short |= {
            name
            for name in (*given, *aliases)
            if len(name) == _SHORTEST - 1 and name not in self._own | _SHORT_WORDS
        }
        firsts, lasts = _parts(one.given), _parts(one.family)
        if firsts and lasts:
            letters = "".join(name[0] for name in firsts)
            self._by_initials |= {letters[0] + lasts[0][0], letters + lasts[0][0]}
            self._family_initials |= {name[0] for name in lasts} - self._initials
        self._doubles |= {pair for pair in _doubles(one) if not set(pair) <= self._own}
        self._joined |= {a + b for a, b in _doubles(one) if not {a, b} <= self._own}
        for name in (*given, *aliases):
            self._ends[name] |= {surname[0] for surname in family} - (
                self._initials if name in self._own else set()
            )
        for surname in family:
            self._letters[surname] |= {name[0] for name in (*given, *aliases)} - (
                self._initials if surname in self._own else set()
            )

    def find(self, text: str, found: Sequence[Word]) -> Iterator[Hit]:
        """Yield where the words of a text name somebody."""
        if not self._known:
            return
        yield from self._find_initials(text, found)
        found = self._as_known(found)
        distinct = {word.folded for word in found}
        like = {word: near for word in distinct if (near := self._names_like(word))}
        together = self._joined & distinct
        halves = self._halves & distinct
        if not (like or together or halves):
            return
        yield from self._find_apart(text, found, like, capitals=not text.islower())
        if together or halves:
            yield from self._find_joined(found, together, halves)

    def _as_known(self, found: Sequence[Word]) -> Sequence[Word]:
        """Return the words with `Mac Donald` and `O Brien` written as the names that are known."""
        if not self._variants:
            return found
        as_known: list[Word] = []
        for word in found:
            before = as_known[-1] if as_known else None
            joined = before and self._variants.get(before.folded + word.folded)
            if before and joined and before.folded in _PREFIXES and word.capital:
                as_known[-1] = Word(joined, before.start, word.end, before.capital)
            else:
                as_known.append(word._replace(folded=self._variants.get(word.folded, word.folded)))
        return as_known

    def _find_initials(self, text: str, found: Sequence[Word]) -> Iterator[Hit]:
        """Find somebody by initials alone, such as `KH`, `K.H.` or `Mrs H.`: it may be somebody else."""
        if text.isupper():
            return
        for place, word in enumerate(found):
            after = found[place + 1] if place + 1 < len(found) else None
            if word.folded in self._by_initials and text[word.start : word.end].isupper():
                yield _hit(word, word, sure=False)
            elif after is None or len(after.folded) > 1 or not text[after.start : after.end].isupper():
                continue
            elif (word.folded in _TITLES and after.folded in self._family_initials) or (
                word.capital
                and word.folded + after.folded in self._by_initials
                and text[word.end : after.start] in {".", ". ", " "}
            ):
                yield _hit(word, after, sure=False)

    def _find_apart(
        self, text: str, found: Sequence[Word], like: Mapping[str, tuple[str, ...]], *, capitals: bool
    ) -> Iterator[Hit]:
        marks = {place: like[word.folded] for place, word in enumerate(found) if word.folded in like}
        for place, near in marks.items():
            word = found[place]
            end = self._full_name(text, found, marks, place)
            double = None if end is not None else self._double(text, found, marks, place)
            if end is not None:
                yield _hit(word, found[end])
            elif double is not None:
                yield _hit(word, found[place + 1], sure=double)
            elif self._is_alone(found, place, near, capitals=capitals):
                yield _hit(word, word)
            elif self._is_common(found, place, near, capitals=capitals):
                explained = self._is_explained(text, found, place, near)
                if explained or word.folded not in self._own | self._short:
                    yield _hit(word, word, sure=explained)

    def _find_joined(self, found: Sequence[Word], together: set[str], halves: set[str]) -> Iterator[Hit]:
        """Find a full name in one word, or one name in two."""
        for place, word in enumerate(found):
            after = found[place + 1] if word.folded in halves and place + 1 < len(found) else None
            if word.folded in together:
                yield _hit(word, word)
            elif after and word.folded + after.folded in self._long:
                yield _hit(word, after)

    def _names_like(self, word: str) -> tuple[str, ...]:
        """Return the names that a word is, or may be a slip of; the name itself alone where it is one."""
        if word in self._known:
            return (word,)
        if len(word) <= _SHORTEST or word in BETWEEN:
            return ()
        near = self._spellings.like(word)
        # A common name is no slip of another, but it may be the same by ear.
        return near if word not in COMMON else tuple(name for name in near if sound(name) == sound(word))

    def _full_name(
        self, text: str, found: Sequence[Word], marks: Mapping[int, tuple[str, ...]], place: int
    ) -> int | None:
        """Return where a full name ends that begins with a word: two names, with others between them."""
        for end in range(place + 1, min(place + _NEAR + 1, len(found))):
            if _is_break(text, found[end - 1], found[end]):
                return None
            between = end - place - 1
            if any(
                (a, b) in self._pairs or (between == 0 and (b, a) in self._pairs)
                for a in marks[place]
                for b in marks.get(end, ())
            ):
                return end
            if found[end].folded in BETWEEN:
                return None
        return None

    def _double(
        self, text: str, found: Sequence[Word], marks: Mapping[int, tuple[str, ...]], place: int
    ) -> bool | None:
        """Return whether the double name that begins with a word is sure; None for no double name.

        Another family name after it makes it somebody else's.
        """
        after = place + 1
        if not any((a, b) in self._doubles for a in marks[place] for b in marks.get(after, ())):
            return None
        if _is_break(text, found[place], found[after]) or (
            not (found[place].capital and found[after].capital) and not text.islower()
        ):
            return None
        following = found[after + 1] if after + 1 < len(found) else None
        return not (
            following
            and following.capital
            and not text.isupper()
            and text[found[after].end : following.start] == " "
            and after + 1 not in marks
            and following.folded not in BETWEEN
        )

    def _is_alone(self, found: Sequence[Word], place: int, near: tuple[str, ...], *, capitals: bool) -> bool:
        word = found[place]
        rare = [name for name in near if name in self._alone and name not in COMMON]
        if not rare or self._is_somebody_else(found, place, near):
            return False
        if word.folded in rare:
            return word.capital or not capitals or len(word.folded) >= _SURE_IN_SMALL_LETTERS
        # A slip of a name alone: it must look like a name, or every other word would be one.
        return any(len(name) >= _SHORTEST + 2 for name in rare) and (word.capital or not capitals)

    def _is_somebody_else(self, found: Sequence[Word], place: int, near: tuple[str, ...]) -> bool:
        before = found[place - 1].folded if place else ""
        after = found[place + 1].folded if place + 1 < len(found) else ""
        return any((before, name) in self._open or (name, after) in self._open for name in near)

    def _is_common(self, found: Sequence[Word], place: int, near: tuple[str, ...], *, capitals: bool) -> bool:
        word = found[place]
        named = word.folded in near and any(
            word.folded in names for names in (self._alone, self._letters, self._short)
        )
        return named and (word.capital or not capitals) and not self._is_somebody_else(found, place, near)

    def _is_explained(self, text: str, found: Sequence[Word], place: int, near: tuple[str, ...]) -> bool:
        """Return whether an initial, or a word such as `ex-partner`, says whose a common name is."""
        word = found[place]
        if self._has_initials(text, found, place, near):
            return True
        if word.folded in self._own:
            return False
        around = range(max(0, place - _NEAR), min(len(found), place + _NEAR + 1))
        return any(
            found[at].folded in RELATIONS
            for at in around
            if not any(
                _is_break(text, found[each], found[each + 1])
                for each in range(min(at, place), max(at, place))
            )
        )

    def _has_initials(self, text: str, found: Sequence[Word], place: int, near: tuple[str, ...]) -> bool:
        """Return whether initials beside a name make it a full one: `M. Smith`, `MJ Smith`, `Smith, M`."""
        letters = {letter for name in near for letter in self._letters.get(name, ())}
        before = found[place - 1] if place else None
        if before and _are_initials(text, before) and letters.issuperset(before.folded):
            return True
        after = found[place + 1] if place + 1 < len(found) else None
        if after is None or not _are_initials(text, after):
            return False
        between = text[found[place].end : after.start]
        ends = {letter for name in near for letter in self._ends.get(name, ())}
        return (between in {" ", ", "} and letters.issuperset(after.folded)) or (
            between == " " and len(after.folded) == 1 and after.folded in ends
        )


def _are_initials(text: str, word: Word) -> bool:
    return (
        len(word.folded) <= _MOST_INITIALS
        and word.folded not in _TITLES
        and text[word.start : word.end].isupper()
    )


def _doubles(one: Somebody) -> set[tuple[str, str]]:
    return {*pairwise(_parts(one.given)), *pairwise(_parts(one.family))}


def _parts(name: str) -> tuple[str, ...]:
    return tuple(word.folded for word in words(name))


def _given_of(one: Somebody) -> tuple[str, ...]:
    parts = _parts(one.given)
    return (*parts, "".join(parts)) if len(parts) > 1 else parts


def _pairs(one: Somebody) -> set[tuple[str, str]]:
    aliases = [part for alias in one.aliases for part in _parts(alias)]
    family = _parts(one.family)
    surnames = (*family, "".join(family)) if len(family) > 1 else family
    return {(a, b) for a in (*_given_of(one), *aliases) for b in surnames if a != b}


def _variants(name: str) -> Iterator[str]:
    """Yield a name and how else it is written, of those that begin with Mac, Mc or O'."""
    for prefix in _PREFIXES:
        rest = name.removeprefix(prefix)
        if rest != name and len(rest) > _SHORTEST:
            yield from {name, *((f"mac{rest}", f"mc{rest}") if prefix != "o" else ())}
            return


def _is_break(text: str, before: Word, after: Word) -> bool:
    """Return whether a sentence or paragraph ends between two words: a line that is wrapped does not end."""
    between = text[before.end : after.start]
    return (
        between.count("\n") > 1
        or ("\n" in between and not between.isspace())
        or (
            any(mark in between for mark in ".!?;")
            and between[-1:].isspace()
            and len(before.folded) > _LONGEST_TITLE
        )
    )


def _hit(first: Word, last: Word, *, sure: bool = True) -> Hit:
    return Hit(first.start, last.end, Kind.NAME, sure=sure)
