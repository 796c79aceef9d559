"""Probation regions, forces, authorities and MAPPA areas: codes, names in other systems, other spellings.

Pure.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from service.checks.rules import FORCES, FORCES_WITHOUT_MAPPA
from service.organisations.authorities import AUTHORITIES

# The twelve probation regions by their nDelius codes.
REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "N03": "Wales",
        "N07": "London",
        "N50": "Greater Manchester",
        "N51": "North West",
        "N52": "West Midlands",
        "N53": "East Midlands",
        "N54": "North East",
        "N55": "Yorkshire and the Humber",
        "N56": "East of England",
        "N57": "Kent, Surrey and Sussex",
        "N58": "South West",
        "N59": "South Central",
    }
)
# The names that the accommodation services' systems give them, where they differ.
REGIONS_OF_ACCOMMODATION: Mapping[str, str] = MappingProxyType(
    {**REGIONS, "N55": "Yorkshire & The Humber", "N57": "Kent, Surrey & Sussex"}
)
# The letters of the commissioned services' systems.
REGION_LETTERS: Mapping[str, str] = MappingProxyType(
    dict(
        zip(
            ("N54", "N51", "N55", "N03", "N52", "N53", "N58", "N59", "N56", "N07", "N57", "N50"),
            "ABCDEFGHIJKL",
            strict=True,
        )
    )
)
MAPPA_AREAS: Final = tuple(
    sorted({*FORCES, "london"} - {"metropolitan", "city-of-london", *FORCES_WITHOUT_MAPPA})
)
"""The 42 areas of the strategic management boards (MAPPA guidance): the police areas, with London as one."""
AP_AREAS: Mapping[str, str] = MappingProxyType(
    {
        "N03": "Wales",
        "N07": "LON",
        "N50": "NW",
        "N51": "NW",
        "N52": "Mids",
        "N53": "Mids",
        "N54": "NE",
        "N55": "NE",
        "N56": "SEE",
        "N57": "SEE",
        "N58": "SWSC",
        "N59": "SWSC",
    }
)


def _normalised(name: str) -> str:
    return " ".join(name.lower().replace("&", " and ").replace(",", " ").split()).replace("and the", "and")


_REGION_OF: Mapping[str, str] = MappingProxyType(
    {_normalised(name): code for code, name in REGIONS.items()}
    | {code.lower(): code for code in REGIONS}
    | {letter.lower(): code for code, letter in REGION_LETTERS.items()}
    | {"yorkshire": "N55", "kss": "N57", "gm": "N50"}
)


_FORCE_OF: Mapping[str, str] = MappingProxyType(
    {
        f"{code.replace('-', ' ')}{ending}": code
        for code in FORCES
        for ending in ("", " police", " constabulary", " police service")
    }
)

UNKNOWN_FORCE: Final = f"Must be a police force, by its code or name: {', '.join(FORCES)}."
UNKNOWN_AUTHORITY: Final = f"Must be one of: {', '.join(AUTHORITIES)}."
_LISTED: Final = ("E", "W")
"""How the codes begin of authorities that are on our list: those of Scotland and Northern Ireland are not."""


def force_code(name: str) -> str | None:
    """Find the code of a police force from its code or name, however it is spelled; None when unknown."""
    words = name.lower().replace("&", " and ").replace("-", " ").replace("_", " ").split()
    return _FORCE_OF.get(" ".join(words))


def is_authority(code: str) -> bool:
    """Return whether a code is that of a local authority, as far as there is a list of them."""
    return code in AUTHORITIES or not code.startswith(_LISTED)


def region_code(name: str) -> str | None:
    """Find the code of a region from its code, letter or name, however it is spelled; None when unknown."""
    return _REGION_OF.get(_normalised(name))
