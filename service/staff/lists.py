"""Lists of the staff register, of the caller's own organisation."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.organisations import register
from service.organisations.model import Staff, StaffRole


def members(
    session: Session,
    actor: Actor,
    *,
    after: str | None,
    limit: int,
    role: str | None = None,
    unit: str | None = None,
    away: bool = False,
    holding_today: bool = False,
) -> Sequence[Staff]:
    """Return members of staff who have not left, by id, one more than `limit` if there are more.

    Args:
        after: the id of the last one on the page before.
        role, unit: of a role that has not ended.
        away: only those who are away now.
        holding_today: only those who are asked for in the `role` now, in the `unit` if one is given.
    """
    now, own = clock.now(), actor.organisation_id
    found = select(Staff).where(
        Staff.organisation_id == own, or_(Staff.ended_at.is_(None), Staff.ended_at > now)
    )
    if holding_today and role is not None:
        found = found.where(Staff.id.in_(register.holders(session, own, role, unit)))
    elif role is not None or unit is not None:
        found = found.where(_has_role(now, role, unit))
    if away:
        found = found.where(register.away(now))
    if after is not None:
        found = found.where(Staff.id > after)
    return session.scalars(found.order_by(Staff.id).limit(limit + 1)).all()


def _has_role(now: Any, role: str | None, unit: str | None) -> Any:
    return exists().where(
        StaffRole.organisation_id == Staff.organisation_id,
        StaffRole.staff_id == Staff.id,
        or_(StaffRole.until_at.is_(None), StaffRole.until_at > now),
        *([StaffRole.role == role] if role is not None else []),
        *([StaffRole.unit == unit] if unit is not None else []),
    )
