"""/v1/people/{person_id}/share-requests: asking the holder of a record for a share, and the answer."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import Blueprint, Body, OrderedPageQuery, View, page, place_in_list, respond
from service.http.problems import not_found
from service.people import queries, views, visibility
from service.people.actions.asking import answer_share_request as answer
from service.people.actions.asking import ask_for_share
from service.people.model import ShareRequest
from service.people.schemas.share_requests import (
    ShareAnswerBody,
    ShareRequestBody,
    ShareRequestList,
    ShareRequestView,
)

share_requests = Blueprint(
    "share_requests", __name__, url_prefix="/v1", description="Asking the holder of a record for a share."
)


@share_requests.route("/people/<uuid:person_id>/share-requests", methods=["POST"])
@share_requests.arguments(ShareRequestBody)
@share_requests.response(201, ShareRequestView)
@permitted("share_requests:ask")
def request_share(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Ask the holder of a person's record for a share.

    You ask on the record of your own, which your referral names. The holder has two working days to answer.
    """
    person = visibility.find_person(session, actor, person_id)
    known = idempotency.replay(session, actor, body)
    if known:
        request = queries.find_share_request(session, known)
    else:
        request = ask_for_share(session, actor, person, body.load())
        idempotency.settle(session, actor, request.id)
    return _show(session, actor, request, status=201)


@share_requests.route("/people/<uuid:person_id>/share-requests")
@share_requests.arguments(OrderedPageQuery, location="query")
@share_requests.response(200, ShareRequestList)
@permitted("share_requests:read")
def list_share_requests(
    session: Session, actor: Actor, query: dict[str, Any], person_id: UUID
) -> dict[str, Any]:
    """List the requests for a share of a record that you hold, or those you made.

    The oldest come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id)
    limit, newest = query["limit"], query["order"] == "newest"
    found = queries.share_requests_of(session, person, newest=newest, after=place_in_list(query), limit=limit)
    rows, onward = page(found, limit, lambda row: (moment_text(row.asked_at), str(row.id)))
    return {"items": views.show_share_requests(session, actor, rows), "next": onward}


@share_requests.route("/share-requests/<uuid:share_request_id>/answer", methods=["POST"])
@share_requests.arguments(ShareAnswerBody)
@share_requests.response(200, ShareRequestView)
@permitted("share_requests:answer")
def answer_share_request(
    session: Session, actor: Actor, body: Body, share_request_id: UUID
) -> View | Response:
    """Answer a request for a share of a record that you hold.

    Give the share first, as you would without being asked: you answer that you did, or that you decline.
    """
    request = queries.find_share_request(session, share_request_id)
    # Whoever asked reads it too, and may be of the holder's region: only who sees the record answers.
    held = visibility.find_person(session, actor, request.person_id)
    if held.holder_id != actor.organisation_id:
        raise not_found()
    if not idempotency.is_repeat(session, actor, body):
        answer(session, actor, request, **body.load())
        idempotency.settle_change(session, actor, request.id)
    return _show(session, actor, request)


def _show(session: Session, actor: Actor, request: ShareRequest, *, status: int = 200) -> View | Response:
    (view,) = views.show_share_requests(session, actor, [request])
    return respond(view, status=HTTPStatus(status))
