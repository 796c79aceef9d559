"""Starts what is timed of a referral once more, where a case that had ended goes on."""

from sqlalchemy.orm import Session

from service.access import Actor
from service.referrals.actions import dates, sharing, stay_clocks
from service.referrals.actions.corrections import follow_review_day
from service.referrals.actions.moves import REVIEW_ON
from service.referrals.document_queries import whole_document
from service.referrals.model import Placement, Referral
from service.referrals.queries import parts_of


def start_again(session: Session, actor: Actor, referral: Referral) -> None:
    """Start the clocks of a referral and its stays as they stand by now.

    What destinations owe goes on when nothing rests any more, and the end of sharing when it is near.

    Args:
        referral: locked; its clocks ended with the case.
    """
    dates.follow_curfew(session, actor, referral, whole_document(session, referral))
    sharing.follow_basis(session, actor, referral)
    for part in parts_of(session, referral):
        placement = session.get(Placement, part.id) if part.destination.placement else None
        if placement is not None:
            stay_clocks.follow_state(session, actor, part, placement)
        for kind, schema in part.destination.updates.items():
            if REVIEW_ON in schema().fields:
                follow_review_day(session, actor, part, kind)
