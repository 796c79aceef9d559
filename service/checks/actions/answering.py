"""Takes an agency's answer, in whole or in part. A later part never replaces an earlier one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.kinds import KINDS
from service.checks.model import CheckRequest, CheckResult
from service.checks.states import TABLE, Action, Facts, Row, State
from service.db import Json, new_id
from service.errors import Fault
from service.http.problems import invalid


def require_answerable(request: CheckRequest) -> dict[Action, Row]:
    """Return the rows of the table by which the agency's answer may be taken now, whole or in part.

    Args:
        request: its check is locked.

    Raises:
        Problem: 409 when it cannot be answered as it stands.
    """
    rows = TABLE.permitted(State(request.state), "agency", Facts(), at="results")
    if not rows:
        raise writes.not_now(request, "No results are taken", "agency", Facts())
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
    """Store an answer and, when it is the whole of it, stop the agency's clock and call for a review.

    A nil return is an answer: it says what period and which sources were searched, and as at when.

    Args:
        request: its check is locked.
        rows: what permits it, as `require_answerable` returned them.
        answer: loaded by the schema of results, its findings by that of the kind; its documents as JSON.
        findings: the same findings as JSON, for storing.

    Raises:
        Problem: 422 when it contradicts itself or the request.
    """
    kind = KINDS[queries.check_of(session, request).kind]
    subjects = queries.subjects_of(session, [request.id])
    faults = list(kind.uncovered(answer["findings"], subjects))
    found = kind.found(answer["findings"])
    if found and answer["nothing_found"]:
        faults.append(Fault("/nothing_found", "The findings tell of something."))
    if not found and not answer["nothing_found"]:
        faults.append(Fault("/nothing_found", "The findings tell of nothing: say so, or say what was found."))
    if answer["valid_as_at"] > clock.today():
        faults.append(Fault("/valid_as_at", "Must not be in the future."))
    if faults:
        raise invalid(faults)
    last = session.scalar(select(func.max(CheckResult.number)).where(CheckResult.request_id == request.id))
    result = CheckResult(
        id=new_id(),
        request_id=request.id,
        number=(last or 0) + 1,
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
    writes.move(
        session,
        actor,
        request,
        rows[Action.RETURN_ALL if result.complete else Action.RETURN_PART],
        changes={"answered_at": clock.now()} if result.complete else None,
        data={"result": result.id, "number": result.number},
        fields=sorted(answer),
    )
    session.add(result)
    session.flush()
    return result
