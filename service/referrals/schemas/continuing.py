"""Finds bases named to go on that would carry nothing of what the case has: none is taken in silence."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.destinations import DESTINATIONS
from service.destinations.case import Known, asks
from service.destinations.nature import is_health
from service.document.paths import Document, Steps, answered
from service.legal_bases import CHECKS, CONTINUING, can_carry, carries_health


def continuing_faults(document: Document) -> Iterator[tuple[Steps, str]]:
    """Yield each continuing basis that carries none of its destinations, or not the health they are sent.

    Args:
        document: as loaded, or as far as it could be.
    """
    basis = document.get("sharing_basis")
    named = basis.get("continues") if isinstance(basis, Mapping) else None
    asked = _asked(document) if named else {}
    for index, one in enumerate(named or []):
        if not asked or not isinstance(one, Mapping) or one.get("legal_basis") not in CONTINUING:
            continue
        code, only = one["legal_basis"], one.get("destinations")
        keys = [key for key in asked if (key in only if only else can_carry(code, _kind(key)))]
        at: Steps = ("sharing_basis", "continues", index, "legal_basis")
        if not keys and not (only and CHECKS in only):
            yield at, f"Carries no destination that is asked for. These do: {_that_fit(asked, list(asked))}."
        health = [key for key in keys if asked[key]]
        if health and not carries_health(code):
            fit = _that_fit(asked, health)
            yield at, f"Does not carry health, which {', '.join(health)} is sent. These do: {fit}."


def _that_fit(asked: Mapping[str, bool], keys: list[str]) -> str:
    """Return the bases that carry all of some destinations, with the health that they are sent."""
    return ", ".join(
        code
        for code in CONTINUING
        if all(can_carry(code, _kind(key)) and (carries_health(code) or not asked[key]) for key in keys)
    )


def _asked(document: Document) -> dict[str, bool]:
    """Return the destinations that are asked for, by key, each with whether it is sent anything of health."""
    listed: Any = document.get("destinations")
    if not isinstance(listed, list) or not all(
        isinstance(one, Mapping) and one.get("kind") in DESTINATIONS for one in listed
    ):
        return {}
    there = Known(document).answered
    found = {}
    for ask in asks(document):
        destination = DESTINATIONS[ask.kind]
        of_annex = answered({destination.prefix: ask.annex})
        found[ask.key] = any(map(is_health, destination.permitted & (there | of_annex)))
    return found


def _kind(key: str) -> str:
    return key.partition(":")[0]
