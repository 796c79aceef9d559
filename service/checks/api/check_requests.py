"""Check requests: the agency collects and answers them, probation follows them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask import Response
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.checks import actions, lists, queries, views, writes
from service.checks.basis import require_basis
from service.checks.four_eyes import own_work_on
from service.checks.kinds import KINDS
from service.checks.lists import Wanted
from service.checks.model import Check, CheckRequest, CheckResult
from service.checks.schemas.requests import (
    NEEDS,
    CheckRequestList,
    CheckRequestSearch,
    CheckRequestSearchResult,
    CheckRequestsQuery,
    CheckRequestTransition,
    CheckRequestView,
)
from service.checks.schemas.results import CheckDocumentReference, CheckResultBody, CheckResultView
from service.checks.states import Action
from service.checks.taken_back import lock_what_rests_on
from service.corrections.rules import Instead
from service.corrections.schemas import Correction
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    CREATED,
    TAGGED,
    Blueprint,
    Body,
    View,
    is_read,
    page,
    place_in_list,
    read_json,
    refused,
    require_match,
    respond,
    shape_of,
)
from service.http.problems import Problem, invalid
from service.people import visibility

blueprint = Blueprint(
    "check-requests", __name__, description="What police forces and children's services are asked."
)

Move = Callable[[Session, Actor, CheckRequest, Mapping[str, Any]], object]

MOVES: Final[Mapping[str, Move]] = {
    "acknowledge": lambda s, a, r, _: actions.acknowledge(s, a, r),
    "return_for_information": lambda s, a, r, b: actions.return_for_information(
        s, a, r, b["question"], b.get("about", ())
    ),
    "answer_information": lambda s, a, r, b: _answer_information(s, a, r, b["answer"]),
    "misdirect": lambda s, a, r, b: actions.misdirect(s, a, r, b["to_area"], b["reason"]),
    "settle_redirect": lambda s, a, r, b: actions.settle_redirect(s, a, r, b["area"], b["reason"]),
    "refuse": lambda s, a, r, b: actions.refuse(s, a, r, b["reason_code"], b["reason"]),
    "supply_details": lambda s, a, r, b: actions.supply_details(s, a, r, b.get("area")),
    "ask_again": lambda s, a, r, b: actions.ask_again(s, a, r, b["reason"], b.get("area")),
    "cancel": lambda s, a, r, b: actions.cancel(s, a, r, b["reason"]),
    "stop_wrong_person": lambda s, a, r, b: actions.stop_wrong_person(
        s, a, r, b["reason"], b.get("about", ())
    ),
}


@blueprint.route("/v1/check-requests", methods=["GET"])
@blueprint.arguments(CheckRequestsQuery, location="query")
@blueprint.response(200, CheckRequestList)
@permitted("check_requests:read")
def list_check_requests(session: Session, actor: Actor, query: dict[str, Any]) -> View | dict[str, Any]:
    """List your check requests, with the actions you can take on each.

    The longest waiting come first unless you ask for the newest.
    """
    wanted = Wanted(
        query.get("state"),
        query.get("referral_id"),
        **{name: name in query for name in ("open", "urgent", "overdue")},
    )
    found = lists.page_of_requests(
        session,
        actor,
        wanted,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=query["limit"],
    )
    rows, following = page(found, query["limit"], lambda row: _cursor(actor, row))
    return {
        "items": _listed(session, actor, rows, shape_of(query)),
        "next": following,
        "counts": lists.count_requests(session, actor, wanted) if "counts" in query else None,
    }


@blueprint.route("/v1/check-requests/search", methods=["POST"])
@blueprint.arguments(CheckRequestSearch)
@blueprint.response(200, CheckRequestSearchResult)
@permitted("check_requests:read", role="reader")
def search_check_requests(session: Session, actor: Actor, body: Body) -> dict[str, Any]:
    """Find your check requests about a person, by name or number.

    The person goes by what you were told in the newest version of each question. What you search for is sent
    in the body, because addresses are logged on their way.
    """
    given = body.load()
    ((by, whom),) = given.items()
    sought = {f"{part}_name": name for part, name in whom.items()} if by == "name" else {by: whom}
    found = lists.requests_about_somebody(session, actor, sought)
    return {"found": _listed(session, actor, found, by)}


def _listed(session: Session, actor: Actor, rows: Sequence[CheckRequest], shape: str) -> list[dict[str, Any]]:
    """Show requests without personal details, and record that they were listed.

    Args:
        shape: by what they were chosen, without the values.
    """
    checks = queries.checks_by_id(session, {row.check_id for row in rows})
    around = views.around(session, actor, checks.values(), rows)
    audit.record(session, actor, "search", object_kind="check_request", object_id="list", shape=shape)
    for person_id, row in {checks[row.check_id].person_id: row for row in rows}.items():
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="check_request",
            object_id=row.id,
            person_id=person_id,
            fields=("kind", "area", "state", "due_at"),
        )
    return [views.summary(actor, checks[row.check_id], row, around) for row in rows]


@blueprint.route("/v1/check-requests/<uuid:request_id>", methods=["GET"])
@blueprint.response(200, CheckRequestView, headers=TAGGED)
@permitted("check_requests:read", role="api")
def read_check_request(session: Session, actor: Actor, request_id: UUID) -> View | Response:
    """Return a check request.

    The first time the agency reads it, or a newer version of its question, that version is marked as
    acknowledged. Each time the agency reads it is recorded as a disclosure.
    """
    request = queries.find_request(session, actor, request_id)
    check = queries.check_of(session, request)
    received = False
    if actor.side == "agency" and actions.is_news(request) and is_read():
        writes.lock_request(session, request)
        received = actions.is_news(request)
        if received:
            actions.acknowledge(session, actor, request)
    view, tag = views.show_request(session, actor, check, request)
    return respond(view, tag=tag, whole=received)


@blueprint.route("/v1/check-requests/<uuid:request_id>/transitions", methods=["POST"])
@blueprint.arguments(CheckRequestTransition)
@blueprint.response(200, CheckRequestView, headers=TAGGED)
@permitted("check_requests:move")
def move_check_request(session: Session, actor: Actor, body: Body, request_id: UUID) -> View | Response:
    """Take an action on a check request.

    `allowed_transitions` lists the actions that its state allows you. The agency acknowledges, asks for
    information, refuses, or names the right area. Probation answers the question, supplies details, asks
    again, says who is asked where agencies redirect to each other, or cancels as a manager.
    """
    request = queries.find_request(session, actor, request_id, to_change=True)
    visibility.require_holder(actor, request.probation_id)
    check = writes.lock_request(session, request)
    if not idempotency.is_repeat(session, actor, body):
        own = own_work_on(session, actor, [check])
        require_match(views.tag_of_request(session, actor, check, request, own))
        action = _asked_for(read_json())
        if action is not None:
            actions.require_open(actor, check, request, action, own)
        given = body.load()
        MOVES[given["action"]](session, actor, request, given)
        idempotency.settle_change(session, actor, request.id)
    view, tag = views.show_request(session, actor, check, request)
    return respond(views.with_danger_advice(session, actor, request, view), tag=tag)


@blueprint.route("/v1/check-requests/<uuid:request_id>/results", methods=["POST"])
@blueprint.arguments(CheckResultBody)
@blueprint.response(201, CheckResultView, headers=CREATED)
@permitted("check_requests:answer")
def return_check_result(session: Session, actor: Actor, body: Body, request_id: UUID) -> View | Response:
    """Return an answer to a check request, in whole or in part.

    A late answer is always accepted, and so is news after the whole answer, or after the request has been
    redirected, cancelled or replaced: it reopens the review. A nil return is an answer.
    """
    request = queries.find_request(session, actor, request_id)
    first = idempotency.replay(session, actor, body)
    if first is not None:
        return _result(session, request, session.get_one(CheckResult, first))
    check = writes.lock_request(session, request)
    rows = actions.require_answerable(request)
    answer, findings = _load_result(read_json(), body.load, check)
    result = actions.return_result(session, actor, request, rows, answer, findings=findings)
    idempotency.settle(session, actor, result.id)
    return _result(session, request, result)


@blueprint.route(
    "/v1/check-requests/<uuid:request_id>/results/<uuid:result_id>/corrections", methods=["POST"]
)
@blueprint.arguments(Correction)
@blueprint.response(201, CheckResultView, headers=CREATED)
@permitted("check_requests:answer")
def correct_check_result(
    session: Session, actor: Actor, body: Body, request_id: UUID, result_id: UUID
) -> View | Response:
    """Correct or withdraw an answer of yours, such as one about somebody else.

    `said` is the whole answer as it should have been. The first answer stays on record, marked, and its
    review is opened again. What it had answered is asked again, as the record has it by now, unless what you
    say instead answers it: by this request, or by another one where that asks your agency or a different one.
    """
    request = queries.find_request(session, actor, request_id)
    first = idempotency.replay(session, actor, body)
    if first is not None:
        return _result(session, request, session.get_one(CheckResult, first))
    lock_what_rests_on(session, actor, queries.check_of(session, request))
    check = writes.lock_request(session, request)
    result = queries.find_result(session, actor, request, result_id)
    given = body.load()
    said: dict[str, Any] | None = None
    findings: dict[str, Any] = {}
    if "said" in given:
        said, findings = _load_result(given["said"], lambda: _load_said(given["said"]), check, "/said")
    instead = Instead(said, given["reason"])
    correction = actions.correct_result(session, actor, request, result, instead, findings=findings)
    idempotency.settle(session, actor, correction.id)
    return _result(session, request, correction)


def _load_said(said: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = CheckResultBody().load(said)
    except ValidationError as error:
        raise refused(error.messages, "/said") from None
    return loaded


def _answer_information(session: Session, actor: Actor, request: CheckRequest, answer: str) -> None:
    require_basis(session, queries.check_of(session, request))
    actions.answer_information(session, actor, request, answer)


def _result(session: Session, request: CheckRequest, result: CheckResult) -> View | Response:
    shown = views.show_result(session, request, result)
    return respond(shown, status=201, location=f"/v1/check-requests/{result.request_id}")


def _asked_for(sent: Any) -> Action | None:
    """Return the action that a body asks for, None when it names none: the body's own faults come later."""
    action = sent.get("action") if isinstance(sent, dict) else None
    return Action(action) if isinstance(action, str) and action in NEEDS else None


