"""Sends what waits for a name on what identifies its subject otherwise, when there is no time left to ask.

That is after everybody on the ask ladder has been notified, or at once where danger is alleged. What nothing
identifies waits on, and goes on climbing.
"""

import uuid

from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import sending
from service.checks.kinds import KINDS
from service.checks.model import CheckRequest
from service.checks.people_facts import household_of
from service.checks.states import State
from service.people.model import Person
from service.timers import last_steps


@bypasses_row_security
def ask_by_description(
    session: Session, actor: Actor, person_id: uuid.UUID, *, only: uuid.UUID | None = None
) -> None:
    """Have the requests of a person that wait for details go out without a name, now or when they can.

    Args:
        only: this request alone.
    """
    writes.lock_record(session, person_id)
    requests = queries.requests_about(session, person_id)
    waiting = [
        request
        for request in requests
        if request.state == State.AWAITING_DETAILS
        and (only is None or request.id == only)
        and KINDS[request.kind].allowed.describes
    ]
    if not waiting:
        return
    household = household_of(session, session.get_one(Person, person_id))
    queries.subjects_of(session, [request.id for request in waiting])  # read at once, for all of them
    for request in waiting:
        kind = KINDS[request.kind]
        if not request.by_description:
            writes.change_details(session, actor, request, {"by_description": True})
        question = sending.now(household, kind, request, writes.subjects_in(session, request))
        if question is not None:
            sending.send_or_wait(session, actor, request, question)


def _ask_ladder_is_over(request_id: uuid.UUID) -> None:
    with db.transaction("worker") as session:
        request = session.get(CheckRequest, request_id)
        if request is not None and request.state == State.AWAITING_DETAILS and not request.by_description:
            ask_by_description(session, Actor.for_service("asking"), request.person_id, only=request_id)


last_steps.register("check_request", "ask", _ask_ladder_is_over)
