"""The words that a matcher must know: what is common, what abbreviates what, and what says whose home it is.

They are in `words.json`, in lower case and without marks. One that is left out there costs a false hit or a
miss, which `tests/mentions` measures. Pure.
"""

import json
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

_LISTS: Final[Mapping[str, Any]] = json.loads(
    resources.files("service.mentions").joinpath("words.json").read_text(encoding="utf-8")
)


def _listed(name: str) -> frozenset[str]:
    return frozenset(word for line in _LISTS[name] for word in line.split())


COMMON: Final = _listed("common")
"""Words that give nobody away when they stand alone: common names, and names that are words besides."""

STREET_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {word: kind for kind, words in _LISTS["street_types"].items() for word in words.split()}
)
"""Each word for a kind of street, and the form in which all are compared."""

UNITS: Final = _listed("units")
"""What stands before a number that is not the number of a house."""

COMMON_STREETS: Final = _listed("common_streets")
"""Names that a street has in every town: such a street needs its number or its town."""

RELATIONS: Final = _listed("relations")
"""Words that say who somebody is to the person."""

RESIDENCE: Final = _listed("residence")
"""Words that say that somebody lives somewhere."""

BETWEEN: Final = _listed("between")
"""Words that part two names: what stands on both sides is not one name."""

BUILDINGS: Final = _listed("buildings")
"""Kinds of address that are a building: without a number it is a house with a name, before its street."""

SHELTERS: Final = _listed("shelters")
"""What is left out at the end when a refuge is called by its name."""

COMMON_KINDS: Final = _listed("common_kinds")
"""Kinds of street after which a common name is said of many places."""

POSITIONS: Final = _listed("positions")
"""Words that make no name of a street by themselves."""

NUMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
        "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
        "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17",
        "eighteen": "18", "nineteen": "19",
    }
)  # fmt: skip

TENS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50",
        "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    }
)  # fmt: skip
