"""Reads who holds a case, who acts for them and who works on it, without checking who may see it."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.gathering import rows_of
from service.people.model import CaseHolding, Person, TeamMember
from service.timers import ClockCase


def holdings_of(session: Session, person_id: uuid.UUID) -> list[CaseHolding]:
    """Return how a case has been held, oldest first; the last one counts, unless it has ended."""
    held: list[CaseHolding] = rows_of(session, CaseHolding.person_id, [person_id])
    return sorted(held, key=lambda one: (one.since, one.ended_at is None))


def clock_case(session: Session, held: Person, label: str) -> ClockCase:
    """Return whom a clock on a held record notifies: whoever answers for the case now.

    Args:
        label: a code of what is timed.
    """
    return clock_case_of(session, held.id, held.holder_id, label)


def clock_case_of(session: Session, person_id: uuid.UUID, probation_id: uuid.UUID, label: str) -> ClockCase:
    """Return whom a clock on a record notifies, by its id and its region; see `clock_case`."""
    holder = holding_of(session, person_id)
    return ClockCase(
        referral_id=None,
        person_id=person_id,
        probation_id=probation_id,
        responder_id=None,
        practitioner=holder.practitioner_id if holder else "",
        pdu=holder.pdu if holder else None,
        label=label,
        caretaker=holder.caretaker_id if holder else None,
        caretaker_until=holder.caretaker_until if holder else None,
    )


def holding_of(session: Session, person_id: uuid.UUID) -> CaseHolding | None:
    """Return how a case is held now; None where nobody of its region has worked on it."""
    return next((one for one in holdings_of(session, person_id) if one.ended_at is None), None)


def current_holdings(session: Session, person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, CaseHolding]:
    """Return how several cases are held now, by the person's id."""
    held: list[CaseHolding] = rows_of(session, CaseHolding.person_id, person_ids)
    return {one.person_id: one for one in held if one.ended_at is None}


class Caretaker(NamedTuple):
    """Who acts for the accountable practitioner, and until when; both None when nobody does."""

    id: str | None = None
    until: datetime | None = None


def caretaker_now(held: CaseHolding) -> str | None:
    """Return who acts for the accountable practitioner of a case now, if somebody does."""
    until = held.caretaker_until
    return held.caretaker_id if until is not None and clock.now() < until else None


def caretaker_of(session: Session, person_id: uuid.UUID) -> Caretaker:
    """Return the caretaker of a case, for a clock of it that starts now."""
    held = holding_of(session, person_id)
    return Caretaker(held.caretaker_id, held.caretaker_until) if held else Caretaker()


def caretaken_by(actor: Actor) -> Select[uuid.UUID]:
    """Select the ids of the records for which the caller's practitioner is the caretaker now."""
    return select(CaseHolding.person_id).where(
        CaseHolding.organisation_id == actor.organisation_id,
        CaseHolding.caretaker_id == (actor.practitioner.id if actor.practitioner else None),
        CaseHolding.caretaker_until > clock.now(),
        CaseHolding.ended_at.is_(None),
    )


def held_by_practitioner(
    session: Session, organisation_id: uuid.UUID, practitioner_id: str
) -> Sequence[Person]:
    """Return the records for which a practitioner is accountable, locked in the order of their ids.

    Not those that were merged: they follow the record that stands for them.
    """
    held = select(CaseHolding.person_id).where(
        CaseHolding.organisation_id == organisation_id,
        CaseHolding.practitioner_id == practitioner_id,
        CaseHolding.ended_at.is_(None),
    )
    return session.scalars(
        select(Person)
        .where(Person.id.in_(held), Person.holder_id == organisation_id, Person.same_as_id.is_(None))
        .order_by(Person.id)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def team_of(session: Session, person_id: uuid.UUID) -> list[TeamMember]:
    """Return the colleagues who work on a case now, beside the accountable practitioner."""
    now = clock.now()
    members: list[TeamMember] = rows_of(session, TeamMember.person_id, [person_id], TeamMember.from_at)
    return [one for one in members if one.from_at <= now and (one.until_at is None or now < one.until_at)]
