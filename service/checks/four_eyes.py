"""Four eyes for checks: the matter of a decision, and what the caller did in the case. Reads only."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session, object_session

from service import agreements, timers
from service.access.actor import Actor
from service.access.case_acts import Act, may_act
from service.access.four_eyes import Matter, OwnWork, may_decide
from service.checks.model import Check, CheckJoined, CheckRequest, CheckReview
from service.checks.queries import facts_about
from service.checks.states import UNSENT, Facts
from service.events.model import Event
from service.gathering import rows_of
from service.people import holding_queries
from service.people.actions.deciding import own_work

_KINDS: Final = frozenset(
    {
        "check_not_required",
        "check_request_cancelled",
        "wrong_person_stopped",
        "review_countersigned",
        "nil_return_drawn",
        "check_review_endorsed",
    }
)
"""What a manager may be asked to agree to about a check."""

# A page of checks asks this of every row, more than once.
_ID, _PRACTITIONER = attrgetter("id"), attrgetter("practitioner")

_ASKED_FOR: Final[ColumnElement[bool]] = or_(
    Event.name.in_(("check.raised", "check_request.required")),
    # Not a practitioner who only answered the agency's question.
    and_(Event.name == "check_request.requested", Event.from_state.in_(UNSENT)),
    and_(
        Event.name == "check_request.question_changed",
        Event.data["because"].astext.in_(("joined", "asked_again")),
    ),
)
"""The events whose practitioner asked for a check or a request, or recorded what raised it."""


def own_work_on(session: Session, actor: Actor, checks: Iterable[Check]) -> OwnWork:
    """Return what the caller did in the cases that checks belong to, and how they stand to them."""
    return own_work(session, actor, {check.person_id for check in checks}, asked_for=_ASKED_FOR)


def matter_of(check: Check, requests: Sequence[CheckRequest], reviews: Sequence[CheckReview] = ()) -> Matter:
    """Return the matter of a decision about a check.

    Args:
        requests: those decided about.
        reviews: those to be agreed with.
    """
    return Matter(
        person_id=check.person_id,
        practitioners=frozenset({check.practitioner, *map(_PRACTITIONER, reviews)}),
        subjects=frozenset({check.id, *_served(requests), *map(_ID, requests), *map(_ID, reviews)}),
        kinds=_KINDS,
    )


def _served(requests: Sequence[CheckRequest]) -> set[UUID]:
    """Return the further checks that requests serve: whoever raised one asked for the request, too."""
    session = object_session(requests[0]) if requests else None
    if session is None:
        return set()
    joined = rows_of(session, CheckJoined.request_id, [request.id for request in requests])
    return {one.check_id for one in joined}


def facts_of(actor: Actor, check: Check, request: CheckRequest, own: OwnWork) -> Facts:
    """Return what the table of requests must know of a request and of a caller.

    Args:
        own: what this caller did in the case, and how they stand to it.
    """
    if actor.side != "probation":
        return facts_about(request)
    acts = may_act(actor, Act.STOP_WRONG_PERSON, check.person_id, own)
    manager = may_decide(actor, matter_of(check, [request]), own)
    return facts_about(request, manager=manager, acts=acts)


def found_of(
    session: Session,
    check: Check,
    row: Check | CheckRequest | CheckReview,
    requests: Sequence[CheckRequest],
    reviews: Sequence[CheckReview] = (),
) -> agreements.Found:
    """Return what a decision about a check is about.

    Args:
        check: locked.
        row: what it is about itself.
        requests, reviews: as of `matter_of`.
    """
    caretaker = holding_queries.caretaker_of(session, check.person_id)
    case = timers.ClockCase(
        referral_id=check.referral_id,
        person_id=check.person_id,
        probation_id=check.probation_id,
        responder_id=None,
        practitioner=check.practitioner,
        pdu=check.pdu,
        label=check.kind,
        caretaker=caretaker.id,
        caretaker_until=caretaker.until,
    )
    return agreements.Found(row, case, matter_of(check, requests, reviews))
