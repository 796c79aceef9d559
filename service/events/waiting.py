"""Long polling: lets a request wait until its feed has moved, holding no connection to the database.

The database is asked once more when something was told of the feed, now and then, and each time while one
cannot be sure to be told. Between two looks nothing is held but the request's thread, and of those only so
many, half of them for one organisation: whoever comes when there is no place is answered at once.
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
"""Of the eight threads of a process: the other half is always there for those who do not wait."""

BETWEEN_LOOKS: Final = 0.1
"""Seconds."""


@dataclass(frozen=True)
class NothingNew:
    """What a poll found: a feed that ends where the reader already is."""

    organisation_id: UUID
    head: int


def _pause(seconds: float) -> None:
    Event().wait(seconds)


@dataclass
class WaitingRoom:
    """The requests of one process that wait.

    Args:
        places: how many may wait at once.
        pause: waits so many seconds.
        elapsed: seconds since any fixed moment.
    """

    places: int = PLACES
    pause: Callable[[float], None] = _pause
    elapsed: Callable[[], float] = time.monotonic
    _taken: Counter[UUID] = field(default_factory=Counter, init=False)
    _door: Lock = field(default_factory=Lock, init=False)

    def _enter(self, organisation_id: UUID) -> bool:
        """Take a place, if one is free and the organisation has not taken half of all already."""
        with self._door:
            free = self._taken.total() < self.places and self._taken[organisation_id] < max(
                1, self.places // 2
            )
            self._taken[organisation_id] += free
        return free

    def _leave(self, organisation_id: UUID) -> None:
        with self._door:
            self._taken[organisation_id] -= 1
            self._taken += Counter()  # forgets whoever has none

    def wait(self, nothing: NothingNew, seconds: float) -> bool | None:
        """Wait until a feed has moved, for so many seconds at most.

        Returns:
            Whether it has; None when there is no place, and nobody waited.
        """
        if not self._enter(nothing.organisation_id):
            return None
        try:
            ends, known, forgets = self.elapsed() + seconds, None, 0.0
            while (left := ends - self.elapsed()) > 0:
                self.pause(min(BETWEEN_LOOKS, left))
                heard, now = cache_invalidation.latest(), self.elapsed()
                if (
                    known is None
                    or heard is None
                    or now >= forgets
                    or cache_invalidation.invalidated_since(known, feed_of(nothing.organisation_id))
                ):
                    if _head(nothing.organisation_id) != nothing.head:
                        return True
                    known, forgets = heard, now + cache_invalidation.MAX_AGE
            return False
        finally:
            self._leave(nothing.organisation_id)


def _head(organisation_id: UUID) -> int:
    """Look where a feed ends, in a transaction of its own that works for its organisation alone."""
    with transaction("api") as session:
        session.execute(select(func.set_config("app.organisation", cast(organisation_id, String), True)))
        found = session.scalar(select(FeedHead.position).where(FeedHead.organisation_id == organisation_id))
    return found or 0
