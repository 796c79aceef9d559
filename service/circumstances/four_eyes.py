"""Who may complete a review, and who may agree that it changes nothing. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.case_acts import Act, may_act
from service.access.four_eyes import Matter, OwnWork, is_manager, may_decide
from service.circumstances import queries
from service.circumstances.model import Review, ReviewProposal
from service.people.actions.deciding import own_work

KINDS: Final = frozenset({"review_no_change", "review_endorsed"})
"""What a manager may be asked to agree to about a review."""


@dataclass(frozen=True, slots=True)
class Known:
    """What four eyes must know of several reviews; completing one, or agreeing to it, changes none of it.

    Args:
        own: what the caller did in the cases, and how they stand to them.
        practitioners: for a manager, whose each case and change is, by the review's id.
    """

    own: OwnWork
    practitioners: Mapping[UUID, set[str | None]]


def known_of(session: Session, actor: Actor, reviews: Sequence[Review]) -> Known:
    """Return what four eyes must know of several reviews."""
    if not reviews:
        return Known(OwnWork(), {})
    own = own_work(session, actor, {review.person_id for review in reviews})
    if not is_manager(actor):
        return Known(own, {})
    return Known(
        own,
        queries.practitioners_of(session, [review.id for review in reviews]),
    )


def may_agree(
    actor: Actor, reviews: Sequence[Review], proposals: Mapping[UUID, ReviewProposal], known: Known
) -> set[UUID]:
    """Return the ids of the reviews of which the caller may agree that nothing need change.

    Args:
        proposals: the one that waits, by the review's id.
    """
    if not is_manager(actor):
        return set()
    return {
        review.id
        for review in reviews
        # A share of the changes alone does not show the referral, and so not who is accountable.
        if review.id in known.practitioners
        and may_decide(actor, matter_of(review, known, proposals.get(review.id)), known.own)
    }


def may_complete(actor: Actor, review: Review, known: Known) -> bool:
    """Return whether the caller may complete a review: whoever is accountable for the case, or a manager."""
    return may_act(actor, Act.COMPLETE_REVIEW, review.person_id, known.own)


def matter_of(review: Review, known: Known, proposal: ReviewProposal | None) -> Matter:
    """Return what agreeing to a review decides, for a manager.

    Args:
        proposal: that nothing need change, where one was made.
    """
    proposed_by = {proposal.practitioner} if proposal else set()
    return Matter(
        person_id=review.person_id,
        practitioners=frozenset(known.practitioners[review.id] | proposed_by),
        subjects=frozenset({review.id}),
        kinds=KINDS,
    )
