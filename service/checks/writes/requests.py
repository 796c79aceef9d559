"""Writes checks and check requests, and changes their state.

Each change sets the state, appends the event that explains it, records it on the audit trail, publishes it to
those who may see it, and starts, pauses or stops the clocks, all in the caller's transaction.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from service import agreements, audit, clock, events, settling, timers
from service.access.actor import Actor
from service.checks import queries
from service.checks.basis import has_basis
from service.checks.model import Check, CheckReason, CheckRequest
from service.checks.reasons import Reason, SaidSince
from service.checks.rules import Question
from service.checks.states import (
    SET_ASIDE,
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
from service.checks.writes import clocks, disputes, questions
from service.checks.writes.questions import add_subjects
from service.db import new_id
from service.http.problems import Problem, conflict
from service.transitions import NotAllowed

_ASKED_ANEW = "check_request.reinstated"
"""The event that says that what had been stopped is asked after all."""
_CHANGES: Final = tuple(
    column.key
    for column in CheckRequest.__table__.columns
    if column.key not in {"id", "check_id", "person_id", "kind", "obligation", "family", "required_at"}
)
"""The columns of a request that may change."""
_LOCKED: Final = "records_whose_checks_are_locked"


class Move(NamedTuple):
    """One move of a request, as `move` makes it."""

    request: CheckRequest
    row: Row
    data: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] | None = None
    fields: Iterable[str] = ()
    reason: str | None = None


def lock(session: Session, check: Check) -> Check:
    """Lock the checks of a record, of which this is one, and return it as it now is; see `lock_record`."""
    return lock_record(session, check.person_id)[check.id]


def lock_record(session: Session, person_id: uuid.UUID) -> dict[uuid.UUID, Check]:
    """Lock every check about a person in a fixed order, and return them by their ids as they now are.

    Nobody else raises one meanwhile. A request may serve several of them, and so they are locked together.
    """
    transaction = (session.get_transaction(), session.get_nested_transaction())
    locked: set[uuid.UUID] = session.info.setdefault(_LOCKED, {}).setdefault(transaction, set())
    if person_id in locked:
        return {check.id: check for check in queries.checks_about(session, person_id)}
    locked.add(person_id)
    key = int.from_bytes(person_id.bytes[:8], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(key)))
    found = session.scalars(
        select(Check)
        .where(Check.person_id == person_id)
        .order_by(Check.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {check.id: check for check in found}


def lock_request(session: Session, request: CheckRequest) -> Check:
    """Lock the checks of a request's record; the request is read again, so that its state counts."""
    checks = lock_record(session, request.person_id)
    session.refresh(request)
    return checks[request.check_id]


def add_check(session: Session, actor: Actor, *, reason: Reason | None = None, **facts: Any) -> Check:
    """Add a newly raised check.

    Args:
        reason: the change of circumstance because of which it is raised.
        facts: the columns that say what is asked about which case.
    """
    check = Check(id=new_id(), raised_at=clock.now(), state=CheckState.OPEN, version=1, **facts)
    check.state_event_id = _check_event(session, actor, check, "check.raised", to_state=check.state)
    session.add(check)
    if reason is not None:
        session.add(CheckReason(check_id=check.id, **reason._asdict()))
    _record(session, actor, "collection", check, ("kind", "trigger_event", "urgency", "hard_date"))
    return check


def add_request(
    session: Session,
    actor: Actor,
    check: Check,
    question: Question,
    *,
    follows: CheckRequest | None = None,
    redirects: int = 0,
) -> CheckRequest:
    """Add the request to one agency; see `add_requests`.

    Args:
        redirects: how often agencies have redirected the question.
    """
    (request,) = add_requests(session, actor, check, [(question, follows)], by_each=True)
    request.redirects = redirects
    return request


def add_requests(
    session: Session,
    actor: Actor,
    check: Check,
    asked: Sequence[tuple[Question, CheckRequest | None]],
    *,
    by_description: bool = False,
    by_each: bool = False,
    urgent: bool | None = None,
) -> list[CheckRequest]:
    """Add the requests of a check. They are owed from now on, even while they cannot be sent.

    Args:
        check: locked, or new in this transaction.
        asked: each question, with the request that it continues, if there is one: the exposure counts from
            that request, and the new one is no less urgent.
        by_description: they go out on what identifies their subjects without a name.
        by_each: each subject stays as urgent as it was; else what is urgent is so for all of them.
        urgent: whether they are so by the check; None: as the check is.
    """
    hurried = check.urgency == "urgent" if urgent is None else urgent
    requests = [
        _required(session, actor, check, question, follows, urgent=hurried) for question, follows in asked
    ]
    for request in requests:
        request.by_description = request.by_description or by_description
    session.add_all(requests)
    for request, (question, follows) in zip(requests, asked, strict=True):
        add_subjects(session, request, question, follows=follows)
    if not by_each:
        questions.note_urgent(session, [one for one in requests if one.urgency == "urgent"])
    return requests


