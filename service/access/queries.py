"""Questions about who is registered and who answers for what. Reads only."""

from collections.abc import Collection
from typing import Final, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.model import Organisation, Responsibility, RoleHolder

REGISTRATIONS: Final = "registrations"
"""What a change of any client or key is called among the tidings."""


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


def responsible_for(session: Session, duty: str, area: str | None) -> Organisation | None:
    """Return the organisation that answers for a duty in an area.

    Args:
        duty: such as `cas3`, `crs:accommodation` or `police_da`.
        area: a region code, a police force or a local authority; whoever answers everywhere is the fallback.
    """
    return responsible_for_each(session, [(duty, area)]).get((duty, area))


def responsible_for_each(
    session: Session, wanted: Collection[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Organisation]:
    """Return the organisations that answer for each duty in an area, all at once; see `responsible_for`.

    Args:
        wanted: pairs of a duty and an area; one for which nobody answers is left out.
    """
    rows = session.execute(
        select(Responsibility.duty, Responsibility.area, Organisation)
        .join(Organisation, Organisation.id == Responsibility.organisation_id)
        .where(Responsibility.duty.in_({duty for duty, _ in wanted}))
        .where(Responsibility.area.in_({area for _, area in wanted}) | Responsibility.area.is_(None))
    )
    known = {(duty, area): organisation for duty, area, organisation in rows}
    answers = {(duty, area): known.get((duty, area)) or known.get((duty, None)) for duty, area in wanted}
    return {pair: organisation for pair, organisation in answers.items() if organisation is not None}


def holders(session: Session, organisation_id: UUID, role: str, unit: str | None = None) -> list[str]:
    """Return who holds a role: in the unit if it has its own holders, else in the organisation as a whole.

    Args:
        role: a rung of an escalation policy, such as `spo` or `duty_manager`.
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
