"""Reads single entries of the staff register, of the caller's own organisation."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.identifiers import known_as
from service.http.problems import not_found
from service.organisations.model import Staff


def find_member(session: Session, organisation_id: UUID, member_id: str) -> Staff:
    """Find a member of staff.

    Raises:
        Problem: 404.
    """
    found = session.scalar(
        select(Staff)
        .where(Staff.organisation_id == organisation_id, Staff.id == known_as(member_id))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise not_found()
    return found


def locked_version(session: Session, organisation_id: UUID, member_id: str) -> int | None:
    """Return the version of an entry, which no other call changes meanwhile; None where there is none."""
    return session.scalar(
        select(Staff.version)
        .where(Staff.organisation_id == organisation_id, Staff.id == known_as(member_id))
        .with_for_update()
    )
