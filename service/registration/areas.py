"""The areas that an organisation can answer for, by kind of area, with their names. Pure.

Local authorities have no list here: their ONS codes are checked for form only. Delivery units are no areas: a
region names its own.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from service.checks.rules import FORCES
from service.document.regions import MAPPA_AREAS, REGIONS

_SMALL_WORDS: Final = frozenset({"and", "of"})


def _name(code: str) -> str:
    words = code.split("-")
    return " ".join(word if word in _SMALL_WORDS else word.capitalize() for word in words)


class AreaList(NamedTuple):
    """Every area of one kind.

    words: what kind of area it is.
    names: the name of each area by its code; None where there is no list.
    """

    words: str
    names: Mapping[str, str] | None


AREAS: Final[Mapping[str, AreaList]] = MappingProxyType(
    {
        "region": AreaList("a probation region", REGIONS),
        "mappa_area": AreaList(
            "the area of a MAPPA strategic management board",
            MappingProxyType({code: _name(code) for code in MAPPA_AREAS}),
        ),
        "police_force": AreaList(
            "the area of a police force", MappingProxyType({code: _name(code) for code in FORCES})
        ),
        "local_authority": AreaList("a local authority by its ONS code", None),
    }
)
"""By kind of area."""


def kind_of_area(codes: Collection[str] | None) -> str:
    """Return the kind of area whose codes these are, as the rules of a duty name them.

    Args:
        codes: the codes of every area of the duty; None where there is no list.

    Raises:
        LookupError: they are the areas of no list.
    """
    listed = None if codes is None else frozenset(codes)
    for kind, areas in AREAS.items():
        if listed == (None if areas.names is None else frozenset(areas.names)):
            return kind
    raise LookupError("no list has these areas: add them to AREAS")
