"""Starts what is timed of a referral once more, where a case, or work, that had ended goes on."""

from datetime import date

from sqlalchemy.orm import Session

from service.access import Actor
from service.destinations.states import Action, State
from service.referrals import deadlines
from service.referrals.actions import dates, sharing, stay_clocks
from service.referrals.actions.corrections import follow_review_day
from service.referrals.actions.moves import REVIEW_ON
from service.referrals.document_queries import whole_document
from service.referrals.model import DestinationReferral, Placement, Referral
from service.referrals.queries import moves_of, parts_of


def start_again(session: Session, actor: Actor, referral: Referral, *, curfew_ended: bool) -> None:
    """Start the clocks of a referral and its stays as they stand by now.

    What destinations owe goes on when nothing rests any more, and the end of sharing when it is near.

    Args:
        referral: locked; its clocks ended with the case.
        curfew_ended: whether it was said that home detention curfew has ended, which stands.
    """
    dates.follow_curfew(session, actor, referral, whole_document(session, referral))
    if curfew_ended:
        deadlines.stop_curfew(session, referral, dates.HDC_ENDED)
    sharing.follow_basis(session, actor, referral)
    for part in parts_of(session, referral):
        start_part_again(session, actor, part)


def start_part_again(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Start the clocks of a stay, and of the day on which a destination looks again, as they stand by now.

    Args:
        part: of a locked referral; its clocks ended with the case, or with its work.
    """
    placement = session.get(Placement, part.id) if part.destination.placement else None
    if placement is not None:
        stay_clocks.follow_state(session, actor, part, placement)
    for kind, schema in part.destination.updates.items():
        if REVIEW_ON in schema().fields:
            follow_review_day(session, actor, part, kind)
    _follow_pause(session, actor, part)
    if part.owes_wording:
        deadlines.await_wording(session, actor, part)


def _follow_pause(session: Session, actor: Actor, part: DestinationReferral) -> None:
    if part.state != State.ON_HOLD:
        return
    paused = [move for move in moves_of(session, part, "referral") if move.action == Action.PUT_ON_HOLD]
    day = paused[-1].detail.get(REVIEW_ON)
    if day is not None:
        deadlines.await_review(session, actor, part, date.fromisoformat(day))
