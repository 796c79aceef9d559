"""The views of overdue clocks and escalations for one caller, who has already been allowed to see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import THE_SERVICE, Actor
from service.access.identifiers import known_as
from service.events.subjects import href
from service.organisations.contacts import Named, WorkContact, contacts_of_staff
from service.organisations.queries import Registered, organisations_by_id
from service.timers import acknowledgements, naming
from service.timers.addressees import Addressee, Standing, addressees_of
from service.timers.conditions import PRACTITIONER
from service.timers.escalations import ESCALATIONS, Escalation, notes_of
from service.timers.model import Clock, EscalationNote
from service.timers.naming import PersonNamed
from service.timers.recipients import acting, was_handed_back
from service.timers.subjects import ONLY_NOTIFIED, about, place_of

OF_PROBATION = ("referral_id", "practitioner", "pdu")
"""The facts of a clock's case that only probation is shown."""

_SINCE_RENAMED = {"rung": "step", "tail": "repeat"}
"""Kinds under which older firings were recorded."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the views of clocks show in addition to the clocks themselves.

    Args:
        people: by clock.
        parts: of change notices, the destination referral.
        organisations: those that are waited for.
        contacts: of the practitioners.
        addressees, notes: by firing.
        holders: the staff that firings were addressed to.
    """

    people: Mapping[UUID, PersonNamed]
    parts: Mapping[UUID, UUID]
    organisations: Mapping[UUID, Registered]
    contacts: Mapping[Named, WorkContact]
    addressees: Mapping[UUID, Sequence[Addressee]]
    notes: Mapping[UUID, Sequence[EscalationNote]]
    holders: Mapping[Named, WorkContact]


def around(session: Session, actor: Actor, clocks: Sequence[Clock], firings: Sequence[UUID] = ()) -> Around:
    """Read what the views of a page show besides its rows, in a fixed number of statements."""
    addressees = addressees_of(session, actor, firings)
    staff = {(row.probation_id, known_as(acting(row))) for row in clocks if acting(row)}
    contacts = contacts_of_staff(session, staff | holders(addressees))
    return Around(
        naming.people_of(session, actor, clocks),
        naming.parts_of_notices(session, clocks),
        organisations_by_id(session, {row.responder_id for row in clocks if row.responder_id}),
        contacts,
        addressees,
        notes_of(session, actor, firings),
        contacts,
    )


def holders(addressees: Mapping[UUID, Sequence[Addressee]]) -> set[Named]:
    """Return the members of staff that firings were addressed to."""
    return {
        (one.item.organisation_id, known_as(one.item.holder))
        for of_firing in addressees.values()
        for one in of_firing
        if one.item.holder and one.item.organisation_id != THE_SERVICE
    }


def overdue(actor: Actor, row: Clock, seen: Around) -> dict[str, Any]:
    """Return an overdue clock as one caller may see it."""
    view = clock_view(actor, row, seen) | {
        "id": row.id,
        "state": row.state,
        "due_at": row.due_at,
        "waiting_for": waiting_for(row),
        "allowed_transitions": [],
    }
    if actor.side == "probation":
        view |= {"step": row.step, "next_fires_at": row.next_fires_at}
    return view


def waiting_for(row: Clock) -> UUID | None:
    """Return the organisation that must answer what a clock times; None where probation must act."""
    return None if was_handed_back(row) else row.responder_id


def is_of_probation(row: Clock) -> bool:
    """Return whether probation owes what a clock times."""
    return row.responder_id is None or row.owner_role is not None


def escalation(
    session: Session, actor: Actor, standing: Standing, found: Escalation, seen: Around
) -> dict[str, Any]:
    """Return an escalation as one caller may see it, and what that caller may do with it."""
    firing, row = found
    addressees = seen.addressees[firing.id]
    own = [one for one in addressees if one.item.organisation_id == actor.organisation_id]
    first = min(
        (one.acknowledged for one in own if one.acknowledged),
        key=lambda one: one.acknowledged_at,
        default=None,
    )
    return clock_view(actor, row, seen) | {
        "id": firing.id,
        "clock_id": row.id,
        "kind": _SINCE_RENAMED.get(firing.kind, firing.kind),
        "step": firing.step_key,
        "due_at": firing.due_at,
        "fired_at": firing.fired_at,
        "late": firing.late,
        "wanted_by": row.due_at,
        "open": row.state != "stopped",
        "addressed_to": [_addressee(actor, one, seen) for one in addressees],
        "acknowledged": first and _acknowledgement(first),
        "notes": [note(one) for one in seen.notes[firing.id]],
        "allowed_transitions": _allowed(session, actor, standing, found, own),
    }


