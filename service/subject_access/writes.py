"""The only place that writes requests for subject access: each step with its event, audit entry and clock.

It decides nothing.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import audit, clock, events, timers
from service.access.actor import Actor
from service.db import new_id
from service.http.problems import conflict
from service.people import holding_queries
from service.subject_access import policies
from service.subject_access.model import SubjectAccess
from service.subject_access.states import TABLE, Action, Facts, Row, State
from service.timers import Subject
from service.transitions import NotAllowed

LABEL: Final = "subject_access"
TIMER: Final = "copy"


def subject_of(asked: SubjectAccess) -> Subject:
    """Return a request as the subject of its clock."""
    return Subject(LABEL, asked.id)


def open_request(session: Session, actor: Actor, **columns: Any) -> SubjectAccess:
    """Open a request, and start its clock.

    Args:
        columns: person_id, probation_id, asked_by, identity_confirmed and received_on.
    """
    asked = SubjectAccess(
        id=new_id(),
        texts={},
        copy=None,
        taken_back=None,
        state=State.OPEN,
        version=1,
        opened_at=clock.now(),
        **columns,
    )
    asked.state_event_id = _event(session, actor, asked, TABLE.initial[State.OPEN])
    session.add(asked)
    _record(session, actor, asked, "collection", ("asked_by", "identity_confirmed", "received_on"))
    timers.start(
        session,
        actor,
        subject_of(asked),
        TIMER,
        policy=policies.COPY,
        case=holding_queries.clock_case_of(session, asked.person_id, asked.probation_id, LABEL),
        hard_date=policies.due(asked.received_on),
        fresh=True,
    )
    return asked


def move(
    session: Session,
    actor: Actor,
    asked: SubjectAccess,
    action: Action,
    *,
    facts: Facts,
    texts: Mapping[str, Any] | None = None,
    copy: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Take one step of a request.

    Args:
        asked: locked.
        texts: what is decided about texts from now on, all of it.
        copy: what the person is given.
        reason: why it was taken back.

    Raises:
        Problem: 409 with the state and what is allowed.
    """
    row = require(asked, action, facts)
    was, asked.state = State(asked.state), row.target
    asked.version += 1
    if texts is not None:
        asked.texts = dict(texts)
    if copy is not None:
        asked.copy = dict(copy)
    if reason is not None:
        asked.taken_back = reason
    asked.state_event_id = _event(session, actor, asked, row.event, from_state=was)
    if action is Action.RELEASE:
        _record(session, actor, asked, "disclosure", ("copy",))
    else:
        _record(session, actor, asked, "alteration", ("texts",) if texts else ("state",))
    if row.target is not was:
        timers.stop(session, subject_of(asked), row.target, TIMER)


def require(asked: SubjectAccess, action: Action, facts: Facts) -> Row:
    """Return the row by which a request may be moved now.

    Raises:
        Problem: 409 with the state and what is allowed.
    """
    try:
        return TABLE.move(State(asked.state), action, "probation", facts)
    except NotAllowed as refused:
        raise conflict(refused.why, state=refused.state, allowed=refused.allowed) from None


def follow_case(session: Session, person_id: UUID, probation_id: UUID) -> None:
    """Set the region that answers the requests about a person; what was given stays as it was."""
    session.execute(
        update(SubjectAccess).where(SubjectAccess.person_id == person_id).values(probation_id=probation_id)
    )


def _event(
    session: Session, actor: Actor, asked: SubjectAccess, name: str, *, from_state: str | None = None
) -> UUID:
    return events.append(
        session,
        actor,
        name,
        subject_kind=LABEL,
        subject_id=asked.id,
        audience=[asked.probation_id],
        person_id=asked.person_id,
        from_state=from_state,
        to_state=asked.state,
        version=asked.version,
        data={"received_on": asked.received_on},
    )


def _record(session: Session, actor: Actor, asked: SubjectAccess, verb: str, fields: Collection[str]) -> None:
    audit.record(
        session,
        actor,
        verb,
        object_kind=LABEL,
        object_id=asked.id,
        object_version=asked.version,
        person_id=asked.person_id,
        fields=fields,
    )
