"""Long polling: a request waits until its feed has moved, without a database connection.

The database is asked again when the feed's cache is invalidated, after the cache's maximum age, and at every
check while invalidations cannot be received. A waiting request holds only its thread. The number of places is
limited, and one organisation may take half of them; without a place, the response is immediate.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final
from uuid import UUID

from sqlalchemy import String, cast, func, select

from service import cache_invalidation
from service.db import transaction
from service.events.model import FeedHead
from service.events.queries import feed_of

LONGEST_WAIT: Final = 20
"""Seconds. Shorter than the time-outs of common proxies, and than a server's grace when it is stopped."""

PLACES: Final = 4
"""Half of the eight threads of a process, so that the others always serve requests that do not wait."""

CHECK_INTERVAL: Final = 0.1
"""Seconds."""


@dataclass(frozen=True)
class NothingNew:
    """A poll's finding: the feed ends where the reader already is."""

    organisation_id: UUID
    head: int


def _pause(seconds: float) -> None:
    Event().wait(seconds)


@dataclass
class WaitingRoom:
    """The waiting requests of one process.

    Args:
        places: how many may wait at the same time.
        pause: waits for a number of seconds.
        elapsed: seconds since any fixed moment.
    """

    places: int = PLACES
    pause: Callable[[float], None] = _pause
    elapsed: Callable[[], float] = time.monotonic
    _taken: Counter[UUID] = field(default_factory=Counter, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def _enter(self, organisation_id: UUID) -> bool:
        """Take a place, if one is free and the organisation has not taken half of all already."""
        with self._lock:
            free = self._taken.total() < self.places and self._taken[organisation_id] < max(
                1, self.places // 2
            )
            self._taken[organisation_id] += free
        return free

    def _leave(self, organisation_id: UUID) -> None:
        with self._lock:
            self._taken[organisation_id] -= 1
            self._taken += Counter()  # drops organisations without a place

    def wait(self, nothing: NothingNew, seconds: float) -> bool | None:
        """Wait until a feed has moved, for at most `seconds`.

        Returns:
            Whether it has moved; None when there was no place to wait.
        """
        if not self._enter(nothing.organisation_id):
            return None
        try:
            ends, known, expires = self.elapsed() + seconds, None, 0.0
            while (left := ends - self.elapsed()) > 0:
                self.pause(min(CHECK_INTERVAL, left))
                received, now = cache_invalidation.latest(), self.elapsed()
                if (
                    known is None
                    or received is None
                    or now >= expires
                    or cache_invalidation.invalidated_since(known, feed_of(nothing.organisation_id))
                ):
                    if _head(nothing.organisation_id) != nothing.head:
                        return True
                    known, expires = received, now + cache_invalidation.MAX_AGE
            return False
        finally:
            self._leave(nothing.organisation_id)


def _head(organisation_id: UUID) -> int:
    """Return where a feed ends, in a transaction of its own that may see that organisation's rows alone."""
    with transaction("api") as session:
        session.execute(select(func.set_config("app.organisation", cast(organisation_id, String), True)))
        found = session.scalar(select(FeedHead.position).where(FeedHead.organisation_id == organisation_id))
    return found or 0
