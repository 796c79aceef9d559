"""Writes the staff register, for whoever keeps it: the organisation's system, an operator, or the service.

What has been is never changed: a role or an absence that is left out ends now, and one that had not begun
never does. Every change is recorded on the audit trail, in the same transaction.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor, Practitioner
from service.access.audit_hooks import registered_hooks
from service.access.identifiers import known_as
from service.db import new_id
from service.organisations.model import Staff, StaffAbsence, StaffRole
from service.organisations.register import in_force

EnteredBy = Literal["register", "operator", "assertion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEntry:
    """A role of a member of staff as the register is to have it.

    Args:
        from_at: since when; None leaves it as it is, and is now for a new one.
        until_at: until when; None without an end.
    """

    role: str
    unit: str | None = None
    deputy: bool = False
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceEntry:
    """When a member of staff is away."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEntry:
    """A member of staff as the register is to have them: everything that is left out is removed."""

    id: str
    name: str
    phone: str | None = None
    email: str | None = None
    ended_at: datetime | None = None
    roles: Sequence[RoleEntry] = ()
    absences: Sequence[AbsenceEntry] = ()


_NOT_IN_AN_ID: Final = re.compile(r"[^a-z0-9._~@:/+='-]")
_ENTER: Final = text("SELECT enter_from_assertion(:organisation, :member, :named, :at)")
_OWN: Final = ("name", "phone", "email", "ended_at")


def enter(
    session: Session, actor: Actor, organisation_id: UUID, entries: Collection[StaffEntry], by: EnteredBy
) -> list[Staff]:
    """Enter members of staff, or bring their entries up to date, in a fixed number of statements.

    Args:
        entries: one for each member; ids as their system spells them.

    Returns:
        Those of whom something changed.
    """
    now = clock.now()
    ids = sorted({known_as(entry.id) for entry in entries})
    # In the order of their ids, so that two bulk calls do not wait for each other.
    kept = {
        member.id: member
        for member in session.scalars(
            select(Staff)
            .where(Staff.organisation_id == organisation_id, Staff.id.in_(ids))
            .order_by(Staff.id)
            .with_for_update()
        )
    }
    roles, absences = _standing(session, organisation_id, ids, now)
    changed = []
    for entry in sorted(entries, key=lambda each: known_as(each.id)):
        member_id = known_as(entry.id)
        member = kept.get(member_id)
        fields = []
        if member is None:
            fields.append("id")
            member = Staff(
                organisation_id=organisation_id, id=member_id, entered_by=by, version=0, changed_at=now
            )
            session.add(member)
        fields += [name for name in _OWN if getattr(member, name, None) != getattr(entry, name)]
        for name in _OWN:
            setattr(member, name, getattr(entry, name))
        if _bring_roles(session, member, roles[member_id], entry.roles, now):
            fields.append("roles")
        if _bring_absences(session, member, absences[member_id], entry.absences, now):
            fields.append("absences")
        if fields:
            member.version += 1
            member.changed_at = now
            member.entered_by = by
            changed.append(member)
            _alteration(session, actor, member_id, fields)
    return changed


def enter_from_assertion(session: Session, organisation_id: UUID, who: Practitioner) -> None:
    """Enter a member of staff of whom an assertion tells for the first time, under the name it gives."""
    given = {"organisation": organisation_id, "member": who.id, "named": who.name, "at": clock.now()}
    if session.scalar(_ENTER, given):
        actor = Actor.for_service("registration", organisation_id)
        _alteration(session, actor, who.id, ["id", "name"])


def set_role_holder(
    session: Session, actor: Actor, organisation_id: UUID, role: str, *holders: str, unit: str | None = None
) -> None:
    """Set the holders of a role in a unit or the whole organisation, in place of all earlier ones.

    Whoever is not in the register yet is entered. A desk may hold a role too.

    Args:
        holders: ids of members of staff, or the name of a desk, from which an id is made.
    """
    now = clock.now()
    wanted = {_NOT_IN_AN_ID.sub(".", known_as(holder)): holder for holder in holders}
    known = set(
        session.scalars(
            select(Staff.id).where(Staff.organisation_id == organisation_id, Staff.id.in_(wanted))
        )
    )
    for member_id in sorted(wanted.keys() - known):
        session.add(
            Staff(
                organisation_id=organisation_id,
                id=member_id,
                name=wanted[member_id],
                entered_by="operator",
                version=1,
                changed_at=now,
            )
        )
    held = session.scalars(
        select(StaffRole).where(
            StaffRole.organisation_id == organisation_id,
            StaffRole.role == role,
            StaffRole.unit.is_not_distinct_from(unit),
            ~StaffRole.deputy,
            in_force(now),
        )
    ).all()
    for row in held:
        if row.staff_id not in wanted:
            row.until_at = now
    for member_id in sorted(wanted.keys() - {row.staff_id for row in held}):
        session.add(_role(organisation_id, member_id, RoleEntry(role=role, unit=unit), now))
    registered_hooks().record(
        session,
        actor,
        "alteration",
        object_kind="organisation",
        object_id=organisation_id,
        fields=[f"roles.{role}@{unit}" if unit else f"roles.{role}"],
        reason="role_holders_set" if holders else "role_holders_removed",
    )


