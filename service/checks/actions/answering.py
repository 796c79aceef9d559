"""Records an agency's result: a part, the whole, or what comes after. None replaces an earlier one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import agreements, clock, settling
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import meetings, redirecting, weighing
from service.checks.model import CheckRequest, CheckResult
from service.checks.states import SET_ASIDE, TABLE, Action, Row, State
from service.db import Json
from service.http.problems import invalid


def require_answerable(request: CheckRequest) -> dict[Action, Row]:
    """Return the rows of the table that permit a result now.

    That is a part or the whole while an answer is awaited, and a supplement afterwards.

    Args:
        request: its check is locked.

    Raises:
        Problem: 409 when its state permits no result.
    """
    facts = queries.facts_about(request)
    rows = TABLE.permitted(State(request.state), "agency", facts, at="results")
    if not rows:
        raise writes.not_now(request, "Results are not accepted", "agency", facts)
    return {row.action: row for row in rows}


@bypasses_row_security
def return_result(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    rows: Mapping[Action, Row],
    answer: Mapping[str, Any],
    *,
    findings: Json,
) -> CheckResult:
    """Record a result, and open a review of it; a complete one stops the agency's clock.

    A nil return is a result: it gives the period and the sources searched, and the date on which it is valid.
    A supplement ends no other request, such as the one that carries on a question that was redirected. A
    review that waits for a manager does not cover it, so there is nothing to sign any more.

    Args:
        request: its check is locked.
        rows: the rows that permit it, as `require_answerable` returned them.
        answer: loaded by the schema of results, its findings by that of the kind; its documents as JSON.
        findings: the same findings as JSON, for storing.

    Raises:
        Problem: 422 when it contradicts itself or the request.
    """
    weighed = weighing.weigh(session, request, answer)
    if weighed.faults:
        raise invalid(weighed.faults)
    unsigned = [review.id for review in queries.reviews_due(session, [request]).waiting.values()]
    row = rows.get(Action.SUPPLEMENT) or rows[Action.RETURN_ALL if weighed.complete else Action.RETURN_PART]
    result = writes.add_result(
        session,
        actor,
        request,
        answer,
        findings,
        question_version=weighed.version,
        complete=weighed.complete,
        outcomes=weighed.outcomes,
        supplement=row.action is Action.SUPPLEMENT,
    )
    changes: dict[str, Any] = {}
    if result.complete and request.answered_at is None:
        changes["answered_at"] = clock.now()
    if State(request.state) in SET_ASIDE:
        changes["asked_no_longer"] = True
    disputing = redirecting.disputing(session, request) if row.action is Action.RETURN_ALL else []
    with writes.following_the_first_due(session, request):
        writes.note_answered(session, request, result.id, weighed.answered)
        writes.move(
            session,
            actor,
            request,
            row,
            changes=changes,
            data={"result": result.id, "number": result.number},
            fields=sorted(answer),
        )
    if disputing:
        redirecting.carry_on(session, actor, disputing, request)
        settling.mark(session, actor, request.person_id)
    if meetings.tells_of_children(findings):
        meetings.follow_meetings(session, actor, queries.check_of(session, request), request)
    if unsigned:
        agreements.lapse(session, unsigned, "review_countersigned", "nil_return_drawn")
    return result