def note(row: EscalationNote) -> dict[str, Any]:
    """Return a note with the name of whoever wrote it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "by": row.name,
        "role": row.role,
        "text": row.body,
        "at": row.written_at,
    }


def _allowed(
    session: Session, actor: Actor, standing: Standing, found: Escalation, own: Sequence[Addressee]
) -> list[str]:
    firing, row = found
    if firing.kind not in ESCALATIONS:
        return []
    mine = [one for one in own if standing.answers(one, row)]
    is_open = row.state != "stopped"
    may = {
        "acknowledge": any(one.acknowledged is None for one in mine),
        "note": True,
        "hand_over": bool(mine) and is_open,
        "confirm": (
            bool(mine) and is_open and actor.side == "probation"
            and acknowledgements.is_danger(session, row)
        ),
    }  # fmt: skip
    return [action for action, allowed in may.items() if allowed]


def _acknowledgement(row: Any) -> dict[str, Any]:
    return {
        "practitioner": row.practitioner,
        "name": row.name,
        "role": row.role,
        "at": row.acknowledged_at,
    }


def _addressee(actor: Actor, found: Addressee, seen: Around) -> dict[str, Any]:
    item, handed = found.item, found.handed_over
    contact = (
        seen.holders.get((item.organisation_id, known_as(item.holder))) if item.holder is not None else None
    )
    own = item.organisation_id == actor.organisation_id
    return {
        "side": item.side,
        "role": item.role,
        "holder": item.holder,
        "name": contact.name if contact else None,
        "phone": contact.phone if contact else None,
        "fell_from": item.fell_from,
        "sent_at": found.notice.sent_at if found.notice else None,
        "acknowledged": found.acknowledged and _acknowledgement(found.acknowledged),
        "handed_over": (
            {"by": handed.name, "role": handed.role, "reason": handed.reason, "at": handed.handed_at}
            if handed and own
            else None
        ),
    }


def clock_view(actor: Actor, row: Clock, seen: Around) -> dict[str, Any]:
    """Return what every view of a clock shows: what it is about, and whom it waits for."""
    person = seen.people.get(row.id)
    wanted = (row.subject_kind, row.timer) not in ONLY_NOTIFIED and not was_handed_back(row)
    asked = row.responder_id if wanted else None
    awaited = seen.organisations.get(asked) if asked else None
    who = acting(row)
    contact = seen.contacts.get((row.probation_id, known_as(who))) if who else None
    view: dict[str, Any] = {
        "subject": {"kind": row.subject_kind, "id": row.subject_id, "href": _address(actor, row, seen)},
        "timer": row.timer,
        "label": row.label,
        "about": what_is_owed(row),
        "person": person and _person(actor, row, person),
        "waits_for": awaited and {"id": awaited.id, "kind": awaited.kind, "name": awaited.name},
        "practitioner_contact": contact and {"name": contact.name, "phone": contact.phone},
        "owner": {
            "side": "probation" if is_of_probation(row) else "partner",
            "role": (row.owner_role or PRACTITIONER) if is_of_probation(row) else None,
        },
        "urgency": row.urgency,
        "exposed_since": row.exposed_since,
    }
    if actor.side == "probation":
        view |= {name: getattr(row, name) for name in OF_PROBATION} | {"practitioner": who}
    return view


def what_is_owed(row: Clock) -> str:
    """Return in words who must do what for a clock to end."""
    return about(
        row.subject_kind,
        row.timer,
        label=row.label,
        handed_back=was_handed_back(row),
        day=clock.day_in_words(row.due_at.astimezone(clock.LONDON).date()),
    )


def _person(actor: Actor, row: Clock, person: PersonNamed) -> dict[str, Any]:
    shown = {"name": person.name, "crn": person.crn, "age": _age(person)}
    return shown | {"id": row.person_id if actor.side == "probation" else None}


def _age(person: PersonNamed) -> int | None:
    if person.born is None:
        return None
    today = clock.today()
    return today.year - person.born.year - ((today.month, today.day) < (person.born.month, person.born.day))


def _address(actor: Actor, row: Clock, seen: Around) -> str | None:
    if actor.side == "destination" and row.subject_kind == "change_of_circumstance":
        # It has no sight of the change, only of the referral through which it reported.
        person = seen.people.get(row.id)
        return href("destination_referral", person.part) if person and person.part else None
    part = seen.parts.get(row.subject_id)
    own = place_of(row.subject_kind, row.subject_id, person=row.person_id, part=part)
    return own or href(row.subject_kind, row.subject_id)