def _standing(
    session: Session, organisation_id: UUID, ids: Iterable[str], now: datetime
) -> tuple[defaultdict[str, list[StaffRole]], defaultdict[str, list[StaffAbsence]]]:
    """Return what counts now or will: the roles and absences of members of staff that have not ended."""
    roles: defaultdict[str, list[StaffRole]] = defaultdict(list)
    for role in session.scalars(
        select(StaffRole).where(
            StaffRole.organisation_id == organisation_id,
            StaffRole.staff_id.in_(ids),
            or_(StaffRole.until_at.is_(None), StaffRole.until_at > now),
        )
    ):
        roles[role.staff_id].append(role)
    absences: defaultdict[str, list[StaffAbsence]] = defaultdict(list)
    for absence in session.scalars(
        select(StaffAbsence).where(
            StaffAbsence.organisation_id == organisation_id,
            StaffAbsence.staff_id.in_(ids),
            StaffAbsence.until_at > now,
        )
    ):
        absences[absence.staff_id].append(absence)
    return roles, absences


def _bring_roles(
    session: Session,
    member: Staff,
    standing: Sequence[StaffRole],
    wanted: Iterable[RoleEntry],
    now: datetime,
) -> bool:
    """Bring the roles of a member of staff in line; return whether anything changed."""
    left = {(row.role, row.unit, row.deputy): row for row in standing}
    changed = False
    for entry in wanted:
        if entry.until_at is not None and entry.until_at <= now:
            continue  # it is over, and what was is not changed
        row = left.pop((entry.role, entry.unit, entry.deputy), None)
        begins_later = entry.from_at is not None and entry.from_at > now
        if row is not None and row.from_at <= now and begins_later:
            row.until_at = now
            row = None
            changed = True
        if row is None:
            session.add(_role(member.organisation_id, member.id, entry, now))
            changed = True
            continue
        from_at = entry.from_at if row.from_at > now and entry.from_at else row.from_at
        if (row.from_at, row.until_at) != (from_at, entry.until_at):
            row.from_at, row.until_at = from_at, entry.until_at
            changed = True
    for row in left.values():
        row.until_at = max(row.from_at, now)
        changed = True
    return changed


def _bring_absences(
    session: Session,
    member: Staff,
    standing: Sequence[StaffAbsence],
    wanted: Iterable[AbsenceEntry],
    now: datetime,
) -> bool:
    """Bring the absences of a member of staff in line; return whether anything changed."""
    ahead = {entry.from_at: entry for entry in wanted if entry.until_at > now}
    changed = False
    for row in standing:
        entry = ahead.pop(row.from_at, None)
        until = entry.until_at if entry else max(row.from_at, now)
        if row.until_at != until:
            row.until_at = until
            changed = True
    for entry in ahead.values():
        session.add(
            StaffAbsence(
                organisation_id=member.organisation_id,
                staff_id=member.id,
                from_at=entry.from_at,
                until_at=entry.until_at,
            )
        )
    return changed or bool(ahead)


def _role(organisation_id: UUID, member_id: str, entry: RoleEntry, now: datetime) -> StaffRole:
    return StaffRole(
        id=new_id(),
        organisation_id=organisation_id,
        staff_id=member_id,
        role=entry.role,
        unit=entry.unit,
        deputy=entry.deputy,
        from_at=entry.from_at or now,
        until_at=entry.until_at,
    )


def _alteration(session: Session, actor: Actor, member_id: str, fields: Iterable[str]) -> None:
    registered_hooks().record(
        session,
        actor,
        "alteration",
        object_kind="staff",
        object_id=member_id,
        fields=fields,
        reason="entered",
    )
