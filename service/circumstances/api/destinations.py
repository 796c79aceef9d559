"""Changes of circumstance that are shared with a destination, and the concerns that it reports."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances import actions, queries, views
from service.circumstances.schemas.destinations import Concern, ReceiptList, ReceiptView, SharedChangeList
from service.corrections.schemas import Correction, read_instead
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    CREATED,
    Blueprint,
    Body,
    CountedPageQuery,
    OrderedPageQuery,
    View,
    page,
    place_in_list,
    respond,
)
from service.referrals.queries import find_part, find_reported_on
from service.referrals.shared import require_shared

destinations = Blueprint(
    "destination_changes",
    __name__,
    url_prefix="/v1/destination-referrals",
    description="Changes that destinations are notified of, and concerns that they report.",
)


@destinations.route("/<uuid:destination_referral_id>/changes-of-circumstance")
@destinations.arguments(CountedPageQuery, location="query")
@destinations.response(200, SharedChangeList)
@permitted("changes:read_shared")
def list_shared_changes(
    session: Session, actor: Actor, query: dict[str, Any], destination_referral_id: UUID
) -> dict[str, Any]:
    """List the changes that were shared with you.

    You see the kind of change and the day, never the details. The oldest come first unless you ask for the
    newest.
    """
    part = find_part(session, actor, destination_referral_id)
    require_shared(actor, part)
    limit, newest = query["limit"], query["order"] == "newest"
    found = queries.shared_changes_for(session, part, newest=newest, after=place_in_list(query), limit=limit)
    rows, onward = page(found, limit, lambda row: (moment_text(row[1]), str(row[0].id)))
    counts = queries.count_shared_changes(session, part) if "counts" in query else None
    return {"items": views.shared_changes(session, actor, rows), "next": onward, "counts": counts}


@destinations.route("/<uuid:destination_referral_id>/concerns", methods=["POST"])
@destinations.arguments(Concern)
@destinations.response(201, ReceiptView, headers=CREATED)
@permitted("concerns:report")
def report_concern(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID
) -> View | Response:
    """Report behaviour that worries you.

    A report is treated as urgent and as an allegation until probation establishes it. You can report after
    your referral has ended too, and after it was entered in error. The response confirms receipt, and says
    what to do now, whom to ring and what happens next: the same in every case.
    """
    part = find_reported_on(session, actor, destination_referral_id)
    known = idempotency.replay(session, actor, body)
    if known:
        change = queries.reported(session, actor, known)
    else:
        case = actions.case_around(session, actor, part)
        part = find_reported_on(session, actor, destination_referral_id, lock=True)
        change = actions.report_concern(session, actor, case, part, body.load())
        idempotency.settle(session, actor, change.id)
    return respond(
        views.receipt(session, part.referral.probation_id, change),
        status=201,
        location=f"/v1/destination-referrals/{destination_referral_id}/concerns",
    )


@destinations.route(
    "/<uuid:destination_referral_id>/concerns/<uuid:concern_id>/corrections", methods=["POST"]
)
@destinations.arguments(Correction)
@destinations.response(201, ReceiptView)
@permitted("concerns:report")
def correct_concern(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID, concern_id: UUID
) -> View | Response:
    """Correct or withdraw a concern that you reported.

    Your first report stays on record. Taking it back ends nothing that it set off: whoever reviews it reads
    that you did, and decides. An alarm goes on until a named person has confirmed it.
    """
    part = find_reported_on(session, actor, destination_referral_id)
    known = idempotency.replay(session, actor, body)
    if known:
        change = queries.reported(session, actor, known)
    else:
        case = actions.case_around(session, actor, part)
        part = find_reported_on(session, actor, destination_referral_id, lock=True)
        reported = queries.find_concern(session, actor, part, concern_id)
        given = body.load()
        instead = read_instead(Concern(), given)
        change = actions.correct_concern(session, actor, case, reported, instead, part=part)
        idempotency.settle(session, actor, change.id)
    return respond(views.receipt(session, part.referral.probation_id, change), status=201)


@destinations.route("/<uuid:destination_referral_id>/concerns")
@destinations.arguments(OrderedPageQuery, location="query")
@destinations.response(200, ReceiptList)
@permitted("concerns:report", role="api")
def list_concerns(
    session: Session, actor: Actor, query: dict[str, Any], destination_referral_id: UUID
) -> dict[str, Any]:
    """List the concerns you have reported about a referral.

    The list confirms receipt and shows nothing else. The oldest come first unless you ask for the newest.
    """
    part = find_reported_on(session, actor, destination_referral_id)
    limit, newest = query["limit"], query["order"] == "newest"
    found = queries.reported_with(
        session, actor, part, newest=newest, after=place_in_list(query), limit=limit
    )
    rows, onward = page(found, limit, lambda row: (moment_text(row.recorded_at), str(row.id)))
    return {"items": views.receipts(session, actor, part.referral.probation_id, rows), "next": onward}
