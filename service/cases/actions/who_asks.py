"""Who asks: a worker tells agencies when somebody else answers for a case, or by another phone.

A caretaker's time ends by itself, and a name or phone is put right in the staff register: nobody records it
in the case.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import text

from service import db
from service.access.actor import Actor
from service.checks import actions as checks
from service.checks.states import WITH_AGENCY, State

_OTHERWISE: Final = text("""
    SELECT DISTINCT r.person_id, s.organisation_id
    FROM check_request r
    JOIN check_question q ON q.request_id = r.id AND q.version = r.question_version
    JOIN case_holding h ON h.person_id = r.person_id AND h.ended_at IS NULL
        AND h.organisation_id = r.probation_id
    JOIN staff s ON s.organisation_id = h.organisation_id
        AND s.id = lower(CASE WHEN h.caretaker_until > :now THEN h.caretaker_id ELSE h.practitioner_id END)
    WHERE r.state = ANY(:states) AND q.document -> 'asked_by' ->> 'name' IS NOT NULL
      AND (q.document -> 'asked_by' ->> 'name' <> s.name
           OR s.phone IS NOT NULL AND s.phone IS DISTINCT FROM q.document -> 'asked_by' ->> 'phone')
    ORDER BY r.person_id
""")
"""The people about whom an agency has been told of somebody else than answers for the case now."""


def follow_who_asks(now: datetime) -> None:
    """Tell every agency that is to answer whom to ring by now; for a worker, one person a transaction."""
    states = sorted({*WITH_AGENCY, State.REFUSED})
    with db.transaction("worker") as session:
        found = session.execute(_OTHERWISE, {"now": now, "states": states}).all()
    for person_id, organisation_id in found:
        with db.transaction("worker") as session:
            checks.tell_who_asks(session, Actor.for_service("register", organisation_id), person_id)
