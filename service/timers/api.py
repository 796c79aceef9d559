"""GET /v1/overdue, GET /v1/escalations and their acknowledgement."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock
from service.access.actor import Actor
from service.fields import moment_text
from service.guard.permitted import permitted
from service.http import Blueprint, decode_cursor, page, place_in_list
from service.timers import acknowledgements, queries, views
from service.timers.model import Clock
from service.timers.queries import Escalation, Place
from service.timers.schemas import (
    EscalationList,
    EscalationQuery,
    EscalationView,
    OverdueClockList,
    OverdueQuery,
)

escalations = Blueprint("escalations", __name__, description="Overdue answers and escalations.")
blueprints = (escalations,)
_PLACE: Final = (datetime, datetime, UUID, int)
_SEEN: Final = ("timer", "due_at", "exposed_since", "urgency", "referral_id")


@escalations.route("/v1/overdue")
@escalations.arguments(OverdueQuery, location="query")
@escalations.response(200, OverdueClockList)
@permitted("overdue:read")
def list_overdue_clocks(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List overdue clocks, the longest overdue first.

    A region sees all of its cases; a destination or agency sees what it was asked. Overdue is a flag with
    a date, not a state: a late answer is always accepted.
    """
    found = queries.overdue(
        session,
        actor,
        clock.now(),
        after=place_in_list(query),
        limit=query["limit"],
        pdu=query.get("pdu"),
    )
    rows, following = page(found, query["limit"], lambda row: (moment_text(row.due_at), str(row.id)))
    _record(session, actor, "overdue", query, rows)
    return {"items": [views.overdue(actor, row) for row in rows], "next": following}


@escalations.route("/v1/escalations")
@escalations.arguments(EscalationQuery, location="query")
@escalations.response(200, EscalationList)
@permitted("escalations:read")
def list_escalations(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the escalations that your organisation was notified of, in the order they were recorded.

    A destination or agency sees escalations addressed to itself, and the addressees on its own side.
    """
    found = queries.escalations(
        session,
        actor,
        after=Place(*decode_cursor(query["after"], *_PLACE)) if "after" in query else None,
        limit=query["limit"],
        notice=query.get("notice"),
        acknowledged={"yes": True, "no": False}.get(query.get("acknowledged", "")),
    )
    rows, following = page(found, query["limit"], _written_place)
    addressees = queries.addressed_to(session, actor, [row.firing.id for row in rows])
    _record(session, actor, "escalation", query, [row.clock for row in rows])
    return {"items": [views.escalation(actor, row, addressees) for row in rows], "next": following}


@escalations.route("/v1/escalations/<uuid:escalation_id>/acknowledgement", methods=["POST"])
@escalations.response(200, EscalationView)
@permitted("escalations:acknowledge")
def acknowledge_escalation(session: Session, actor: Actor, escalation_id: UUID) -> dict[str, Any]:
    """Record that a practitioner has seen an escalation.

    It stops no clock. Once is enough: a second acknowledgement changes nothing and returns the first.
    """
    found = queries.find_escalation(session, actor, escalation_id, to_change=True)
    acknowledgements.acknowledge_escalation(session, actor, found)
    addressees = queries.addressed_to(session, actor, [escalation_id])
    return views.escalation(actor, queries.find_escalation(session, actor, escalation_id), addressees)


def _written_place(escalation: Escalation) -> tuple[str | int, ...]:
    place = escalation.place()
    return moment_text(place.fired_at), moment_text(place.due_at), str(place.clock_id), place.ordinal


def _record(session: Session, actor: Actor, kind: str, query: dict[str, Any], rows: Iterable[Clock]) -> None:
    """Record the search on the audit trail, with one entry for each person whose data it showed."""
    shape = " ".join(sorted(set(query) - {"after", "limit"})) or "all"
    audit.record(session, actor, "search", object_kind=kind, object_id="list", shape=shape)
    people = {row.person_id: row for row in rows if row.person_id is not None}
    for person_id, row in people.items():
        audit.record(
            session,
            actor,
            "consultation",
            object_kind=row.subject_kind,
            object_id=row.subject_id,
            person_id=person_id,
            fields=_SEEN,
        )