def _load_result(
    sent: Any, load: Callable[[], dict[str, Any]], check: Check, at: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read an answer and, by the schema of the check's kind, its findings; every fault of both at once.

    Args:
        sent: the answer as JSON, for its findings.
        load: reads the rest of it.
        at: where it is in the body, for pointers.
    """
    schema = KINDS[check.kind].findings()
    unfit: list[Problem] = []
    findings: dict[str, Any] = {}
    try:
        if isinstance(sent, dict) and isinstance(sent.get("findings"), dict):
            findings = schema.load(sent["findings"])
    except ValidationError as error:
        unfit.append(refused(error.messages, f"{at}/findings"))
    answer: dict[str, Any] = {}
    try:
        answer = load()
    except Problem as problem:
        if problem.status != 422:  # noqa: PLR2004 - the status of faults in a body
            raise
        unfit.append(problem)
    if unfit:
        omitted = sum(problem.extra.get("errors_omitted", 0) for problem in unfit)
        raise invalid((fault for problem in unfit for fault in problem.errors), omitted=omitted)
    stored: dict[str, Any] = schema.dump(findings)
    documents = CheckDocumentReference(many=True).dump(answer.get("documents", []))
    return answer | {"findings": findings, "documents": documents}, stored


def _cursor(actor: Actor, row: CheckRequest) -> tuple[str | int, ...]:
    since = row.sent_at if actor.side == "agency" else row.required_at
    return (since.isoformat() if since else "", str(row.id))
