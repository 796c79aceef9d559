"""Writes the staff register, for whoever keeps it: the organisation's system, an operator, or the service.

What has been is never changed: a role or an absence that is left out ends now, and one that had not begun
never does. Every change is recorded on the audit trail, in the same transaction.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor, Practitioner
from service.access.audit_hooks import registered_hooks
from service.access.identifiers import known_as
from service.db import new_id
from service.organisations import register
from service.organisations.model import Staff, StaffAbsence, StaffRole
from service.organisations.register import Period, RolePeriod, in_force

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
    """When a member of staff is away.

    Args:
        until_at: until when; None until the register says that they are back.
    """

    from_at: datetime
    until_at: datetime | None = None


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
) -> dict[str, int]:
    """Enter members of staff, or bring their entries up to date, in a fixed number of statements.

    Args:
        entries: one for each member; ids as their system spells them.

    Returns:
        The version of each member of whom something changed, by id; 1 is a new one.
    """
    now = clock.now()
    # In the order of their ids, so that two bulk calls do not wait for each other.
    wanted = dict(sorted((known_as(entry.id), entry) for entry in entries))
    kept = _locked(session, organisation_id, wanted, by, now)
    standing = register.standing(session, organisation_id, wanted, now)
    roles, absences = _Rows(), _Rows()
    changed: dict[str, dict[str, Any]] = {}
    for member_id, entry in wanted.items():
        member = kept[member_id]
        fields = [] if member.version else ["id"]
        fields += [
            name for name in _OWN if not member.version or getattr(member, name) != getattr(entry, name)
        ]
        whose = {"organisation_id": organisation_id, "staff_id": member_id}
        if _bring_roles(roles, whose, standing.roles[member_id], entry.roles, now):
            fields.append("roles")
        if _bring_absences(absences, whose, standing.absences[member_id], entry.absences, now):
            fields.append("absences")
        if fields:
            own = {name: getattr(entry, name) for name in _OWN}
            # Whoever comes back may leave again.
            followed = member.departure_followed_at if member.ended_at == entry.ended_at else None
            changed[member_id] = {
                "organisation_id": organisation_id,
                "id": member_id,
                **own,
                "entered_by": by,
                "version": member.version + 1,
                "changed_at": now,
                "departure_followed_at": followed,
            }
            _alteration(session, actor, member_id, fields)
    roles.write(session, StaffRole)
    absences.write(session, StaffAbsence)
    if changed:
        session.execute(update(Staff), list(changed.values()))
    return {member_id: row["version"] for member_id, row in changed.items()}


def _locked(
    session: Session, organisation_id: UUID, wanted: Mapping[str, StaffEntry], by: str, now: datetime
) -> dict[str, Row[Any]]:
    """Return what is kept of members of staff, locked; of a new one, an entry in version 0."""
    added = [
        {
            "organisation_id": organisation_id,
            "id": member_id,
            "name": entry.name,
            "entered_by": by,
            "version": 0,
            "changed_at": now,
        }
        for member_id, entry in wanted.items()
    ]
    if added:
        # Two calls, or the first call of the member themselves, may come at once.
        session.execute(insert(Staff).on_conflict_do_nothing(), added)
    columns = (getattr(Staff, name) for name in ("id", "version", "departure_followed_at", *_OWN))
    found = session.execute(
        select(*columns)
        .where(Staff.organisation_id == organisation_id, Staff.id.in_(wanted))
        .order_by(Staff.id)
        .with_for_update()
    )
    return {row.id: row for row in found}


@dataclass
class _Rows:
    """Roles or absences that are to be added, and those that are to end or begin at another time."""

    added: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    def write(self, session: Session, table: type[StaffRole | StaffAbsence]) -> None:
        if self.added:
            session.execute(insert(table), self.added)
        if self.changed:
            session.execute(update(table), self.changed)

    def set_period(self, row: Period, from_at: datetime, until_at: datetime | None) -> bool:
        """Let a role or an absence be from one moment until another; return whether that is new."""
        if (row.from_at, row.until_at) == (from_at, until_at):
            return False
        self.changed.append({"id": row.id, "from_at": from_at, "until_at": until_at})
        return True


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
    held = session.scalars(
        select(StaffRole).where(
            StaffRole.organisation_id == organisation_id,
            StaffRole.role == role,
            StaffRole.unit.is_not_distinct_from(unit),
            ~StaffRole.deputy,
            in_force(now),
        )
    ).all()
    left = [row for row in held if row.staff_id not in wanted]
    new = sorted(wanted.keys() - {row.staff_id for row in held})
    members = {
        member.id: member
        for member in session.scalars(
            select(Staff).where(
                Staff.organisation_id == organisation_id,
                Staff.id.in_({*new, *(row.staff_id for row in left)}),
            )
        )
    }
    for row in left:
        row.until_at = now
    for member_id in new:
        if member_id not in members:
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
        whose = {"organisation_id": organisation_id, "staff_id": member_id}
        session.add(StaffRole(**_role(whose, RoleEntry(role=role, unit=unit), now)))
    for member in members.values():
        member.version += 1
        member.changed_at = now
    registered_hooks().record(
        session,
        actor,
        "alteration",
        object_kind="organisation",
        object_id=organisation_id,
        fields=[f"roles.{role}@{unit}" if unit else f"roles.{role}"],
        reason="role_holders_set" if holders else "role_holders_removed",
    )


def _bring_roles(
    rows: _Rows,
    whose: Mapping[str, Any],
    standing: Iterable[RolePeriod],
    wanted: Iterable[RoleEntry],
    now: datetime,
) -> bool:
    """Bring the roles of a member of staff in line; return whether anything changed.

    Args:
        standing: those that have not ended, by when they begin.
    """
    left: defaultdict[tuple[str, str | None, bool], list[RolePeriod]] = defaultdict(list)
    for row in standing:
        left[row.role, row.unit, row.deputy].append(row)
    new: list[RoleEntry] = []
    # Of several alike, what is as it is entered stays; those that do not say since when take what is left.
    for entry in sorted(wanted, key=lambda one: one.from_at is None):
        if entry.until_at is not None and entry.until_at <= now:
            continue  # it is over, and what was is not changed
        same = left[entry.role, entry.unit, entry.deputy]
        as_entered = next((row for row in same if _stands(row, entry, now)), None)
        if as_entered is None:
            new.append(entry)
        else:
            same.remove(as_entered)
    changed = False
    for entry in sorted(new, key=lambda one: one.from_at or now):
        same = left[entry.role, entry.unit, entry.deputy]
        while same and same[0].from_at <= now < (entry.from_at or now):
            changed |= rows.set_period(same[0], same[0].from_at, now)
            del same[0]
        if same:
            row = same.pop(0)
            from_at = entry.from_at if row.from_at > now and entry.from_at else row.from_at
            changed |= rows.set_period(row, from_at, entry.until_at)
        else:
            rows.added.append(_role(whose, entry, now))
            changed = True
    for row in (row for same in left.values() for row in same):
        changed |= rows.set_period(row, row.from_at, max(row.from_at, now))
    return changed


def _stands(row: Period, entry: RoleEntry, now: datetime) -> bool:
    """Return whether an entry changes nothing about a role: what has begun keeps its beginning."""
    begins = entry.from_at or row.from_at
    return row.until_at == entry.until_at and (begins == row.from_at or max(begins, row.from_at) <= now)


def _bring_absences(
    rows: _Rows,
    whose: Mapping[str, Any],
    standing: Iterable[Period],
    wanted: Iterable[AbsenceEntry],
    now: datetime,
) -> bool:
    """Bring the absences of a member of staff in line; return whether anything changed."""
    ahead = {entry.from_at: entry for entry in wanted if entry.until_at is None or entry.until_at > now}
    changed = False
    for row in standing:
        entry = ahead.pop(row.from_at, None)
        until = entry.until_at if entry else max(row.from_at, now)
        if rows.set_period(row, row.from_at, until):
            rows.changed[-1]["looks_at"] = max(row.from_at, now)
            changed = True
    for entry in ahead.values():
        rows.added.append(
            {
                "id": new_id(),
                **whose,
                "from_at": entry.from_at,
                "until_at": entry.until_at,
                "looks_at": entry.from_at,
            }
        )
    return changed or bool(ahead)


def _role(whose: Mapping[str, Any], entry: RoleEntry, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        **whose,
        "role": entry.role,
        "unit": entry.unit,
        "deputy": entry.deputy,
        "from_at": entry.from_at or now,
        "until_at": entry.until_at,
    }


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
