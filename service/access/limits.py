"""How often a caller may call: counted for all processes together, said in every answer.

A process takes its share of a caller's minute in one statement of its own, twice as much each time up to a
hundredth of the whole, so that who calls seldom is counted exactly and who calls often costs next to nothing.
The whole is never exceeded; with what other processes hold, a caller may be refused a few hundredths early.
"""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text

from service import clock, db
from service.config import Config
from service.http.problems import Problem

MINUTE: Final = 60
_LARGEST_SHARE: Final = 100
"""A share is at most the whole divided by this."""

# A process whose clock is a little behind counts in the minute that the others have begun.
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
    """Something that may be done so often in a minute."""

    name: str
    quota: int


@dataclass(frozen=True)
class Standing:
    """Where somebody stands with a limit, after one more call."""

    limit: Limit
    remaining: int
    resets_in: int
    """Seconds until the count begins again."""
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"{self.limit.name}";q={self.limit.quota};w={MINUTE}',
            "RateLimit": f'"{self.limit.name}";r={self.remaining};t={self.resets_in}',
        }

    def require_within(self) -> None:
        """Insist that the limit is kept.

        Raises:
            Problem: 429, saying when to come back.
        """
        if self.exceeded:
            raise Problem(
                429,
                "too-many-requests",
                "That is too often",
                f"{self.limit.quota} in a minute are allowed. Wait as long as Retry-After says.",
                headers={"Retry-After": str(self.resets_in)},
            )


@dataclass
class _Share:
    """What this process may still let through of somebody's minute."""

    quota: int
    left: int = 0
    unclaimed: int = 0
    next_size: int = 1
    exhausted: bool = False
    lock: Lock = field(default_factory=Lock)


class _Shares:
    """The shares that this process holds of counts in one database."""

    def __init__(self) -> None:
        self._minute = 0
        self._held: dict[str, _Share] = {}
        self._lock = Lock()

    def take(self, engine: Engine, limit: Limit, whose: str, client_id: str | None) -> Standing:
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
        return Standing(limit, remaining, MINUTE - second, exceeded)


def _claim(engine: Engine, share: _Share, whose: dict[str, Any]) -> None:
    size = share.next_size
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        counted = connection.execute(_COUNT, {**whose, "quota": share.quota, "share": size}).one()
    share.quota, used = counted
    share.unclaimed = max(0, share.quota - used)
    share.left = max(0, size - max(0, used - share.quota))
    share.exhausted = not share.left
    share.next_size = min(size * 2, max(1, share.quota // _LARGEST_SHARE))


# What is held belongs to a database, and is forgotten with it.
_shares: WeakKeyDictionary[Engine, _Shares] = WeakKeyDictionary()
_making = Lock()


def take_call(settings: Config, client_id: str) -> Standing:
    """Count one call of a client, whoever answers it, and say where the client stands."""
    limit = Limit("client", settings.requests_per_minute)
    return take(limit, client_id, client_id=client_id)


def take(limit: Limit, whose: str, *, client_id: str | None = None) -> Standing:
    """Count one call, and say where its caller stands.

    Args:
        limit: what is counted, and how often it may be done.
        whose: by whom.
        client_id: a client that may be registered for another number of requests.
    """
    engine = db.engine("api")
    with _making:
        shares = _shares.get(engine)
        if shares is None:
            shares = _shares[engine] = _Shares()
    return shares.take(engine, limit, whose, client_id)
