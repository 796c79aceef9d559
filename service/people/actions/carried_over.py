"""What regions saw before a record had one holder: asks the holders to confirm it, and notes what has passed.

The upgrade gives those regions sight for 28 days and asks nobody. A worker asks, once for each.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service import db
from service.access.actor import UPGRADE, Actor
from service.people import access_queries
from service.people.model import Person
from service.people.writes import access

BATCH: Final = 100
"""The most shares followed in one transaction."""


def follow_carried_over(now: datetime) -> None:
    """Ask the holders to confirm what was carried over, and note what has passed; for a worker.

    Args:
        now: a share that ends at this moment or before has passed.
    """
    while True:
        with db.transaction("worker") as session:
            followed = _follow(session, now)
        if followed < BATCH:
            return


def _follow(session: Session, now: datetime) -> int:
    """Follow some of the shares, each locked; return how many of the larger kind."""
    asking = access_queries.shares_to_confirm(session, now, BATCH)
    for share in asking:
        person = session.get_one(Person, share.person_id)
        access.ask_to_confirm(session, Actor.for_service(UPGRADE), person, share)
    passed = access_queries.shares_that_passed(session, now, BATCH)
    for share in passed:
        access.let_lapse(session, share)
    return max(len(asking), len(passed))
