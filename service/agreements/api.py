"""/v1/agreements: asking a manager for a decision that takes four eyes, and the decision itself."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.agreements import queries, views
from service.agreements.actions import asking, deciding
from service.agreements.hooks import Decision
from service.agreements.model import Agreement
from service.agreements.schemas import (
    AgreementDecision,
    AgreementRequest,
    AgreementsQuery,
    AgreementWithdrawal,
    ManagerAgreementList,
    ManagerAgreementView,
)
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    TAGGED_AND_CREATED,
    Blueprint,
    Body,
    View,
    page,
    place_in_list,
    require_match,
    respond,
    shape_of,
)

agreements = Blueprint(
    "agreements",
    __name__,
    url_prefix="/v1/agreements",
    description="Decisions that take four eyes: what a manager is asked for, and what was decided.",
)
blueprints = (agreements,)


@agreements.route("", methods=["POST"])
@agreements.arguments(AgreementRequest)
@agreements.response(201, ManagerAgreementView, headers=TAGGED_AND_CREATED)
@permitted("agreements:ask")
def ask_for_agreement(session: Session, actor: Actor, body: Body) -> View | Response:
    """Ask a manager for a decision that takes four eyes.

    Nothing changes until the manager agrees, in a call of their own. A manager who has not been asked makes
    the call of the decision itself; only an endorsement of a review is made here, with `agreed`.
    """
    first = idempotency.replay(session, actor, body)
    if first is None:
        given = body.load()
        found = asking.find_subject(session, actor, given["kind"], given["subject_id"])
        agreement = asking.ask(session, actor, found, given)
        idempotency.settle(session, actor, agreement.id)
    else:
        agreement = queries.find(session, actor, first)
    return _shown(session, actor, agreement, status=201)


@agreements.route("")
@agreements.arguments(AgreementsQuery, location="query")
@agreements.response(200, ManagerAgreementList)
@permitted("agreements:read")
def list_agreements(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List what managers of your region were asked for and decided.

    The first asked come first unless you ask for the newest.
    """
    limit = query["limit"]
    wanted = {name: query.get(name) for name in ("asked", "state", "person_id")}
    found = queries.list_agreements(
        session,
        actor,
        **wanted,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=limit,
    )
    rows, onward = page(found, limit, lambda row: (moment_text(row.asked_at), str(row.id)))
    audit.record(
        session,
        actor,
        "search",
        object_kind="agreement",
        object_id="list",
        shape=shape_of(query),
    )
    counts = queries.count_agreements(session, actor, **wanted) if "counts" in query else None
    return {"items": views.show_agreements(session, actor, rows), "next": onward, "counts": counts}


@agreements.route("/<uuid:agreement_id>")
@agreements.response(200, ManagerAgreementView, headers=TAGGED)
@permitted("agreements:read", role="api")
def read_agreement(session: Session, actor: Actor, agreement_id: UUID) -> View | Response:
    """Return an agreement, with what was decided."""
    return _shown(session, actor, queries.find(session, actor, agreement_id))


@agreements.route("/<uuid:agreement_id>/decision", methods=["POST"])
@agreements.arguments(AgreementDecision)
@agreements.response(200, ManagerAgreementView, headers=TAGGED)
@permitted("agreements:decide")
def decide_agreement(session: Session, actor: Actor, body: Body, agreement_id: UUID) -> View | Response:
    """Agree to what you are asked for, or do not, as a manager who is not on the case.

    What you agree to is done in the same call, under all the rules that hold for it now; of what was proposed
    together (`beside`), all or nothing. Where what it rests
    on is not as you read it, nothing is done (412): `changed` names what is new, or is so no longer, and
    once you have read the agreement again you can decide.
    """
    agreement = queries.find(session, actor, agreement_id)
    if not idempotency.is_repeat(session, actor, body):
        found = deciding.lock(session, actor, agreement)
        own = deciding.own_work(session, actor, [agreement])
        tag, said = views.tag_of(session, actor, agreement, own)
        require_match(tag, **said)
        deciding.require_asked(agreement)
        deciding.require_independent(actor, agreement, found, own)
        given = body.load()
        decision = Decision(given["reason"], given.get("override_reason"))
        deciding.decide(session, actor, agreement, found, agreed=given["agreed"], decision=decision)
        idempotency.settle_change(session, actor, agreement.id)
    return _shown(session, actor, agreement)


@agreements.route("/<uuid:agreement_id>/withdrawal", methods=["POST"])
@agreements.arguments(AgreementWithdrawal)
@agreements.response(200, ManagerAgreementView, headers=TAGGED)
@permitted("agreements:withdraw")
def withdraw_agreement(session: Session, actor: Actor, body: Body, agreement_id: UUID) -> View | Response:
    """Take back what you asked a manager for, as long as nobody has decided it."""
    agreement = queries.find(session, actor, agreement_id)
    if not idempotency.is_repeat(session, actor, body):
        deciding.lock(session, actor, agreement)
        own = deciding.own_work(session, actor, [agreement])
        tag, said = views.tag_of(session, actor, agreement, own)
        require_match(tag, **said)
        asking.require_own(actor, agreement)
        asking.withdraw(session, actor, agreement, **body.load())
        idempotency.settle_change(session, actor, agreement.id)
    return _shown(session, actor, agreement)


def _shown(session: Session, actor: Actor, agreement: Agreement, *, status: int = 200) -> View | Response:
    view, tag = views.show_agreement(session, actor, agreement)
    location = view["href"] if status == HTTPStatus.CREATED else None
    return respond(view, status=status, tag=tag, location=location)
