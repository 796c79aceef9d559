"""Writes on what bases a destination referral is shared, and that sharing has ended or goes on again."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from service import clock, events, timers
from service.access import Actor
from service.destinations.policies import SHARING_ENDS_DAYS
from service.destinations.sharing import Basis, last_day
from service.referrals import deadlines
from service.referrals.model import ChangeNotice, DestinationReferral, Referral
from service.referrals.shared import has_ended
from service.referrals.writes.destination_referrals import mark_gate, record_event


def set_bases(session: Session, actor: Actor, part: DestinationReferral, bases: Sequence[Basis]) -> None:
    """Write on what bases a destination referral is shared, and follow where an end has moved.

    Args:
        part: sent, of a locked referral.
        bases: all of them; sharing that had ended goes on when one is in force.
    """
    stored = [basis.stored for basis in bases]
    if part.sharing == stored:
        return
    before, part.sharing, part.shared_until = part.shared_until, stored, last_day(bases)
    if before != part.shared_until and _is_near(before):
        deadlines.stop_sharing_end(session, part.referral_id, "changed")
    if part.sharing_ended_at is not None and not has_ended(part):
        part.sharing_ended_at = None
        record_event(session, actor, part, "destination_referral.sharing_continued")
        part.next_update_due = deadlines.start_again(session, actor, part)
        mark_gate(session, actor, part)


def _is_near(end: date | None) -> bool:
    # Further ahead, no clock runs yet.
    return end is not None and end <= clock.today() + timedelta(days=SHARING_ENDS_DAYS[0])


def end_sharing(
    session: Session, actor: Actor, part: DestinationReferral, notices: Sequence[ChangeNotice]
) -> None:
    """Record that sharing with a destination has ended; its clocks stop, and nothing follows for it.

    Args:
        notices: the changes that it was to acknowledge.
    """
    part.sharing_ended_at = clock.now()
    record_event(session, actor, part, "destination_referral.sharing_ended")
    subjects = deadlines.subjects_of(part)
    subjects += [timers.Subject("change_notice", one.id) for one in notices]
    timers.stop_all(session, subjects, "sharing_ended")
    deadlines.worded(session, part, "sharing_ended")
    deadlines.stop_awaiting(session, part, "sharing_ended")
    part.next_update_due = None
    mark_gate(session, actor, part)


def announce_end(
    session: Session, actor: Actor, referral: Referral, ends_on: date, *, open_still: dict[str, int]
) -> None:
    """Record that sharing is about to end, with what is still open, and start the clock before it.

    Args:
        ends_on: the last day.
        open_still: how much of each kind is open, by its code.
    """
    events.append(
        session,
        actor,
        "referral.sharing_ending",
        subject_kind="referral",
        subject_id=referral.id,
        audience=[referral.probation_id],
        person_id=referral.person_id,
        referral_id=referral.id,
        version=referral.current_version,
        data={"ends_on": ends_on, "open": open_still},
    )
    deadlines.await_sharing_end(session, actor, referral, ends_on)
