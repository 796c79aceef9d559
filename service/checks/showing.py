"""Shows the subjects of a request, and what each of its results said of them and whom it was about."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service import timers
from service.checks import asked, queries, writes
from service.checks.kinds import KINDS
from service.checks.model import CheckCountersignature, CheckMessage, CheckRequest, CheckResult, CheckReview
from service.checks.people_facts import document_in
from service.corrections.rules import corrected_by
from service.corrections.rules import shown as corrections_shown
from service.db import Json


def subjects(session: Session, request: CheckRequest) -> list[Json]:
    """Show each subject of a request that needs an answer, with when it is due."""
    rows = asked.subjects_ever(session, request)
    told_at = {one.version: one.asked_at for one in queries.questions_of(session, [request.id])}
    to_answer = [(one, rows[one.subject]) for one in asked.to_answer(session, request)]
    waits, waiting = asked.waits_of(session, request), asked.waiting_for_reply(session, request)
    due = timers.due_if_started(session, writes.subject_of(request), "answer", waits)
    return [
        {
            "kind": one.subject.kind,
            "id": one.subject.id,
            "question_version": one.from_version if one.from_version in told_at else 0,
            "asked_since": told_at.get(one.from_version),
            "exposed_since": row.exposed_since,
            "urgency": "urgent" if queries.needed_by_had_passed(request) else row.urgency,
            "due_at": due.get(one.subject),
            "answered": one.answered,
            "waits_for_reply": not one.answered and one.subject in waiting,
        }
        for one, row in to_answer
    ]


def results(
    session: Session, found: Sequence[CheckResult], requests: Sequence[CheckRequest], *, about: bool
) -> list[Json]:
    """Show results, each with what it said of every subject.

    Args:
        found: of those requests.
        about: with whom and what each is about, as told in the version that it answers.
    """
    answers = asked.answers_of(session, [result.id for result in found])
    kinds = {request.id: KINDS[request.kind] for request in requests}
    told = queries.questions_of(session, list(kinds)) if about and found else []
    later = corrected_by(queries.results_of(session, list(kinds)))
    documents = {(one.request_id, one.version): document_in(one, kinds[one.request_id]) for one in told}
    shown = []
    for result in found:
        document = documents.get((result.request_id, result.question_version))
        said = [
            {"kind": one.kind, "id": one.subject_id, "outcome": one.outcome} for one in answers[result.id]
        ]
        shown.append(
            {
                **_result(result),
                **corrections_shown(result, later, result.corrected_because),
                "subjects": said,
                **({} if document is None else {"about": document}),
            }
        )
    return shown


def _result(result: CheckResult) -> Json:
    return {
        "id": result.id,
        "check_request_id": result.request_id,
        "number": result.number,
        "question_version": result.question_version,
        "complete": result.complete,
        "nothing_found": result.nothing_found,
        "valid_as_at": result.valid_as_at,
        "searched": {
            "from": result.searched_from,
            "until": result.searched_until,
            "sources": result.sources,
        },
        **({} if result.withdrawn else {"findings": result.findings}),
        "remaining": result.remaining,
        "supplement": result.supplement,
        "documents": result.documents,
        "returned_at": result.returned_at,
    }


def message(sent: CheckMessage, body: str) -> Json:
    """Show a message of one side to the other.

    Args:
        body: its words, as the caller may read them.
    """
    return {
        "about": sent.about,
        "code": sent.code,
        "body": body,
        "from": sent.organisation_id,
        "sent_at": sent.sent_at,
    }


def review(made: CheckReview, signature: CheckCountersignature | None) -> Json:
    """Show a review without what managers said to it that needed no decision."""
    return {
        "id": made.id,
        "check_request_id": made.request_id,
        "number": made.number,
        "up_to_result": made.up_to_result,
        "changes": made.changes,
        "reason": made.reason,
        "practitioner": made.practitioner,
        "reviewed_at": made.reviewed_at,
        "countersignature_needed": made.countersignature_needed,
        "countersignature": {
            "agreed": signature.agreed,
            "reason": signature.reason,
            "manager": signature.manager,
            "signed_at": signature.signed_at,
        }
        if signature
        else None,
    }
