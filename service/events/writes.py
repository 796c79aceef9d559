"""Writes events, gives them their positions in the feeds, and deletes feed entries.

Positions are taken by the last statement before the commit, from one counter row for each organisation,
always in the same order. A writer that has locked the row makes the next one wait for its commit, so a reader
of position n finds every position below n, and a rolled-back transaction leaves no gap.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from service import cache_invalidation, clock, gathering
from service.access.actor import Actor
from service.db import before_commit, new_id
from service.events.catalogue import validated
from service.events.model import Event
from service.events.queries import feed_of

_QUEUE = "events.publications"

# A database function, because the writer may not read other organisations' feeds. It looks each event up,
# because one appended inside a savepoint may have been rolled back with it.
_TAKE_POSITIONS = text("SELECT publish_to_feeds(CAST(:organisations AS uuid[]), CAST(:events AS uuid[]))")


# From the first entry without a gap, so that the rest stays consecutive, and a reader who missed something
# finds its next position missing. Where the first entry is kept, no other is read.
_DELETE_ENTRIES: Final = text("""
    DELETE FROM feed_entry USING (
        SELECT position, bool_and(occurred_at < :before) OVER (ORDER BY position) AS forgotten
        FROM (SELECT feed_entry.position, event.occurred_at
              FROM feed_entry JOIN event ON event.id = feed_entry.event_id
              WHERE feed_entry.organisation_id = :organisation AND (
                  SELECT event.occurred_at FROM feed_entry JOIN event ON event.id = feed_entry.event_id
                  WHERE feed_entry.organisation_id = :organisation
                  ORDER BY feed_entry.position LIMIT 1) < :before
              ORDER BY feed_entry.position LIMIT :batch) AS oldest
    ) AS judged
    WHERE judged.forgotten AND feed_entry.position = judged.position
      AND feed_entry.organisation_id = :organisation
    RETURNING feed_entry.position
""")


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
    """Record an event, and publish it to its audience when this transaction commits.

    The event is written before the rows that refer to it; its positions in the feeds are assigned last.

    Args:
        name: of the catalogue, such as `check_request.returned`.
        subject_kind: the kind of its subject, one of those in the catalogue.
        subject_id: of its subject.
        audience: the organisations whose feeds show it, decided now and never changed; empty for an event
            that only the timeline shows.
        person_id, referral_id: whose timeline it belongs to.
        from_state, to_state: given when it changes a state.
        version: of the subject after the event.
        data: the members that the catalogue names; every organisation in the audience may see them.

    Returns:
        The event's id.

    Raises:
        ValueError: the catalogue has no such event, or not with this subject or these `data`.
    """
    members = validated(name, subject_kind, data or {})
    event_id = new_id()
    values = {
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
        "data": members,
        "occurred_at": clock.now(),
    }
    gathering.append(session, Event, values)
    queue: list[tuple[uuid.UUID, uuid.UUID]] = session.info.setdefault(_QUEUE, [])
    queue += [(organisation_id, event_id) for organisation_id in set(audience)]
    if queue:
        before_commit(session, _QUEUE, publish)
    return event_id


def publish(session: Session) -> None:
    """Give appended events their positions in the feeds; other writers to these feeds wait for our commit."""
    queue: list[tuple[uuid.UUID, uuid.UUID]] = session.info.pop(_QUEUE, [])
    # What a savepoint took back is published to nobody.
    queued = [
        (whose, event_id) for whose, event_id in queue if gathering.is_key_made(session, Event, (event_id,))
    ]
    if queued:
        organisations, events = zip(*queued, strict=True)
        session.execute(_TAKE_POSITIONS, {"organisations": list(organisations), "events": list(events)})
        cache_invalidation.invalidate(session, *map(feed_of, set(organisations)))


def delete_entries(session: Session, organisation_id: uuid.UUID, before: datetime, batch: int) -> int:
    """Delete the first entries of a feed that are older than `before`; return how many.

    Args:
        batch: the most to delete.
    """
    deleted = session.execute(
        _DELETE_ENTRIES, {"organisation": organisation_id, "before": before, "batch": batch}
    ).all()
    return len(deleted)
