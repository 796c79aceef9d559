"""Questions about who is registered and who answers for what. Reads only."""

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
        LookupError: there is none with this id.
    """
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise LookupError(f"no organisation {organisation_id}")
    return found


def organisation_by_code(session: Session, kind: str, code: str) -> Organisation | None:
    """Return the organisation of a kind that goes by this code: of a region, a force, an authority."""
    return session.scalar(select(Organisation).where(Organisation.kind == kind, Organisation.code == code))


def organisations(session: Session, kind: str) -> list[Organisation]:
    """Return all organisations of a kind, by code."""
    return list(
        session.scalars(select(Organisation).where(Organisation.kind == kind).order_by(Organisation.code))
    )


class Sought(NamedTuple):
    """What somebody must answer for, and where.

    Args:
        duty: such as `cas3`, `crs:accommodation` or `police_da`.
        area: a region, a MAPPA area, a police force or a local authority, by its code; None when not known.
        national: the rules of this duty allow an organisation that answers for the whole country.
    """

    duty: str
    area: str | None
    national: bool = False


def responsible_for_each(
    session: Session, sought: Collection[Sought]
) -> dict[Sought, tuple[Organisation, ...]]:
    """Return the organisations that answer for each of several duties in their areas, in one statement.

    There is no fallback: nobody answers for an area that nobody is registered for, unless the duty allows a
    national organisation and there is one.

    Returns:
        for each, the organisation of the area and then the national one, as far as they exist.
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
    # A case that names an area called "national" names no area that exists.
    if sought.area and sought.area != NATIONAL:
        yield sought.area
    if sought.national:
        yield NATIONAL


def holders(session: Session, organisation_id: UUID, role: str, unit: str | None = None) -> list[str]:
    """Return who holds a role: in the unit if it has its own holders, else in the organisation as a whole.

    Args:
        role: a step of an escalation policy, such as `spo` or `duty_manager`.
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
