"""Completes reviews: what they change, or why nothing and who agreed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.access.permissions import MANAGERS
from service.access.reach import settled_by_the_service
from service.circumstances import door, rules
from service.circumstances.model import Change, Review, ReviewOutcome
from service.errors import Fault, invalid
from service.referrals.actions.submit import named


@settled_by_the_service
def complete_review(session: Session, actor: Actor, review: Review, completion: Mapping[str, Any]) -> None:
    """Complete a review; what it finds is recorded, and done by people.

    Args:
        review: locked.
        completion: a valid `Completion`.

    Raises:
        Problem: 422 naming everything that is still wanting; 409 when it was completed before.
    """
    practitioner = named(actor)
    unfit = rules.completion_faults(
        review.kind,
        review.consider,
        completion,
        by=practitioner.id,
        by_manager=practitioner.role in MANAGERS,
    )
    if unfit:
        raise invalid(Fault(f"/{one.member}", one.words) for one in unfit)
    agreed = completion.get("agreed_by") or {}
    outcome = ReviewOutcome(
        review_id=review.id,
        changes=completion.get("changes", []),
        no_change_reason=completion.get("no_change_reason"),
        agreed_by=agreed.get("id"),
        agreed_role=agreed.get("role"),
        considered=completion["considered"],
        disclosure=completion.get("disclosure"),
        withheld=completion["withheld"],
        reason=completion.get("reason"),
        practitioner=practitioner.id,
        completed_at=clock.now(),
    )
    door.complete(session, actor, session.get_one(Change, review.change_id), review, outcome)
