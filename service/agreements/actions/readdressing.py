"""Asks somebody else where the manager who was asked can no longer decide: who is excluded, or has left.

As an escalation does, it falls to the role that was asked, and upward past whoever may not know or decide.
"""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.agreements import queries, writes
from service.agreements.kinds import KINDS
from service.agreements.model import Agreement
from service.organisations import register
from service.timers.roles import FALLS_TO


@bypasses_row_security
def pass_over(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, staff_id: str) -> None:
    """Ask somebody else for what waits in a case of which a member of staff may no longer know.

    Args:
        organisation_id: whose member of staff it is.
    """
    for asked in queries.waiting_of_person(session, person_id, organisation_id):
        by_name = asked.staff_id == staff_id
        if by_name or asked.staff_id is None:
            role = _asked_now(session, asked)
            if by_name or role != asked.role:
                writes.readdress(session, asked, role)


def follow_one(session: Session, now: datetime) -> bool:
    """Ask somebody else for one decision whose manager has left, or decides nothing any more; for a worker.

    Returns:
        Whether there was one.
    """
    asked = queries.asked_of_nobody(session, now)
    if asked is None:
        return False
    writes.readdress(session, asked, _asked_now(session, asked))
    return True


def _asked_now(session: Session, asked: Agreement) -> str:
    """Return the role that is asked today: the one that was, or the next one up that somebody holds."""
    role: str | None = asked.role
    while role is not None:
        if role in KINDS[asked.kind].roles and any(
            who not in asked.barred
            and queries.may_know_of(session, asked.person_id, asked.organisation_id, who)
            for who in register.holders(session, asked.organisation_id, role, asked.unit)
        ):
            return role
        role = FALLS_TO[role]
    return asked.role
