"""What a change of circumstance does to destination referrals."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.destinations.states import NOT_BEGUN, OPEN, TABLE, UNDER_WAY, WAITING, Action, Facts, State
from service.referrals import writes
from service.referrals.actions.allowed_actions import occupied_among
from service.referrals.actions.circumstances_at_rest import MAY_WAKE
from service.referrals.actions.release import release_waiting
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import parts_of
from service.referrals.writes.destination_referrals import RECALLED


def notify_of_change(
    session: Session, actor: Actor, part: DestinationReferral, change_id: UUID, urgency: str
) -> None:
    """Record in a destination's feed that a change is shared with it; it reads what has changed."""
    data = {"change": change_id, "urgency": urgency}
    writes.record_event(session, actor, part, "destination_referral.circumstances_changed", data=data)


def suspend(session: Session, part: DestinationReferral, *, planned: bool) -> None:
    """Suspend a destination's work after a recall, and stop its clocks: the review has a clock of its own.

    Args:
        planned: the day of the next release is known: work that has not begun is not put on hold, and what is
            owed for it is counted by that day (`plan_for_release`).
    """
    if planned and part.state not in UNDER_WAY:
        writes.stop_clocks(session, part, RECALLED)
        return
    permitted = TABLE.permitted(State(part.state), "service", Facts())
    row = next((row for row in permitted if row.action is Action.PUT_ON_HOLD), None)
    writes.suspend(session, Actor.for_service("circumstances"), part, row, RECALLED)


def rest(session: Session, referral: Referral, reason: str) -> None:
    """Stop the clocks of what destinations owe, or will once they have it, and leave their work as it is.

    Args:
        referral: locked.
        reason: a code.
    """
    for part in parts_of(session, referral):
        if part.state in OPEN or part.state == State.DECLINED:
            rest_part(session, part, reason)


def rest_part(session: Session, part: DestinationReferral, reason: str) -> None:
    """Stop the clocks of what one destination owes, and leave its work as it is.

    Args:
        reason: a code.
    """
    writes.stop_clocks(session, part, reason)


def stop_waiting(session: Session, actor: Actor, referral: Referral, reason: str) -> None:
    """Send nothing that waits for now, and look for no other bed where one was declined.

    Args:
        referral: locked.
        reason: a code of `routing.STOPPED`.
    """
    for part in parts_of(session, referral):
        if part.state in WAITING:
            writes.stop_waiting(session, actor, part, reason)
    stop_searching(session, referral, reason)
    release_waiting(session, actor, referral, trigger=reason)


def stop_searching(session: Session, referral: Referral, reason: str) -> None:
    """Look for no other bed where one was declined.

    Args:
        referral: locked.
        reason: a code.
    """
    for part in parts_of(session, referral):
        if part.state == State.DECLINED:
            writes.stop_clocks(session, part, reason)


def go_on(session: Session, actor: Actor, parts: Iterable[DestinationReferral]) -> None:
    """Let parts go on that a recall had stopped, once they are assessed again; answers are awaited again.

    Work that is on hold stays so: its destination resumes it.

    Args:
        parts: of a locked referral.
    """
    for part in parts:
        writes.stop_waiting(session, actor, part, None)
        if part.state in MAY_WAKE:
            writes.end_rest(session, actor, part, RECALLED)


def plan_for_release(session: Session, actor: Actor, referral: Referral, *, trigger: str) -> bool:
    """Let what a recall had stopped wait for a day of release that is known; return whether anything had.

    Args:
        referral: locked.
        trigger: a code of what happened.
    """
    parts = parts_of(session, referral)
    stopped = [
        part
        for part in parts
        if part.stopped_because == RECALLED or (part.state in MAY_WAKE and RECALLED in part.rests)
    ]
    if stopped:
        go_on(session, actor, parts)
        release_waiting(session, actor, referral, trigger=trigger)
    return bool(stopped)


def wake(session: Session, actor: Actor, referral: Referral, reason: str) -> None:
    """Count again what destinations owe that one reason had put to rest, unless another one stands.

    Args:
        referral: locked.
        reason: the code of the change that put it to rest.
    """
    for part in parts_of(session, referral):
        if reason in part.rests:
            writes.end_rest(session, actor, part, reason)


def rests_of_parts(session: Session, referral: Referral) -> Mapping[UUID, list[str]]:
    """Return why each part of a referral rests now."""
    return {part.id: part.rests for part in parts_of(session, referral)}


def count_rests(session: Session, referral: Referral, before: Mapping[UUID, list[str]]) -> None:
    """Count as a change to a part that it rests otherwise than before, of which no other event tells.

    Args:
        referral: locked.
        before: as `rests_of_parts` returned it.
    """
    for part in parts_of(session, referral):
        if part.rests != before[part.id]:
            writes.bump_version(part)


def after_release(session: Session, actor: Actor, referral: Referral, trigger: str) -> None:
    """Let what waits go on.

    Args:
        referral: locked.
        trigger: a code of what happened.
    """
    go_on(session, actor, parts_of(session, referral))
    release_waiting(session, actor, referral, trigger=trigger)


def end_for_good(session: Session, part: DestinationReferral, reason: str) -> None:
    """Withdraw a part whose work has not begun; whoever works with the person ends it with their own code.

    Args:
        part: of a locked referral.
        reason: a code.
    """
    by = Actor.for_service("circumstances")
    if part.state in NOT_BEGUN and not occupied_among(session, [part]):
        row = TABLE.move(State(part.state), Action.WITHDRAW, "service", Facts())
        writes.move(session, by, part, row, detail={"reason": reason}, data={"because": reason})
    else:
        writes.stop_clocks(session, part, reason)


def restart_silence(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Count a destination's silence afresh: it has reported a concern."""
    writes.restart_silence(session, actor, part)
