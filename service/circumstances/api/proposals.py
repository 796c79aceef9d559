"""/v1/people/{person_id}/proposals: what other regions state, for the region that holds the record."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances.actions.proposals import decide_proposal as decide
from service.circumstances.actions.proposals import open_proposals
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import Blueprint, Body, OrderedPageQuery, View, decode_cursor, page, respond
from service.http.problems import not_found
from service.people import views, visibility
from service.people.model import Person, ProposalDecision
from service.people.proposals import Proposal
from service.people.schemas.proposals import ProposalDecisionBody, ProposalDecisionView, ProposalList
from service.people.sight import SECTIONS

proposals = Blueprint(
    "proposals",
    __name__,
    url_prefix="/v1/people",
    description="What other regions state about a person, for the region that holds the record.",
)


@proposals.route("/<uuid:person_id>/proposals")
@proposals.arguments(OrderedPageQuery, location="query")
@proposals.response(200, ProposalList)
@permitted("proposals:read", role="api")
def list_proposals(session: Session, actor: Actor, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """List what other regions state about a person and the record does not say.

    You decide each of them. What raises danger is urgent, and notified at once. The list is computed: what
    you record in another way leaves it too. Emergency access shows the sections that it is for, and who a
    protected contact is, or where, only with those.
    """
    person = _held_here(session, actor, person_id)
    seen, limit = visibility.sections_seen(session, actor, person), query["limit"]
    newest = query["order"] == "newest"
    found = [one for one in open_proposals(session, person) if one.section not in SECTIONS.keys() - seen]
    if newest:
        found.reverse()
    if "after" in query:
        after = decode_cursor(query["after"], datetime, UUID, str)
        places = [(one.at, one.side_id, one.path) for one in found]
        found = [
            one
            for one, place in zip(found, places, strict=True)
            if (place < after if newest else place > after)
        ]
    rows, onward = page(found[: limit + 1], limit, _place)
    protected = "protected_contacts" in seen
    return {
        "items": views.show_proposals(session, actor, person, rows, protected=protected),
        "next": onward,
    }


@proposals.route("/<uuid:person_id>/proposals/<uuid:proposal_id>/decision", methods=["POST"])
@proposals.arguments(ProposalDecisionBody)
@proposals.response(201, ProposalDecisionView)
@permitted("proposals:decide")
def decide_proposal(
    session: Session, actor: Actor, body: Body, person_id: UUID, proposal_id: UUID
) -> View | Response:
    """Take or leave something that another region states.

    What you take is written on the record as your own statement, by the same rules: a lower risk needs
    evidence and, from high or very high, a manager who is not on the case. A change of circumstance is noted;
    record it yourself if it changes your case.
    """
    person = _held_here(session, actor, person_id)
    known = idempotency.replay(session, actor, body)
    if known:
        decided = session.get_one(ProposalDecision, known)
    else:
        decided = decide(session, actor, person, proposal_id, body.load)
        idempotency.settle(session, actor, decided.id)
    return respond(
        {
            "id": decided.id,
            "path": decided.path,
            "taken": decided.taken,
            "reason": decided.reason,
            "decided_by": decided.decided_by,
            "decided_at": decided.decided_at,
        },
        status=HTTPStatus.CREATED,
    )


def _held_here(session: Session, actor: Actor, person_id: UUID) -> Person:
    """Find a record that the caller's region holds.

    Raises:
        Problem: 404 also to those who only read the record, for a side record and for an alias.
    """
    person = visibility.find_person(session, actor, person_id)
    if not person.held or person.same_as_id is not None or person.holder_id != actor.organisation_id:
        raise not_found()
    return person


def _place(proposal: Proposal) -> tuple[str, ...]:
    return moment_text(proposal.at), str(proposal.side_id), proposal.path
