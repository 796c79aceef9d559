"""The one door: the only place that writes the state of a destination referral or of its placement.

Each passage sets the state, appends the event that explains it, keeps the reasons given, records the audit
entry, publishes to those who may know, and arms or stops the clocks, all in the caller's transaction. It
decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock, events
from service.access import Actor
from service.db import Json, new_id
from service.destinations.states import TABLE, Row, State
from service.referrals import deadlines
from service.referrals.model import DestinationMove, DestinationReferral, Placement


def publish(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    name: str,
    *,
    to_destination: bool,
    subject_kind: str = "destination_referral",
    from_state: str | None = None,
    to_state: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> UUID:
    """Append an event about one part and publish it to those who may know; return its id.

    Args:
        to_destination: whether the destination hears of it; probation always does.
        data: codes, names of fields and ids only.
    """
    audience = [part.referral.probation_id]
    if to_destination and part.organisation_id is not None:
        audience.append(part.organisation_id)
    return events.append(
        session,
        actor,
        name,
        subject_kind=subject_kind,
        subject_id=part.id,
        audience=audience,
        person_id=part.referral.person_id,
        referral_id=part.referral.id,
        from_state=from_state,
        to_state=to_state,
        version=part.version,
        data=data,
    )


def bump_version(part: DestinationReferral) -> None:
    """Count a change to one part: its own version and its referral's revision go up."""
    part.version += 1
    part.referral.revision += 1


def open_parts(session: Session, actor: Actor, parts: Sequence[DestinationReferral]) -> None:
    """Store new parts in the states their rows were made with, and tell who may know.

    Args:
        parts: their rows are new: their first events and their clocks are made here.
    """
    for part in parts:
        state = State(part.state)
        part.state_event_id = publish(
            session,
            actor,
            part,
            TABLE.initial[state],
            to_destination=part.shown,
            to_state=state,
            data=_why_it_waits(part),
        )
        deadlines.follow(session, actor, part, None)
    session.add_all(part for part in parts)
    session.flush()
    for part in parts:
        _keep(
            session,
            actor,
            part,
            DestinationMove(
                part="referral",
                event_id=part.state_event_id,
                action="open",
                from_state=None,
                to_state=part.state,
                side="service",
                detail={},
            ),
        )


def move(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    row: Row,
    *,
    detail: Json | None = None,
    data: Mapping[str, Any] | None = None,
) -> UUID:
    """Take a part to the state that a row of the table gives; return the id of the event.

    Args:
        detail: the reasons given, in words too: kept with the move, never in the event.
        data: what of them are codes, for the event.
    """
    was, heard_before = State(part.state), part.shown
    part.state = row.target
    if row.target is not State.HELD:
        part.held_until = None
    bump_version(part)
    event_id = publish(
        session,
        actor,
        part,
        row.event,
        # A destination that knew of it hears that it was entered in error, and after that no more.
        to_destination=part.shown or heard_before,
        from_state=was,
        to_state=row.target,
        data={**_why_it_waits(part), **(data or {})},
    )
    part.state_event_id = event_id
    own_side = part.side_of(actor)
    side = own_side if own_side in row.sides else "service"
    _keep(
        session,
        actor,
        part,
        DestinationMove(
            part="referral",
            event_id=event_id,
            action=row.action,
            from_state=was,
            to_state=row.target,
            side=side,
            detail=detail or {},
        ),
    )
    deadlines.follow(session, actor, part, was)
    return event_id


def place(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement,
    *,
    action: str,
    to_state: str,
    event: str,
    detail: Json | None = None,
    data: Mapping[str, Any] | None = None,
    verb: str = "alteration",
) -> UUID:
    """Take a placement to a state, or record something about it that leaves its state; return the event's id.

    Args:
        placement: new, or as it is stored.
        verb: what the audit trail calls it.
    """
    was = placement.state
    placement.state = to_state
    bump_version(part)
    event_id = publish(
        session,
        actor,
        part,
        event,
        to_destination=part.shown,
        subject_kind="placement",
        from_state=was,
        to_state=to_state,
        data=data,
    )
    placement.state_event_id = event_id
    session.add(placement)
    session.flush()
    _keep(
        session,
        actor,
        part,
        DestinationMove(
            part="placement",
            event_id=event_id,
            action=action,
            from_state=was,
            to_state=to_state,
            side=part.side_of(actor),
            detail=detail or {},
        ),
        verb,
    )
    return event_id


def record_event(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    name: str,
    *,
    fields: Iterable[str] = (),
    data: Mapping[str, Any] | None = None,
    verb: str = "alteration",
) -> UUID:
    """Record something that happened to a part and left its state as it was; return the event's id.

    Args:
        fields: the names of what was given, for the audit trail.
        verb: what the audit trail calls it.
    """
    bump_version(part)
    event_id = publish(session, actor, part, name, to_destination=part.shown, data=data)
    audit.record(
        session,
        actor,
        verb,
        object_kind="destination_referral",
        object_id=part.id,
        object_version=part.version,
        person_id=part.referral.person_id,
        fields=fields,
    )
    return event_id


def _why_it_waits(row: DestinationReferral) -> dict[str, Any]:
    match row.state:
        case State.INCOMPLETE:
            return {"missing": len(row.missing)}
        case State.HELD:
            return {"held_until": row.held_until}
        case State.BLOCKED:
            return {"blocked_by": [block["code"] for block in row.blocked_by]}
        case _:
            return {}


def _keep(
    session: Session, actor: Actor, part: DestinationReferral, move: DestinationMove, verb: str = "alteration"
) -> None:
    move.id, move.destination_referral_id, move.moved_at = new_id(), part.id, clock.now()
    move.practitioner = actor.practitioner.id if actor.practitioner else None
    session.add(move)
    audit.record(
        session,
        actor,
        verb,
        object_kind="destination_referral" if move.part == "referral" else "placement",
        object_id=part.id,
        object_version=part.version,
        person_id=part.referral.person_id,
        fields=["state", *move.detail],
    )
