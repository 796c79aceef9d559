"""How agreements about checks are found, and carried out through the doors of their subjects."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.agreements import Decision, Fact, Found
from service.agreements.model import Agreement
from service.checks import queries, writes
from service.checks.actions import asking, deciding
from service.checks.four_eyes import found_of, own_work_on
from service.checks.model import Check, CheckRequest, CheckReview
from service.checks.states import UNANSWERED, UNSENT, State
from service.http.problems import conflict, not_found
from service.people import visibility


def _rests_on_check(session: Session, agreement: Agreement) -> list[Fact]:
    """What each agency is asked in this check, and whether it still is."""
    return _asked(session, queries.requests_of(session, [agreement.subject_id]))


def _rests_on_request(session: Session, agreement: Agreement) -> list[Fact]:
    """What the agency is asked; another check that the request serves by now asks it too."""
    return _asked(session, [session.get_one(CheckRequest, agreement.subject_id)])


def _rests_on_stopped(session: Session, agreement: Agreement) -> list[Fact]:
    """What is asked in the check beside the question that was stopped."""
    request = session.get_one(CheckRequest, agreement.subject_id)
    return _asked(session, queries.requests_of(session, [request.check_id]))


def _rests_on_answer(session: Session, agreement: Agreement) -> list[Fact]:
    """What the agency was asked, and everything that it has answered."""
    request_id = session.get_one(CheckReview, agreement.subject_id).request_id
    answers = queries.results_of(session, [request_id])
    return [
        *_asked(session, [session.get_one(CheckRequest, request_id)]),
        *(Fact("check_result", one.id, str(one.number), one.returned_at) for one in answers),
    ]


def _asked(session: Session, requests: Sequence[CheckRequest]) -> list[Fact]:
    asked = queries.last_asked(session, [one.id for one in requests])
    return [
        Fact(
            "check_request",
            one.id,
            f"{one.state} {one.question_version} {one.urgency}",
            max(asked.get(one.id, one.required_at), one.answered_at or one.required_at),
        )
        for one in requests
    ]


def _find_check(session: Session, actor: Actor, check_id: UUID) -> Found:
    seen = queries.find_check(session, actor, check_id, to_change=True)
    visibility.require_holder(actor, seen.probation_id)
    check = writes.lock(session, seen)
    return found_of(session, check, check, queries.requests_of(session, [check_id]))


def _find_request(session: Session, actor: Actor, request_id: UUID) -> Found:
    request = queries.find_request(session, actor, request_id, to_change=True)
    visibility.require_holder(actor, request.probation_id)
    check = writes.lock_request(session, request)
    return found_of(session, check, request, [request])


def _find_review(session: Session, actor: Actor, review_id: UUID) -> Found:
    request_id = queries.request_of_review(session, review_id)
    if request_id is None:
        raise not_found()
    request = queries.find_request(session, actor, request_id, to_change=True)
    visibility.require_holder(actor, request.probation_id)
    check = writes.lock_request(session, request)
    for review, _ in queries.reviews_of(session, [request.id]):
        if review.id == review_id:
            return found_of(session, check, review, [request], [review])
    raise not_found()


def _require_unanswered(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> None:
    del actor, given
    check: Check = found.row
    states = {State(request.state) for request in queries.requests_of(session, [check.id])}
    if states.isdisjoint(UNANSWERED):
        raise conflict("Every part of this check has been answered.", state=check.state)


def _require_sent(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> None:
    del session, actor, given
    request: CheckRequest = found.row
    if State(request.state) not in UNANSWERED - UNSENT:
        raise conflict(
            "Only a request that has been sent and not answered can be cancelled.", state=request.state
        )


def _not_required(
    session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision
) -> None:
    del agreement
    own = own_work_on(session, actor, [found.row])
    deciding.decide_not_required(session, actor, found.row, decision.reason, own)


def _cancel(session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision) -> None:
    del agreement
    asking.cancel(session, actor, found.row, decision.reason)


@bypasses_row_security
def _owe_again(
    session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision
) -> None:
    request: CheckRequest = found.row
    asking.reinstate(session, actor, request)
    agreements.record_decision(
        session,
        actor,
        agreement.kind,
        subject_id=request.id,
        person_id=agreement.person_id,
        organisation_id=agreement.organisation_id,
        agreed=False,
        reason=decision.reason,
    )


def _sign(*, agreed: bool) -> agreements.Carry:
    def sign(session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision) -> None:
        del agreement
        request = session.get_one(CheckRequest, found.row.request_id)
        own = own_work_on(session, actor, [queries.check_of(session, request)])
        deciding.countersign_review(
            session, actor, request, found.row, own, agreed=agreed, reason=decision.reason
        )

    return sign


_SIGNED: Final = agreements.Subject(
    rests_on=_rests_on_answer, find=_find_review, agree=_sign(agreed=True), disagree=_sign(agreed=False)
)

agreements.register(
    check_not_required=agreements.Subject(
        rests_on=_rests_on_check, find=_find_check, require=_require_unanswered, agree=_not_required
    ),
    check_request_cancelled=agreements.Subject(
        rests_on=_rests_on_request, find=_find_request, require=_require_sent, agree=_cancel
    ),
    wrong_person_stopped=agreements.Subject(
        rests_on=_rests_on_stopped, find=_find_request, disagree=_owe_again
    ),
    review_countersigned=_SIGNED,
    nil_return_drawn=_SIGNED,
    check_review_endorsed=agreements.Subject(rests_on=_rests_on_answer, find=_find_review),
)
