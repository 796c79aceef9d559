"""The staff register: who holds a role today. Pure, but for the queries at the end, which only read.

A deputy stands in while no holder of the role is there. A role that neither a holder nor a deputy fills is
vacant, and its notices go to the next role up.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, text, true
from sqlalchemy.orm import Session

from service import clock
from service.access.identifiers import known_as
from service.organisations.model import Staff, StaffAbsence, StaffRole


@dataclass(frozen=True, slots=True)
class Post:
    """That a member of staff has a role now, as its holder or as a deputy, in a unit or in all of them.

    `away`: whether they are absent now.
    """

    member: str
    unit: str | None
    deputy: bool
    away: bool


def holding_today(posts: Iterable[Post], unit: str | None) -> list[str]:
    """Return who is to be asked for in a role now, by id.

    Those of the unit come before those of the whole organisation, and holders before deputies; whoever is
    away is passed over.

    Args:
        posts: all those in the role, of any unit.
        unit: a probation delivery unit; None for the whole organisation.
    """
    there = [post for post in posts if not post.away]
    for where in (unit, None):
        for deputy in (False, True):
            found = {post.member for post in there if post.unit == where and post.deputy == deputy}
            if found:
                return sorted(found)
    return []


def in_force(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a role of the register counts at a moment."""
    return and_(StaffRole.from_at <= at, or_(StaffRole.until_at.is_(None), StaffRole.until_at > at))


def not_over(at: datetime) -> ColumnElement[bool]:
    """Return the condition that an absence has not ended at a moment; one without an end never has."""
    return or_(StaffAbsence.until_at.is_(None), StaffAbsence.until_at > at)


