"""Marks what repeats an open destination referral once two records are one person's, and takes that back."""

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.destinations.states import OPEN
from service.people.model import Person
from service.referrals import writes
from service.referrals.model import DestinationReferral
from service.referrals.queries import parts_of, referrals_of_person


@bypasses_row_security
def follow_person(session: Session, person: Person) -> None:
    """Mark what repeats the oldest that is open with a destination, by all records that are the person's now.

    Args:
        person: whose referrals are locked; what was marked by a record that is another's again is not so.
    """
    referrals = referrals_of_person(session, person.id, person.holder_id)
    parts = sorted(parts_of(session, *referrals), key=lambda part: part.created_at)
    known = {part.id for part in parts}
    oldest: dict[str, DestinationReferral] = {}
    for part in parts:
        was = part.duplicate_of_id if part.duplicate_of_id in known else None
        first = oldest.setdefault(part.key, part) if part.state in OPEN else part
        is_now = first.id if was is None and first is not part else was
        if is_now != part.duplicate_of_id:
            writes.mark_repeat(part, is_now)
