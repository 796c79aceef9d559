"""Records an agency's result, partial or complete. A later part never replaces an earlier one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import writes
from service.checks.actions import weighing
from service.checks.model import CheckRequest, CheckResult
from service.checks.states import TABLE, Action, Facts, Row, State
from service.db import Json
from service.errors import Fault
from service.http.problems import invalid


def require_answerable(request: CheckRequest) -> dict[Action, Row]:
    """Return the rows of the table that permit a result now, partial or complete.

    Args:
        request: its check is locked.

    Raises:
        Problem: 409 when its state permits no result.
    """
    rows = TABLE.permitted(State(request.state), "agency", Facts(), at="results")
    if not rows:
        raise writes.not_now(request, "Results are not accepted", "agency", Facts())
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
    """Record a result; a complete one stops the agency's clock and opens a review.

    A nil return is a result: it gives the period and the sources searched, and the date on which it is valid.

    Args:
        request: its check is locked.
        rows: the rows that permit it, as `require_answerable` returned them.
        answer: loaded by the schema of results, its findings by that of the kind; its documents as JSON.
        findings: the same findings as JSON, for storing.

    Raises:
        Problem: 422 when it contradicts itself or the request.
    """
    weighed = weighing.weigh(session, request, answer)
    faults = list(weighed.faults)
    if answer["valid_as_at"] > clock.today():
        faults.append(Fault("/valid_as_at", "Must not be in the future."))
    if faults:
        raise invalid(faults)
    result = writes.add_result(
        session,
        actor,
        request,
        answer,
        findings,
        question_version=weighed.version,
        complete=weighed.complete,
        outcomes=weighed.outcomes,
    )
    with writes.following_the_oldest(session, actor, request):
        writes.note_answered(session, request, result.id, weighed.answered)
        writes.move(
            session,
            actor,
            request,
            rows[Action.RETURN_ALL if result.complete else Action.RETURN_PART],
            changes={"answered_at": clock.now()} if result.complete else None,
            data={"result": result.id, "number": result.number},
            fields=sorted(answer),
        )
    return result