def away(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a member of staff is away at a moment."""
    return exists().where(
        StaffAbsence.organisation_id == Staff.organisation_id,
        StaffAbsence.staff_id == Staff.id,
        StaffAbsence.from_at <= at,
        not_over(at),
    )


def _posts(
    organisation_id: UUID, role: ColumnElement[bool], at: datetime
) -> Select[str, str | None, bool, bool]:
    return (
        select(StaffRole.staff_id, StaffRole.unit, StaffRole.deputy, away(at))
        .join(
            Staff,
            and_(Staff.organisation_id == StaffRole.organisation_id, Staff.id == StaffRole.staff_id),
        )
        .where(
            StaffRole.organisation_id == organisation_id,
            role,
            in_force(at),
            or_(Staff.ended_at.is_(None), Staff.ended_at > at),
        )
    )


def holders(session: Session, organisation_id: UUID, role: str, unit: str | None = None) -> list[str]:
    """Return who is to be asked for in a role now: its holders, or the deputies who stand in for them.

    Args:
        role: a role of an escalation policy, such as `spo` or `duty_manager`.
        unit: a probation delivery unit.
    """
    rows = session.execute(_posts(organisation_id, StaffRole.role == role, clock.now())).all()
    return holding_today((Post(*row) for row in rows), unit)


def not_there(session: Session, organisation_id: UUID, members: Collection[str]) -> set[str]:
    """Return those of some members of staff who have left or are away now, by their ids in lower case.

    Whoever is not in the register yet is not among them.
    """
    at, asked = clock.now(), sorted({known_as(member) for member in members})
    if not asked:
        return set()
    found = select(Staff.id).where(
        Staff.organisation_id == organisation_id, Staff.id.in_(asked), or_(Staff.ended_at <= at, away(at))
    )
    return set(session.scalars(found))


class Period(Protocol):
    """When a member of staff has a role or is away, as it is kept."""

    id: UUID
    staff_id: str
    from_at: datetime
    until_at: datetime | None


class RolePeriod(Period, Protocol):
    """When a member of staff has a role."""

    role: str
    unit: str | None
    deputy: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The roles and absences of members of staff, by their ids and by when they begin."""

    roles: defaultdict[str, list[RolePeriod]]
    absences: defaultdict[str, list[Period]]


def kept(session: Session, organisation_id: UUID, members: Collection[str]) -> Kept:
    """Return all roles and absences of members of staff, also those that have ended."""
    return _kept(session, organisation_id, members)


def standing(session: Session, organisation_id: UUID, members: Collection[str], now: datetime) -> Kept:
    """Return what counts now or will: the roles and absences of members of staff that have not ended."""
    role_stands = or_(StaffRole.until_at.is_(None), StaffRole.until_at > now)
    return _kept(session, organisation_id, members, role_stands, not_over(now))


def _kept(
    session: Session,
    organisation_id: UUID,
    members: Collection[str],
    role_counts: ColumnElement[bool] = true(),  # noqa: B008 - a constant
    absence_counts: ColumnElement[bool] = true(),  # noqa: B008
) -> Kept:
    found = Kept(defaultdict(list), defaultdict(list))
    roles = (
        select(*StaffRole.__table__.columns)
        .where(StaffRole.organisation_id == organisation_id, StaffRole.staff_id.in_(members), role_counts)
        .order_by(StaffRole.from_at, StaffRole.id)
    )
    for role in session.execute(roles):
        found.roles[role.staff_id].append(cast(RolePeriod, role))
    absences = (
        select(*StaffAbsence.__table__.columns)
        .where(
            StaffAbsence.organisation_id == organisation_id,
            StaffAbsence.staff_id.in_(members),
            absence_counts,
        )
        .order_by(StaffAbsence.from_at, StaffAbsence.id)
    )
    for absence in session.execute(absences):
        found.absences[absence.staff_id].append(cast(Period, absence))
    return found


_STANDING: Final = text("""
    SELECT member, standing_in_register(:organisation, member, '', :at) AS standing
    FROM unnest(CAST(:members AS text[])) AS member
""")


def strangers(session: Session, organisation_id: UUID, members: Collection[str]) -> set[str]:
    """Return those ids of whom an organisation's register has nobody who works there now.

    It looks in the register of any organisation, whoever asks.
    """
    asked = {"organisation": organisation_id, "members": sorted(set(members)), "at": clock.now()}
    found = session.execute(_STANDING, asked)
    return {row.member for row in found if row.standing in {None, "ended"}}


def deciding_in(
    session: Session, organisation_id: UUID, member: str, roles: Collection[str]
) -> tuple[bool, bool]:
    """Return whether a member of staff has one of some roles, and has not left, and whether they are there.

    Args:
        member: an id in lower case.
    """
    at = clock.now()
    found = session.execute(
        select(away(at))
        .select_from(StaffRole)
        .join(Staff, and_(Staff.organisation_id == StaffRole.organisation_id, Staff.id == StaffRole.staff_id))
        .where(
            StaffRole.organisation_id == organisation_id,
            StaffRole.staff_id == member,
            StaffRole.role.in_(roles),
            in_force(at),
            or_(Staff.ended_at.is_(None), Staff.ended_at > at),
        )
        .limit(1)
    ).one_or_none()
    return (False, False) if found is None else (True, not found[0])


@dataclass(frozen=True, slots=True)
class RoleToday:
    """For which cases of an organisation a member of staff is asked in a role today.

    Args:
        units: the units whose cases are theirs.
        others: whether those of every unit that is not in `known` are theirs too, and of no unit.
        known: the units for which the register has somebody in this role.
    """

    role: str
    units: frozenset[str]
    others: bool
    known: frozenset[str]

    def covers(self, unit: str | None) -> bool:
        """Return whether the cases of a unit are theirs."""
        return unit in self.units if unit in self.known else self.others


def roles_today(posts: Mapping[str, Collection[Post]], member: str) -> list[RoleToday]:
    """Return the roles in which a member of staff is to be asked today, as a holder or as a deputy.

    Args:
        posts: of an organisation, by role.
    """
    found = []
    for role, of_role in posts.items():
        known = {post.unit for post in of_role if post.unit is not None and not post.away}
        mine = frozenset(unit for unit in known if member in holding_today(of_role, unit))
        others = member in holding_today(of_role, None)
        if mine or others:
            found.append(RoleToday(role, mine, others, frozenset(known)))
    return found


def posts_now(session: Session, organisation_id: UUID, roles: Collection[str]) -> dict[str, list[Post]]:
    """Return who has some roles now, by role, in one statement; an empty list for one that nobody has."""
    rows = session.execute(
        _posts(organisation_id, StaffRole.role.in_(sorted(roles)), clock.now()).add_columns(StaffRole.role)
    )
    posts: dict[str, list[Post]] = {role: [] for role in roles}
    for *post, role in rows:
        posts[role].append(Post(*post))
    return posts


def roles_of_member(session: Session, organisation_id: UUID, member: str) -> list[RoleToday]:
    """Return the roles in which a member of staff is to be asked today, in one statement."""
    own = select(StaffRole.role).where(
        StaffRole.organisation_id == organisation_id, StaffRole.staff_id == member
    )
    at = clock.now()
    everyone = _posts(organisation_id, StaffRole.role.in_(own), at).add_columns(StaffRole.role)
    posts: dict[str, list[Post]] = {}
    for *post, role in session.execute(everyone):
        posts.setdefault(role, []).append(Post(*post))
    return roles_today(posts, member)
