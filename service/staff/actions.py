"""Keeps the staff register: enters members of staff and brings their entries up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import events
from service.access.actor import Actor
from service.errors import Fault
from service.events.model import Event
from service.http.problems import invalid
from service.organisations.writes import staff as writes
from service.organisations.writes.staff import EnteredBy, StaffEntry
from service.staff.rules import faults_in_role


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of entries: how many were entered, have changed, and were as they were sent."""

    entered: int
    changed: int
    unchanged: int


def require_roles(kind: str, code: str, entries: Sequence[StaffEntry], *, at: str = "/entries/{}") -> None:
    """Require that every role is one of those of a kind of organisation.

    Args:
        code: of the organisation.
        at: the JSON pointer of an entry, with `{}` for its place.

    Raises:
        Problem: 422 with every fault.
    """
    faults = [
        Fault(f"{at.format(line)}/roles/{place}/{member}", f"{words[0].upper()}{words[1:]}.")
        for line, entry in enumerate(entries)
        for place, role in enumerate(entry.roles)
        for member, words in faults_in_role(kind, code, role.role, role.unit)
    ]
    if faults:
        raise invalid(faults)


def keep(
    session: Session, actor: Actor, organisation_id: UUID, entries: Sequence[StaffEntry], by: EnteredBy
) -> tuple[Outcome, UUID]:
    """Enter members of staff or bring their entries up to date, all together.

    Args:
        entries: one for each member, with roles of their kind of organisation.

    Returns:
        What came of it, and the id of its event.
    """
    versions = writes.enter(session, actor, organisation_id, entries, by)
    entered = sum(version == 1 for version in versions.values())
    outcome = Outcome(entered, len(versions) - entered, len(entries) - len(versions))
    event_id = events.append(
        session,
        actor,
        "staff_register.changed",
        subject_kind="staff_register",
        subject_id=organisation_id,
        # Nothing has changed for those who read the feed when a nightly call brings the same again.
        audience={organisation_id} if versions else (),
        data={
            "entered": outcome.entered,
            "changed": outcome.changed,
            "unchanged": outcome.unchanged,
        },
    )
    return outcome, event_id


def outcome_of(session: Session, event_id: UUID) -> Outcome:
    """Return what came of an earlier call, by its event."""
    data = session.scalars(select(Event.data).where(Event.id == event_id)).one()
    return Outcome(**data)
