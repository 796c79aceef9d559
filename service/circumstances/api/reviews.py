"""The reviews that changes open: what is owed about a person, and what each one found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances import actions, queries, views
from service.circumstances.four_eyes import Known, known_of
from service.circumstances.model import Review
from service.circumstances.schemas.reviews import Completion, ReviewAgreementBody, ReviewList, ReviewView
from service.circumstances.states import State
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
    require_match,
    respond,
)
from service.http.problems import Problem
from service.people import visibility

reviews = Blueprint("reviews", __name__, url_prefix="/v1", description="The reviews that changes open.")


@reviews.route("/people/<uuid:person_id>/reviews")
@reviews.arguments(CountedPageQuery, location="query")
@reviews.response(200, ReviewList)
@permitted("reviews:read", role="api")
def list_reviews(session: Session, actor: Actor, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """List the reviews about a person, completed ones last.

    The oldest of each come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id, "circumstances")
    limit = query["limit"]
    newest = query["order"] == "newest"
    found = queries.reviews_of_person(
        session, actor, [person.id], newest=newest, after=_place(query), limit=limit
    )
    rows, onward = page(found, limit, _key)
    counts = queries.count_reviews(session, actor, person.id) if "counts" in query else None
    return {"items": views.show_reviews(session, actor, rows), "next": onward, "counts": counts}


@reviews.route("/reviews/<uuid:review_id>")
@reviews.response(200, ReviewView, headers=TAGGED)
@permitted("reviews:read", role="api")
def read_review(session: Session, actor: Actor, review_id: UUID) -> View | Response:
    """Return a review."""
    review = queries.find_review(session, actor, review_id)
    return _show(session, actor, review, known_of(session, actor, [review]))


@reviews.route("/reviews/<uuid:review_id>/completion", methods=["POST"])
@reviews.arguments(Completion)
@reviews.response(200, ReviewView, headers=TAGGED)
@permitted("reviews:complete")
def complete_review(session: Session, actor: Actor, body: Body, review_id: UUID) -> View | Response:
    """Complete a review: say what must change, or why nothing need change.

    A proposal that nothing need change waits for a manager who is not on the case. Completing a review
    recalls no one. Reviews that belong together, such as of several changes in a fortnight, are completed in
    one call with `also`: what you propose of those on one record is one proposal for the manager.
    """
    together = queries.lock_together(session, actor, review_id, _named_beside(body))
    review, known = together[0], known_of(session, actor, together)
    if not idempotency.is_repeat(session, actor, body):
        require_match(views.tag_of(session, actor, review, known))
        actions.require_to_be_completed(session, actor, review, known)
        actions.complete_together(session, actor, together, body.load(), known)
        idempotency.settle_change(session, actor, review.id)
    return _show(session, actor, review, known)


@reviews.route("/reviews/<uuid:review_id>/agreement", methods=["POST"])
@reviews.arguments(ReviewAgreementBody)
@reviews.response(200, ReviewView, headers=TAGGED)
@permitted("reviews:agree")
def agree_to_review(session: Session, actor: Actor, body: Body, review_id: UUID) -> View | Response:
    """Agree as a manager that nothing need change, or send the review back.

    Agreement completes the review. Reviews that were proposed together are decided together at the address of
    the agreement; here you decide this one alone, and the others go on waiting.
    """
    review = queries.find_review(session, actor, review_id, lock=True)
    known = known_of(session, actor, [review])
    if not idempotency.is_repeat(session, actor, body):
        require_match(views.tag_of(session, actor, review, known))
        actions.require_waiting_for_agreement(session, actor, [review], known)
        actions.agree_to_reviews(session, actor, [review], known, **body.load())
        idempotency.settle_change(session, actor, review.id)
    return _show(session, actor, review, known)


def _named_beside(body: Body) -> list[UUID]:
    """Return the other reviews that a body names: all are locked at once, before the body is judged."""
    try:
        named: list[UUID] = body.load()["also"]
    except Problem:
        return []  # it is refused where its turn comes
    return named


def _key(review: Review) -> tuple[str | int, ...]:
    return int(review.state == State.COMPLETED), moment_text(review.opened_at), str(review.id)


def _place(query: dict[str, Any]) -> tuple[bool, datetime, UUID] | None:
    if "after" not in query:
        return None
    completed, opened_at, review_id = decode_cursor(query["after"], int, datetime, UUID)
    return bool(completed), opened_at, review_id


def _show(session: Session, actor: Actor, review: Review, known: Known) -> View | Response:
    view, tag = views.show_review(session, actor, review, known)
    return respond(view, tag=tag)
