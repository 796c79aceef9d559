"""Searches the trail, newest first, a page at a time. Only the role that may read the trail can use it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from service.audit.model import AuditEntry

FILTERS = {
    "person_id": AuditEntry.person_id,
    "organisation_id": AuditEntry.actor_organisation_id,
    "client_id": AuditEntry.client_id,
    "practitioner_id": AuditEntry.practitioner_id,
    "verb": AuditEntry.verb,
    "outcome": AuditEntry.outcome,
    "object_kind": AuditEntry.object_kind,
    "object_id": AuditEntry.object_id,
}
"""The search parameters and their columns."""


def entries(
    session: Session, filters: Mapping[str, Any], *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AuditEntry]:
    """Return at most `limit` entries, the newest first.

    Args:
        session: a session of a role that may read the trail.
        filters: any of `FILTERS`; `recorded_from` (inclusive) and `recorded_to` (exclusive).
        before: the last entry of the previous page.
        limit: the largest number of entries.
    """
    found = select(AuditEntry).order_by(AuditEntry.recorded_at.desc(), AuditEntry.id.desc()).limit(limit)
    for name, column in FILTERS.items():
        if name == "practitioner_id" and name in filters:
            # Staff ids are stored in lower case, operators' logins as they are.
            found = found.where(column.in_({filters[name], filters[name].lower()}))
        elif name in filters:
            found = found.where(column == filters[name])
    if "recorded_from" in filters:
        found = found.where(AuditEntry.recorded_at >= filters["recorded_from"])
    if "recorded_to" in filters:
        found = found.where(AuditEntry.recorded_at < filters["recorded_to"])
    if before is not None:
        found = found.where(tuple_(AuditEntry.recorded_at, AuditEntry.id) < before)
    return session.scalars(found).all()
