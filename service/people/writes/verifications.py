"""Writes that a verification stands no longer, and has the practitioner look again where that is needed."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, events, timers
from service.access.actor import Actor
from service.people import holding_queries
from service.people.model import Address, Contact, Person
from service.people.policies import VERIFICATION, VERIFICATION_TIMER
from service.people.verification import (
    Because,
    Kind,
    ended,
    is_looked_at_again,
    is_more_than_verified,
    stands,
    touches,
)
from service.timers import Subject


def is_outlived(
    kind: Kind, row: Contact | Address, columns: Mapping[str, Any], changed: Collection[str]
) -> bool:
    """Return whether a verification stands that was about something else than the row is from now on.

    Args:
        columns: the row as it will be.
        changed: the names of those that change.
    """
    verification = row.verification
    if verification is None or not stands(verification):
        return False
    if touches(kind, changed):
        return True
    if kind == "contact":
        return False
    was = {name: getattr(row, name) for name in ("kind", "from_date", "to_date")}
    return is_more_than_verified(date.fromisoformat(verification["on"]), was, was | dict(columns))


def ended_columns(row: Contact | Address, because: Because) -> dict[str, Any]:
    """Return the columns of a row whose verification stands no longer."""
    if row.verification is None:
        raise LookupError("there is no verification to end")
    return {"verified": False, "verification": ended(row.verification, because, clock.now())}


def follow_end(session: Session, actor: Actor, kind: Kind, row: Contact | Address) -> None:
    """Notify the region that a verification has ended, and time the look that is needed again.

    Why it ended is read with the row: an agency that put its answer right is a matter of the checks.
    """
    if row.verification is None or stands(row.verification):
        raise LookupError("no verification has ended")
    person = session.get_one(Person, row.person_id)
    events.append(
        session,
        actor,
        "person.verification_ended",
        subject_kind=kind,
        subject_id=row.id,
        audience=[person.holder_id],
        person_id=person.id,
        version=row.version,
        data={},
    )
    look_again(session, actor, kind, row)


def look_again(session: Session, actor: Actor, kind: Kind, row: Contact | Address) -> None:
    """Time the look that is needed again, if one is: at nothing of somebody who has died.

    Args:
        row: which has no such clock.
    """
    person = session.get_one(Person, row.person_id)
    if person.died_on is None and is_looked_at_again(row.verification):
        timers.start(
            session,
            actor,
            Subject(kind, row.id),
            VERIFICATION_TIMER,
            policy=VERIFICATION,
            case=holding_queries.clock_case(session, person, VERIFICATION_TIMER),
        )


def stop_looking(session: Session, kind: Kind, row_id: UUID) -> None:
    """Stop the clock: somebody has looked, or there is nothing to look at."""
    timers.stop(session, Subject(kind, row_id), "verified", VERIFICATION_TIMER)


def living_at(session: Session, address: Address) -> list[Contact]:
    """Return the contacts whose home an address is, and of whom it is on record how they were verified."""
    found = select(Contact).where(Contact.lives_at == address.id, Contact.verification.is_not(None))
    return [one for one in session.scalars(found) if stands(one.verification)]
