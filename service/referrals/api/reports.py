"""Reports over a region's referrals over HTTP: numbers, and nothing about anybody."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.guard.permitted import permitted
from service.http import Blueprint, View, respond, shape_of
from service.referrals.reports import COUNTED, count_adjustments
from service.referrals.schemas.reports import AdjustmentReport, AdjustmentsQuery

reports = Blueprint("adjustments", __name__, description="What destinations can meet.")


@reports.route("/v1/adjustments", methods=["GET"])
@reports.arguments(AdjustmentsQuery, location="query")
@reports.response(200, AdjustmentReport)
@permitted("referrals:read")
def report_adjustments(session: Session, actor: Actor, query: dict[str, Any]) -> View | Response:
    """Count the adjustments that destinations were asked for, could meet and could not.

    Each counts once for each destination referral of your region, as it stands now.
    """
    audit.record(
        session,
        actor,
        "search",
        object_kind="destination_referral",
        object_id="adjustments",
        shape=shape_of(query),
    )
    days = {name: query.get(name) for name in ("sent_from", "sent_until")}
    rows = count_adjustments(session, actor, **days)
    counts = [{"adjustment": row[0], **dict(zip(COUNTED, row[1:], strict=True))} for row in rows]
    return respond({"adjustments": counts})
