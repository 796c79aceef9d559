"""When a failed delivery is tried again, and how long a failing endpoint rests. Pure.

About ten tries over three days, spread so that many deliveries that failed together do not return together.
The figures are ours; the shape is that of the Standard Webhooks recommendations.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=22),
    timedelta(hours=28),
)
"""The pauses after each try: ten tries over 71 hours, before jitter."""

TRIES: Final = len(PAUSES) + 1
OLDEST: Final = timedelta(days=4)
"""A delivery older than this is not tried again, even if its endpoint was resting most of the time."""

JITTER: Final = 0.1
"""The most by which a pause is shortened or lengthened, as a fraction."""

LONGEST_RETRY_AFTER: Final = timedelta(hours=6)
LONGEST_REST: Final = timedelta(minutes=5)


def pause_after(
    tries: int, *, age: timedelta, chance: float, asked: timedelta | None = None
) -> timedelta | None:
    """Return how long a delivery waits after a failed try; None when it becomes a dead letter.

    Args:
        tries: made so far, this one included.
        age: since the delivery was made, or replayed.
        chance: from 0 up to 1, where in the jitter this one falls.
        asked: what the receiver asked for with `Retry-After`; honoured up to six hours, never to come sooner.
    """
    if tries >= TRIES or age >= OLDEST:
        return None
    pause = PAUSES[max(tries, 1) - 1] * (1 - JITTER + 2 * JITTER * chance)
    return pause if asked is None else max(pause, min(asked, LONGEST_RETRY_AFTER))


def rest_after(failures: int, *, chance: float, asked: timedelta | None = None) -> timedelta:
    """Return how long an endpoint rests, by failures in a row: one second, doubling to five minutes.

    Args:
        failures: in a row, at least one.
        chance: from 0 up to 1, where in the jitter this one falls.
        asked: what the receiver asked for with `Retry-After`.
    """
    doubled = timedelta(seconds=2 ** min(failures - 1, 20))
    rest = min(doubled, LONGEST_REST) * (1 - JITTER + 2 * JITTER * chance)
    return rest if asked is None else max(rest, min(asked, LONGEST_RETRY_AFTER))


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read a `Retry-After` header: seconds or an HTTP date (RFC 9110); None for anything else."""
    if value is None:
        return None
    written = value.strip()
    if written.isascii() and written.isdigit():
        return timedelta(seconds=min(int(written[:10]), 10**9))
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))
