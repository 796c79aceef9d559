"""The one door: the only place where a check or a check request is stored or changes its state.

Each passage sets the state, appends the event that explains it, records it on the audit trail, publishes it
to those who may know, and starts, pauses or stops the clocks, all in the caller's transaction.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit, clock, events, timers
from service.access.actor import Actor
from service.checks.kinds import KINDS
from service.checks.model import Check, CheckRequest, CheckRequestSubject
from service.checks.rules import Question, SubjectRef
from service.checks.states import (
    TABLE,
    UNANSWERED,
    UNSENT,
    Action,
    CheckState,
    Facts,
    Row,
    Side,
    State,
    check_state,
)
from service.db import new_id
from service.http.problems import Problem, conflict
from service.timers import ClockCase, Subject
from service.transitions import NotAllowed


def subject_of(request: CheckRequest) -> Subject:
    """Name a request as the subject of its clocks."""
    return Subject("check_request", request.id)


def lock(session: Session, check_id: uuid.UUID) -> Check:
    """Lock a check, and with it everything under it, and return it as it now is."""
    return session.scalars(
        select(Check).where(Check.id == check_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def lock_request(session: Session, request: CheckRequest) -> Check:
    """Lock the check of a request; the request is read again, so that its state is the one that counts."""
    check = lock(session, request.check_id)
    session.refresh(request)
    return check


def add_check(session: Session, actor: Actor, check: Check) -> None:
    """Store a newly raised check, whose id is set and whose state is not."""
    check.state, check.version = CheckState.OPEN, 1
    check.state_event_id = _check_event(session, actor, check, "check.raised", to_state=check.state)
    session.add(check)
    _record(session, actor, "collection", check, ("kind", "trigger_event", "urgency", "hard_date"))
    session.flush()


def add_request(
    session: Session, actor: Actor, check: Check, question: Question, *, follows: CheckRequest | None = None
) -> CheckRequest:
    """Store what one agency must be asked; see `add_requests`."""
    return add_requests(session, actor, check, [(question, follows)])[0]


def add_requests(
    session: Session, actor: Actor, check: Check, asked: Sequence[tuple[Question, CheckRequest | None]]
) -> list[CheckRequest]:
    """Store what agencies must be asked: the obligations exist from now on, whoever sends them and when.

    Args:
        check: locked, or new in this transaction.
        asked: each question, with the request that it carries on if there is one: its exposure counts from
            there, and it is no less urgent.
    """
    requests = [_required(session, actor, check, question, follows) for question, follows in asked]
    session.add_all(requests)
    session.flush()
    session.add_all(
        CheckRequestSubject(request_id=request.id, kind=kind, subject_id=id_)
        for request, (question, _) in zip(requests, asked, strict=True)
        for kind, id_ in sorted(set(question.subjects))
    )
    return requests


def _required(
    session: Session, actor: Actor, check: Check, question: Question, follows: CheckRequest | None
) -> CheckRequest:
    moment = clock.now()
    request = CheckRequest(
        id=new_id(),
        check_id=check.id,
        obligation=question.obligation,
        probation_id=check.probation_id,
        area=question.area,
        state=State.REQUIRED,
        version=1,
        missing=[],
        urgency="urgent" if "urgent" in {check.urgency, follows and follows.urgency} else "routine",
        hard_date=_sooner(check.hard_date, follows.hard_date if follows else None),
        exposed_since=follows.exposed_since if follows else moment,
        required_at=moment,
    )
    request.state_event_id = _request_event(
        session, actor, check, request, name=TABLE.initial[State.REQUIRED], to_state=State.REQUIRED
    )
    return request


def add_subjects(session: Session, request: CheckRequest, subjects: Iterable[SubjectRef]) -> None:
    """Add whom and where a request is about; what it already has is left alone."""
    rows = session.execute(
        select(CheckRequestSubject.kind, CheckRequestSubject.subject_id).where(
            CheckRequestSubject.request_id == request.id
        )
    )
    there = {(kind, id_) for kind, id_ in rows}
    session.add_all(
        CheckRequestSubject(request_id=request.id, kind=kind, subject_id=id_)
        for kind, id_ in sorted(set(subjects))
        if (kind, id_) not in there
    )


def require(request: CheckRequest, action: Action, *, side: Side, manager: bool = False) -> Row:
    """Return the row of the table that permits an action now, and change nothing.

    Args:
        side: on whose behalf: the service's for what follows by itself, whoever the caller is.
        manager: whether a manager is behind the call who may decide about this request.

    Raises:
        Problem: 409 when the table does not have it, with the state and what is allowed.
    """
    facts = Facts(manager)
    try:
        return TABLE.move(State(request.state), action, side, facts)
    except NotAllowed:
        raise not_now(request, "That cannot be done", side, facts) from None


def not_now(request: CheckRequest, words: str, side: Side, facts: Facts) -> Problem:
    """Return the refusal of something in a request's state: a 409 that says how else it may be moved."""
    state = State(request.state)
    allowed = TABLE.allowed(state, side, facts, at="transitions")
    return conflict(f"{words} while the request is {state}.", state=state, allowed=allowed)


