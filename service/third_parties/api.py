"""Disclosure decisions: whether a third party is told something about the person, and what came of it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.four_eyes import OwnWork
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
from service.third_parties import queries, views
from service.third_parties.actions import moving, opening
from service.third_parties.four_eyes import known_of
from service.third_parties.model import DisclosureDecision
from service.third_parties.schemas import (
    DisclosureDecisionList,
    DisclosureDecisionView,
    DisclosureSubmission,
    DisclosureTransition,
)
from service.third_parties.states import Action

decisions = Blueprint(
    "disclosure_decisions",
    __name__,
    url_prefix="/v1",
    description="Whether somebody outside the case is told something about the person.",
)
blueprints = (decisions,)


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
        moving.require_to_move(actor, decision, Action(given["action"]), own)
        moving.move(session, actor, decision, given, own)
        idempotency.settle_change(session, actor, decision.id)
    return _shown(session, actor, decision, own)


def _shown(
    session: Session, actor: Actor, decision: DisclosureDecision, own: OwnWork, *, status: int = 200
) -> View | Response:
    view, tag = views.show_decision(session, actor, decision, own)
    location = view["href"] if status == HTTPStatus.CREATED else None
    return respond(view, status=status, tag=tag, location=location)
