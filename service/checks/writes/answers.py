"""Writes what is said about a check request: results, reviews, countersignatures and messages.

None of these rows is ever changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor, Practitioner
from service.checks.model import (
    CheckAnswer,
    CheckCountersignature,
    CheckMessage,
    CheckRequest,
    CheckResult,
    CheckReview,
)
from service.checks.rules import SubjectRef
from service.db import Json, new_id
from service.gathering import rows_of


def add_result(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    answer: Mapping[str, Any],
    findings: Json,
    *,
    question_version: int,
    complete: bool,
    outcomes: Mapping[SubjectRef, str],
    supplement: bool,
    corrects: CheckResult | None = None,
    because: str | None = None,
) -> CheckResult:
    """Add an agency's result, with what it says of each subject.

    Args:
        answer: loaded by the schema of results; its documents as JSON.
        findings: the findings of the answer as JSON.
        question_version: the version of the question that it answers.
        complete: it leaves nothing open; one that is meant as the whole answer may do so all the same.
        outcomes: one of `OUTCOMES` for each subject that it names.
        supplement: no answer was awaited.
        corrects: the result in whose place it is said, and why (`because`).
    """
    result = CheckResult(
        id=new_id(),
        request_id=request.id,
        number=_next_number(session, request),
        question_version=question_version,
        complete=complete,
        nothing_found=answer["nothing_found"],
        valid_as_at=answer["valid_as_at"],
        searched_from=answer["searched"]["from"],
        searched_until=answer["searched"]["until"],
        sources=answer["searched"]["sources"],
        findings=findings,
        remaining=answer.get("remaining"),
        supplement=supplement,
        documents=answer.get("documents", []),
        corrects_id=corrects.id if corrects else None,
        withdrawn=False,
        corrected_because=because,
        organisation_id=actor.organisation_id,
        client_id=actor.client_id,
        returned_at=clock.now(),
    )
    session.add(result)
    session.add_all(
        CheckAnswer(result_id=result.id, kind=subject.kind, subject_id=subject.id, outcome=outcome)
        for subject, outcome in outcomes.items()
    )
    return result


def _next_number(session: Session, request: CheckRequest) -> int:
    last = session.scalar(select(func.max(CheckResult.number)).where(CheckResult.request_id == request.id))
    return (last or 0) + 1


def withdraw_result(
    session: Session, actor: Actor, request: CheckRequest, result: CheckResult, because: str
) -> CheckResult:
    """Add an entry that withdraws an agency's result and says nothing in its place.

    Args:
        because: why, in the agency's words.
    """
    withdrawal = CheckResult(
        id=new_id(),
        request_id=request.id,
        number=_next_number(session, request),
        question_version=result.question_version,
        complete=False,
        nothing_found=False,
        valid_as_at=clock.today(),
        searched_from=result.searched_from,
        searched_until=result.searched_until,
        sources=result.sources,
        findings={},
        remaining=None,
        supplement=False,
        documents=[],
        corrects_id=result.id,
        withdrawn=True,
        corrected_because=because,
        organisation_id=actor.organisation_id,
        client_id=actor.client_id,
        returned_at=clock.now(),
    )
    session.add(withdrawal)
    return withdrawal


def add_review(
    session: Session,
    request: CheckRequest,
    practitioner: Practitioner,
    *,
    review_id: UUID,
    up_to_result: int,
    changes: Sequence[str],
    reason: str,
    rosh_highest: str | None,
    countersignature_needed: bool,
) -> CheckReview:
    """Add a practitioner's review of an answer.

    Args:
        up_to_result: the number of the last result that it is about.
    """
    last = session.scalar(select(func.max(CheckReview.number)).where(CheckReview.request_id == request.id))
    review = CheckReview(
        id=review_id,
        request_id=request.id,
        number=(last or 0) + 1,
        up_to_result=up_to_result,
        changes=list(changes),
        reason=reason,
        rosh_highest=rosh_highest,
        countersignature_needed=countersignature_needed,
        practitioner=practitioner.id,
        reviewed_at=clock.now(),
    )
    session.add(review)
    return review


def add_countersignature(
    session: Session, review: CheckReview, manager: Practitioner, *, agreed: bool, reason: str
) -> CheckCountersignature:
    """Add a manager's decision on a review."""
    signature = CheckCountersignature(
        review_id=review.id,
        agreed=agreed,
        reason=reason,
        manager=manager.id,
        manager_role=manager.role,
        signed_at=clock.now(),
    )
    session.add(signature)
    return signature


def add_message(
    session: Session, actor: Actor, request: CheckRequest, about: str, body: str, *, code: str | None = None
) -> None:
    """Add a message between the two sides of a request.

    Args:
        about: the kind of message: a question, an answer, a refusal and so on.
        body: in the sender's words.
        code: the coded reason or the area, where the kind of message has one.
    """
    before = rows_of(session, CheckMessage.request_id, [request.id])
    session.add(
        CheckMessage(
            id=new_id(),
            request_id=request.id,
            number=max((message.number for message in before), default=0) + 1,
            about=about,
            code=code,
            body=body,
            organisation_id=actor.organisation_id,
            practitioner=actor.practitioner.id if actor.practitioner else None,
            sent_at=clock.now(),
        )
    )
