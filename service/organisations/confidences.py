"""Who may know of MAPPA and of victims: what is assumed of each kind of organisation until an operator says.

The source is the design of the front door: prisons, police and the Probation Service's own approved premises
know of MAPPA; independent ones, CAS3, agencies and commissioned providers do not, and providers never may.
Pure.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from service.mentions import OF_PEOPLE, Kind


class MayKnow(NamedTuple):
    """What an organisation may know of."""

    mappa: bool
    victims: bool


NOTHING: Final = MayKnow(mappa=False, victims=False)
OF_INTELLIGENCE: Final = frozenset({"probation_region", "mappa_area", "police_force"})
"""The kinds of organisation whose own matter intelligence is."""
ASSUMED: Final[Mapping[str, MayKnow]] = MappingProxyType(
    {
        "probation_region": MayKnow(mappa=True, victims=True),
        "approved_premises": NOTHING,  # most are the Probation Service's own; an operator says which
        "cas3_team": NOTHING,
        "crs_provider": NOTHING,
        "mappa_area": MayKnow(mappa=True, victims=True),
        "police_force": MayKnow(mappa=True, victims=True),
        "local_authority": NOTHING,
        "prison": NOTHING,  # it sends, and is sent nothing
        "oversight": NOTHING,
        "administration": NOTHING,
    }
)
"""By kind: what a new organisation may know of unless the registration says otherwise."""

NEVER_OF_MAPPA: Final = frozenset({"crs_provider"})
"""The kinds of organisation that may never know of MAPPA, whatever an operator says."""


def closed_to(kind: str, may_know: MayKnow) -> frozenset[Kind]:
    """Return what a text for an organisation must not give away.

    Args:
        kind: of organisation.
    """
    closed: set[Kind] = set()
    if kind not in OF_INTELLIGENCE:
        closed.add(Kind.INTELLIGENCE)
    if not may_know.mappa:
        closed.add(Kind.MAPPA)
    if not may_know.victims:
        closed |= OF_PEOPLE | {Kind.VICTIM_CONTACT, Kind.VICTIMS}
    return frozenset(closed)
