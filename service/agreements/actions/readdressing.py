"""Asks somebody else where the manager who was asked can no longer decide: who is excluded, or has left.

As an escalation does, it falls to the role that was asked, and upward past whoever may not know or decide.
"""

import uuid
from collections.abc import Collection
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


def role_to_ask(
    session: Session,
    kind: str,
    role: str,
    *,
    person_id: uuid.UUID,
    organisation_id: uuid.UUID,
    unit: str | None,
    barred: Collection[str],
) -> str:
    """Return the role to ask today: the one that is meant, or the next one up that somebody holds.

    Args:
        kind: of the agreement.
        role: that is meant; it is asked too where nobody may decide.
        barred: those who may not decide.
    """
    chain = [role]
    while (above := FALLS_TO[chain[-1]]) is not None:
        chain.append(above)
    posts = register.posts_now(session, organisation_id, [one for one in chain if one in KINDS[kind].roles])
    there = {one: set(register.holding_today(held, unit)) for one, held in posts.items()}
    knowing = queries.who_may_know(session, person_id, organisation_id, set().union(*there.values()))
    return next((one for one in chain if (knowing & there.get(one, set())).difference(barred)), role)


def _asked_now(session: Session, asked: Agreement) -> str:
    return role_to_ask(
        session,
        asked.kind,
        asked.role,
        person_id=asked.person_id,
        organisation_id=asked.organisation_id,
        unit=asked.unit,
        barred=asked.barred,
    )