def move(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    row: Row,
    *,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    fields: Iterable[str] = (),
    reason: str | None = None,
) -> None:
    """Move a request by one row of the table, with everything that belongs to it.

    Args:
        request: its check is locked, or new in this transaction.
        row: what permits it, as `require` returned it since the lock.
        data: codes for the event.
        changes: columns of the request that change with the state.
        fields: names of what else was written, for the audit trail.
        reason: for the audit trail; a code.
    """
    check = session.get_one(Check, request.check_id)
    before, after = State(request.state), row.target
    changes = dict(changes or {})
    # One UPDATE: the state, its event and what changes with it are never apart in the database.
    with session.no_autoflush:
        request.version += 1
        for name, value in changes.items():
            setattr(request, name, value)
        request.state_event_id = _request_event(
            session,
            actor,
            check,
            request,
            name=row.event,
            from_state=before,
            to_state=after,
            data=data,
        )
        request.state = after
    verb = "collection" if before is State.REQUIRED else "alteration"
    _record(session, actor, verb, request, {"state", *changes, *fields}, reason=reason)
    _clocks(session, actor, request, before, after)
    check.version += 1
    if check.state != CheckState.OPEN or not {before, after} <= UNANSWERED:
        count(session, actor, check)


def count(session: Session, actor: Actor, check: Check) -> None:
    """Count a check's state again from its requests, and say so if it has changed."""
    found = session.scalars(select(CheckRequest.state).where(CheckRequest.check_id == check.id))
    counted = check_state(map(State, found), not_required=check.not_required_by is not None)
    if counted == check.state:
        return
    name = "check.reopened" if counted is CheckState.OPEN else f"check.{counted}"
    check.state_event_id = _check_event(session, actor, check, name, from_state=check.state, to_state=counted)
    check.state = counted
    session.flush()


def decide_not_required(session: Session, actor: Actor, check: Check, *, manager: str, reason: str) -> None:
    """Put a manager's decision on a check whose unanswered requests are about to be cancelled."""
    check.not_required_by, check.not_required_reason = manager, reason
    check.not_required_at = clock.now()
    fields = ("not_required_by", "not_required_reason")
    _record(session, actor, "override", check, fields, reason="not_required")


def still_waiting(session: Session, actor: Actor, request: CheckRequest, changes: Mapping[str, Any]) -> None:
    """Record that what a waiting request waits for has changed; its state and its clock stay as they are."""
    for name, value in changes.items():
        setattr(request, name, value)
    record_event(session, actor, request, "check_request.details_changed", changes)


def urge(session: Session, actor: Actor, request: CheckRequest, hard_date: datetime | None) -> None:
    """Raise a request to urgent, or bring its hard date forward; never the other way."""
    check = session.get_one(Check, request.check_id)
    check.urgency, check.hard_date = "urgent", _sooner(check.hard_date, hard_date)
    sooner = _sooner(request.hard_date, hard_date)
    if request.urgency == "urgent" and request.hard_date == sooner:
        return
    request.urgency, request.hard_date = "urgent", sooner
    record_event(session, actor, request, "check_request.urgency_raised", ("urgency", "hard_date"))
    timers.raise_urgency(session, subject_of(request), hard_date=request.hard_date)


def record_event(
    session: Session, actor: Actor, request: CheckRequest, name: str, fields: Iterable[str]
) -> None:
    """Mark that something other than the state of a request changed: a new version, an event, an audit entry.

    Args:
        name: of the event.
        fields: names of what changed.
    """
    check = session.get_one(Check, request.check_id)
    request.version += 1
    check.version += 1
    _request_event(session, actor, check, request, name=name)
    session.flush()
    _record(session, actor, "alteration", request, fields)


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _clocks(session: Session, actor: Actor, request: CheckRequest, before: State, after: State) -> None:
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
    elif after not in UNANSWERED:
        timers.stop(session, subject, reason="cancelled" if after is State.CANCELLED else "superseded")


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
    timers.start(
        session,
        actor,
        subject_of(request),
        timer,
        policy="review.due" if timer == "review" else KINDS[check.kind].policy_key,
        case=ClockCase(
            referral_id=check.referral_id,
            person_id=check.person_id,
            probation_id=check.probation_id,
            responder_id=request.agency_id if timer == "answer" else None,
            practitioner=check.practitioner,
            pdu=check.pdu,
            label=check.kind,
        ),
        anchor=anchor,
        exposed_since=request.exposed_since,
        hard_date=None if timer == "review" else request.hard_date,
        urgency="urgent" if request.urgency == "urgent" else "routine",
        fresh=fresh,
    )


def _check_event(session: Session, actor: Actor, check: Check, name: str, **states: str | None) -> uuid.UUID:
    return events.append(
        session,
        actor,
        name,
        subject_kind="check",
        subject_id=check.id,
        audience=(check.probation_id,),
        person_id=check.person_id,
        referral_id=check.referral_id,
        version=check.version,
        data={"kind": check.kind, "cycle": check.cycle},
        **states,
    )


def _request_event(
    session: Session,
    actor: Actor,
    check: Check,
    request: CheckRequest,
    *,
    name: str,
    data: Mapping[str, Any] | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
) -> uuid.UUID:
    audience = [check.probation_id]
    # An agency learns of a request when it is sent, and of everything after that.
    if request.agency_id is not None and request.sent_at is not None and to_state not in UNSENT:
        audience.append(request.agency_id)
    return events.append(
        session,
        actor,
        name,
        subject_kind="check_request",
        subject_id=request.id,
        audience=audience,
        person_id=check.person_id,
        referral_id=check.referral_id,
        from_state=from_state,
        to_state=to_state,
        version=request.version,
        data={"kind": check.kind, "urgency": request.urgency, **(data or {})},
    )


def _record(
    session: Session,
    actor: Actor,
    verb: str,
    row: Check | CheckRequest,
    fields: Iterable[str],
    *,
    reason: str | None = None,
) -> None:
    check = row if isinstance(row, Check) else session.get_one(Check, row.check_id)
    audit.record(
        session,
        actor,
        verb,
        object_kind="check" if isinstance(row, Check) else "check_request",
        object_id=row.id,
        object_version=row.version,
        person_id=check.person_id,
        fields=fields,
        reason=reason,
    )
