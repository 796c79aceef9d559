"""Ends every question about somebody whose case has ended for good; each agency asked reads why."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.model import Check
from service.checks.states import UNANSWERED, UNSENT, Action, State

WORDS: Final[Mapping[str, str]] = {
    "died": "The person has died.",
    "entered_in_error": "The case was entered in error: this is not the person who was meant.",
}
"""Why a question has ended, as the agency reads it, by the code of the reason."""
OPENED: Final = "case.opened"
"""The trigger of the checks of a case that was opened with no destination."""


@bypasses_row_security
def close_all(session: Session, person_id: UUID, reason: str) -> None:
    """Cancel every unanswered request about a person.

    Args:
        person_id: whose checks are locked here.
        reason: a code of `WORDS`.
    """
    actor = Actor.for_service("checks")
    checks = writes.lock_record(session, person_id)
    requests = [
        request
        for request in queries.requests_of(session, list(checks))
        if State(request.state) in UNANSWERED
    ]
    asked = [request for request in requests if State(request.state) not in UNSENT]
    moves = [
        writes.Move(
            request,
            writes.require(request, Action.CANCEL, side="service"),
            fields=("reason",),
            reason=reason,
        )
        for request in requests
    ]
    writes.move_all(session, actor, moves)
    for request in asked:
        writes.add_message(session, actor, request, "cancellation", WORDS[reason])


@bypasses_row_security
def await_reviews(session: Session, person_id: UUID) -> None:
    """Have every answer reviewed that nobody has reviewed, of a case that goes on after all.

    Args:
        person_id: whose checks are locked here.
    """
    requests = queries.requests_of(session, list(writes.lock_record(session, person_id)))
    due = queries.reviews_due(session, requests)
    for request in requests:
        if request.id in due.to_do or request.id in due.waiting:
            writes.await_review(session, Actor.for_service("checks"), request)


@bypasses_row_security
def was_opened(session: Session, person_id: UUID) -> bool:
    """Return whether the case of a person was opened for itself, with no referral."""
    opened = select(Check.id).where(Check.person_id == person_id, Check.trigger_event == OPENED)
    return session.scalar(opened.limit(1)) is not None
