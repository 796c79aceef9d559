"""Writes placements: the one beside each destination referral."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.access import Actor
from service.db import Json, new_id
from service.referrals.model import DestinationMove, DestinationReferral, Placement
from service.referrals.writes.destination_referrals import bump_version, mark_gate, publish, record_move


def place(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None,
    columns: Mapping[str, Any],
    *,
    action: str,
    event: str,
    to_state: str | None = None,
    detail: Json | None = None,
    data: Mapping[str, Any] | None = None,
    verb: str = "alteration",
    corrects: DestinationMove | None = None,
    withdrawn: bool = False,
    because: str | None = None,
) -> Placement:
    """Take a placement to a state, or record something about it that leaves its state.

    Args:
        placement: as it is stored; None when this offers the first.
        columns: what else changes about it.
        to_state: None when its state stays.
        detail: what was given, kept with the move.
        data: the codes and days of it, for the event.
        verb: what the audit trail calls it.
        corrects: the move in whose place this is said, or that is withdrawn, and why (`because`).
    """
    if placement is None:
        placement = Placement(id=part.id, state=None, details={})
    before = placement.state
    for name, value in columns.items():
        setattr(placement, name, value)
    placement.state = to_state or before
    bump_version(part)
    move_id = new_id()
    if corrects is not None:
        data = {"move_id": move_id, "corrects": corrects.id, "withdrawn": withdrawn, **(data or {})}
    placement.state_event_id = publish(
        session,
        actor,
        part,
        event,
        to_destination=part.shown,
        subject_kind="placement",
        from_state=before,
        to_state=placement.state,
        data=data,
    )
    session.add(placement)
    mark_gate(session, actor, part)
    record_move(
        session,
        actor,
        part,
        DestinationMove(
            id=move_id,
            part="placement",
            event_id=placement.state_event_id,
            action=action,
            from_state=before,
            to_state=placement.state,
            side=part.side_of(actor),
            detail=detail or {},
            corrects_id=corrects.id if corrects else None,
            withdrawn=withdrawn,
            corrected_because=because,
        ),
        verb,
    )
    return placement


def keep_told(stay: Placement, details: Json) -> None:
    """Write an address to move on to as its destination reads it now, put right on the record.

    Its version stays, as it does for whatever else is put right there: the tag of a stay has the address.
    """
    stay.details = details


def record_departed_without_agreement(
    session: Session, actor: Actor, part: DestinationReferral, outstanding: Iterable[str]
) -> None:
    """Tell the region alone that somebody left and nobody had agreed to it.

    Nothing changes that the destination reads: the departure itself is recorded by `place`.

    Args:
        outstanding: codes of what had not been agreed or answered.
    """
    publish(
        session,
        actor,
        part,
        "placement.departed_without_agreement",
        to_destination=False,
        subject_kind="placement",
        data={"outstanding": sorted(set(outstanding))},
    )
