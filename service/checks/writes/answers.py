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
    CheckCountersignature,
    CheckMessage,
    CheckRequest,
    CheckResult,
    CheckReview,
)
from service.db import Json, new_id
from service.gathering import rows_of


def add_result(
    session: Session, actor: Actor, request: CheckRequest, answer: Mapping[str, Any], findings: Json
) -> CheckResult:
    """Add an agency's result.

    Args:
        answer: loaded by the schema of results; its documents as JSON.
        findings: the findings of the answer as JSON.
    """
    last = session.scalar(select(func.max(CheckResult.number)).where(CheckResult.request_id == request.id))
    result = CheckResult(
        id=new_id(),
        request_id=request.id,
        number=(last or 0) + 1,
        question_version=request.question_version,
        complete=answer["complete"],
        nothing_found=answer["nothing_found"],
        valid_as_at=answer["valid_as_at"],
        searched_from=answer["searched"]["from"],
        searched_until=answer["searched"]["until"],
        sources=answer["searched"]["sources"],
        findings=findings,
        remaining=answer.get("remaining"),
        documents=answer.get("documents", []),
        organisation_id=actor.organisation_id,
        client_id=actor.client_id,
        returned_at=clock.now(),
    )
    session.add(result)
    return result


def add_review(
    session: Session,
    request: CheckRequest,
    practitioner: Practitioner,
    *,
    review_id: UUID,
    changes: Sequence[str],
    reason: str,
    rosh_highest: str | None,
    countersignature_needed: bool,
) -> CheckReview:
    """Add a practitioner's review of an answer."""
    last = session.scalar(select(func.max(CheckReview.number)).where(CheckReview.request_id == request.id))
    review = CheckReview(
        id=review_id,
        request_id=request.id,
        number=(last or 0) + 1,
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
        code: the coded reason, where the kind of message has one.
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