def _required(
    session: Session,
    actor: Actor,
    check: Check,
    question: Question,
    follows: CheckRequest | None,
    *,
    urgent: bool,
) -> CheckRequest:
    moment = clock.now()
    request = CheckRequest(
        id=new_id(),
        check_id=check.id,
        person_id=check.person_id,
        kind=check.kind,
        obligation=question.obligation,
        probation_id=check.probation_id,
        area=question.area,
        area_on_record=question.area if follows is None else follows.area_on_record,
        family=question.family,
        state=State.REQUIRED,
        version=1,
        missing=[],
        question_version=0,
        acknowledged_version=0,
        redirects=0,
        urgency="urgent" if urgent or (follows and follows.urgency == "urgent") else "routine",
        hard_date=_earlier(check.hard_date, follows.hard_date if follows else None),
        exposed_since=follows.exposed_since if follows else moment,
        required_at=moment,
        by_description=follows is not None and follows.by_description,
    )
    request.state_event_id = _request_event(
        session, actor, check, request, name=TABLE.initial[State.REQUIRED], to_state=State.REQUIRED
    )
    return request


def require(
    request: CheckRequest,
    action: Action,
    *,
    side: Side,
    manager: bool = False,
    acts: bool = False,
    without_answer: State | None = None,
) -> Row:
    """Return the row of the table that permits an action now, and change nothing.

    Args:
        side: who moves the request: the service for a consequence of something else, whoever the caller is.
        manager, acts, without_answer: as of `Facts`.

    Raises:
        Problem: 409 when the table has no such row, with the state and the allowed actions.
    """
    facts = queries.facts_about(request, manager=manager, acts=acts, without_answer=without_answer)
    try:
        return TABLE.move(State(request.state), action, side, facts)
    except NotAllowed:
        raise not_now(request, "That cannot be done", side, facts) from None


def not_now(request: CheckRequest, refused: str, side: Side, facts: Facts) -> Problem:
    """Return the refusal of an action in a request's present state: a 409 with the allowed actions."""
    state = State(request.state)
    allowed = TABLE.allowed(state, side, facts, at="transitions")
    return conflict(f"{refused} while the request is {state}.", state=state, allowed=allowed)


def replaced(request: CheckRequest, by: CheckRequest) -> Move:
    """Return the move by which another request replaces one, and carries its question on.

    Raises:
        Problem: 409 when its state does not permit it.
    """
    row = require(request, Action.SUPERSEDE, side="service")
    return Move(request, row, data={"succeeded_by": by.id}, changes={"succeeded_by_id": by.id})


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
    """Move a request by one row of the table, with its event, audit entry and clocks.

    Args:
        request: its check is locked, or new in this transaction.
        row: the row that permits it, as `require` returned it after the lock.
        data: codes for the event.
        changes: columns of the request that change with the state.
        fields: names of other things that were written, for the audit trail.
        reason: for the audit trail; a code.
    """
    move_all(session, actor, [Move(request, row, data, changes, fields, reason)])


def move_all(session: Session, actor: Actor, moves: Sequence[Move]) -> None:
    """Move several requests; see `move`. Clocks are stopped together, and each check is counted once."""
    checks: dict[uuid.UUID, Check] = {}
    moved: list[tuple[CheckRequest, State, Row]] = []
    to_review = _parts_to_review(session, moves)

    def change(each: Move) -> None:
        check = checks[each.request.check_id] = session.get_one(Check, each.request.check_id)
        moved.append((each.request, _change_state(session, actor, check, each), each.row))

    for each in moves:
        change(each)
        if each.request.id in to_review:
            change(_kept_as_an_answer(session, each.request))
    clocks.follow_moves(session, actor, moved)
    changed = set()
    serves = questions.checks_served(session, [request for request, *_ in moved])
    for request, before, row in moved:
        for check in (checks[request.check_id], *serves[request.id]):
            checks[check.id] = check
            check.version += 1
            if check.state != CheckState.OPEN or not {before, row.target} <= UNANSWERED:
                changed.add(check.id)
    for check in checks.values():
        if check.id in changed:
            recount(session, actor, check)
    _end_what_was_asked(session, checks.values(), moved)
    settled = [
        request
        for request, _, row in moved
        if row.target not in UNANSWERED or row.action is Action.SETTLE_REDIRECT
    ]
    end_disputes(session, actor, settled)


