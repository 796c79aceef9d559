"""Completes reviews: what they change, or why nothing, to which a manager agrees in a call of their own."""

from collections import Counter
from collections.abc import Mapping, Sequence
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


@bypasses_row_security
def complete_together(
    session: Session,
    actor: Actor,
    reviews: Sequence[Review],
    completion: Mapping[str, Any],
    known: Known,
) -> None:
    """Complete a review, and the others of the person that are named with it: all or none.

    What they find is recorded, and done by people. One that would change nothing is completed at once only by
    a manager who may decide it; from anyone else it is a proposal, which waits for such a manager.

    Args:
        reviews: locked; the first is open, and the others were named with it.
        completion: a valid `Completion`; each review takes from it what it has to consider.
        known: of all of them.

    Raises:
        Problem: 422 naming what is no review that can be completed with this one, and all that is wanting;
            409 where one of them does not wait to be completed; 403 to who may not complete it.
    """
    found = {name: value for name, value in completion.items() if name != "also"}
    review, *beside = reviews
    there = {one.id for one in beside}
    strange = [index for index, one in enumerate(completion["also"]) if one not in there]
    if strange:
        raise invalid(Fault(f"/also/{index}", NOT_BESIDE) for index in strange)
    for one in beside:
        require_to_be_completed(session, actor, one, known)
    said = {review: found} | {
        one: found | {"considered": [each for each in found["considered"] if each["what"] in one.consider]}
        for one in beside
    }
    for one, what in said.items():
        if unfit := rules.completion_faults(one.kind, one.consider, what):
            raise invalid(Fault(f"/{each.member}", each.words) for each in unfit)
    decides = four_eyes.may_agree(actor, list(said), {}, known) if rules.needs_agreement(found) else None
    changes = queries.changes_of(session, said)
    _complete(
        session, actor, {one: said[one] for one in said if decides is None or one.id in decides}, changes
    )
    if decides is not None:
        _propose(session, actor, {one: said[one] for one in said if one.id not in decides}, changes)


def _complete(
    session: Session,
    actor: Actor,
    said: Mapping[Review, Mapping[str, Any]],
    changes: Mapping[UUID, Change],
) -> None:
    """Complete reviews with what was said of each; where nothing need change, as who may decide that."""
    if not said:
        return
    practitioner = named(actor)
    found = next(iter(said.values()))
    manager = practitioner if rules.needs_agreement(found) else None
    for one, what in said.items():
        writes.complete(
            session, actor, changes[one.change_id], one, what, by=practitioner.id, manager=manager
        )
    writes.stop_clocks(session, said)
    if manager:
        _record(session, actor, list(said), agreed=True, reason=found["no_change_reason"])


def _propose(
    session: Session,
    actor: Actor,
    said: Mapping[Review, Mapping[str, Any]],
    changes: Mapping[UUID, Change],
) -> None:
    """Propose of reviews that nothing need change, and ask a manager about each."""
    if not said:
        return
    before = Counter(one.review_id for one, _ in queries.proposals_of(session, [one.id for one in said]))
    for one, what in said.items():
        writes.propose(
            session,
            actor,
            changes[one.change_id],
            one,
            number=before[one.id] + 1,
            no_change_reason=what["no_change_reason"],
            considered=what["considered"],
            withheld=what["withheld"],
            reason=what.get("reason"),
            practitioner=named(actor).id,
        )
    writes.pause_clocks(session, said)
    reason = next(iter(said.values()))["no_change_reason"]
    agreements.ask_for_each(session, actor, writes.NO_CHANGE, founds_of(session, list(said)), reason=reason)


def founds_of(session: Session, reviews: Sequence[Review]) -> dict[UUID, agreements.Found]:
    """Return what a decision about each of some reviews is about, by their ids.

    Args:
        reviews: locked.
    """
    ids = [one.id for one in reviews]
    practitioners, outcomes = queries.practitioners_of(session, ids), queries.outcomes_of(session, ids)
    return {
        one.id: agreements.Found(
            one,
            holding_queries.clock_case_of(session, one.person_id, one.probation_id, f"{one.kind}_review"),
            Matter(
                person_id=one.person_id,
                practitioners=frozenset(practitioners.get(one.id, set()))
                | ({outcomes[one.id].practitioner} if one.id in outcomes else set()),
                subjects=frozenset({one.id}),
                kinds=four_eyes.KINDS,
            ),
        )
        for one in reviews
    }


def _record(session: Session, actor: Actor, reviews: Sequence[Review], *, agreed: bool, reason: str) -> None:
    """Record what a manager decided about reviews of one person."""
    review = reviews[0]
    agreements.record_decisions(
        session,
        actor,
        writes.NO_CHANGE,
        subject_ids=[one.id for one in reviews],
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
        writes.stop_clocks(session, [review])
    else:
        writes.send_back(session, actor, change, review, proposal=proposal, manager=manager, reason=reason)
    _record(session, actor, [review], agreed=agreed, reason=reason)


_PROPOSED = ("no_change_reason", "considered", "withheld", "reason")


def _not_now(session: Session, actor: Actor, review: Review, known: Known, why: str) -> Problem:
    waiting = {
        proposal.review_id: proposal
        for proposal, said in queries.proposals_of(session, [review.id])
        if not said
    }
    decides = bool(four_eyes.may_agree(actor, [review], waiting, known))
    return conflict(why, state=review.state, allowed=states.calls(State(review.state), manager=decides))
