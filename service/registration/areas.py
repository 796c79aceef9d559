"""The areas that an organisation can answer for, by kind of area, with their names. Pure.

Delivery units are no areas: they are listed with their region, which has the roles of each.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from service.checks.rules import FORCES
from service.document.regions import MAPPA_AREAS, REGIONS
from service.organisations.authorities import AUTHORITIES
from service.organisations.delivery_units import DELIVERY_UNITS

_SMALL_WORDS: Final = frozenset({"and", "of"})


def _name(code: str) -> str:
    words = code.split("-")
    return " ".join(word if word in _SMALL_WORDS else word.capitalize() for word in words)


class AreaList(NamedTuple):
    """Every area of one kind.

    words: what kind of area it is.
    names: the name of each area by its code.
    """

    words: str
    names: Mapping[str, str]


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
        "local_authority": AreaList(
            "a local authority of England or Wales, by its ONS code such as E08000035", AUTHORITIES
        ),
    }
)
"""By kind of area."""


def kind_of_area(codes: Collection[str] | None) -> str:
    """Return the kind of area whose codes these are, as the rules of a duty name them.

    Args:
        codes: the codes of every area of the duty.

    Raises:
        LookupError: they are the areas of no list.
    """
    for kind, areas in AREAS.items():
        if codes is not None and frozenset(codes) == frozenset(areas.names):
            return kind
    raise LookupError("no list has these areas: add them to AREAS")


class Area(NamedTuple):
    """One area.

    units: the delivery units of a region; None for other areas, and for a region without a list.
    """

    kind: str
    code: str
    name: str
    units: tuple[str, ...] | None


def listed(kind: str | None = None) -> list[Area]:
    """Return the areas there are, by kind and code; those of one kind when it is given."""
    return [
        Area(each, code, areas.names[code], DELIVERY_UNITS.get(code) if each == "region" else None)
        for each, areas in sorted(AREAS.items())
        if kind in {None, each}
        for code in sorted(areas.names)
    ]
