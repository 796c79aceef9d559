"""The duties that organisations may be registered for, and the registrations that no referral or check uses.

They are collected from the destinations and the kinds of check, each of which states its own rules.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.checks.kinds import KINDS
from service.destinations import DESTINATIONS
from service.organisations.model import NATIONAL, Organisation, Responsibility


@dataclass(frozen=True)
class Duty:
    """A duty that an organisation may be registered for.

    Args:
        organisation_kind: the kind of organisation that answers for it.
        areas: the codes of its areas; None where there is no list.
        national: whether an organisation may answer for it in the whole country.
    """

    organisation_kind: str
    areas: Collection[str] | None
    national: bool


DUTIES: Mapping[str, Duty] = MappingProxyType(
    {
        duty: Duty(destination.organisation_kind, destination.area.codes, destination.national)
        for destination in DESTINATIONS.values()
        for duty in destination.duties
    }
    | {kind.duty: Duty(kind.organisation_kind, kind.areas, kind.national) for kind in KINDS.values()}
)


class Unused(NamedTuple):
    """A registration that no referral and no check uses, and why."""

    organisation: Organisation
    duty: str
    area: str
    why: str


def why_unused(duty: str, area: str) -> str | None:
    """Return why a registration for a duty in an area would never be used; None if it would."""
    known = DUTIES.get(duty)
    if known is None:
        return f"There is no duty {duty}: the duties are {', '.join(DUTIES)}."
    if area == NATIONAL:
        return (
            None
            if known.national
            else f"No organisation may answer for {duty} in the whole country: name an area."
        )
    if known.areas is not None and area not in known.areas:
        return f"There is no area {area} for {duty}: the areas are {', '.join(known.areas)}."
    return None


def unused(session: Session) -> list[Unused]:
    """List every registration that no referral and no check uses."""
    rows = session.execute(
        select(Organisation, Responsibility.duty, Responsibility.area)
        .join(Responsibility, Responsibility.organisation_id == Organisation.id)
        .order_by(Responsibility.duty, Responsibility.area)
    )
    return [
        Unused(organisation, duty, area, why)
        for organisation, duty, area in rows
        if (why := why_unused(duty, area)) is not None
    ]
