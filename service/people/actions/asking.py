"""Asks the holder of a record for a share of it, from a side record, and takes the holder's answer.

Asking gives nothing: a share is given by the holder, in a call of its own, before it answers.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, timers
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.people import holding_queries, visibility, writes
from service.people.actions.deciding import require_act
from service.people.actions.recording import lock_records
from service.people.model import Person, ShareRequest
from service.people.policies import SHARES
from service.timers import Subject

TIMER: Final = "answer"


@bypasses_row_security
def ask_for_share(session: Session, actor: Actor, person: Person, asked: Mapping[str, Any]) -> ShareRequest:
    """Ask the holder of a CRN's record for a share, and start the holder's clock.

    Args:
        person: a side record that the caller's region holds, and the caller sees.
        asked: a valid `ShareRequestBody`.

    Raises:
        Problem: 409 when the record is the held one, or the last request has not been answered; 422 when the
            share would end before it begins.
    """
    record, held = lock_records(session, actor, person.id)
    if held is None or record.held:
        raise conflict("Your region holds this case.")
    if asked["until"] <= clock.now():
        raise invalid([Fault("/until", "Has passed.")])
    waiting = select(ShareRequest.id).where(
        ShareRequest.from_id == record.id, ShareRequest.answered_at.is_(None)
    )
    if session.scalar(waiting) is not None:
        raise conflict("The region that holds the case has been asked and must answer first.")
    request = writes.add_share_request(session, actor, record, held, asked)
    timers.start(
        session,
        actor,
        Subject("share_request", request.id),
        TIMER,
        policy=SHARES,
        case=holding_queries.clock_case(session, held, "share_request"),
        fresh=True,
    )
    return request


@bypasses_row_security
def answer_share_request(
    session: Session, actor: Actor, request: ShareRequest, *, given: bool, reason: str
) -> ShareRequest:
    """Answer a request for a share: it has been given, or it is declined.

    Args:
        request: about a record that the caller's region holds, and the caller sees.

    Raises:
        Problem: 409 when it has been answered, or no share of the record to that region is in force; 403 to
            who does not act for the case.
    """
    held, _ = lock_records(session, actor, request.person_id)
    session.refresh(request)
    if request.answered_at is not None:
        raise conflict("It has been answered.")
    require_act(session, actor, Act.SHARE, held)
    side = session.get_one(Person, request.from_id)
    if given and not visibility.has_share(session, held.id, side.holder_id):
        raise conflict("That region has no access to this case. Share the case with it first.")
    writes.answer_share_request(session, actor, request, held, side, given=given, reason=reason)
    timers.stop(session, Subject("share_request", request.id), "answered", TIMER)
    return request


def settle_requests_of_holder(session: Session, actor: Actor, held: Person, reason: str) -> None:
    """Answer what a region asked for before it came to hold the record itself.

    Args:
        held: locked, and held by the region that asked.
    """
    asked = (
        select(ShareRequest, Person)
        .join(Person, Person.id == ShareRequest.from_id)
        .where(
            ShareRequest.person_id == held.id,
            ShareRequest.answered_at.is_(None),
            Person.holder_id == held.holder_id,
        )
    )
    for request, side in session.execute(asked).all():
        writes.answer_share_request(session, actor, request, held, side, given=True, reason=reason)
        timers.stop(session, Subject("share_request", request.id), "answered", TIMER)
