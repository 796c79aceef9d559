"""Finds the telephone number of somebody who is protected, in figures or in words. Pure."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from service.mentions.hits import Hit
from service.mentions.protected import Kind
from service.mentions.words import NUMBERS, TENS

_IN_FIGURES: Final = re.compile(
    r"(?<![\w])\+?[\doOlI][\doOlI ().\-]{8,18}[\doOlI](?![\w])|(?<!\d)\+?\d[\d ().\-]{8,18}\d(?!\d)"
)
_LOOKALIKES: Final = str.maketrans("oOlI", "0011")
SIGNIFICANT: Final = 10
"""The last digits of a number are the same with and without the code of the country."""
_LOCAL: Final = re.compile(r"(?<![\w+.\-/])\d[\d \-]{4,8}\d(?![\w\-/]|\.\d)")
"""A number without the code of its area."""
_ENDS: Final = re.compile(r"\bend(?:s|ing)?\s+(?:in\s+|with\s+)?(\d[\d ]{2,6}\d)\b", re.IGNORECASE)
_FEWEST_AT_END: Final = 4
_NOUGHTS: Final = frozenset({"oh", "o", "zero", "nought"})
_TIMES: Final = {"double": 2, "treble": 3, "triple": 3}
_HUNDRED: Final = "hundred"
_ONE_WORD: Final = "|".join(sorted({*_NOUGHTS, *_TIMES, _HUNDRED, *TENS, *NUMBERS}, key=len, reverse=True))
_IN_WORDS: Final = re.compile(
    rf"\b(?:(?:{_ONE_WORD}|\d{{1,11}})[\s,.;\-\u2013]{{0,3}}\b){{3,}}(?<=[^\s,.;\-\u2013])", re.IGNORECASE
)
_WORD: Final = re.compile(rf"\b(?:{_ONE_WORD}|\d+)\b")


def digits_of(number: str) -> str:
    """Return the digits of a number in figures, O and l read as such."""
    return re.sub(r"\D", "", number.translate(_LOOKALIKES))


def local_part(number: str) -> str | None:
    """Return the last digits of a number as they are dialled in its area; None for one without an area.

    Args:
        number: its last digits, without the nought.
    """
    if number[0] == "2":
        return number[2:]
    if number[0] == "1":
        return number[3:] if "1" in number[1:3] else number[4:]
    return None


def find(text: str, phones: Collection[str]) -> Iterator[Hit]:
    """Yield where a text has one of these numbers, or what is dialled of it in its area, or how it ends.

    Args:
        phones: the last digits of each.
    """
    for each in _IN_FIGURES.finditer(text):
        if digits_of(each.group())[-SIGNIFICANT:] in phones:
            yield Hit(each.start(), each.end(), Kind.PHONE)
    local = {part for phone in phones if (part := local_part(phone))}
    for each in _LOCAL.finditer(text):
        if digits_of(each.group()) in local:
            yield Hit(each.start(), each.end(), Kind.PHONE)
    for each in _ENDS.finditer(text):
        ending = digits_of(each[1])
        if len(ending) >= _FEWEST_AT_END and any(phone.endswith(ending) for phone in phones):
            yield Hit(each.start(), each.end(), Kind.PHONE)
    for each in _IN_WORDS.finditer(text):
        dialled = _dialled(each.group().lower())
        if any(phone in dialled for phone in phones):
            yield Hit(each.start(), each.end(), Kind.PHONE)


def _dialled(said: str) -> str:
    """Return the digits that are said: `double seven` as 77, `twenty three` as 23, `nine hundred` as 900."""
    digits, times, tens = "", 1, False
    for word in _WORD.findall(said):
        if word in _TIMES:
            times = _TIMES[word]
            continue
        if word == _HUNDRED:
            digits += "00"
        elif tens and len(NUMBERS.get(word, "")) == 1:
            digits = digits[:-1] + NUMBERS[word]
        else:
            number = "0" if word in _NOUGHTS else NUMBERS.get(word) or TENS.get(word) or word
            digits += number * times
        times, tens = 1, word in TENS
    return digits
