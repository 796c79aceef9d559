"""Checks, their reviews and decisions: for probation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.four_eyes import OwnWork
from service.checks import actions, history, queries, views, writes
from service.checks.four_eyes import own_work_on
from service.checks.model import Check, CheckRequest, CheckReview
from service.checks.schemas.checks import CheckDecision, CheckList, ChecksQuery, CheckView
from service.checks.schemas.history import CheckHistoryList, HistoryQuery
from service.checks.schemas.reviews import CheckCountersignatureBody, CheckReviewBody
from service.errors import Fault
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    Blueprint,
    Body,
    CountedPageQuery,
    View,
    decode_cursor,
    page,
    place_in_list,
    require_match,
    respond,
)
from service.http.problems import invalid, not_found
from service.people import visibility

blueprint = Blueprint(
    "checks", __name__, description="Questions about safety, each owed until every agency has answered."
)


@blueprint.route("/v1/checks", methods=["GET"])
@blueprint.arguments(ChecksQuery, location="query")
@blueprint.response(200, CheckList)
@permitted("checks:read", role="api")
def list_checks(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the checks of a referral, cycle by cycle, with their requests.

    The first cycle of each kind comes first; ask for the newest to turn the list round.
    """
    referral_id: UUID = query["referral_id"]
    after = decode_cursor(query["after"], str, int) if "after" in query else None
    limit = query["limit"]
    newest = query["order"] == "newest"
    found = queries.checks_of_referral(session, actor, referral_id, newest=newest, after=after, limit=limit)
    rows, following = page(found, limit, lambda check: (check.kind, check.cycle))
    counts = queries.count_checks(session, actor, referral_id=referral_id) if "counts" in query else None
    items = views.show_checks(session, actor, "referral", referral_id, rows)
    return {"items": items, "next": following, "counts": counts}


