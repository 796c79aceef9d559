"""Writes destination referrals: their states, what they wait for, and when the next news is due."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock, events, settling
from service.access import Actor
from service.corrections.rules import chains
from service.db import Json, new_id
from service.destinations.states import OPEN, SETTLES, TABLE, WAITING, WITH_DESTINATION, Action, Row, State
from service.document.paths import Document
from service.referrals import deadlines
from service.referrals.model import ChangeNotice, DestinationMove, DestinationReferral, Referral
from service.referrals.queries import AGREEMENT, every_update, notices_of
from service.referrals.resting import rests_of
from service.referrals.shared import has_ended

RECALLED: Final = "recalled"
"""The code of the only reason that puts work on hold."""
OF_THE_END: Final = frozenset(
    {"destination_referral.sharing_ended", "destination_referral.sharing_continued"}
)
"""What a destination learns when sharing has ended."""


class NewPart(NamedTuple):
    """A destination referral to be stored; `reasons` are what it waits for, as in `set_reasons`.

    `duplicate_of`: what is open with the same destination about the person. `stopped_because`: why it
    is not sent for now.
    """

    kind: str
    service_category: str | None
    state: State
    reasons: Json
    duplicate_of: UUID | None = None
    stopped_because: str | None = None


WHAT_ENDS: Final = "what_ends"
"""By which name it is looked at again until when anything may be asked, as by the referrals that are open."""


def mark_if_counted(session: Session, actor: Actor, part: DestinationReferral, before: str) -> None:
    """Have it looked at again until when anything may be asked, where a part is open no more, or again."""
    if (before in OPEN) != (part.state in OPEN):
        settling.mark(session, actor, part.person_id, only=WHAT_ENDS)
    if (before in WITH_DESTINATION) != (part.state in WITH_DESTINATION):
        mark_gate(session, actor, part)


def mark_gate(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Have it looked at again who owes an agreement to where somebody moves on to, where a part has a say."""
    if part.destination.placement or AGREEMENT in part.destination.updates:
        settling.mark(session, actor, part.person_id, only=settling.DEPARTURE_GATE)


