"""Starts, pauses and stops the clocks of a check request as its state changes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from service import timers
from service.access.actor import Actor
from service.checks.basis import has_basis
from service.checks.kinds import KINDS
from service.checks.model import Check, CheckRequest
from service.checks.policies import DUE, LATE_ANSWER
from service.checks.states import SET_ASIDE, State
from service.people import holding_queries
from service.timers import ClockCase, Subject


def subject_of(request: CheckRequest) -> Subject:
    """Return a request as the subject of its clocks."""
    return Subject("check_request", request.id)


def follow_states(session: Session, actor: Actor, moved: Iterable[tuple[CheckRequest, State, State]]) -> None:
    """Start, pause, resume or stop the clocks of requests, each moved from one state to another."""
    set_aside: dict[str, list[Subject]] = {}
    for request, before, after in moved:
        if after in SET_ASIDE:
            reason = "cancelled" if after is State.CANCELLED else "superseded"
            set_aside.setdefault(reason, []).append(subject_of(request))
        else:
            _follow_state(session, actor, request, before, after)
    for reason, subjects in set_aside.items():
        timers.stop_all(session, subjects, reason)


def _follow_state(session: Session, actor: Actor, request: CheckRequest, before: State, after: State) -> None:
    subject = subject_of(request)
    if after is State.AWAITING_DETAILS:
        _start(session, actor, request, "ask", anchor=request.exposed_since, fresh=True)
    elif after is State.RETURNED_FOR_INFORMATION:
        timers.pause(session, subject, "answer", reason=after)
    elif before is State.RETURNED_FOR_INFORMATION and after in {State.REQUESTED, State.PARTIALLY_RETURNED}:
        timers.resume(session, subject, "answer")
    elif after is State.REQUESTED:
        if before is State.AWAITING_DETAILS:
            timers.stop(session, subject, reason="asked", timer="ask")
        _start(session, actor, request, "answer", fresh=before is State.REQUIRED)
    elif after is State.RETURNED:
        timers.stop(session, subject, reason="answered", timer="answer")
        _start(session, actor, request, "review")
    elif after is State.REVIEWED:
        timers.stop(session, subject, reason="reviewed")


def _review_policy(session: Session, check: Check) -> str:
    return DUE if has_basis(session, check.person_id, check.probation_id) else LATE_ANSWER


def _start(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    timer: Literal["ask", "answer", "review"],
    *,
    anchor: datetime | None = None,
    fresh: bool = False,
) -> None:
    check = session.get_one(Check, request.check_id)
    caretaker = holding_queries.caretaker_of(session, check.person_id)
    timers.start(
        session,
        actor,
        subject_of(request),
        timer,
        policy=_review_policy(session, check) if timer == "review" else KINDS[check.kind].policy_key,
        case=ClockCase(
            referral_id=check.referral_id,
            person_id=check.person_id,
            probation_id=check.probation_id,
            responder_id=request.agency_id if timer == "answer" else None,
            practitioner=check.practitioner,
            pdu=check.pdu,
            label=check.kind,
            caretaker=caretaker.id,
            caretaker_until=caretaker.until,
        ),
        anchor=anchor,
        exposed_since=request.exposed_since,
        hard_date=None if timer == "review" else request.hard_date,
        urgency="urgent" if request.urgency == "urgent" else "routine",
        fresh=fresh,
    )
