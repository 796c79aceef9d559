"""Puts right or withdraws a result: what it answered is asked again, unless what is said instead answers.

What must be asked, and of whom, the record says as it is by now: it is marked, as after every change.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements, clock, settling
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import asked, completeness, queries, writes
from service.checks.actions import meetings, redirecting, sending, weighing
from service.checks.basis import has_basis, has_ended, is_over
from service.checks.model import CheckRequest, CheckResult
from service.checks.rules import Question, SubjectRef
from service.checks.states import SET_ASIDE, UNANSWERED, WITH_AGENCY, Action, State
from service.checks.taken_back import TakenBack, follow_taken_back
from service.corrections.rules import Instead, standing
from service.db import Json
from service.http.problems import invalid
from service.people.actions import verifying
from service.people.model import Person

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
    before = asked.to_answer(session, request)
    taken = writes.take_answer_back(
        session, request, result.id, _answered_otherwise(session, request, result)
    )
    if answer is None:
        correction = writes.withdraw_result(session, actor, request, result, reason)
    else:
        correction = _say_instead(session, actor, request, result, answer, findings=findings, reason=reason)
    now = asked.to_answer(session, request)
    left = frozenset(one.subject for one in now if not one.answered) & taken
    # What the agency asks back about is what it had not answered: the rest it can answer meanwhile.
    writes.keep_to_what_was_asked(request, before, now)
    beside = _open_beside(session, request)
    again = beside is None and _may_ask_again(session, request)
    if again:
        # It is told once the record has been looked at: about whom it must not be asked it does not read.
        writes.ask_anew(session, request, left)
    elif not result.supplement:
        # Whoever is asked now, it is not by this request. What came unawaited was owed by nobody.
        redirecting.leave_to_who_answers_now(session, actor, request)
        writes.withdraw_subjects(session, request, left)
    _move(session, actor, request, correction, again=again, beside=beside)
    said = asked.answers_of(session, [result.id])[result.id]
    about = {one.subject_id for one in said}
    verifying.end_where_answered(session, actor, request.person_id, request.id, about)
    settling.mark(session, actor, request.person_id)
    meetings.follow_meetings(session, actor, queries.check_of(session, request), request)
    if unsigned:
        agreements.lapse(session, unsigned, "review_countersigned", "nil_return_drawn")
    check = queries.check_of(session, request)
    # Nothing is asked again once the case has ended: whoever read the answer learns of it no other way.
    concerns = reviewed or has_ended(session, check)
    follow_taken_back(
        session,
        actor,
        TakenBack(
            check=check,
            request_id=request.id,
            answered_at=result.returned_at,
            addresses=frozenset(one.subject_id for one in said if one.kind == "address"),
            because=reason,
            review=concerns and request.id not in queries.reviews_due(session, [request]).to_do,
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


def _may_ask_again(session: Session, request: CheckRequest) -> bool:
    """Return whether a request may still ask: no other carries it on, and somebody is left to ask about."""
    subjects = writes.subjects_in(session, request)
    return (
        not _is_over(request)
        and any(not row.context and subject.kind != "person" for subject, row in subjects.items())
        and not is_over(
            session,
            session.get_one(Person, request.person_id),
            queries.checks_about(session, request.person_id),
        )
        and has_basis(session, request.person_id, request.probation_id)
    )


def _is_over(request: CheckRequest) -> bool:
    return State(request.state) in SET_ASIDE or request.asked_no_longer or request.succeeded_by_id is not None


def _open_beside(session: Session, request: CheckRequest) -> CheckRequest | None:
    """Return the open request by which the agency is asked already, where this one has been answered."""
    if request.agency_id is None or _is_over(request) or State(request.state) in UNANSWERED:
        return None
    question = Question(request.obligation, request.area, (), family=request.family)
    return sending.open_request(session, request, request.agency_id, question)


def _move(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    correction: CheckResult,
    *,
    again: bool,
    beside: CheckRequest | None,
) -> None:
    action = _action(session, request, again=again)
    without_answer: State | None = None
    changes: dict[str, Any] = {}
    if action is Action.CORRECT_ALL and request.answered_at is None and State(request.state) not in NOT_ASKED:
        changes["answered_at"] = clock.now()
    if action in {Action.CORRECT_PART, Action.TAKE_BACK}:
        changes["answered_at"] = None
    if action is Action.LEAVE_NO_ANSWER:
        without_answer = _without_answer(session, request, beside)
        changes |= {"answered_at": None, "asked_no_longer": False}
        if beside is not None:
            changes["succeeded_by_id"] = beside.id
            checks = queries.check_of(session, request), *writes.checks_served(session, [request])[request.id]
            for check in checks:
                writes.join(session, check, beside)
    elif State(request.state) in SET_ASIDE:
        changes["asked_no_longer"] = True
    disputing = redirecting.disputing(session, request) if action is Action.CORRECT_ALL else []
    writes.move(
        session,
        actor,
        request,
        writes.require(request, action, side="agency", without_answer=without_answer),
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


def _action(session: Session, request: CheckRequest, *, again: bool) -> Action:
    """Return what a correction makes of a request, by what is answered now.

    Args:
        again: it may ask about what is not.
    """
    if State(request.state) is State.REFUSED:
        return Action.CORRECT_PART
    answered = bool(queries.standing_results_of(session, request))
    is_asked = again or State(request.state) in WITH_AGENCY
    if is_asked and completeness.still_open(asked.to_answer(session, request), ()):
        return Action.CORRECT_PART if answered else Action.TAKE_BACK
    return Action.CORRECT_ALL if answered else Action.LEAVE_NO_ANSWER


def _without_answer(session: Session, request: CheckRequest, beside: CheckRequest | None) -> State:
    """Return how a request stands that is asked no longer, and of which no answer stands.

    Args:
        beside: the open one by which its agency is asked.
    """
    if State(request.state) in SET_ASIDE:
        return State(request.state)
    if beside is None and request.succeeded_by_id is None:
        return State.CANCELLED
    sent_on = any(one.about == "misdirection" for one in queries.messages_of(session, [request.id]))
    return State.MISDIRECTED if sent_on and beside is None else State.SUPERSEDED


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