@blueprint.route("/v1/people/<uuid:person_id>/checks", methods=["GET"])
@blueprint.arguments(CountedPageQuery, location="query")
@blueprint.response(200, CheckList)
@permitted("checks:read", role="api")
def list_checks_of_person(
    session: Session, actor: Actor, query: dict[str, Any], person_id: UUID
) -> dict[str, Any]:
    """List the checks about a person, also those of a case with no referral yet.

    The oldest come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id, "checks")
    limit = query["limit"]
    found = queries.checks_of_person(
        session,
        actor,
        [person.id],
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=limit,
    )
    rows, following = page(found, limit, lambda check: (moment_text(check.raised_at), str(check.id)))
    counts = queries.count_checks(session, actor, person_id=person.id) if "counts" in query else None
    items = views.show_checks(session, actor, "person", person.id, rows)
    return {"items": items, "next": following, "counts": counts}


@blueprint.route("/v1/checks/<uuid:check_id>", methods=["GET"])
@blueprint.response(200, CheckView, headers=TAGGED)
@permitted("checks:read", role="api")
def read_check(session: Session, actor: Actor, check_id: UUID) -> View | Response:
    """Return a check with every answer and every review."""
    view, tag = views.show_check(session, actor, queries.find_check(session, actor, check_id))
    return respond(view, tag=tag)


@blueprint.route("/v1/checks/<uuid:check_id>/history", methods=["GET"])
@blueprint.arguments(HistoryQuery, location="query")
@blueprint.response(200, CheckHistoryList)
@permitted("checks:read", role="api")
def read_check_history(
    session: Session, actor: Actor, query: dict[str, Any], check_id: UUID
) -> dict[str, Any]:
    """Return the history of a check: what was asked of whom and about whom, and what was said and decided.

    As of any moment. Every version of a question is as it was sent; every answer stands beside the version
    that it answers. The oldest come first.
    """
    check = queries.find_check(session, actor, check_id)
    after = decode_cursor(query["after"], datetime, int, str, int) if "after" in query else None
    found = history.entries(session, check, at=query.get("at"), after=after, limit=query["limit"])
    rows, following = page(found, query["limit"], lambda entry: (moment_text(entry.at), *entry.place[1:]))
    return {"items": history.show(session, actor, check, rows), "next": following}


@blueprint.route("/v1/checks/<uuid:check_id>/decisions", methods=["POST"])
@blueprint.arguments(CheckDecision)
@blueprint.response(200, CheckView, headers=TAGGED)
@permitted("checks:decide")
def decide_check(session: Session, actor: Actor, body: Body, check_id: UUID) -> View | Response:
    """Decide as a manager that no answer is required.

    The decision ends every request that is unanswered. It needs a reason, and a manager who is not on the
    case.
    """
    check, own = _locked(session, actor, check_id)
    if not idempotency.is_repeat(session, actor, body):
        require_match(views.tag_of_check(session, actor, check, own))
        actions.require_unanswered(session, actor, check, own)
        given = body.load()
        actions.decide_not_required(session, actor, check, given["reason"], own)
        idempotency.settle_change(session, actor, check.id)
    return _answer(session, actor, check, own)


@blueprint.route("/v1/checks/<uuid:check_id>/reviews", methods=["POST"])
@blueprint.arguments(CheckReviewBody)
@blueprint.response(200, CheckView, headers=TAGGED)
@permitted("checks:review")
def review_check(session: Session, actor: Actor, body: Body, check_id: UUID) -> View | Response:
    """Record what an agency's answer changes, and why.

    At high and very high risk a manager must countersign the review.
    """
    check, own = _locked(session, actor, check_id)
    if not idempotency.is_repeat(session, actor, body):
        require_match(views.tag_of_check(session, actor, check, own))
        actions.require_answer_to_review(session, actor, check, own)
        given = body.load()
        request = _one_of(queries.requests_of(session, [check.id]), given["check_request_id"])
        actions.review_answer(session, actor, request, given["changes"], given["reason"])
        idempotency.settle_change(session, actor, check.id)
    return _answer(session, actor, check, own)


@blueprint.route("/v1/checks/<uuid:check_id>/reviews/<uuid:review_id>/countersignature", methods=["POST"])
@blueprint.arguments(CheckCountersignatureBody)
@blueprint.response(200, CheckView, headers=TAGGED)
@permitted("checks:countersign")
def countersign_check_review(
    session: Session, actor: Actor, body: Body, check_id: UUID, review_id: UUID
) -> View | Response:
    """Agree to a review as a manager, or send it back to be done again."""
    check, own = _locked(session, actor, check_id)
    request, review = _review(session, check, review_id)
    if not idempotency.is_repeat(session, actor, body):
        require_match(views.tag_of_check(session, actor, check, own))
        actions.require_waiting_for_signature(session, actor, request, review, own)
        given = body.load()
        actions.countersign_review(session, actor, request, review, own, **given)
        idempotency.settle_change(session, actor, check.id)
    return _answer(session, actor, check, own)


def _locked(session: Session, actor: Actor, check_id: UUID) -> tuple[Check, OwnWork]:
    """Lock a check; return it, and what the caller did in the case, to which no decision adds anything."""
    found = queries.find_check(session, actor, check_id, to_change=True)
    visibility.require_holder(actor, found.probation_id)
    check = writes.lock(session, found)
    return check, own_work_on(session, actor, [check])


def _answer(session: Session, actor: Actor, check: Check, own: OwnWork) -> View | Response:
    view, tag = views.show_check(session, actor, check, own)
    return respond(view, tag=tag)


def _one_of(requests: list[CheckRequest], request_id: UUID) -> CheckRequest:
    for request in requests:
        if request.id == request_id:
            return request
    raise invalid([Fault("/check_request_id", "Not one of the requests of this check.")])


def _review(session: Session, check: Check, review_id: UUID) -> tuple[CheckRequest, CheckReview]:
    requests = {request.id: request for request in queries.requests_of(session, [check.id])}
    for review, _ in queries.reviews_of(session, requests):
        if review.id == review_id:
            return requests[review.request_id], review
    raise not_found()
