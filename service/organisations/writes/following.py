"""What a worker notes in the staff register: whom it has followed, and when it looks at an absence."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.organisations.model import Staff, StaffAbsence
from service.organisations.register import not_over


def departed(session: Session, now: datetime) -> Staff | None:
    """Return one member of staff who has left and has not been followed, locked; None if there is none."""
    return session.scalar(
        select(Staff)
        .where(Staff.ended_at.is_not(None), Staff.departure_followed_at.is_(None), Staff.ended_at <= now)
        .order_by(Staff.ended_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def note_departure_followed(member: Staff, now: datetime) -> None:
    """Note that everything has been said about the cases of somebody who has left."""
    member.departure_followed_at = now


def absence_to_look_at(session: Session, now: datetime) -> StaffAbsence | None:
    """Return one absence that is due to be looked at, locked; None if there is none."""
    return session.scalar(
        select(StaffAbsence)
        .where(StaffAbsence.looks_at.is_not(None), StaffAbsence.looks_at <= now)
        .order_by(StaffAbsence.looks_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def absences_now(
    session: Session, organisation_id: UUID, member_id: str, now: datetime
) -> Sequence[StaffAbsence]:
    """Return the absences of a member of staff that have begun and have not ended."""
    return session.scalars(
        select(StaffAbsence).where(
            StaffAbsence.organisation_id == organisation_id,
            StaffAbsence.staff_id == member_id,
            StaffAbsence.from_at <= now,
            not_over(now),
        )
    ).all()


def look_again(absence: StaffAbsence, at: datetime | None) -> None:
    """Note when an absence is looked at next; None for never."""
    absence.looks_at = at
