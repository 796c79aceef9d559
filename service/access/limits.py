"""Rate limits, counted across all processes and stated in every response.

A process claims a share of a caller's quota for the minute in one statement, doubling it each time up to a
hundredth of the quota. Rare callers are counted exactly and frequent callers cost almost nothing. The quota
is never exceeded; because other processes hold shares, a caller may be refused slightly early.
"""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text
from sqlalchemy.pool import Pool

from service import clock, db
from service.config import Config
from service.http.problems import Problem

MINUTE: Final = 60
_LARGEST_SHARE: Final = 100
"""A share is at most the quota divided by this."""

# A process whose clock is slightly behind counts in the minute that the others have started.
_COUNT = text("""
    WITH allowed AS (
        SELECT coalesce((SELECT requests_per_minute FROM client WHERE id = :client), :quota) AS quota
    ), counted AS (
        INSERT INTO call_count AS held (bucket, minute, used) VALUES (:bucket, :minute, :share)
        ON CONFLICT (bucket) DO UPDATE SET
            used = excluded.used + CASE
                WHEN held.minute BETWEEN excluded.minute AND excluded.minute + 1 THEN held.used ELSE 0 END,
            minute = CASE
                WHEN held.minute = excluded.minute + 1 THEN held.minute ELSE excluded.minute END
        RETURNING used
    )
    SELECT quota, used FROM allowed, counted
""")


@dataclass(frozen=True)
class Limit:
    """A named limit: `quota` calls a minute."""

    name: str
    quota: int


@dataclass(frozen=True)
class LimitStatus:
    """What is left of a limit after a call."""

    limit: Limit
    remaining: int
    resets_in: int
    """Seconds until the count restarts."""
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """Return the headers of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"{self.limit.name}";q={self.limit.quota};w={MINUTE}',
            "RateLimit": f'"{self.limit.name}";r={self.remaining};t={self.resets_in}',
        }

    def require_within(self) -> None:
        """Refuse the call if the limit is exceeded.

        Raises:
            Problem: 429, with the time to wait.
        """
        if self.exceeded:
            raise Problem(
                429,
                "too-many-requests",
                "Too many requests",
                f"The limit is {self.limit.quota} a minute. Wait for the time in Retry-After.",
                headers={"Retry-After": str(self.resets_in)},
            )


@dataclass
class _Share:
    """The part of a caller's quota for this minute that this process has claimed."""

    quota: int
    left: int = 0
    unclaimed: int = 0
    next_size: int = 1
    exhausted: bool = False
    lock: Lock = field(default_factory=Lock)


class _Shares:
    """The shares that this process holds, for the counts of one database."""

    def __init__(self) -> None:
        self._minute = 0
        self._held: dict[str, _Share] = {}
        self._lock = Lock()

    def count(self, engine: Engine, limit: Limit, whose: str, client_id: str | None) -> LimitStatus:
        minute, second = divmod(int(clock.now().timestamp()), MINUTE)
        bucket = f"{limit.name}:{whose}"
        with self._lock:
            if minute != self._minute:
                self._minute, self._held = minute, {}
            share = self._held.setdefault(bucket, _Share(limit.quota))
        with share.lock:
            if not share.left and not share.exhausted:
                _claim(engine, share, {"bucket": bucket, "minute": minute, "client": client_id})
            exceeded = not share.left
            share.left -= not exceeded
            remaining = share.unclaimed + share.left
            limit = Limit(limit.name, share.quota)
        return LimitStatus(limit, remaining, MINUTE - second, exceeded)


def _claim(engine: Engine, share: _Share, whose: dict[str, Any]) -> None:
    size = share.next_size
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        counted = connection.execute(_COUNT, {**whose, "quota": share.quota, "share": size}).one()
    share.quota, used = counted
    share.unclaimed = max(0, share.quota - used)
    share.left = max(0, size - max(0, used - share.quota))
    share.exhausted = not share.left
    share.next_size = min(size * 2, max(1, share.quota // _LARGEST_SHARE))


# Shares belong to one database, and are dropped with the connections to it.
_shares: WeakKeyDictionary[Pool, _Shares] = WeakKeyDictionary()
_making = Lock()


def count_call(settings: Config, client_id: str) -> LimitStatus:
    """Count one call of a client and return what is left of its limit."""
    limit = Limit("client", settings.requests_per_minute)
    return count(limit, client_id, client_id=client_id)


def count(limit: Limit, whose: str, *, client_id: str | None = None) -> LimitStatus:
    """Count one call and return what is left of the limit.

    Args:
        limit: the limit to count against.
        whose: the caller that is counted, such as a client id or an address.
        client_id: a client whose registration may set another quota.
    """
    engine = db.engine("api")
    with _making:
        shares = _shares.get(engine.pool)
        if shares is None:
            shares = _shares[engine.pool] = _Shares()
    return shares.count(engine, limit, whose, client_id)
