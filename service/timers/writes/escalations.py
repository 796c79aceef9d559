"""Writes what people make of an escalation: acknowledgements, notes, handovers."""

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.db import new_id
from service.organisations.queries import organisation
from service.timers.model import EscalationHandover, EscalationNote, NoticeItem, StepAcknowledgement

SYSTEM = "system"
"""The role under which the system of a partner acts that names no officer."""


def add_acknowledgements(session: Session, actor: Actor, firing_id: UUID, items: Collection[UUID]) -> bool:
    """Record that steps of an escalation have been seen, each once; return whether any had not been."""
    if not items:
        return False
    who = _signature(session, actor)
    seen = {**who, "firing_id": firing_id, "acknowledged_at": clock.now()}
    added = session.scalars(
        postgresql.insert(StepAcknowledgement)
        .values([{"item_id": item, **seen} for item in sorted(items)])
        .on_conflict_do_nothing()
        .returning(StepAcknowledgement.item_id)
    ).all()
    return bool(added)


def add_note(
    session: Session, actor: Actor, firing_id: UUID, body: str, kind: Literal["note", "confirmation"]
) -> EscalationNote:
    """Add what somebody says of an escalation."""
    note = EscalationNote(
        id=new_id(),
        firing_id=firing_id,
        organisation_id=actor.organisation_id,
        kind=kind,
        body=body,
        written_at=clock.now(),
        **_signature(session, actor),
    )
    session.add(note)
    session.flush()
    return note


def add_addressee(session: Session, actor: Actor, item: NoticeItem, to: str, reason: str) -> UUID | None:
    """Make a colleague an addressee of a step, and record who did and why.

    Args:
        item: the step, as it was addressed.
        to: the colleague, of the same organisation.

    Returns:
        The new item; None when the colleague is an addressee already.
    """
    now = clock.now()
    values = {
        "id": new_id(),
        "firing_id": item.firing_id,
        "clock_id": item.clock_id,
        "organisation_id": item.organisation_id,
        "side": item.side,
        "role": item.role,
        "holder": to,
        "fell_from": item.fell_from,
        "urgent": item.urgent,
        "redirected": item.redirected,
        # As every item of a firing: lists are in the order of it.
        "fired_at": item.fired_at,
        "send_after": now,
    }
    added = session.scalar(
        postgresql.insert(NoticeItem).values(values).on_conflict_do_nothing().returning(NoticeItem.id)
    )
    if added is not None:
        session.execute(
            insert(EscalationHandover),
            {
                "item_id": added,
                "firing_id": item.firing_id,
                "organisation_id": item.organisation_id,
                "reason": reason,
                "handed_at": now,
                **_signature(session, actor),
            },
        )
    return added


def _signature(session: Session, actor: Actor) -> dict[str, str | None]:
    """Return who acts, as it is recorded: a named person, or the system of an organisation."""
    who = actor.practitioner
    if who is not None:
        return {"practitioner": who.id, "name": who.name, "role": who.role}
    name = organisation(session, actor.organisation_id).name
    return {"practitioner": None, "name": name, "role": SYSTEM}
