"""Writes agreements: each change with its event, its audit entry and its clock. It decides nothing.

The caller has locked what the agreement is about.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import audit, clock, events, timers
from service.access.actor import Actor, Practitioner
from service.agreements.kinds import KINDS
from service.agreements.model import Agreement
from service.agreements.policies import policy_of
from service.agreements.states import TABLE, Action, Side, State
from service.db import new_id
from service.http.problems import conflict
from service.timers import ClockCase, Subject
from service.transitions import NotAllowed

TIMER: Final = "decision"


def subject_of(agreement: Agreement) -> Subject:
    """Return an agreement as the subject of its clock."""
    return Subject("agreement", agreement.id)


def ask(
    session: Session,
    actor: Actor,
    kind: str,
    subject_id: uuid.UUID,
    case: ClockCase,
    *,
    person_id: uuid.UUID,
    asked_by: str,
    role: str,
    staff_id: str | None,
    proposal: Mapping[str, Any],
    reason: str,
    barred: Collection[str],
    beside: Sequence[uuid.UUID] = (),
) -> Agreement:
    """Ask a manager for a decision, and start the clock of it.

    Args:
        beside: what is decided with the subject.
        case: whom the clock notifies.
        role: that is asked; `staff_id` the one member of staff, where one is named.
        proposal: what exactly should be done, where that is not plain from the kind.
        barred: those who may not decide.
    """
    agreement = _new(
        kind,
        subject_id,
        person_id=person_id,
        organisation_id=case.probation_id,
        asked_by=asked_by,
        role=role,
        unit=case.pdu,
        staff_id=staff_id,
        proposal=dict(proposal),
        reason=reason,
        barred=sorted(barred),
        beside=list(beside),
        state=State.ASKED,
    )
    agreement.state_event_id = _event(
        session, actor, agreement, TABLE.initial[State.ASKED], told=True, data={"for": [role]}
    )
    session.add(agreement)
    _record(session, actor, agreement, "collection", ("kind", "reason", "proposal"))
    timers.start(session, actor, subject_of(agreement), TIMER, policy=policy_of(role), case=case, fresh=True)
    return agreement


def add_decided(
    session: Session,
    actor: Actor,
    kind: str,
    subject_id: uuid.UUID,
    manager: Practitioner,
    *,
    person_id: uuid.UUID,
    organisation_id: uuid.UUID,
    agreed: bool,
    proposal: Mapping[str, Any],
    reason: str,
    regardless: Mapping[str, Any] | None = None,
) -> Agreement:
    """Record what a manager decided without having been asked. The feed has the act itself."""
    agreement = _new(
        kind,
        subject_id,
        person_id=person_id,
        organisation_id=organisation_id,
        asked_by=None,
        role=manager.role,
        unit=manager.pdu,
        staff_id=None,
        proposal=dict(proposal),
        reason=reason,
        barred=[],
        beside=[],
        state=State.AGREED if agreed else State.NOT_AGREED,
    )
    _decided(agreement, manager, reason, regardless)
    agreement.state_event_id = _event(session, actor, agreement, "agreement.decided", data={"agreed": agreed})
    session.add(agreement)
    _record(session, actor, agreement, "collection", ("kind", "state", "reason", "proposal"))
    return agreement


def decide(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    manager: Practitioner,
    *,
    agreed: bool,
    reason: str,
    regardless: Mapping[str, Any] | None = None,
) -> None:
    """Record what a manager decided, and stop the clock.

    Args:
        agreement: locked.
        manager: whom the door has let through for all that is decided.
        regardless: what was outstanding, and why the manager went on all the same.

    Raises:
        Problem: 409 when it has been decided, taken back or overtaken.
    """
    # Who may not decide about one thing may decide about another that was proposed beside it.
    agreement.barred = [one for one in agreement.barred if one != manager.id]
    _decided(agreement, manager, reason, regardless)
    action = Action.AGREE if agreed else Action.DISAGREE
    _move(session, actor, agreement, action, "manager", data={"agreed": agreed})


def withdraw(session: Session, actor: Actor, agreement: Agreement, reason: str) -> None:
    """Take back what was asked, and stop the clock.

    Raises:
        Problem: 409 when it is asked no longer.
    """
    agreement.decision_reason = reason
    _move(session, actor, agreement, Action.WITHDRAW, "asker")


def lapse(session: Session, agreement: Agreement) -> None:
    """Record that there is nothing to decide any more, and stop the clock."""
    _move(session, Actor.for_service("agreements"), agreement, Action.LAPSE, "service")


def readdress(session: Session, agreement: Agreement, role: str) -> None:
    """Ask a role in place of the manager or the role that was asked; the clock goes on.

    Args:
        agreement: locked, and asked.
    """
    agreement.staff_id, agreement.role = None, role
    agreement.version += 1
    actor = Actor.for_service("agreements")
    _event(session, actor, agreement, "agreement.readdressed", told=True, data={"for": [role]})
    _record(session, actor, agreement, "alteration", ("role", "staff"))


def set_apart(session: Session, agreement: Agreement, subject_ids: Collection[uuid.UUID]) -> Agreement:
    """Make some of what was proposed together a proposal of its own, which is decided in the same call.

    Args:
        agreement: locked, and asked; it goes on about the rest, and so does its clock.

    Returns:
        The proposal about those that were set apart.
    """
    first, *beside = (one for one in agreement.subject_ids if one in subject_ids)
    apart = _new(
        agreement.kind, first, beside=beside, **{name: getattr(agreement, name) for name in _AS_ASKED}
    )
    actor = Actor.for_service("agreements")
    apart.state_event_id = _event(
        session, actor, apart, TABLE.initial[State.ASKED], data={"for": [apart.role]}
    )
    session.add(apart)
    _record(session, actor, apart, "collection", ("kind", "reason", "proposal"))
    leave_out(session, agreement, subject_ids)
    return apart


_AS_ASKED: Final = (
    "person_id",
    "organisation_id",
    "asked_by",
    "asked_at",
    "role",
    "unit",
    "staff_id",
    "proposal",
    "reason",
    "barred",
    "state",
)


def leave_out(session: Session, agreement: Agreement, subject_ids: Collection[uuid.UUID]) -> None:
    """Ask only about the rest of what was proposed together: whoever decides reads it again.

    Args:
        agreement: locked, and asked; something is left of it.
    """
    agreement.subject_id, *agreement.beside = (one for one in agreement.subject_ids if one not in subject_ids)
    agreement.version += 1
    _record(session, Actor.for_service("agreements"), agreement, "alteration", ("subject",))


def follow_case(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID) -> None:
    """Set the region whose manager decides what is asked about a person; it names nobody of its staff yet."""
    session.execute(
        update(Agreement)
        .where(Agreement.person_id == person_id, Agreement.state == State.ASKED)
        .values(organisation_id=organisation_id, staff_id=None)
    )


def _new(kind: str, subject_id: uuid.UUID, **columns: Any) -> Agreement:
    return Agreement(
        id=new_id(),
        kind=kind,
        subject_kind=KINDS[kind].subject_kind,
        subject_id=subject_id,
        version=1,
        **{"asked_at": clock.now(), **columns},
    )


def _decided(
    agreement: Agreement, manager: Practitioner, reason: str, regardless: Mapping[str, Any] | None
) -> None:
    agreement.regardless = dict(regardless) if regardless else None
    agreement.decided_by, agreement.decided_role = manager.id, manager.role
    agreement.decided_at, agreement.decision_reason = clock.now(), reason


def _move(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    action: Action,
    side: Side,
    *,
    data: Mapping[str, Any] | None = None,
) -> None:
    was = State(agreement.state)
    try:
        row = TABLE.move(was, action, side, None)
    except NotAllowed as refused:
        raise conflict("It is not waiting for a decision.", state=refused.state, allowed=()) from None
    agreement.state = row.target
    agreement.version += 1
    agreement.state_event_id = _event(
        session, actor, agreement, row.event, told=True, data=data or {}, from_state=was
    )
    _record(session, actor, agreement, "alteration", ("state",))
    timers.stop(session, subject_of(agreement), row.target, TIMER)


def _event(
    session: Session,
    actor: Actor,
    agreement: Agreement,
    name: str,
    *,
    data: Mapping[str, Any],
    told: bool = False,
    from_state: str | None = None,
) -> uuid.UUID:
    return events.append(
        session,
        actor,
        name,
        subject_kind="agreement",
        subject_id=agreement.id,
        audience=[agreement.organisation_id] if told else [],
        person_id=agreement.person_id,
        from_state=from_state,
        to_state=agreement.state,
        version=agreement.version,
        data={
            "kind": agreement.kind,
            "subject_kind": agreement.subject_kind,
            "subject": agreement.subject_id,
            **data,
        },
    )


def _record(session: Session, actor: Actor, agreement: Agreement, verb: str, fields: Collection[str]) -> None:
    audit.record(
        session,
        actor,
        verb,
        object_kind="agreement",
        object_id=agreement.id,
        object_version=agreement.version,
        person_id=agreement.person_id,
        fields=fields,
        reason=agreement.kind,
    )
