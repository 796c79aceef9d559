"""The end of a feed's memory: entries older than the days that are kept are taken away, the oldest first.

Only an organisation's way to learn of something ends; the event itself is never deleted.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from service.db import transaction
from service.events.model import FeedHead

BATCH: Final = 1000
"""Entries of one feed taken away in one transaction, at most."""

# From the bottom without a break: so what is left is still consecutive, and a reader who missed something
# finds its next position missing. Where the first entry is kept, no other is read.
_FORGET: Final = text("""
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


def forget_old_entries(now: datetime, keep: timedelta, *, batch: int = BATCH) -> int:
    """Take away every entry older than `keep`; return how many. Several workers may do it at once.

    Args:
        now: the moment.
        keep: how long an entry stays readable.
        batch: entries of one feed in one transaction.
    """
    with transaction("worker") as session:
        feeds = session.scalars(select(FeedHead.organisation_id).order_by(FeedHead.organisation_id)).all()
    return sum(_forget(feed, now - keep, batch) for feed in feeds)


def _forget(organisation_id: UUID, before: datetime, batch: int) -> int:
    forgotten = 0
    while True:
        with transaction("worker") as session:
            gone = session.execute(
                _FORGET, {"organisation": organisation_id, "before": before, "batch": batch}
            ).all()
        forgotten += len(gone)
        if len(gone) < batch:
            return forgotten
