"""Deletes feed entries that are older than the retention period, the oldest first.

Only the entry is deleted; the event itself never is.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from service.db import transaction
from service.events import writes
from service.events.model import FeedHead

BATCH: Final = 1000
"""The most entries of one feed deleted in one transaction."""


def forget_old_entries(now: datetime, keep: timedelta, *, batch: int = BATCH) -> int:
    """Delete every entry older than `keep`; return how many. Several workers may do it at the same time.

    Args:
        now: the moment.
        keep: how long an entry stays readable.
        batch: entries of one feed in one transaction.
    """
    with transaction("worker") as session:
        feeds = session.scalars(select(FeedHead.organisation_id).order_by(FeedHead.organisation_id)).all()
    return sum(_delete_from(feed, now - keep, batch) for feed in feeds)


def _delete_from(organisation_id: UUID, before: datetime, batch: int) -> int:
    total = 0
    while True:
        with transaction("worker") as session:
            deleted = writes.delete_entries(session, organisation_id, before, batch)
        total += deleted
        if deleted < batch:
            return total
