"""Reads the subjects of a request: since which version each is asked about, and whether it has an answer."""

import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.checks.completeness import Asked
from service.checks.model import CheckAnswer, CheckRequest, CheckRequestSubject
from service.checks.rules import SubjectRef
from service.gathering import rows_of


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


def answers_of(session: Session, result_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[CheckAnswer]]:
    """Return what each of several results said of the subjects that it named."""
    found: dict[uuid.UUID, list[CheckAnswer]] = {result_id: [] for result_id in result_ids}
    rows: list[CheckAnswer] = rows_of(session, CheckAnswer.result_id, list(found))
    for row in sorted(rows, key=lambda row: (row.kind, row.subject_id)):
        found[row.result_id].append(row)
    return found


def ref_of(row: CheckRequestSubject | CheckAnswer) -> SubjectRef:
    """Return whom or what a row is about."""
    return SubjectRef(row.kind, row.subject_id)  # type: ignore[arg-type] # a check constraint holds the kinds
