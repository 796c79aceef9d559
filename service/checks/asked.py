"""Reads the subjects of a request: since which version each is asked about, and whether it has an answer."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from service.checks.completeness import Asked
from service.checks.model import (
    CheckAnswer,
    CheckCountersignature,
    CheckQuestion,
    CheckRequest,
    CheckRequestSubject,
    CheckResult,
    CheckReview,
)
from service.checks.policies import QUESTIONS_THAT_PAUSE
from service.checks.rules import SubjectRef
from service.corrections.model import stands
from service.gathering import rows_of
from service.timers.policy import Urgency

Wait = tuple[datetime, Urgency]
"""A moment from which the target of an answer counts, and which target."""


def subjects_ever(session: Session, request: CheckRequest) -> dict[SubjectRef, CheckRequestSubject]:
    """Return every subject of a request, those too that have been withdrawn from it."""
    rows: list[CheckRequestSubject] = rows_of(session, CheckRequestSubject.request_id, [request.id])
    return {ref_of(row): row for row in rows}


def to_answer(session: Session, request: CheckRequest) -> list[Asked]:
    """Return the subjects of a request that need an answer, without what only helps to find them."""
    return [
        Asked(ref, row.from_version, row.told_version, row.answered_by is not None)
        for ref, row in sorted(subjects_ever(session, request).items())
        if row.withdrawn_version is None and not row.context
    ]


def emptied(session: Session, request: CheckRequest) -> bool:
    """Return whether whoever and whatever a request was about, besides the person, has been withdrawn."""
    about = [row for ref, row in subjects_ever(session, request).items() if ref.kind != "person"]
    return bool(about) and all(row.withdrawn_version is not None for row in about)


def untold(session: Session, request: CheckRequest) -> frozenset[SubjectRef]:
    """Return about whom an agency that was asked is to be asked anew, and has not been told so yet."""
    if request.sent_at is None:
        return frozenset()
    return frozenset(
        one.subject for one in to_answer(session, request) if one.from_version > request.question_version
    )


def waits_of(session: Session, request: CheckRequest) -> dict[SubjectRef, list[Wait]]:
    """Return since when each unanswered subject of a request that was sent has waited for an answer.

    One that became urgent later waits from then as an urgent one, and goes on waiting from when it was asked
    about: it is due by whichever comes first. Whom the agency has asked back about wait for probation, and
    for the agency only where nobody else does.
    """
    rows = subjects_ever(session, request)
    versions: list[CheckQuestion] = rows_of(session, CheckQuestion.request_id, [request.id])
    told_at = {one.version: one.asked_at for one in versions}
    found: dict[SubjectRef, list[Wait]] = {}
    for one in to_answer(session, request):
        row, asked_at = rows[one.subject], told_at.get(one.from_version)
        if one.answered or asked_at is None:
            continue
        since = max(asked_at, row.urgent_since or asked_at)
        found[one.subject] = [(since, "urgent" if row.urgency == "urgent" else "routine")]
        if row.urgency == "urgent" and since != asked_at:
            found[one.subject].append((asked_at, "routine"))
    by_agency = {subject: found[subject] for subject in found.keys() - waiting_for_reply(session, request)}
    return by_agency or found


def waiting_for_reply(session: Session, request: CheckRequest) -> set[SubjectRef]:
    """Return which subjects of a request wait for probation, because the agency has asked back about them.

    Whoever it has asked about twice before does not: the clock goes on, and probation's reply has its own.
    """
    if request.asks_about is None:
        return set()
    return {
        subject
        for subject, row in subjects_ever(session, request).items()
        if row.asked_back <= QUESTIONS_THAT_PAUSE
        and (not request.asks_about or str(subject.id) in request.asks_about)
    }


def answers_of(session: Session, result_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[CheckAnswer]]:
    """Return what each of several results said of the subjects that it named."""
    found: dict[uuid.UUID, list[CheckAnswer]] = {result_id: [] for result_id in result_ids}
    rows: list[CheckAnswer] = rows_of(session, CheckAnswer.result_id, list(found))
    for row in sorted(rows, key=lambda row: (row.kind, row.subject_id)):
        found[row.result_id].append(row)
    return found


def informed_about(session: Session, person_id: uuid.UUID, request_id: uuid.UUID) -> set[SubjectRef]:
    """Return about whom and what the agency holds information, by its answers that stand and were reviewed.

    That it found nothing says of nobody where they live, and what nobody has read verifies nothing. Nobody
    where the request is another person's.
    """
    request = session.get(CheckRequest, request_id)
    if request is None or request.person_id != person_id:
        return set()
    answers = session.scalars(
        select(CheckAnswer)
        .join(CheckResult, CheckResult.id == CheckAnswer.result_id)
        .where(
            CheckResult.request_id == request_id,
            CheckAnswer.outcome == "information",
            stands(CheckResult),
            _is_reviewed(),
        )
    )
    return {ref_of(one) for one in answers}


def _is_reviewed() -> ColumnElement[bool]:
    """Return the condition that a result has been reviewed, and agreed to where a manager had to."""
    agreed = exists().where(CheckCountersignature.review_id == CheckReview.id, CheckCountersignature.agreed)
    return exists().where(
        CheckReview.request_id == CheckResult.request_id,
        CheckReview.up_to_result >= CheckResult.number,
        ~CheckReview.countersignature_needed | agreed,
    )


def ref_of(row: CheckRequestSubject | CheckAnswer) -> SubjectRef:
    """Return whom or what a row is about."""
    return SubjectRef(row.kind, row.subject_id)  # type: ignore[arg-type] # a check constraint holds the kinds
