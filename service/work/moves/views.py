"""The views of what is owed for one caller, who may see it. Reading is recorded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.access.identifiers import known_as
from service.http import etag, shape_of
from service.organisations.contacts import WorkContact, contacts_of_staff, whom_to_ring
from service.organisations.queries import Registered, organisations_by_id
from service.timers import naming
from service.timers.addressees import Standing, addressees_of
from service.timers.conditions import Condition, condition_of
from service.timers.escalations import Escalation, notes_of
from service.timers.queries import is_overdue
from service.timers.recipients import acting
from service.timers.views import Around, clock_view, escalation, holders, is_of_probation, waiting_for
from service.work.moves.queries import Escalated, Owed

_SEEN: Final = ("name", "crn", "age", "timer", "due_at", "exposed_since", "urgency", "referral_id")


def tag_of(actor: Actor, query: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    """Return the ETag of a page: whatever it shows has a part in it, names as well."""
    who = actor.practitioner.id if actor.practitioner else None
    return etag("work", actor.organisation_id, who, sorted(query.items()), repr(view))


def items(session: Session, actor: Actor, page: Sequence[Owed], now: datetime) -> list[dict[str, Any]]:
    """Show a page of what is owed, in a fixed number of statements."""
    seen, answering = _around(session, actor, page)
    return [_item(actor, one, seen, answering, now) for one in page]


def escalations(
    session: Session, actor: Actor, standing: Standing, page: Sequence[Escalated], now: datetime
) -> list[dict[str, Any]]:
    """Show a page of what was escalated, as the list of work shows what it is about.

    What is paused or has been answered is nobody's move.
    """
    seen, answering = _around(session, actor, [one.owed for one in page], [one.firing.id for one in page])
    shown = []
    for firing, owed in page:
        item = _item(actor, owed, seen, answering, now) | escalation(
            session, actor, standing, Escalation(firing, owed.clock), seen
        )
        if owed.clock.state != "running":
            item["move"] = None
        shown.append(item)
    return shown


def _around(
    session: Session, actor: Actor, page: Sequence[Owed], firings: Sequence[UUID] = ()
) -> tuple[Around, Mapping[UUID, WorkContact]]:
    """Read what a page shows besides its rows, and who answers in each organisation."""
    clocks = [one.clock for one in page]
    staff = {(row.probation_id, known_as(acting(row))) for row in clocks if acting(row)}
    parties = {row.probation_id for row in clocks} | {one.asked for one in page if one.asked}
    parties |= {one.beside for one in page if one.beside}
    reached = whom_to_ring(session, staff, parties)
    addressees = addressees_of(session, actor, firings)
    seen = Around(
        people=naming.people_of(session, actor, clocks),
        parts={one.clock.subject_id: one.part for one in page if one.part},
        organisations=organisations_by_id(session, parties),
        contacts=reached.staff,
        addressees=addressees,
        notes=notes_of(session, actor, firings),
        holders=contacts_of_staff(session, holders(addressees)),
    )
    return seen, reached.organisations


def overdue(session: Session, actor: Actor, page: Sequence[Owed], now: datetime) -> list[dict[str, Any]]:
    """Show a page of what is overdue, as the list of work shows it; a paused clock is nobody's move."""
    shown = []
    for one, item in zip(page, items(session, actor, page, now), strict=True):
        row = one.clock
        more: dict[str, Any] = {
            "state": row.state,
            "waiting_for": waiting_for(row),
            "allowed_transitions": [],
        }
        if actor.side == "probation":
            more["next_fires_at"] = row.next_fires_at
        else:
            del item["step"]
        if row.state != "running":
            more["move"] = None
        shown.append(item | more)
    return shown


def record(
    session: Session, actor: Actor, query: Mapping[str, Any], page: Collection[Owed], *, kind: str
) -> None:
    """Record the search on the audit trail, with one entry for each person whose data it showed.

    Args:
        kind: of the list.
    """
    audit.record(session, actor, "search", object_kind=kind, object_id="list", shape=shape_of(query))
    people = {one.clock.person_id: one.clock for one in page if one.clock.person_id is not None}
    for person_id, row in people.items():
        audit.record(
            session,
            actor,
            "consultation",
            object_kind=row.subject_kind,
            object_id=row.subject_id,
            person_id=person_id,
            fields=_SEEN,
        )


def _item(
    actor: Actor, owed: Owed, seen: Around, answering: Mapping[UUID, WorkContact], now: datetime
) -> dict[str, Any]:
    row = owed.clock
    condition = condition_of(
        row.subject_kind, row.timer, label=row.label, handed_back=row.owner_role is not None
    )
    mine = _is_of(actor, owed)
    steps = [{"id": firing, "href": f"/v1/escalations/{firing}/acknowledgement"} for firing in owed.firings]
    move = None if condition is None else _move(owed, condition)
    return clock_view(actor, row, seen) | {
        "id": row.id,
        "kind": condition.kind if condition else None,
        "carried_over": row.carried_over,
        "due_at": row.due_at,
        "overdue": is_overdue(row, now),
        "step": row.step,
        "with": _known_party(owed.beside, seen, answering),
        "other_party": _other_party(actor, owed, seen, answering),
        "move": move if mine else None,
        "to_acknowledge": steps,
    }


def _is_of(actor: Actor, owed: Owed) -> bool:
    return is_of_probation(owed.clock) == (actor.side == "probation")


def _move(owed: Owed, condition: Condition) -> dict[str, Any]:
    row = owed.clock
    known: dict[str, UUID | None] = {
        "id": row.subject_id,
        "person": row.person_id,
        "referral": row.referral_id,
        "part": owed.part,
        "check": owed.check,
        "escalation": owed.danger,
    }
    at = condition.move.at
    missing = at is None or any(f"{{{name}}}" in at for name, value in known.items() if value is None)
    return {
        "operation": condition.move.operation,
        "href": None if missing or at is None else at.format(**known),
        "transitions": list(condition.move.transitions),
    }


def _other_party(
    actor: Actor, owed: Owed, seen: Around, answering: Mapping[UUID, WorkContact]
) -> dict[str, Any] | None:
    """Return whom to ring: for probation whoever answers where it asked, for them the practitioner."""
    if actor.side == "probation":
        return _known_party(owed.asked, seen, answering)
    region, who = seen.organisations.get(owed.clock.probation_id), acting(owed.clock)
    if region is None:
        return None
    return _party(region, seen.contacts.get((region.id, known_as(who))) if who else answering.get(region.id))


def _known_party(
    organisation_id: UUID | None, seen: Around, answering: Mapping[UUID, WorkContact]
) -> dict[str, Any] | None:
    found = seen.organisations.get(organisation_id) if organisation_id else None
    return None if found is None else _party(found, answering.get(found.id))


def _party(organisation: Registered, contact: WorkContact | None) -> dict[str, Any]:
    return {
        "id": organisation.id,
        "kind": organisation.kind,
        "organisation": organisation.name,
        "name": contact.name if contact else None,
        "phone": contact.phone if contact else None,
    }
