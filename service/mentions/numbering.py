"""Finds the number of a house beside its street, in figures or in words, before it or after it. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from service.mentions.folding import Word
from service.mentions.words import NUMBERS, TENS, UNITS

_LABELS: Final = frozenset({"no", "number", "nr"})
_PASSED: Final = frozenset({"on", "in", "of", "at", "along", "the"})
"""What may stand between a number and its street."""
DIGITS: Final = frozenset("0123456789")
FAR: Final = 8
"""No number of a house stands further from its street."""
_MOST_PASSED: Final = 4


class Numbers(NamedTuple):
    """The numbers of an address.

    Args:
        of_house, of_unit: in lower case, with a letter where they have one.
    """

    of_house: frozenset[str]
    of_unit: frozenset[str]

    def stand_beside(self, text: str, found: Sequence[Word], place: int, end: int) -> bool:
        """Return whether a number of this address stands before or after a street.

        Args:
            place, end: the first and the last word of the street.
        """
        said = [*_before(found, place), *_after(text, found, end)]
        return any(_agree(one, self.of_unit if is_unit else self.of_house) for one, is_unit in said)


def _before(found: Sequence[Word], place: int) -> Iterator[tuple[str, bool]]:
    at = place - 1
    while at >= 0 and place - at < _MOST_PASSED and found[at].folded in _PASSED:
        at -= 1
    if at < 0:
        return
    passed, word = place - 1 - at, found[at].folded
    if len(word) == 1 and word.isalpha() and at and found[at - 1].folded.isdigit():
        at, word = at - 1, found[at - 1].folded
    before = found[at - 1].folded if at else ""
    number, first = _number(before, word), at - 1 if before in TENS and word in NUMBERS else at
    label = found[first - 1].folded if first > 0 else ""
    # Between a number and its street nothing else stands, unless it is said to be one.
    if number and (not passed or label in _LABELS or label in UNITS):
        yield number, label in UNITS


def _after(text: str, found: Sequence[Word], end: int) -> Iterator[tuple[str, bool]]:
    at, labelled = end + 1, False
    if at < len(found) and (found[at].folded in _LABELS or found[at].folded in UNITS):
        labelled, at = True, at + 1
    if at >= len(found):
        return
    word, following = found[at].folded, found[at + 1].folded if at + 1 < len(found) else ""
    number = _number(word, following) if word in TENS and following in NUMBERS else _number("", word)
    between = text[found[end].end : found[at].start]
    closed = not text[found[at].end : found[at].end + 2].strip(".,;:)!?\n ")
    if number and (labelled or "(" in between or (closed and not between.strip())):
        yield number, labelled and found[at - 1].folded in UNITS


def _number(before: str, word: str) -> str:
    """Return a number in figures: `27a` as it is, `twenty seven` as 27; empty for no number."""
    if re.fullmatch(r"\d+[a-z]?", word):
        return word
    if before in TENS and word in NUMBERS and len(NUMBERS[word]) == 1:
        return str(int(TENS[before]) + int(NUMBERS[word]))
    return NUMBERS.get(word) or TENS.get(word, "")


def _agree(said: str, known: frozenset[str]) -> bool:
    """Return whether a number is one of these; a letter that one of the two leaves out does not matter."""
    letter = said.lstrip("0123456789")
    return any(
        said == one or (said.rstrip(letter) == one.rstrip(own) and not (letter and own))
        for one in known
        for own in [one.lstrip("0123456789")]
    )
