"""What probation makes of a check: not required, what an answer changes, whether a manager agrees."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements
from service.access.actor import Actor, Practitioner
from service.access.case_acts import Act, may_act
from service.access.four_eyes import OwnWork, may_decide
from service.access.row_visibility import bypasses_row_security
from service.checks import policies, queries, rules, writes
from service.checks.actions.asking import end
from service.checks.four_eyes import found_of, matter_of, own_work_on
from service.checks.model import Check, CheckCountersignature, CheckRequest, CheckReview
from service.checks.states import UNANSWERED, Action, State
from service.db import new_id
from service.http.problems import Problem, conflict, forbidden
from service.people import queries as people
from service.people.actions.deciding import require_independent_manager, require_to_act

COUNTERSIGNED = frozenset({"high", "very_high"})
"""The levels of risk of serious harm at which a manager countersigns what an answer changes."""


@bypasses_row_security
def decide_not_required(session: Session, actor: Actor, check: Check, reason: str, own: OwnWork) -> None:
    """Take the obligation away: a named manager's decision. What has been answered already stays answered.

    What another check asks as well, that was raised for something else, goes on for that one.

    Args:
        check: locked.
        reason: why no answer is needed.
        own: what this caller did in the case.

    Raises:
        Problem: 409 when nothing of it is unanswered; 403 when the caller may not decide it.
    """
    manager = _require_practitioner(actor)
    unanswered = require_unanswered(session, actor, check, own)
    writes.decide_not_required(session, actor, check, manager=manager.id, reason=reason)
    _agreed(session, actor, check, "check_not_required", subject_id=check.id, reason=reason)
    alone = [one for one in unanswered if not _required_besides(session, check, one)]
    rows = [writes.require(request, Action.CANCEL, side="probation", manager=True) for request in alone]
    if alone:
        end(session, actor, list(zip(alone, rows, strict=True)), reason)
    writes.recount(session, actor, check)


def _required_besides(session: Session, check: Check, request: CheckRequest) -> bool:
    """Return whether a request serves a check, too, that nobody has decided about."""
    served = queries.check_of(session, request), *writes.checks_served(session, [request])[request.id]
    return any(one is not check and one.not_required_by is None for one in served)


def require_unanswered(session: Session, actor: Actor, check: Check, own: OwnWork) -> list[CheckRequest]:
    """Return the unanswered requests of a check, if there are any and the caller may decide about them.

    Args:
        own: what this caller did in the case.

    Raises:
        Problem: 409 when there is nothing; 403 when the caller may not decide it.
    """
    unanswered = queries.unanswered_of(check, queries.requests_of(session, [check.id]))
    if not unanswered:
        raise _conflict(session, actor, check, "Every part of this check has been answered.")
    require_independent_manager(actor, matter_of(check, unanswered), own)
    return unanswered


def require_answer_to_review(session: Session, actor: Actor, check: Check, own: OwnWork) -> None:
    """Insist that an answer to a check waits for a review, and that the caller may review it.

    Args:
        own: how this caller stands to the case.

    Raises:
        Problem: 409 when none does; 403 to who is not accountable.
    """
    requests = queries.requests_of(session, [check.id])
    if not queries.reviews_due(session, requests).to_do:
        raise _conflict(session, actor, check, "No answer here is waiting for a review.")
    require_to_act(actor, Act.REVIEW_ANSWER, check.person_id, own)


@bypasses_row_security
def review_answer(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    changes: Sequence[str],
    reason: str,
) -> CheckReview:
    """Record what an answer changes, and why; where `rules.countersigned_as` says so, a manager is asked.

    Args:
        request: its check is locked.
        changes: what it changes, or `nothing`.
        reason: why; also why nothing.

    Raises:
        Problem: 409 when there is no answer to review, or a review is waiting for a manager.
    """
    practitioner = _require_practitioner(actor)
    due = queries.reviews_due(session, [request])
    if request.id in due.waiting:
        raise _conflict(session, actor, request, "A review is waiting for a manager's countersignature.")
    if request.id not in due.to_do:
        raise _conflict(session, actor, request, "There is no answer here to review.")
    check = queries.check_of(session, request)
    level = people.highest_rosh(session, check.person_id) or check.rosh_highest
    review_id = new_id()
    asked = _countersigned_as(session, request, review_id, changes, level)
    review = writes.add_review(
        session,
        request,
        practitioner,
        review_id=review_id,
        up_to_result=max(result.number for result in queries.results_of(session, [request.id])),
        changes=changes,
        reason=reason,
        rosh_highest=level,
        countersignature_needed=asked is not None,
    )
    if asked:
        found = found_of(session, check, review, [request], [review])
        agreements.ask_for(session, actor, asked, review.id, found, reason=reason)
        writes.wait_for_signature(session, request)
        writes.record_event(
            session,
            actor,
            request,
            "check_request.countersignature_needed",
            fields=("changes", "reason"),
        )
    else:
        _close_request(session, actor, request, review.changes)
    return review


@bypasses_row_security
def countersign_review(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    review: CheckReview,
    own: OwnWork,
    *,
    agreed: bool,
    reason: str,
) -> CheckCountersignature:
    """Record a manager's decision on a review: agreement closes it, otherwise the answer is reviewed again.

    Args:
        own: what this caller did in the case.

    Raises:
        Problem: 409 when the review is not waiting for a signature; 403 when the caller may not sign it.
    """
    manager = _require_practitioner(actor)
    require_waiting_for_signature(session, actor, request, review, own)
    signature = writes.add_countersignature(session, review, manager, agreed=agreed, reason=reason)
    _agreed(
        session,
        actor,
        queries.check_of(session, request),
        "review_countersigned",
        "nil_return_drawn",
        subject_id=review.id,
        agreed=agreed,
        reason=reason,
    )
    if agreed:
        _close_request(session, actor, request, review.changes)
    else:
        writes.go_on_reviewing(session, request)
        writes.record_event(
            session, actor, request, "check_request.review_sent_back", fields=("agreed", "reason")
        )
    return signature


def require_waiting_for_signature(
    session: Session, actor: Actor, request: CheckRequest, review: CheckReview, own: OwnWork
) -> None:
    """Insist that a review waits for this manager's signature.

    Args:
        own: what this caller did in the case.

    Raises:
        Problem: 409 when it does not wait; 403 when the caller may not sign it.
    """
    if queries.reviews_due(session, [request]).waiting.get(request.id) is not review:
        raise _conflict(session, actor, request, "This review is not waiting for a countersignature.")
    check = queries.check_of(session, request)
    require_independent_manager(actor, matter_of(check, [request], [review]), own)


def allowed_of_check(
    actor: Actor,
    check: Check,
    requests: Iterable[CheckRequest],
    due: queries.ReviewsDue,
    own: OwnWork,
) -> list[str]:
    """Return what this caller may do about a check as a whole now.

    Args:
        requests: all of the check's.
        due: what is to be done about their answers.
        own: what this caller did in the case.
    """
    if actor.only_reads(check.probation_id):
        return []
    found = list(requests)
    unanswered = [request for request in found if State(request.state) in UNANSWERED]
    reviews = may_act(actor, Act.REVIEW_ANSWER, check.person_id, own)
    allowed = {
        "not_required": bool(unanswered)
        and may_decide(actor, matter_of(check, unanswered), own)
        and bool(queries.unanswered_of(check, unanswered)),
        "review": reviews and any(request.id in due.to_do for request in found),
        "countersign": any(
            may_decide(actor, matter_of(check, [request], [due.waiting[request.id]]), own)
            for request in found
            if request.id in due.waiting
        ),
    }
    return [name for name, holds in allowed.items() if holds]


def _countersigned_as(
    session: Session, request: CheckRequest, review_id: UUID, changes: Sequence[str], level: str | None
) -> str | None:
    """Return what a manager is asked for when an answer is reviewed; None when the review closes it."""
    nothing, person_id = "nothing" in changes, queries.check_of(session, request).person_id
    return rules.countersigned_as(
        nothing=nothing,
        managed=level in COUNTERSIGNED,
        news=any(not one.nothing_found for one in queries.standing_results_of(session, request)),
        on_a_plan=nothing and queries.child_on_a_plan(session, person_id),
        drawn=review_id.int % policies.NIL_RETURNS_DRAWN_ONE_IN == 0,
    )


def _agreed(
    session: Session,
    actor: Actor,
    check: Check,
    *kinds: str,
    subject_id: UUID,
    reason: str,
    agreed: bool = True,
) -> None:
    agreements.record_decision(
        session,
        actor,
        *kinds,
        subject_id=subject_id,
        person_id=check.person_id,
        organisation_id=check.probation_id,
        agreed=agreed,
        reason=reason,
    )


def _conflict(session: Session, actor: Actor, what: Check | CheckRequest, why: str) -> Problem:
    check = what if isinstance(what, Check) else queries.check_of(session, what)
    requests = queries.requests_of(session, [check.id])
    due, own = queries.reviews_due(session, requests), own_work_on(session, actor, [check])
    allowed = allowed_of_check(actor, check, requests, due, own)
    return conflict(why, state=what.state, allowed=allowed)


def _require_practitioner(actor: Actor) -> Practitioner:
    if actor.practitioner is None:
        raise forbidden("practitioner-required", "Name the practitioner")
    return actor.practitioner


def _close_request(session: Session, actor: Actor, request: CheckRequest, changes: Sequence[str]) -> None:
    writes.move(
        session,
        actor,
        request,
        writes.require(request, Action.REVIEW, side="probation"),
        data={"changes": list(changes)},
        fields=("changes", "reason"),
    )
