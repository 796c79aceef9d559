"""Writes what the two sides of a destination referral send each other."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.db import Json, new_id
from service.destinations.states import CHANGE
from service.referrals import deadlines
from service.referrals.model import ChangeNotice, DestinationReferral, DestinationUpdate, Message
from service.referrals.writes.destination_referrals import (
    record_event,
    restart_silence,
    set_undecided,
    take_back_silence,
)


def record_message(
    session: Session, actor: Actor, part: DestinationReferral, body: str, kind: str = "message"
) -> Message:
    """Record a message to the other side; a message of a move has no event of its own.

    Args:
        kind: `message`, or the `question` or `answer` of a move.
    """
    message = Message(
        id=new_id(),
        destination_referral_id=part.id,
        kind=kind,
        side=part.side_of(actor),
        practitioner=actor.practitioner.id if actor.practitioner else None,
        author=actor.practitioner.name if actor.practitioner else None,
        body=body,
        sent_at=clock.now(),
    )
    session.add(message)
    if kind == "message":
        record_event(
            session,
            actor,
            part,
            "destination_referral.message_sent",
            fields=["body"],
            data={"message_id": message.id, "from": message.side},
        )
    return message


def record_update(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    kind: str,
    content: Json,
    *,
    cannot_meet: list[str] | None,
) -> DestinationUpdate:
    """Record a destination's update; its silence is counted afresh.

    Args:
        content: valid for its kind.
        cannot_meet: the adjustments that it says it cannot meet; None when it is about something else.
    """
    update = DestinationUpdate(
        id=new_id(),
        destination_referral_id=part.id,
        kind=kind,
        content=content,
        side=part.side_of(actor),
        author=actor.practitioner.name if actor.practitioner else None,
        recorded_at=clock.now(),
    )
    session.add(update)
    data: Json = {"update_id": update.id, "kind": kind}
    if cannot_meet is not None:
        data["cannot_meet"] = cannot_meet
    record_event(
        session,
        actor,
        part,
        "destination_referral.updated",
        fields=[f"{kind}.{name}" for name in content],
        data=data,
    )
    restart_silence(session, actor, part, update.recorded_at)
    return update


def correct_update(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    update: DestinationUpdate,
    content: Json | None,
    *,
    reason: str,
    cannot_meet: list[str] | None = None,
) -> DestinationUpdate:
    """Record what a destination says in place of an update of its own, which stays as it was.

    Args:
        update: that stands.
        content: valid for its kind; None where it withdraws it.
        reason: why, in its own words.
        cannot_meet: as of `record_update`.
    """
    correction = DestinationUpdate(
        id=new_id(),
        destination_referral_id=part.id,
        kind=update.kind,
        content=content or {},
        side=part.side_of(actor),
        author=actor.practitioner.name if actor.practitioner else None,
        corrects_id=update.id,
        withdrawn=content is None,
        corrected_because=reason,
        recorded_at=clock.now(),
    )
    session.add(correction)
    data: Json = {
        "update_id": correction.id,
        "corrects": update.id,
        "kind": update.kind,
        "withdrawn": correction.withdrawn,
    }
    if cannot_meet is not None:
        data["cannot_meet"] = cannot_meet
    record_event(
        session,
        actor,
        part,
        "destination_referral.update_corrected",
        fields=["reason", *(f"{update.kind}.{name}" for name in content or {})],
        data=data,
    )
    if correction.withdrawn:
        take_back_silence(session, actor, part)
    else:
        restart_silence(session, actor, part, correction.recorded_at)
    return correction


def acknowledge(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    notices: Sequence[ChangeNotice],
    version: int,
    *,
    can_continue: bool | None,
) -> None:
    """Record that a destination acknowledges every change up to a version, and stop the clocks of those.

    Args:
        notices: the changes that waited.
        version: of its document, at most the one it was sent last.
        can_continue: whether it can go on as accepted, when a change asks for it.
    """
    for notice in notices:
        notice.acknowledged_at = clock.now()
        notice.acknowledged_by = actor.practitioner.id if actor.practitioner else actor.client_id
        notice.can_continue = can_continue
        deadlines.acknowledged(session, notice)
    part.acknowledged_version = max(version, part.acknowledged_version or 0)
    data: Json = {"document_version": part.edition_of(version)}
    if can_continue is not None:
        data["can_continue"] = can_continue
        set_undecided(session, actor, part, CHANGE, undecided=not can_continue)
    record_event(
        session, actor, part, "destination_referral.change_acknowledged", fields=["version"], data=data
    )