def open_parts(
    session: Session,
    actor: Actor,
    referral: Referral,
    parts: Iterable[NewPart],
) -> list[DestinationReferral]:
    """Store new destination referrals of a referral, and publish them to those who may know.

    Args:
        parts: in the states that they have reached.
    """
    now, parts = clock.now(), list(parts)
    rests = rests_of(session, referral.person_id) if parts else []
    opened = [
        DestinationReferral(
            id=new_id(),
            referral=referral,
            referral_id=referral.id,
            person_id=referral.person_id,
            probation_id=referral.probation_id,
            kind=new.kind,
            service_category=new.service_category,
            state=new.state,
            version=1,
            challenged=False,
            duplicate_of_id=new.duplicate_of,
            created_at=now,
            sent_version=referral.current_version if new.state is State.SENT else None,
            editions=[],
            rests=list(rests),
            undecided=[],
            stopped_because=new.stopped_because,
            sent_at=now if new.state is State.SENT else None,
            **new.reasons,
        )
        for new in parts
    ]
    for part in opened:
        part.state_event_id = publish(
            session,
            actor,
            part,
            TABLE.initial[State(part.state)],
            to_destination=part.shown,
            to_state=part.state,
            data=_why_it_waits(part),
        )
        part.next_update_due = deadlines.follow(session, actor, part, None)
    session.add_all(opened)
    for part in opened:
        record_move(
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
    return opened


def move(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    row: Row,
    *,
    detail: Json | None = None,
    data: Mapping[str, Any] | None = None,
) -> UUID:
    """Take a destination referral to the state that a row of the table gives; return the id of the event.

    Args:
        detail: the reasons given, also in words: kept with the move, never in the event.
        data: the codes among them, for the event.
    """
    before, shown_before = State(part.state), part.shown
    bump_version(part)
    part.state = row.target
    mark_if_counted(session, actor, part, before)
    if row.target is not State.HELD:
        part.held_until = None
    if row.target is State.SENT:
        part.sent_version, part.sent_at = part.referral.current_version, clock.now()
    _settle(part, row.action, detail or {})
    part.state_event_id = publish(
        session,
        actor,
        part,
        row.event,
        # A destination that had it sees that it was entered in error, and nothing after that.
        to_destination=part.shown or shown_before,
        from_state=before,
        to_state=row.target,
        data={**_why_it_waits(part), **(data or {})},
    )
    own_side = part.side_of(actor)
    record_move(
        session,
        actor,
        part,
        DestinationMove(
            part="referral",
            event_id=part.state_event_id,
            action=row.action,
            from_state=before,
            to_state=row.target,
            side=own_side if own_side in row.sides else "service",
            detail=detail or {},
        ),
    )
    if row.action is Action.GO_ON_WITHOUT:
        follow_adjustments(session, actor, [part])
    elif row.action in SETTLES:
        part.next_update_due = deadlines.follow_undecided(session, actor, part)
    else:
        part.next_update_due = deadlines.follow(session, actor, part, before)
    return part.state_event_id


def _settle(part: DestinationReferral, action: Action, detail: Json) -> None:
    """Write what an action decides or ends beside the state."""
    match action:
        case Action.CHALLENGE:
            part.challenged, part.decline_settled = True, None
        case Action.SEND_AGAIN:
            part.challenged, part.decline_settled, part.undecided = False, None, []
        case Action.SETTLE_DECLINE:
            part.decline_settled = detail["decision"]
        case Action.SETTLE_CHANGE | Action.SETTLE_COMPLEXITY | Action.SETTLE_OUTCOMES:
            part.undecided = [each for each in part.undecided if each != SETTLES[action]]
        case Action.RECEIVE:
            part.acknowledged_version = part.sent_version
        case Action.RESUME:
            # Whoever takes the work up again is not kept from it by the recall; what else rests goes on.
            part.rests = [each for each in part.rests if each != RECALLED]


def suspend(session: Session, actor: Actor, part: DestinationReferral, row: Row | None, reason: str) -> None:
    """Stop the clocks of a destination's work, and put the work on hold where the table allows it.

    Args:
        row: of the table; None when the work is on hold already, or has not begun.
        reason: a code.
    """
    if row is not None:
        move(session, actor, part, row, detail={"reason": reason}, data={"because": reason})
    stop_clocks(session, part, reason)


def stop_clocks(session: Session, part: DestinationReferral, reason: str) -> None:
    """Stop the clocks of what a destination owes; an emergency goes on, unless nobody comes to the bed.

    Args:
        reason: a code.
    """
    deadlines.rest(session, part, unacknowledged(session, part), reason)
    part.next_update_due = None
    if reason not in part.rests:
        part.rests = [*part.rests, reason]


def stop_waiting(session: Session, actor: Actor, part: DestinationReferral, reason: str | None) -> None:
    """Stop a part from being sent for a reason, a code; or let it go on, with None."""
    part.stopped_because = reason
    if part.state not in WAITING:
        return
    if reason is None:
        deadlines.await_owed(session, actor, part)
    else:
        deadlines.stop_owed(session, part, reason)


def end_rest(session: Session, actor: Actor, part: DestinationReferral, reason: str) -> None:
    """End one reason why a destination owes nothing; its clock starts again when that was the last.

    Args:
        reason: the code that put it to rest.
    """
    part.rests = [each for each in part.rests if each != reason]
    owe_again(session, actor, part)


def owe_again(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Start the clocks of what a destination owes from now on, unless they run or something rests."""
    due = deadlines.restart(session, actor, part)
    if due is not None:
        part.next_update_due = due
    mark_gate(session, actor, part)
    if part.state in WITH_DESTINATION and not part.rests and not has_ended(part):
        deadlines.await_acknowledgements(session, actor, part, unacknowledged(session, part))


def unacknowledged(session: Session, part: DestinationReferral) -> list[ChangeNotice]:
    """Return the changes of which a destination has not taken note yet."""
    return [notice for notice in notices_of(session, part) if notice.acknowledged_at is None]


def set_reasons(part: DestinationReferral, reasons: Mapping[str, Any]) -> bool:
    """Write what a destination referral waits for or lacks; return whether anything is new.

    Args:
        reasons: by column: `missing` and `not_representable`; while it waits also `organisation_id`,
            `held_until` and `blocked_by`.
    """
    changed = [name for name, value in reasons.items() if getattr(part, name) != value]
    for name in changed:
        setattr(part, name, reasons[name])
    return bool(changed)


def mark_repeat(part: DestinationReferral, other_id: UUID | None) -> None:
    """Mark a destination referral as a repeat of another of the person that is open with the destination.

    Args:
        other_id: None where the other is another person's.
    """
    part.duplicate_of_id = other_id
    part.referral.revision += 1


def set_lacking(part: DestinationReferral, lacking: Mapping[str, Any]) -> None:
    """Write what a destination referral lacks that its destination has been sent.

    Its version stays: the destination would read from that alone that something was found.

    Args:
        lacking: by column: `missing`, and `not_representable` where that was looked at too.
    """
    if set_reasons(part, lacking):
        part.referral.revision += 1


def bump_version(part: DestinationReferral) -> None:
    """Count a change to a destination referral: its version and its referral's revision go up.

    Its version stays while it waits: the destination is to read from it only what happened since.
    """
    if part.sent_version is not None:
        part.version += 1
    part.referral.revision += 1


def restart_silence(
    session: Session, actor: Actor, part: DestinationReferral, since: datetime | None = None
) -> None:
    """Count a destination's silence afresh: it has just reported something.

    Args:
        since: the moment of that, where it is on record; now when None.
    """
    part.next_update_due = deadlines.restart_silence(session, actor, part, since)


def take_back_silence(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Count a destination's silence as if it had not said what it has withdrawn: that was no news."""
    said = chains(every_update(session, part))
    withdrawn = {
        one.recorded_at for chain in said if chain[-1].withdrawn for one in chain if not one.withdrawn
    }
    part.next_update_due = deadlines.take_back_silence(session, actor, part, withdrawn)


def follow_adjustments(session: Session, actor: Actor, parts: Collection[DestinationReferral]) -> None:
    """Start or end probation's obligation to decide about what destinations cannot meet."""
    due = deadlines.follow_adjustments(session, actor, parts)
    for part in parts:
        part.next_update_due = due.get(part.id, part.next_update_due)


def set_undecided(
    session: Session, actor: Actor, part: DestinationReferral, about: str, *, undecided: bool
) -> None:
    """Begin or end probation's obligation to decide about something that a destination has said.

    Args:
        about: one of `UNDECIDED_ABOUT`.
    """
    if undecided == (about in part.undecided):
        return
    others = [each for each in part.undecided if each != about]
    part.undecided = [*others, about] if undecided else others
    part.next_update_due = deadlines.follow_undecided(session, actor, part)


def follow_notice(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    before: Document,
    document: Document,
    *,
    put_back: bool,
) -> None:
    """Follow the notice that a destination is given: an arrival that comes sooner is answered sooner."""
    due = deadlines.follow_notice(session, actor, part, before, document, put_back=put_back)
    if due is not None:
        part.next_update_due = due


def follow_wording(session: Session, actor: Actor, part: DestinationReferral, *, owed: bool) -> None:
    """Start or end probation's obligation to word a text for a destination that has the rest.

    Its event is not the destination's: what may not be known is not to be guessed from it either.

    Args:
        owed: whether a wording was owed before.
    """
    if part.owes_wording == owed:
        return
    if owed:
        deadlines.worded(session, part, "worded")
        return
    gaps = [gap for gap in part.missing if "reword_for" in gap]
    kinds = sorted({kind for gap in gaps for kind in gap["gives_away"]})
    publish(
        session,
        actor,
        part,
        "wording.needed",
        to_destination=False,
        subject_kind="wording",
        data={"gives_away": kinds, "texts": len(gaps)},
    )
    deadlines.await_wording(session, actor, part)


def raise_urgency(session: Session, actor: Actor, parts: Sequence[DestinationReferral]) -> None:
    """Make the clocks of destination referrals urgent."""
    due = deadlines.raise_urgency(session, actor, parts)
    for part in parts:
        part.next_update_due = due[part.id]


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
    """Record something that happened to a destination referral and left its state; return the event's id.

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
    """Append an event about one destination referral, and publish it to those who may know; return its id.

    Args:
        to_destination: whether the destination is in its audience; probation always is. When sharing has
            ended, it learns that and nothing else.
        data: codes, names of fields and ids only.
    """
    audience = [part.referral.probation_id]
    hears = name in OF_THE_END or not has_ended(part)
    if to_destination and hears and part.organisation_id is not None:
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


def record_move(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    move: DestinationMove,
    verb: str = "alteration",
) -> None:
    """Store a move of a destination referral or of its placement, and record it on the audit trail.

    Args:
        move: complete but for its id, if it has none yet, its moment and its practitioner.
        verb: what the audit trail calls it.
    """
    move.id, move.destination_referral_id, move.moved_at = move.id or new_id(), part.id, clock.now()
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


def _why_it_waits(part: DestinationReferral) -> dict[str, Any]:
    match part.state:
        case State.INCOMPLETE:
            return {"missing": len(part.missing)}
        case State.HELD:
            return {"held_until": part.held_until}
        case State.BLOCKED:
            return {"blocked_by": [block["code"] for block in part.blocked_by]}
        case _:
            return {}
