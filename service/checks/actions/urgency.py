"""Makes requests urgent: those of a referral, or about an address. An urgent one never becomes routine."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.model import Check
from service.checks.states import UNANSWERED, State


@bypasses_row_security
def raise_urgency(
    session: Session, actor: Actor, referral_id: uuid.UUID, *, hard_date: datetime | None = None
) -> None:
    """Make every unanswered request of a referral urgent.

    Args:
        hard_date: a release, hearing or move that fixes when the answers are needed; never put back.
    """
    found = session.scalars(select(Check.person_id).where(Check.referral_id == referral_id).limit(1))
    checks = writes.lock_record(session, found.one())
    of_referral = [check.id for check in checks.values() if check.referral_id == referral_id]
    requests = queries.requests_of(session, of_referral)
    unanswered = [request for request in requests if State(request.state) in UNANSWERED]
    writes.note_urgent(session, unanswered)
    writes.make_urgent(session, actor, checks, unanswered, hard_date)


@bypasses_row_security
def raise_urgency_of_address(session: Session, actor: Actor, address_id: uuid.UUID) -> None:
    """Make every unanswered request about an address urgent."""
    asked = queries.outstanding_for_address(session, address_id)
    if not asked:
        return
    checks = writes.lock_record(session, asked[0].person_id)
    # As they stand now that they are locked.
    asked = queries.outstanding_for_address(session, address_id)
    writes.note_urgent(session, asked, address_id=address_id)
    writes.make_urgent(session, actor, checks, asked, None)
