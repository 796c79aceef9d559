"""Which notices wait for the digest of the recipient's next working morning, and when that is.

What repeats or reminds, and is not urgent, need not interrupt anybody's day. A step that is reached for the
first time, and whatever is urgent or runs round the clock, goes at once.
"""

from collections.abc import Collection
from datetime import datetime, time
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import THE_SERVICE
from service.timers import policy_versions
from service.timers.ladder import Firing, Kind
from service.timers.model import Clock

DIGEST_AT: Final = time(8, 30)
"""In London, on a day on which the recipient is open. Our own default."""

COLLECTED: Final[frozenset[Kind]] = frozenset({"chaser", "repeat", "pause_review"})


def next_digests(
    session: Session,
    clock: Clock,
    firing: Firing,
    organisations: Collection[UUID],
    now: datetime,
    *,
    late: bool,
) -> dict[UUID, datetime]:
    """Return, by organisation, the digest that a firing waits for; empty when it goes at once.

    Args:
        organisations: those notified of it.
        late: whether an outage has held it up; it has waited long enough.
    """
    if late or firing.kind not in COLLECTED or clock.urgency == "urgent":
        return {}
    if policy_versions.policy(session, clock.policy_id).timer(clock.timer).round_the_clock:
        return {}
    return {
        one: policy_versions.calendar(session, policy_versions.calendar_for(session, one)).next_morning(
            now, DIGEST_AT
        )
        for one in organisations
        if one != THE_SERVICE
    }
