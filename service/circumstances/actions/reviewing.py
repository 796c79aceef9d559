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
    """Propose of reviews that nothing need change, and ask a manager once about those on one record."""
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
    of_record: dict[UUID, list[Review]] = {}
    for one in said:
        of_record.setdefault(one.person_id, []).append(one)
    for together in of_record.values():
        found = found_of(session, together)
        agreements.ask_for(session, actor, writes.NO_CHANGE, together[0].id, found, reason=reason)


def found_of(session: Session, reviews: Sequence[Review]) -> agreements.Found:
    """Return what one decision about some reviews is about.

    Args:
        reviews: of one record and kind, locked.
    """
    ids = [one.id for one in reviews]
    recorded, outcomes = queries.practitioners_of(session, ids), queries.outcomes_of(session, ids)
    found = {one.practitioner for one in outcomes.values()}
    first, *beside = reviews
    return agreements.Found(
        first,
        holding_queries.clock_case_of(session, first.person_id, first.probation_id, f"{first.kind}_review"),
        Matter(
            person_id=first.person_id,
            practitioners=frozenset(found.union(*recorded.values())),
            subjects=frozenset(ids),
            kinds=four_eyes.KINDS,
        ),
        beside,
    )


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
    session: Session, actor: Actor, reviews: Sequence[Review], known: Known
) -> dict[UUID, ReviewProposal]:
    """Return the proposals that wait for a manager's agreement, insisting that the caller may decide each.

    Args:
        known: of these reviews.

    Returns:
        The proposal of each review, by its id.

    Raises:
        Problem: 409 when none waits; 403 for a caller who may not decide it.
    """
    for review in reviews:
        if review.state != State.AWAITING_AGREEMENT:
            raise _not_now(session, actor, review, known, "This review is not waiting for agreement.")
    proposals = {
        proposal.review_id: proposal
        for proposal, _ in queries.proposals_of(session, [one.id for one in reviews])
    }
    for review in reviews:
        matter = four_eyes.matter_of(review, known, proposals[review.id])
        require_independent_manager(actor, matter, known.own)
    return proposals


@bypasses_row_security
def agree_to_reviews(
    session: Session, actor: Actor, reviews: Sequence[Review], known: Known, *, agreed: bool, reason: str
) -> None:
    """Record a manager's own decision on proposals: it completes the reviews, or opens all of them again.

    Args:
        reviews: locked, of one record.
        known: of these reviews.
        reason: why, also why it is agreed.

    Raises:
        Problem: 409 when no proposal waits; 403 for a caller who may not decide it.
    """
    manager = named(actor)
    proposals = require_waiting_for_agreement(session, actor, reviews, known)
    changes = queries.changes_of(session, reviews)
    for review in reviews:
        proposal, change = proposals[review.id], changes[review.change_id]
        if agreed:
            writes.complete(
                session,
                actor,
                change,
                review,
                {name: getattr(proposal, name) for name in _PROPOSED},
                by=proposal.practitioner,
                manager=manager,
                agrees_to=proposal,
                reason=reason,
            )
        else:
            writes.send_back(
                session, actor, change, review, proposal=proposal, manager=manager, reason=reason
            )
    (writes.stop_clocks if agreed else writes.resume_clocks)(session, reviews)
    _record(session, actor, reviews, agreed=agreed, reason=reason)


_PROPOSED = ("no_change_reason", "considered", "withheld", "reason")


def _not_now(session: Session, actor: Actor, review: Review, known: Known, why: str) -> Problem:
    waiting = {
        proposal.review_id: proposal
        for proposal, said in queries.proposals_of(session, [review.id])
        if not said
    }
    decides = bool(four_eyes.may_agree(actor, [review], waiting, known))
    return conflict(why, state=review.state, allowed=states.calls(State(review.state), manager=decides))
