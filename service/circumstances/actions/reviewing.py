"""Completes reviews: what they change, or why nothing, to which a manager agrees in a call of their own."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements
from service.access import Actor
from service.access.case_acts import Act
from service.access.four_eyes import Matter
from service.access.row_visibility import bypasses_row_security
from service.circumstances import four_eyes, queries, rules, states, writes
from service.circumstances.four_eyes import Known
from service.circumstances.model import Change, Review, ReviewProposal
from service.circumstances.states import State
from service.errors import Fault
from service.http.problems import Problem, conflict, invalid
from service.people import holding_queries
from service.people.actions.deciding import require_independent_manager, require_to_act
from service.referrals.actions.submit import named

NOT_BESIDE: Final = "Is no other review of this person and of this kind."


def require_to_be_completed(session: Session, actor: Actor, review: Review, known: Known) -> None:
    """Require that a review waits to be completed, and that the caller may.

    Args:
        known: of this review.

    Raises:
        Problem: 409; 403 to who is not accountable.
    """
    if review.state == State.AWAITING_AGREEMENT:
        raise _not_now(session, actor, review, known, "This review waits for a manager's agreement.")
    if review.state != State.OPEN:
        raise _not_now(session, actor, review, known, "This review has been completed.")
    require_to_act(actor, Act.COMPLETE_REVIEW, review.person_id, known.own)


def complete_together(
    session: Session, actor: Actor, review: Review, completion: Mapping[str, Any], known: Known
) -> None:
    """Complete a review, and the others of the person that are named with it: all or none.

    Args:
        review: locked and open.
        completion: a valid `Completion`; each review takes from it what it has to consider.
        known: of this review.

    Raises:
        Problem: 422 naming what is no review that can be completed with this one, and all that is wanting;
            409 where one of them does not wait to be completed; 403 to who may not complete it.
    """
    found = {name: value for name, value in completion.items() if name != "also"}
    also: list[UUID] = completion["also"]
    others = queries.reviews_beside(session, actor, review, also) if also else ()
    there = {one.id for one in others}
    strange = [index for index, one in enumerate(also) if one not in there]
    if strange:
        raise invalid(Fault(f"/also/{index}", NOT_BESIDE) for index in strange)
    if others:
        known = four_eyes.known_of(session, actor, [review, *others])
    for one in others:
        require_to_be_completed(session, actor, one, known)
    complete_review(session, actor, review, found, known)
    for one in others:
        considered = [said for said in found["considered"] if said["what"] in one.consider]
        complete_review(session, actor, one, found | {"considered": considered}, known)


@bypasses_row_security
def complete_review(
    session: Session, actor: Actor, review: Review, completion: Mapping[str, Any], known: Known
) -> None:
    """Complete a review; what it finds is recorded, and done by people.

    One that would change nothing is completed at once only by a manager who may decide it; from anyone else
    it is a proposal, which waits for such a manager.

    Args:
        review: locked and open.
        completion: a valid `Completion`.
        known: of this review.

    Raises:
        Problem: 422 naming everything that is still wanting.
    """
    practitioner = named(actor)
    unfit = rules.completion_faults(review.kind, review.consider, completion)
    if unfit:
        raise invalid(Fault(f"/{one.member}", one.words) for one in unfit)
    change = session.get_one(Change, review.change_id)
    agreed_by = None
    if rules.needs_agreement(completion):
        if not four_eyes.may_agree(actor, [review], {}, known):
            _propose(session, actor, change, review, completion)
            return
        agreed_by = practitioner
    writes.complete(session, actor, change, review, completion, by=practitioner.id, manager=agreed_by)
    if agreed_by:
        _record(session, actor, review, agreed=True, reason=completion["no_change_reason"])


def _propose(
    session: Session, actor: Actor, change: Change, review: Review, completion: Mapping[str, Any]
) -> None:
    writes.propose(
        session,
        actor,
        change,
        review,
        number=len(queries.proposals_of(session, [review.id])) + 1,
        no_change_reason=completion["no_change_reason"],
        considered=completion["considered"],
        withheld=completion["withheld"],
        reason=completion.get("reason"),
        practitioner=named(actor).id,
    )
    found, reason = found_of(session, review), completion["no_change_reason"]
    agreements.ask_for(session, actor, writes.NO_CHANGE, review.id, found, reason=reason)


def found_of(session: Session, review: Review) -> agreements.Found:
    """Return what a decision about a review is about.

    Args:
        review: locked.
    """
    practitioners = queries.practitioners_of(session, [review.id]).get(review.id, set())
    outcome = queries.outcomes_of(session, [review.id]).get(review.id)
    completed_by = {outcome.practitioner} if outcome else set()
    matter = Matter(
        person_id=review.person_id,
        practitioners=frozenset(practitioners | completed_by),
        subjects=frozenset({review.id}),
        kinds=four_eyes.KINDS,
    )
    label = f"{review.kind}_review"
    case = holding_queries.clock_case_of(session, review.person_id, review.probation_id, label)
    return agreements.Found(review, case, matter)


def _record(session: Session, actor: Actor, review: Review, *, agreed: bool, reason: str) -> None:
    agreements.record_decision(
        session,
        actor,
        writes.NO_CHANGE,
        subject_id=review.id,
        person_id=review.person_id,
        organisation_id=review.probation_id,
        agreed=agreed,
        reason=reason,
    )


def require_waiting_for_agreement(
    session: Session, actor: Actor, review: Review, known: Known
) -> ReviewProposal:
    """Return the proposal that waits for a manager's agreement, insisting that the caller may decide it.

    Args:
        known: of this review.

    Raises:
        Problem: 409 when none waits; 403 for a caller who may not decide it.
    """
    if review.state != State.AWAITING_AGREEMENT:
        raise _not_now(session, actor, review, known, "This review is not waiting for agreement.")
    proposal, _ = queries.proposals_of(session, [review.id])[-1]
    require_independent_manager(actor, four_eyes.matter_of(review, known, proposal), known.own)
    return proposal


@bypasses_row_security
def agree_to_review(
    session: Session, actor: Actor, review: Review, known: Known, *, agreed: bool, reason: str
) -> None:
    """Record a manager's own decision on a proposal: agreed, it completes the review; else it is open again.

    Args:
        review: locked.
        known: of this review.
        reason: why, also why it is agreed.

    Raises:
        Problem: 409 when no proposal waits; 403 for a caller who may not decide it.
    """
    manager = named(actor)
    proposal = require_waiting_for_agreement(session, actor, review, known)
    change = session.get_one(Change, review.change_id)
    if agreed:
        proposed = {name: getattr(proposal, name) for name in _PROPOSED}
        writes.complete(
            session,
            actor,
            change,
            review,
            proposed,
            by=proposal.practitioner,
            manager=manager,
            agrees_to=proposal,
            reason=reason,
        )
    else:
        writes.send_back(session, actor, change, review, proposal=proposal, manager=manager, reason=reason)
    _record(session, actor, review, agreed=agreed, reason=reason)


_PROPOSED = ("no_change_reason", "considered", "withheld", "reason")


def _not_now(session: Session, actor: Actor, review: Review, known: Known, why: str) -> Problem:
    waiting = {
        proposal.review_id: proposal
        for proposal, said in queries.proposals_of(session, [review.id])
        if not said
    }
    decides = bool(four_eyes.may_agree(actor, [review], waiting, known))
    return conflict(why, state=review.state, allowed=states.calls(State(review.state), manager=decides))
