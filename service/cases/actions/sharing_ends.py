"""A worker follows the end of sharing, one referral a transaction, so that one holds back no other."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from service import db
from service.cases.queries import outstanding
from service.people.model import Person
from service.referrals.actions.sharing import follow_end
from service.referrals.model import Referral


def follow_sharing(now: datetime) -> None:
    """Follow every end of sharing that has come or is near; for a worker."""
    del now  # what is due is decided by the clock inside, as everywhere
    more = True
    while more:
        with db.transaction("worker") as session:
            more = follow_end(session, _still_open)


def _still_open(session: Session, referral: Referral) -> Mapping[str, int]:
    person = session.get_one(Person, referral.person_id)
    return Counter(one["kind"] for one in outstanding(session, person))
