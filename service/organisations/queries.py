"""Queries about registered organisations and the duties they answer for."""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.organisations.model import NATIONAL, Organisation, Responsibility, RoleHolder

REGISTRATIONS: Final = "registrations"
"""The name under which registrations of clients and keys are invalidated."""


def organisation(session: Session, organisation_id: UUID) -> Organisation:
    """Return a registered organisation.

    Raises:
        LookupError: no organisation has this id.
    """
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise LookupError(f"no organisation {organisation_id}")
    return found


def organisation_by_code(session: Session, kind: str, code: str) -> Organisation | None:
    """Return the organisation of a kind with this code, or None."""
    return session.scalar(select(Organisation).where(Organisation.kind == kind, Organisation.code == code))


def organisations(session: Session, kind: str) -> list[Organisation]:
    """Return all organisations of a kind, by code."""
    return list(
        session.scalars(select(Organisation).where(Organisation.kind == kind).order_by(Organisation.code))
    )


class Sought(NamedTuple):
    """A duty in an area, for which the responsible organisation is sought.

    Args:
        duty: such as `cas3`, `crs:accommodation` or `police_da`.
        area: the code of a region, MAPPA area, police force or local authority; None when not known.
        national: whether an organisation may answer for this duty in the whole country.
    """

    duty: str
    area: str | None
    national: bool = False


def responsible_for_each(
    session: Session, sought: Collection[Sought]
) -> dict[Sought, tuple[Organisation, ...]]:
    """Return the organisations that answer for each of several duties, in one statement.

    There is no fallback: if no organisation is registered for an area, none answers for it, unless the duty
    allows a national organisation and there is one.

    Returns:
        For each duty, the organisation of the area and then the national one, where they exist.
    """
    rows = session.execute(
        select(Responsibility.duty, Responsibility.area, Organisation)
        .join(Organisation, Organisation.id == Responsibility.organisation_id)
        .where(Responsibility.duty.in_({each.duty for each in sought}))
        .where(Responsibility.area.in_({each.area for each in sought if each.area} | {NATIONAL}))
    )
    known = {(duty, area): organisation for duty, area, organisation in rows}
    return {
        each: tuple(known[each.duty, area] for area in _areas(each) if (each.duty, area) in known)
        for each in sought
    }


def _areas(sought: Sought) -> Iterator[str]:
    # A case must not select the national organisation by giving "national" as its area.
    if sought.area and sought.area != NATIONAL:
        yield sought.area
    if sought.national:
        yield NATIONAL


def holders(session: Session, organisation_id: UUID, role: str, unit: str | None = None) -> list[str]:
    """Return the holders of a role: those of the unit if it has any, otherwise those of the whole
    organisation.

    Args:
        role: a role of an escalation policy, such as `spo` or `duty_manager`.
        unit: a probation delivery unit or a team.
    """
    rows = session.execute(
        select(RoleHolder.unit, RoleHolder.holder)
        .where(RoleHolder.organisation_id == organisation_id, RoleHolder.role == role)
        .where((RoleHolder.unit == unit) | RoleHolder.unit.is_(None))
        .order_by(RoleHolder.holder)
    ).all()
    own = [holder for in_unit, holder in rows if in_unit is not None]
    return own or cast("list[str]", [holder for _, holder in rows])
