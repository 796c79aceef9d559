"""Says what happened, and to whom: writes events, and gives them their positions in the feeds.

Positions are taken by the last statement before the commit, from one counter row for each organisation, those
rows always in the same order. A writer that holds the row makes the next one wait for its commit, so whoever
reads position n finds every position below n there already, and a rolled-back transaction leaves no gap.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from service import cache_invalidation, clock
from service.access.actor import Actor
from service.db import before_commit, new_id
from service.events.catalogue import validated
from service.events.model import Event
from service.events.queries import feed_of

_QUEUE = "events.publications"

# A function of the database, because whoever writes may not read the feeds of others; it looks each event up,
# because one appended inside a savepoint may have been rolled back with it.
_TAKE_POSITIONS = text("SELECT publish_to_feeds(CAST(:organisations AS uuid[]), CAST(:events AS uuid[]))")


def append(
    session: Session,
    actor: Actor,
    name: str,
    *,
    subject_kind: str,
    subject_id: uuid.UUID,
    audience: Iterable[uuid.UUID] = (),
    person_id: uuid.UUID | None = None,
    referral_id: uuid.UUID | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    version: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> uuid.UUID:
    """Record that something happened, and publish it to its audience when this transaction commits.

    The event is in the database when this returns, so that a state may name it at once; its positions in the
    feeds come last.

    Args:
        name: of the catalogue, such as `check_request.returned`.
        subject_kind: what it happened to: one of the kinds that the catalogue gives.
        subject_id: which one.
        audience: the organisations whose feed shows it, decided now and for good; none for what only the
            timeline tells.
        person_id, referral_id: whose story it belongs to.
        from_state, to_state: when it moved a state.
        version: of the subject after it.
        data: the members that the catalogue names; everyone in the audience may see them.

    Returns:
        The event's id.

    Raises:
        ValueError: the catalogue has no such event, or not with this subject or these `data`.
    """
    carried = validated(name, subject_kind, data or {})
    event_id = new_id()
    # A flush between a new state and its event would store a state that no event explains.
    with session.no_autoflush:
        session.execute(
            insert(Event.__table__),  # type: ignore[arg-type] # a mapped class's table is a Table
            {
                "id": event_id,
                "name": name,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "person_id": person_id,
                "referral_id": referral_id,
                "from_state": from_state,
                "to_state": to_state,
                "version": version,
                "organisation_id": actor.organisation_id,
                "client_id": actor.client_id,
                "practitioner_id": actor.practitioner.id if actor.practitioner else None,
                "practitioner_role": actor.practitioner.role if actor.practitioner else None,
                "data": carried,
                "occurred_at": clock.now(),
            },
        )
    queue: list[tuple[uuid.UUID, uuid.UUID]] = session.info.setdefault(_QUEUE, [])
    queue += [(organisation_id, event_id) for organisation_id in set(audience)]
    if queue:
        before_commit(session, _QUEUE, publish)
    return event_id


def publish(session: Session) -> None:
    """Give what was appended its positions in the feeds; other writers to these feeds now wait for us."""
    queue: list[tuple[uuid.UUID, uuid.UUID]] = session.info.pop(_QUEUE, [])
    if queue:
        organisations, events = zip(*queue, strict=True)
        session.execute(_TAKE_POSITIONS, {"organisations": list(organisations), "events": list(events)})
        cache_invalidation.invalidate(session, *map(feed_of, set(organisations)))
