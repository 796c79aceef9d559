"""Puts right or withdraws a result: what it answered is open again, unless what is said instead answers."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements, clock, settling
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import asked, completeness, queries, writes
from service.checks.actions import meetings, redirecting, weighing
from service.checks.model import CheckRequest, CheckResult
from service.checks.rules import SubjectRef
from service.checks.states import SET_ASIDE, Action, State
from service.checks.taken_back import TakenBack, follow_taken_back
from service.corrections.rules import Instead, standing
from service.db import Json
from service.http.problems import invalid
from service.people.actions import verifying

NOT_ASKED: Final = SET_ASIDE
"""Where nothing is to be answered any more, whatever is withdrawn."""


@bypasses_row_security
def correct_result(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    result: CheckResult,
    instead: Instead,
    *,
    findings: Json,
) -> CheckResult:
    """Put right or withdraw a result; the old one stays, and its review is opened again.

    Args:
        request: its check is locked, and before that what rests on its answers: see `lock_what_rests_on`.
        result: of the caller's organisation; it stands.
        instead: as `answer` of `return_result`, or its withdrawal.
        findings: what is found instead as JSON, for storing.

    Raises:
        Problem: 422 when what is said instead contradicts itself or the request.
    """
    answer, reason = instead
    reviewed = _was_reviewed(session, request, result)
    unsigned = [review.id for review in queries.reviews_due(session, [request]).waiting.values()]
    writes.take_answer_back(session, request, result.id, _answered_otherwise(session, request, result))
    if answer is None:
        correction = writes.withdraw_result(session, actor, request, result, reason)
    else:
        correction = _say_instead(session, actor, request, result, answer, findings=findings, reason=reason)
    _move(session, actor, request, correction)
    verifying.end_where_answered(session, actor, queries.check_of(session, request).person_id, request.id)
    meetings.follow_meetings(session, actor, queries.check_of(session, request), request)
    if unsigned:
        agreements.lapse(session, unsigned, "review_countersigned", "nil_return_drawn")
    said = asked.answers_of(session, [result.id])[result.id]
    follow_taken_back(
        session,
        actor,
        TakenBack(
            check=queries.check_of(session, request),
            request_id=request.id,
            answered_at=result.returned_at,
            addresses=frozenset(one.subject_id for one in said if one.kind == "address"),
            because=reason,
            review=reviewed and request.id not in queries.reviews_due(session, [request]).to_do,
        ),
    )
    return correction


def _was_reviewed(session: Session, request: CheckRequest, result: CheckResult) -> bool:
    """Return whether probation has reviewed a result, or one that it puts right."""
    first = next(
        one.first for one in standing(queries.results_of(session, [request.id])) if one.last.id == result.id
    )
    return any(
        review.up_to_result is None or review.up_to_result >= first.number
        for review, _ in queries.reviews_of(session, [request.id])
    )


def _say_instead(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    result: CheckResult,
    answer: Mapping[str, Any],
    *,
    findings: Json,
    reason: str,
) -> CheckResult:
    weighed = weighing.weigh(session, request, answer)
    if weighed.faults:
        raise invalid(weighed.faults)
    correction = writes.add_result(
        session,
        actor,
        request,
        answer,
        findings,
        question_version=weighed.version,
        complete=weighed.complete,
        outcomes=weighed.outcomes,
        supplement=result.supplement,
        corrects=result,
        because=reason,
    )
    writes.note_answered(session, request, correction.id, weighed.answered)
    return correction


def _move(session: Session, actor: Actor, request: CheckRequest, correction: CheckResult) -> None:
    action = _action(session, request)
    changes: dict[str, Any] = {}
    if action is Action.CORRECT_ALL and request.answered_at is None and State(request.state) not in NOT_ASKED:
        changes["answered_at"] = clock.now()
    if action in {Action.CORRECT_PART, Action.TAKE_BACK}:
        changes["answered_at"] = None
    if State(request.state) in SET_ASIDE:
        changes["asked_no_longer"] = True
    disputing = redirecting.disputing(session, request) if action is Action.CORRECT_ALL else []
    writes.move(
        session,
        actor,
        request,
        writes.require(request, action, side="agency"),
        changes=changes,
        data={
            "result": correction.id,
            "number": correction.number,
            "corrects": correction.corrects_id,
            "withdrawn": correction.withdrawn,
        },
        fields=["corrects", "reason"],
    )
    if disputing:
        redirecting.carry_on(session, actor, disputing, request)
        settling.mark(session, actor, request.person_id)


def _action(session: Session, request: CheckRequest) -> Action:
    """Return what a correction makes of a request, by what is answered now."""
    if State(request.state) is State.REFUSED:
        return Action.CORRECT_PART
    nothing_asked = State(request.state) in SET_ASIDE or request.asked_no_longer
    if nothing_asked or not completeness.still_open(asked.to_answer(session, request), ()):
        return Action.CORRECT_ALL
    return Action.CORRECT_PART if queries.standing_results_of(session, request) else Action.TAKE_BACK


def _answered_otherwise(
    session: Session, request: CheckRequest, result: CheckResult
) -> dict[SubjectRef, UUID]:
    """Return which of the other results that stand answer subjects of a request as it is asked about now."""
    others = [one for one in queries.standing_results_of(session, request) if one.id != result.id]
    said = asked.answers_of(session, [one.id for one in others])
    found: dict[SubjectRef, UUID] = {}
    for other in others:
        named = {asked.ref_of(row) for row in said[other.id]}
        for one in asked.to_answer(session, request):
            if one.subject in named and one.is_asked_in(other.question_version):
                found.setdefault(one.subject, other.id)
    return found
