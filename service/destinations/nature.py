"""What an answer is about by its nature, whatever its words: victims, MAPPA, intelligence, health.

Pure. A text that gives something away is found by its words (`rewording`). What is listed here needs none:
that there is an answer is enough. Source: the column `sensitivity` of the fields of the four forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

from service.mentions import Kind
from service.organisations.confidences import MayKnow


@dataclass(frozen=True)
class Nature:
    """What a path, and everything that begins with it, is about.

    Args:
        why: the code with which it is withheld.
        opened_by: what an organisation must be registered to know of to be sent it; None: only a destination
            that holds confidences (MAPPA itself) is.
        kind: what a text there gives away.
    """

    why: str
    opened_by: Literal["mappa", "victims"] | None = None
    kind: Kind = Kind.MAPPA

    def is_open_to(self, may_know: MayKnow) -> bool:
        """Return whether an organisation with this registration may be sent it."""
        return self.opened_by is not None and bool(getattr(may_know, self.opened_by))


_ABOUT_VICTIMS: Final = Nature("victims", "victims", Kind.VICTIMS)
_WANTED_BY_PARTNERS: Final = Nature("police_intelligence", "mappa", Kind.INTELLIGENCE)
CONFIDENCES: Final[Mapping[str, Nature]] = MappingProxyType(
    {
        "household.contacts[].lives_at": Nature("whereabouts", kind=Kind.WHEREABOUTS),
        "household.contacts[].is_victim": Nature("victims", kind=Kind.VICTIMS),
        "addresses[].contact_ref": Nature("whereabouts", kind=Kind.WHEREABOUTS),
        "licence.conditions[].requested_by": Nature("who_asked_for_a_condition", kind=Kind.VICTIMS),
        "risk.police_intelligence": Nature("police_intelligence", kind=Kind.INTELLIGENCE),
        "mappa": Nature("mappa_involvement"),
        "destinations": Nature("other_destinations"),
        "person.visor_reference": Nature("mappa_involvement"),
        "ap.managed_by_mappa": Nature("mappa_involvement", "mappa"),
        # That a case is limited is told to prisons, police and the Probation Service's own.
        "person.restricted_record": Nature("limited_access", "mappa"),
        "ap.esap.secreting.intelligence": _WANTED_BY_PARTNERS,
        "ap.esap.cctv.intelligence": _WANTED_BY_PARTNERS,
        "offence.analysis.victim_relationship": _ABOUT_VICTIMS,
        "offence.analysis.victim_other": _ABOUT_VICTIMS,
        "offence.analysis.victim_impact": _ABOUT_VICTIMS,
        "risk.management_plan.victim_safety": _ABOUT_VICTIMS,
        "contingency.victims": _ABOUT_VICTIMS,
    }
)
"""Every confidence by its path.

`offence.registered_sex_offender` is none: the CAS3 form asks everybody for it. The postcodes of zones and of
unsuitable addresses are the shape of a condition (`SHAPES`).
"""

CARE_ONLY: Final = (
    "health.conditions",
    "health.medication",
    "health.need_detail",
    "health.pregnancy",
    "health.care",
    "health.covid",
    "health.immunosuppressed",
    "person.disabilities",
    "custody.acct_alerts",
    "needs.health",
    "needs.emotional",
)
"""Health that goes as the adjustment needed, except to a destination that must care for the person."""

HEALTH: Final = (
    "health",
    "adjustments[].detail",
    "person.disabilities",
    "risk.self",
    "sharing.trauma",
    "sharing.trauma_detail",
    "custody.acct_alerts",
    "needs.drugs",
    "needs.alcohol",
    "needs.emotional",
    "needs.health",
    "needs.substance_misuse",
    "ap.pipe",
    "ap.rfap",
    "ap.esap.factors",
    "crs.additional_needs",
    "mappa.hospital",
)
"""What is about health, a special category: some bases carry none of it, to whichever destination.

The kind of an adjustment is not among it: it says what staff must do, not why. Its detail may say why.
"""


@lru_cache(maxsize=4096)
def nature_of(path: str) -> Nature | None:
    """Return what a path is about by its nature; None when it is no confidence."""
    return next((nature for start, nature in CONFIDENCES.items() if _is_in(path, start)), None)


@lru_cache(maxsize=4096)
def confidence(path: str) -> str | None:
    """Return why no organisation of a destination that holds no confidences is sent a path, if so."""
    nature = nature_of(path)
    return nature.why if nature and nature.opened_by is None else None


@lru_cache(maxsize=4096)
def is_care_only(path: str) -> bool:
    """Return whether a path is health information that only a destination with a duty of care is sent."""
    return path.startswith(CARE_ONLY)


@lru_cache(maxsize=4096)
def is_health(path: str) -> bool:
    """Return whether a path is about health, which not every basis of sharing carries."""
    return any(_is_in(path, start) for start in HEALTH)


def _is_in(path: str, start: str) -> bool:
    return path == start or path.startswith((f"{start}.", f"{start}["))
