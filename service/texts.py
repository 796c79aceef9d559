"""The characters a text may contain: those a reader can see, in the order in which they are stored. Pure.

Sources: Unicode Technical Report 36 (characters that look alike), Annex 15 (the cost of normalising a long
run of marks) and RFC 5892 A.1 and A.2 (where joiners are part of the spelling).
"""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final

MAX_MARKS: Final = 8
"""Combining marks in a row. Scripts in use need at most four; the cost of normalising is quadratic in the
run.
"""

_CONTROL: Final = "Control characters are not allowed."
_DIRECTION: Final = "Characters that change the direction of the text are not allowed."
_INVISIBLE: Final = "Invisible characters, such as a zero-width space or a soft hyphen, are not allowed."
_TAG: Final = "Tag characters are not allowed."
_UNASSIGNED: Final = "Characters for private use or without a meaning in Unicode are not allowed."
_SEPARATOR: Final = "Line and paragraph separators are not allowed: a line ends with a line feed."
_JOINER: Final = "Joiners are allowed only after a letter of a script that is spelled with them."
_SELECTOR: Final = "Variation selectors are allowed only after a symbol, such as an emoji, and one for each."
_ONE_LINE: Final = "Line breaks and tabs are not allowed here."
_MARKS: Final = f"At most {MAX_MARKS} combining marks may follow each other."
_MUST_NOT_BE_BLANK: Final = "Must not be blank."

_ASCII_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_LINE_BREAK_OR_TAB = re.compile(r"[\t\n\r]")
_DIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters and marks by category, but invisible.
_FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
_TAGS = re.compile("[\U000e0000-\U000e007f]")
_JOINERS: Final = "\u200c\u200d"
# Joiners are part of the spelling in Arabic, Syriac and similar scripts, in those of India and Sri Lanka, and
# in Myanmar, Khmer and Mongolian. Anywhere else a joiner is only invisible.
_STRAY_JOINER = re.compile(
    "(?<![\u0620-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1820-\u18aa])[\u200c\u200d]"
)
_SELECTORS: Final = "\ufe0e\ufe0f"
# Keyboards add a text or emoji selector to a symbol, a digit, # or * only.
_BEFORE_SELECTOR = re.compile(r"[0-9#*]")


def fault_in(text: str, *, several_lines: bool) -> str | None:
    """Return why a text is not allowed, without quoting it, or None.

    Args:
        text: a text whose length has been checked, because the work grows with it.
        several_lines: whether it may contain tabs and line breaks (LF, or CR and LF).
    """
    if _ASCII_CONTROL.search(text):
        return _CONTROL
    if not several_lines and _LINE_BREAK_OR_TAB.search(text):
        return _ONE_LINE
    if not text.isascii() and (found := _beyond_ascii(text)):
        return found
    return _MUST_NOT_BE_BLANK if text and all(map(_is_blank, set(text))) else None


def says_something(text: str | None) -> bool:
    """Return whether a text has a letter or a digit: a dash is not an answer."""
    return text is not None and any(map(str.isalnum, text))


def is_invisible(character: str) -> bool:
    """Return whether a character is one that no reader sees, whatever its category."""
    return unicodedata.category(character) in {"Cf", "Cc"} or _FILLERS.fullmatch(character) is not None


def _beyond_ascii(text: str) -> str | None:
    characters = sorted(set(text))
    for character in characters:
        if (unfit := _unfit(character)) is not None:
            return unfit
    if _STRAY_JOINER.search(text):
        return _JOINER
    if any(map(text.__contains__, _SELECTORS)) and _has_stray_selector(text):
        return _SELECTOR
    if any(map(_is_mark, characters)):
        runs = (sum(1 for _ in run) for is_mark, run in groupby(text, _is_mark) if is_mark)
        if max(runs) > MAX_MARKS:
            return _MARKS
    return None


def _has_stray_selector(text: str) -> bool:
    return any(
        character in _SELECTORS
        and not (unicodedata.category(before) == "So" or _BEFORE_SELECTOR.fullmatch(before))
        for before, character in zip(" " + text, text, strict=False)
    )


@lru_cache(maxsize=8192)
def _unfit(character: str) -> str | None:
    """Return why a character is never allowed, or None when it may be allowed."""
    category = unicodedata.category(character)
    if character in _DIRECTIONAL:
        return _DIRECTION
    if _TAGS.fullmatch(character):
        return _TAG
    if _FILLERS.fullmatch(character) or (category == "Cf" and character not in _JOINERS):
        return _INVISIBLE
    if category in {"Zl", "Zp"}:
        return _SEPARATOR
    if category in {"Co", "Cn"}:
        return _UNASSIGNED
    return _CONTROL if category in {"Cc", "Cs"} and not character.isascii() else None


@lru_cache(maxsize=8192)
def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _is_blank(character: str) -> bool:
    return character.isspace() or character in _JOINERS or _is_mark(character)