def end_disputes(session: Session, actor: Actor, settled: Iterable[CheckRequest]) -> None:
    """End the disputes that some requests are part of; see `disputes.end`."""
    for other in disputes.end(session, settled):
        record_event(session, actor, other, "check_request.redirect_settled", ("disputed_by",))


def _parts_to_review(session: Session, moves: Iterable[Move]) -> frozenset[uuid.UUID]:
    """Return the requests that are set aside while a part of their answer waits for a review."""
    set_aside = [
        each.request
        for each in moves
        if each.row.target in SET_ASIDE and each.row.action is not Action.LEAVE_NO_ANSWER
    ]
    due = queries.reviews_due(session, set_aside)
    return due.to_do | due.waiting.keys()


def _kept_as_an_answer(session: Session, request: CheckRequest) -> Move:
    """Return the move by which what an agency has answered stays, though it is asked no longer for the rest.

    As if it had come late: the agency is not shown the document again.
    """
    last = queries.standing_results_of(session, request)[-1]
    changes = {"answered_at": last.returned_at, "asked_no_longer": True}
    row = require(request, Action.COMPLETE, side="service")
    return Move(request, row, {"result": last.id, "number": last.number}, changes)


def _end_what_was_asked(
    session: Session, checks: Iterable[Check], moved: Iterable[tuple[CheckRequest, State, Row]]
) -> None:
    """Let what a manager was asked for lapse where there is nothing to cancel, or to do without, any more."""
    ended = [
        request.id for request, before, row in moved if before in UNANSWERED and row.target not in UNANSWERED
    ]
    if ended:
        over = [check.id for check in checks if check.state != CheckState.OPEN]
        agreements.lapse(session, [*ended, *over], "check_request_cancelled", "check_not_required")


def _change_state(session: Session, actor: Actor, check: Check, move: Move) -> State:
    request = move.request
    before, after = State(request.state), move.row.target
    changes = dict(move.changes or {})
    if after not in UNANSWERED and request.asks_about is not None:
        changes["asks_about"] = None  # nobody waits for an answer to it any more
    # One UPDATE: the database never holds a state without its event and the columns that change with it.
    _count_version(request)
    for name, value in changes.items():
        setattr(request, name, value)
    request.state_event_id = _request_event(
        session,
        actor,
        check,
        request,
        name=move.row.event,
        from_state=before,
        to_state=after,
        data=move.data,
    )
    request.state = after
    if (before in UNANSWERED) != (after in UNANSWERED):
        settling.mark(session, actor, request.person_id, only=settling.DEPARTURE_GATE)
    verb = "collection" if before is State.REQUIRED else "alteration"
    _record(session, actor, verb, request, {"state", *changes, *move.fields}, reason=move.reason)
    return before


def _count_version(request: CheckRequest) -> None:
    """Give a request its next version, and have all requests that change written by one statement."""
    request.version += 1
    if inspect(request).persistent:
        for name in _CHANGES:
            flag_modified(request, name)


def recount(session: Session, actor: Actor, check: Check) -> None:
    """Work out a check's state from its requests, and record an event if it has changed."""
    requests = queries.requests_of(session, [check.id])
    left = {request.id for request in queries.unanswered_of(check, requests)}
    states = [
        State(request.state)
        for request in requests
        if request.id in left or State(request.state) not in UNANSWERED
    ]
    counted = check_state(states, not_required=check.not_required_by is not None)
    if counted == check.state:
        return
    name = "check.reopened" if counted is CheckState.OPEN else f"check.{counted}"
    check.state_event_id = _check_event(session, actor, check, name, from_state=check.state, to_state=counted)
    check.state = counted


def decide_not_required(session: Session, actor: Actor, check: Check, *, manager: str, reason: str) -> None:
    """Record a manager's decision on a check whose unanswered requests are about to be cancelled."""
    check.not_required_by, check.not_required_reason = manager, reason
    check.not_required_at = clock.now()
    fields = ("not_required_by", "not_required_reason")
    _record(session, actor, "override", check, fields, reason="not_required")


def change_details(session: Session, actor: Actor, request: CheckRequest, changes: Mapping[str, Any]) -> None:
    """Record what a waiting request is missing now; its state and its clocks stay as they are."""
    for name, value in changes.items():
        setattr(request, name, value)
    record_event(session, actor, request, "check_request.details_changed", changes)


def name_missing(request: CheckRequest, missing: list[Any]) -> None:
    """Name what a request that went out without it still lacks; whoever changes its question records that."""
    request.missing = missing


def note_described(request: CheckRequest) -> None:
    """Note that a request asks, from now on, by what identifies its subjects without a name."""
    request.by_description = True


