"""Writes published versions of policies and calendars."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.db import new_id
from service.timers.model import (
    CalendarVersion,
    PolicyVersion,
)
from service.timers.scopes import EVERYBODY, Scope


def add_policy_version(
    session: Session,
    key: str,
    version: int,
    document: Mapping[str, Any],
    *,
    scope: Scope = EVERYBODY,
    validity: tuple[datetime, datetime | None] | None = None,
    publisher: Actor | None = None,
    reason: str | None = None,
) -> PolicyVersion:
    """Add a version of a policy.

    Args:
        scope: whom it is for.
        validity: from when, and until when if it ends; from now when None.
        publisher: who publishes it, with its practitioner; None for a release.
        reason: why, in the publisher's words.
    """
    now = clock.now()
    valid_from, valid_until = validity or (now, None)
    row = PolicyVersion(
        id=new_id(),
        key=key,
        responder_id=scope.responder_id,
        area=scope.area,
        version=version,
        document=dict(document),
        valid_from=valid_from,
        valid_until=valid_until,
        published_at=now,
        published_by=publisher.practitioner.id if publisher and publisher.practitioner else None,
        published_by_id=publisher.organisation_id if publisher else None,
        reason=reason,
    )
    session.add(row)
    return row


def add_calendar_version(
    session: Session, organisation_id: UUID | None, version: int, document: Mapping[str, Any]
) -> CalendarVersion:
    """Add a version of a calendar."""
    row = CalendarVersion(
        id=new_id(),
        organisation_id=organisation_id,
        division=document["division"],
        version=version,
        document=dict(document),
        published_at=clock.now(),
    )
    session.add(row)
    return row
