"""Writes versions of policies that regions and operators publish, and moves clocks onto them.

Each with its event and its audit entry, in the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, events
from service.access.actor import Actor
from service.db import new_id
from service.organisations.queries import organisation_by_code
from service.timers import publishing
from service.timers.clock_changes import ClockChange
from service.timers.model import Clock, PolicyApplication, PolicyVersion
from service.timers.scopes import Scope
from service.timers.versions.queries import Edition
from service.timers.writes import clocks, versions


def add_version(
    session: Session,
    actor: Actor,
    key: str,
    scope: Scope,
    document: Mapping[str, Any],
    *,
    validity: tuple[datetime, datetime | None],
    reason: str,
) -> PolicyVersion:
    """Publish a version. Running clocks keep theirs; clocks that start while it is valid start with it.

    Args:
        scope: whom it is for.
        validity: from when, and until when if it ends.
        reason: why, in the words of who publishes it.
    """
    publishing.lock_publishing(session)
    row = versions.add_policy_version(
        session,
        key,
        publishing.next_version(session, key),
        document,
        scope=scope,
        validity=validity,
        publisher=actor,
        reason=reason,
    )
    concerned = {scope.responder_id, _region_of(session, actor, scope)} - {None}
    events.append(
        session,
        actor,
        "policy.published",
        subject_kind="policy",
        subject_id=row.id,
        audience=[one for one in concerned if one is not None],
        version=row.version,
        data={"key": key, "area": scope.area, "valid_from": row.valid_from},
    )
    audit.record(
        session,
        actor,
        "key_event",
        object_kind="policy",
        object_id=row.id,
        object_version=row.version,
        reason="published",
    )
    return row


def _region_of(session: Session, actor: Actor, scope: Scope) -> UUID | None:
    """Return the region whose clocks a version is for, whoever publishes it."""
    if scope.area is None:
        return None
    if actor.side == "probation":
        return actor.organisation_id
    found = organisation_by_code(session, "probation_region", scope.area)
    return None if found is None else found.id


def add_application(
    session: Session, actor: Actor, version: Edition, reason: str, *, moved: int, more: bool, now: datetime
) -> PolicyApplication:
    """Record that clocks were moved onto a version.

    Args:
        reason: why, in the words of who moved them.
        moved: how many of them this caller may see.
        more: whether there are more to be moved.
    """
    row = PolicyApplication(
        id=new_id(),
        policy_id=version.id,
        organisation_id=actor.organisation_id,
        applied_by=actor.practitioner.id if actor.practitioner else actor.client_id,
        reason=reason,
        moved=moved,
        more=more,
        applied_at=now,
    )
    session.add(row)
    audit.record(
        session,
        actor,
        "key_event",
        object_kind="policy",
        object_id=version.id,
        object_version=version.number,
        reason="applied",
    )
    return row


def move(session: Session, actor: Actor, version: Edition, rows: Sequence[Clock], now: datetime) -> None:
    """Move clocks onto a version: what has fired stays fired, and what is late by it fires at the next sweep.

    Args:
        rows: open clocks of the policy, locked.
    """
    for row in rows:
        row.moved_onto_id = version.id
    clocks.change(session, {row: ClockChange("moved", now, policy=version.id) for row in rows}, now)
    for row in rows:
        _record_move(session, actor, version, row)


def _record_move(session: Session, actor: Actor, version: Edition, row: Clock) -> None:
    events.append(
        session,
        actor,
        "clock.moved",
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        person_id=row.person_id,
        referral_id=row.referral_id,
        data={
            "clock": row.id,
            "timer": row.timer,
            "policy": version.key,
            "policy_version": version.number,
            "due_at": row.due_at,
        },
    )
    audit.record(
        session,
        actor,
        "alteration",
        object_kind=row.subject_kind,
        object_id=row.subject_id,
        person_id=row.person_id,
        fields=("policy",),
    )