def make_urgent(
    session: Session,
    actor: Actor,
    checks: Mapping[uuid.UUID, Check],
    requests: Iterable[CheckRequest],
    hard_date: datetime | None,
    *,
    hurried: Collection[uuid.UUID],
) -> None:
    """Make requests urgent and bring their hard dates forward; neither is ever reversed.

    The agency's clock counts the urgent target from now. Which subjects are urgent, `note_urgent` says.

    Args:
        checks: theirs, locked, by id.
        hurried: the ids of those of which somebody more is urgent now, and nothing else has been said.
    """
    raised: dict[timers.Subject, datetime | None] = {}
    requests = list(requests)
    questions.checks_served(session, requests)  # read at once, for all of them
    for request in requests:
        check = checks[request.check_id]
        check.urgency, check.hard_date = "urgent", _earlier(check.hard_date, hard_date)
        earliest = _earlier(request.hard_date, hard_date)
        if request.urgency == "urgent" and request.hard_date == earliest:
            # Somebody more may be urgent than those by whom it counts.
            clocks.count_by_the_first_due(session, request)
            if request.id in hurried:
                record_event(session, actor, request, "check_request.urgency_raised", ("subjects",))
            continue
        request.urgency, request.hard_date = "urgent", earliest
        record_event(session, actor, request, "check_request.urgency_raised", ("urgency", "hard_date"))
        raised[clocks.subject_of(request)] = request.hard_date
    timers.make_urgent_from_now(session, raised, "answer")
    timers.raise_urgency(session, raised, besides="answer")


def follow_needed_by(
    session: Session,
    actor: Actor,
    checks: Mapping[uuid.UUID, Check],
    requests: Iterable[CheckRequest],
    needed_by: datetime | None,
    *,
    reason: str,
    put_back: bool = False,
) -> None:
    """Give requests, and their checks, another hard date; the clocks of what is still to come follow.

    Args:
        checks: theirs, locked, by id.
        reason: a code of what has changed.
        put_back: whether somebody has said why they may wait for a later one.
    """
    requests = list(requests)
    questions.checks_served(session, requests)  # read at once, for all of them
    for request in requests:
        checks[request.check_id].hard_date = request.hard_date = needed_by
        record_event(session, actor, request, "check_request.needed_by_changed", ("hard_date",))
    timers.follow_hard_dates(
        session,
        {clocks.subject_of(request): needed_by for request in requests},
        timers=("ask", "registration", "answer"),
        reason=reason,
        put_back=put_back,
    )
    for request in requests:
        if request.urgency == "urgent":
            # What was due together by the day before is due apart by another.
            clocks.count_by_the_first_due(session, request)


def note_days(session: Session, actor: Actor, checks: Iterable[Check], **days: datetime | None) -> None:
    """Give checks other days by which what they ask is needed, whether or not all of it is answered.

    Args:
        days: by column.
    """
    for check in checks:
        changed = [name for name, day in days.items() if getattr(check, name) != day]
        if changed:
            for name in changed:
                setattr(check, name, days[name])
            check.version += 1
            _record(session, actor, "alteration", check, changed)


def note_refuted(session: Session, actor: Actor, checks: Iterable[Check]) -> None:
    """Note that the allegation that raised some checks has been refuted."""
    for check in checks:
        check.refuted_at = clock.now()
        check.version += 1
        _record(session, actor, "alteration", check, ("refuted_at",))


def note_said_since(session: Session, actor: Actor, checks: Iterable[Check], said: SaidSince) -> None:
    """Note what whoever reported what raised some checks has said of it since."""
    for check in checks:
        check.said_since = said
        check.version += 1
        _record(session, actor, "alteration", check, ("said_since",))


def record_event(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    name: str,
    fields: Iterable[str],
    *,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Record a change of a request that leaves its state: a new version, an event, an audit entry.

    Args:
        name: of the event.
        fields: names of what changed.
        data: codes for the event.
    """
    check = session.get_one(Check, request.check_id)
    _count_version(request)
    for one in (check, *questions.checks_served(session, [request])[request.id]):
        one.version += 1
    _request_event(session, actor, check, request, name=name, data=data)
    _record(session, actor, "alteration", request, fields)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


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
    knows = request.agency_id is not None and request.sent_at is not None and to_state not in UNSENT
    # When sharing has ended, nothing is asked of it again, and so it hears of nothing.
    if knows and name == _ASKED_ANEW:
        knows = has_basis(session, check.person_id, check.probation_id)
    if request.agency_id is not None and knows:
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
        data={"kind": check.kind, "urgency": queries.urgency_of(request), **(data or {})},
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
