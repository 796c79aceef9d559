"""Disclosure decisions: whether a third party is told something about the person, and what came of it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.four_eyes import OwnWork
from service.access.row_visibility import bypass_row_security
from service.corrections.schemas import Correction, read_instead
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    TAGGED_AND_CREATED,
    Blueprint,
    Body,
    CountedPageQuery,
    View,
    page,
    place_in_list,
    require_match,
    respond,
)
from service.people import visibility
from service.third_parties import police_views, queries, views
from service.third_parties.actions import answering, moving, opening
from service.third_parties.four_eyes import known_of
from service.third_parties.model import DisclosureDecision
from service.third_parties.schemas import (
    DisclosureDecisionList,
    DisclosureDecisionView,
    DisclosureSubmission,
    DisclosureTransition,
    RightToKnowAnswer,
    RightToKnowView,
)
from service.third_parties.states import Action

decisions = Blueprint(
    "disclosure_decisions",
    __name__,
    url_prefix="/v1",
    description="Whether somebody outside the case is told something about the person.",
)
right_to_know = Blueprint(
    "right_to_know",
    __name__,
    url_prefix="/v1",
    description="What a police force decides under the Domestic Violence Disclosure Scheme.",
)
blueprints = (decisions, right_to_know)


@decisions.route("/people/<uuid:person_id>/disclosure-decisions", methods=["POST"])
@decisions.arguments(DisclosureSubmission)
@decisions.response(201, DisclosureDecisionView, headers=TAGGED_AND_CREATED)
@permitted("disclosure_decisions:open")
def open_disclosure_decision(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Open a decision whether somebody is told something about the person.

    Somebody asked, or you see a reason. Nobody is told by this: a practitioner proposes, and a manager
    decides. A new relationship opens one by itself.
    """
    person = visibility.find_person(session, actor, person_id, queries.SECTION)
    first = idempotency.replay(session, actor, body)
    if first is None:
        decision = opening.open_decision(session, actor, person, body.load())
        idempotency.settle(session, actor, decision.id)
    else:
        decision = queries.find_decision(session, actor, first)
    return _shown(session, actor, decision, known_of(session, actor, [decision]), status=201)


@decisions.route("/people/<uuid:person_id>/disclosure-decisions")
@decisions.arguments(CountedPageQuery, location="query")
@decisions.response(200, DisclosureDecisionList)
@permitted("disclosure_decisions:read", role="api")
def list_disclosure_decisions(
    session: Session, actor: Actor, query: dict[str, Any], person_id: UUID
) -> dict[str, Any]:
    """List the disclosure decisions about a person.

    The oldest come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id, queries.SECTION)
    limit = query["limit"]
    found = queries.list_decisions(
        session,
        actor,
        person.id,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=limit,
    )
    rows, onward = page(found, limit, lambda row: (moment_text(row.opened_at), str(row.id)))
    shown = views.show_decisions(session, actor, rows, known_of(session, actor, rows))
    counts = queries.count_decisions(session, actor, person.id) if "counts" in query else None
    return {"items": shown, "next": onward, "counts": counts}


@decisions.route("/disclosure-decisions/<uuid:decision_id>")
@decisions.response(200, DisclosureDecisionView, headers=TAGGED)
@permitted("disclosure_decisions:read", role="api")
def read_disclosure_decision(session: Session, actor: Actor, decision_id: UUID) -> View | Response:
    """Return a disclosure decision, with every step so far."""
    decision = queries.find_decision(session, actor, decision_id)
    return _shown(session, actor, decision, known_of(session, actor, [decision]))


@decisions.route("/disclosure-decisions/<uuid:decision_id>/transitions", methods=["POST"])
@decisions.arguments(DisclosureTransition)
@decisions.response(200, DisclosureDecisionView, headers=TAGGED)
@permitted("disclosure_decisions:move")
def move_disclosure_decision(
    session: Session, actor: Actor, body: Body, decision_id: UUID
) -> View | Response:
    """Propose what is told, record that the police were asked, or what came of it.

    A proposal asks a manager, who decides it at `POST /v1/agreements/{id}/decision`.
    """
    decision = queries.find_decision(session, actor, decision_id, lock=True)
    own = known_of(session, actor, [decision])
    if not idempotency.is_repeat(session, actor, body):
        require_match(views.tag_of(session, actor, decision, own))
        given = body.load()
        moving.require_to_move(session, actor, decision, Action(given["action"]), own)
        moving.move(session, actor, decision, given, own)
        idempotency.settle_change(session, actor, decision.id)
    return _shown(session, actor, decision, own)


@right_to_know.route("/right-to-know/<uuid:right_to_know_id>")
@right_to_know.response(200, RightToKnowView, headers=TAGGED)
@permitted("right_to_know:read", role="api")
def read_right_to_know(session: Session, actor: Actor, right_to_know_id: UUID) -> View | Response:
    """Return what your force is asked to decide under the Right to Know.

    `right_to_know.asked` in your feed has its address.
    """
    view, tag = police_views.show_asked(session, actor, queries.find_asked(session, actor, right_to_know_id))
    return respond(view, status=200, tag=tag)


@right_to_know.route("/right-to-know/<uuid:right_to_know_id>/answer", methods=["POST"])
@right_to_know.arguments(RightToKnowAnswer)
@right_to_know.response(200, RightToKnowView, headers=TAGGED)
@permitted("right_to_know:answer")
def answer_right_to_know(
    session: Session, actor: Actor, body: Body, right_to_know_id: UUID
) -> View | Response:
    """Say what your force decided, and whether you told them.

    Probation reads your answer, and your clock stops.
    """
    asked = queries.find_asked(session, actor, right_to_know_id)
    # All of it at once, so that no statement is sent twice.
    with bypass_row_security(session):
        answering.lock(session, asked)
        if not idempotency.is_repeat(session, actor, body):
            require_match(police_views.tag_of(session, actor, asked))
            answering.answer(session, actor, asked, body.load())
            idempotency.settle_change(session, actor, asked.id)
        view, tag = police_views.show_asked(session, actor, asked)
    return respond(view, status=200, tag=tag)


@right_to_know.route("/right-to-know/<uuid:right_to_know_id>/corrections", methods=["POST"])
@right_to_know.arguments(Correction)
@right_to_know.response(200, RightToKnowView, headers=TAGGED)
@permitted("right_to_know:answer")
def correct_right_to_know(
    session: Session, actor: Actor, body: Body, right_to_know_id: UUID
) -> View | Response:
    """Correct or withdraw your answer, such as one about somebody else.

    `said` is the whole answer as it should have been. Your first answer stays on record, and probation reads
    that it was not so. Where you withdraw it you are asked again, and your days go on.
    """
    asked = queries.find_asked(session, actor, right_to_know_id)
    with bypass_row_security(session):
        answering.lock(session, asked)
        if not idempotency.is_repeat(session, actor, body):
            require_match(police_views.tag_of(session, actor, asked))
            answering.correct(session, actor, asked, read_instead(RightToKnowAnswer(), body.load()))
            idempotency.settle_change(session, actor, asked.id)
        view, tag = police_views.show_asked(session, actor, asked)
    return respond(view, status=200, tag=tag)


def _shown(
    session: Session, actor: Actor, decision: DisclosureDecision, own: OwnWork, *, status: int = 200
) -> View | Response:
    view, tag = views.show_decision(session, actor, decision, own)
    location = view["href"] if status == HTTPStatus.CREATED else None
    return respond(view, status=status, tag=tag, location=location)
