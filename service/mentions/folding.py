"""Words of a text as they are compared: lower case, without marks, with their place. Pure and linear."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_WORD: Final = re.compile(
    r"(?<![^\W_])(?P<spaced>(?:[^\W_][ .*\-]){3,}[^\W_])(?![^\W_])"
    r"|(?:[^\W_]|[\u0300-\u036f'\u2018\u2019\u02bc])+"
)
"""A word, or the letters of one with something between each two."""
_BETWEEN: Final = re.compile(r"[ .*\-]")
_GLUED: Final = re.compile(r"(?<=\d)(?=[a-z]{4})|(?<=[a-z]{4})(?=\d)")
"""Where a number ends that was written without a space, as in `4Larkhill`."""
_APOSTROPHES: Final = re.compile(r"['\u2018\u2019\u02bc]")
_POSSESSIVE: Final = re.compile(r"['\u2018\u2019\u02bc]s$")
_DOUBLED: Final = re.compile(r"(.)\1+")
_ENDING: Final = re.compile(r"(?:ie|ey|i)$")
_LETTERS: Final = str.maketrans(
    {
        "\u00f8": "o",
        "\u0142": "l",
        "\u0111": "d",
        "\u00e6": "ae",
        "\u0153": "oe",
        "\u00f0": "d",
        "\u00fe": "th",
        # Cyrillic letters: those that look like one of ours as that one, the others as they sound.
        **dict(zip("абвгдезийклмнопрстухф", "abbgdeznnklmhonpctyxf", strict=True)),
    }
)
_LOOKALIKES: Final = str.maketrans("oqil", "0011")
_LONGEST: Final = 40
"""No name or street is longer; a longer word is compared with nothing."""
_SHORTEST_TYPO: Final = 5
"""In a shorter word every slip makes another word."""
_TWO_SLIPS_FROM: Final = 9


class Word(NamedTuple):
    """One word of a text: as it is compared, its place, and whether it begins with a capital."""

    folded: str
    start: int
    end: int
    capital: bool


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text in order."""
    for found in _WORD.finditer(text):
        written = _BETWEEN.sub("", found.group()) if found["spaced"] else found.group()
        if len(written) > _LONGEST or not (folded := fold(written)):
            continue
        start, end = found.span()
        if folded.isalpha() or folded.isdigit():
            yield Word(folded, start, end, written[0].isupper())
            continue
        for part in _GLUED.split(folded):
            yield Word(part, start, end, written.lstrip("0123456789")[:1].isupper())


def fold(word: str) -> str:
    """Return a word in lower case, without marks, apostrophes and a possessive ending."""
    if word.isascii() and word.isalnum():
        return word.lower()
    lowered = _APOSTROPHES.sub("", _POSSESSIVE.sub("", word.lower()))
    return lowered if lowered.isascii() else "".join(map(_plain, lowered))


@lru_cache(maxsize=8192)
def _plain(character: str) -> str:
    # A character at a time: normalising a long run of marks together is quadratic.
    whole = unicodedata.normalize("NFKD", character.casefold().translate(_LETTERS))
    return "".join(each for each in whole if not unicodedata.combining(each))


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """Return a word as it is spelled by ear: no doubled letters, one ending for y, ie, ey and i."""
    heard = _DOUBLED.sub(r"\1", word.replace("ph", "f").replace("ck", "k"))
    return heard.removesuffix("h") if heard.endswith("ah") else _ENDING.sub("y", heard)


@lru_cache(maxsize=8192)
def compact(code: str) -> str:
    """Return a postcode without what people take for each other: O, Q and 0, I, L and 1."""
    return "".join(fold(each.group()) for each in _WORD.finditer(code)).translate(_LOOKALIKES)


def alike(word: str, other: str) -> bool:
    """Return whether two words differ by one slip of the pen, or by two letters together in a long word."""
    if word == other:
        return True
    shorter = min(len(word), len(other))
    if shorter < _SHORTEST_TYPO:
        return False
    start = 0
    while start < shorter and word[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and word[-1 - end] == other[-1 - end]:
        end += 1
    ours, theirs = word[start : len(word) - end], other[start : len(other) - end]
    if len(ours) == len("ab") and ours == theirs[::-1]:
        return True
    return max(len(ours), len(theirs)) <= (2 if shorter >= _TWO_SLIPS_FROM else 1)


class Spellings:
    """Names by how they begin and end, so that a word is compared with few of them.

    Args:
        names: folded.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Index names: one slip leaves either the first two letters as they are, or the last two."""
        self._index: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in sorted(names):
            for key in _ends(sound(name)):
                self._index[key].append(name)
        self._known: dict[str, tuple[str, ...]] = {}

    def like(self, word: str) -> tuple[str, ...]:
        """Return the names that a word may be a slip of."""
        if word not in self._known:
            heard = sound(word)
            near = {name for key in _ends(heard) for name in self._index.get(key, ())}
            self._known[word] = tuple(sorted(name for name in near if alike(heard, sound(name))))
        return self._known[word]


def _ends(heard: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("begins", heard[:2]), (heard[:1], heard[-2:])
