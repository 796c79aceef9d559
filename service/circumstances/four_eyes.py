"""Who may agree that a review changes nothing. Reads only."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.four_eyes import Matter, is_manager, may_decide
from service.circumstances import queries
from service.circumstances.model import Review, ReviewProposal
from service.people.actions.deciding import own_work


def matter_of(session: Session, review: Review, proposal: ReviewProposal | None = None) -> Matter:
    """Return what agreeing to a review decides.

    Args:
        proposal: that nothing need change, where one was made.
    """
    return _matter(review, queries.practitioners_of(session, [review.id])[review.id], proposal)


def may_agree(
    session: Session, actor: Actor, reviews: Sequence[Review], proposals: dict[UUID, ReviewProposal]
) -> set[UUID]:
    """Return the ids of the reviews of which the caller may agree that nothing need change.

    Args:
        proposals: the one that waits, by the review's id.
    """
    if not reviews or not is_manager(actor):
        return set()
    own = own_work(session, actor, {review.person_id for review in reviews})
    practitioners = queries.practitioners_of(session, [review.id for review in reviews])
    return {
        review.id
        for review in reviews
        # A share of the changes alone does not show the referral, and so not who is accountable.
        if review.id in practitioners
        and may_decide(actor, _matter(review, practitioners[review.id], proposals.get(review.id)), own)
    }


def _matter(review: Review, practitioners: set[str | None], proposal: ReviewProposal | None) -> Matter:
    proposed_by = {proposal.practitioner} if proposal else set()
    return Matter(person_id=review.person_id, practitioners=frozenset(practitioners | proposed_by))
