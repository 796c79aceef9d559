"""GET /v1/work, /v1/overdue, /v1/escalations: what each caller has to do, what is late, who was notified."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.fields import moment_text
from service.guard.permitted import permitted
from service.http import TAGGED, Blueprint, View, decode_cursor, page, place_in_list, respond
from service.timers.addressees import standing_of
from service.timers.escalations import Escalation, Place, Wanted
from service.timers.schemas import EscalationQuery, OverdueQuery
from service.work.moves import queries, views
from service.work.moves.schemas import EscalationList, OverdueClockList, WorkList, WorkQuery

work = Blueprint("work", __name__, description="What is to be done, by whose move it is.")
blueprints = (work,)
_PLACE: Final = (datetime, datetime, UUID, int)


@work.route("/v1/work")
@work.arguments(WorkQuery, location="query")
@work.response(200, WorkList, headers=TAGGED)
@permitted("work:read")
def list_work(session: Session, actor: Actor, query: dict[str, Any]) -> View | Response:
    """List what is to be done, the first due first unless you ask for the newest.

    A region sees what probation owes in its cases; a destination or agency what it was asked and has not
    done. What waits for somebody else is not on the list of whoever waits. Send the ETag back with
    `If-None-Match`: a page that has not changed is not sent again, and is not recorded as read.
    """
    now, limit = clock.now(), query["limit"]
    standing = standing_of(session, actor)
    found = queries.page_of_work(
        session,
        actor,
        standing,
        query,
        now,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=limit,
    )
    counts = queries.count_work(session, actor, standing, query, now) if "counts" in query else None
    rows, following = page(found, limit, lambda one: (moment_text(one.clock.due_at), str(one.clock.id)))
    view = {"items": views.items(session, actor, rows, now), "next": following, "counts": counts}
    answer = respond(view, tag=views.tag_of(actor, query, view))
    if not isinstance(answer, Response):  # a page that the caller has is not shown again
        views.record(session, actor, query, rows, kind="work")
    return answer


@work.route("/v1/overdue")
@work.arguments(OverdueQuery, location="query")
@work.response(200, OverdueClockList)
@permitted("overdue:read")
def list_overdue_clocks(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List overdue clocks, the longest overdue first unless you ask for the newest.

    A region sees all of its cases, whoever owes the move; a destination or agency sees what it was asked.
    Each says what the list of work says. Overdue is a flag with a date, not a state: a late answer is always
    accepted.
    """
    now, limit = clock.now(), query["limit"]
    standing = standing_of(session, actor)
    found = queries.page_of_overdue(
        session,
        actor,
        standing,
        query,
        now,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=limit,
    )
    counts = queries.count_overdue(session, actor, standing, query, now) if "counts" in query else None
    rows, following = page(found, limit, lambda one: (moment_text(one.clock.due_at), str(one.clock.id)))
    views.record(session, actor, query, rows, kind="overdue")
    return {"items": views.overdue(session, actor, rows, now), "next": following, "counts": counts}


@work.route("/v1/escalations")
@work.arguments(EscalationQuery, location="query")
@work.response(200, EscalationList)
@permitted("escalations:read")
def list_escalations(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the escalations that your organisation was notified of.

    The first recorded come first unless you ask for the newest. Each says what the list of work says.

    A region sees those of its cases, and those that came to it because it holds the record. A destination or
    agency sees escalations addressed to itself, and the addressees on its own side.
    """
    standing = standing_of(session, actor)
    found = queries.page_of_escalations(
        session,
        actor,
        standing,
        _wanted(query),
        newest=query["order"] == "newest",
        after=Place(*decode_cursor(query["after"], *_PLACE)) if "after" in query else None,
        limit=query["limit"],
    )
    rows, following = page(found, query["limit"], _written_place)
    views.record(session, actor, query, [one.owed for one in rows], kind="escalation")
    return {"items": views.escalations(session, actor, standing, rows, clock.now()), "next": following}


def _wanted(query: dict[str, Any]) -> Wanted:
    said = {"yes": True, "no": False}
    return Wanted(
        notice=query.get("notice"),
        acknowledged=said.get(query.get("acknowledged", "")),
        mine="mine" in query,
        role=query.get("role"),
        pdu=query.get("pdu"),
        open=said.get(query.get("open", "")),
    )


def _written_place(escalated: queries.Escalated) -> tuple[str | int, ...]:
    place = Escalation(escalated.firing, escalated.owed.clock).place()
    return moment_text(place.fired_at), moment_text(place.due_at), str(place.clock_id), place.ordinal
