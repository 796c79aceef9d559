"""Four eyes for checks: the matter of a decision, and what the caller did in the case. Reads only."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.four_eyes import Matter, OwnWork
from service.checks.model import Check, CheckRequest, CheckReview
from service.checks.states import UNSENT
from service.events.model import Event
from service.people.actions.deciding import own_work

_ASKED_FOR: Final[ColumnElement[bool]] = or_(
    Event.name.in_(("check.raised", "check_request.required")),
    # Not a practitioner who only answered the agency's question.
    and_(Event.name == "check_request.requested", Event.from_state.in_(UNSENT)),
)
"""The events whose practitioner asked for a check or a request, or recorded what raised it."""


def own_work_on(session: Session, actor: Actor, checks: Iterable[Check]) -> OwnWork:
    """Return what the caller did in the cases that checks belong to."""
    return own_work(session, actor, {check.person_id for check in checks}, asked_for=_ASKED_FOR)


def matter_of(check: Check, requests: Iterable[CheckRequest], reviews: Iterable[CheckReview] = ()) -> Matter:
    """Return the matter of a decision about a check.

    Args:
        requests: those decided about.
        reviews: those to be agreed with.
    """
    return Matter(
        person_id=check.person_id,
        practitioners=frozenset({check.practitioner, *(review.practitioner for review in reviews)}),
        subjects=frozenset({check.id, *(request.id for request in requests)}),
    )
