"""/v1/staff: the staff register of the caller's own organisation."""

from dataclasses import asdict
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.identifiers import is_person_identifier
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    Blueprint,
    Body,
    View,
    decode_cursor,
    page,
    require_match_unless_new,
    respond,
)
from service.http.problems import not_found
from service.organisations.queries import organisation
from service.staff import actions, lists, queries, views
from service.staff.schemas import (
    StaffBulk,
    StaffBulkView,
    StaffForm,
    StaffList,
    StaffQuery,
    StaffView,
    entry_of,
)

staff = Blueprint(
    "staff",
    __name__,
    url_prefix="/v1/staff",
    description="Who works in your organisation, and in which role.",
)
blueprints = (staff,)


@staff.route("")
@staff.arguments(StaffQuery, location="query")
@staff.response(200, StaffList)
@permitted("staff:read")
def list_staff(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List who works in your organisation, by id, with their roles and absences.

    Those who have left are not listed; read them by their ids.
    """
    found = lists.members(
        session,
        actor,
        after=decode_cursor(query["after"], str)[0] if "after" in query else None,
        limit=query["limit"],
        role=query.get("role"),
        unit=query.get("unit"),
        away="away" in query,
        holding_today="holding_today" in query,
    )
    rows, onward = page(found, query["limit"], lambda row: (row.id,))
    shape = " ".join(sorted(set(query) - {"after", "limit"})) or "all"
    return {"items": views.show_members(session, actor, rows, shape), "next": onward}


@staff.route("/bulk", methods=["POST"])
@staff.arguments(StaffBulk)
@staff.response(200, StaffBulkView)
@permitted("staff:keep")
def record_staff(session: Session, actor: Actor, body: Body) -> dict[str, Any]:
    """Enter up to 100 members of staff, or replace their entries: all of them, or none.

    Each entry is as `PUT` takes it, with its `id`; whoever is not in the list stays as they are. Send the
    same `Idempotency-Key` when you repeat the call.
    """
    first = idempotency.replay(session, actor, body)
    if first is None:
        entries = [entry_of(line["id"], line) for line in body.load()["entries"]]
        actions.require_roles(actor.organisation_kind, _code(session, actor), entries)
        outcome, event_id = actions.keep(session, actor, actor.organisation_id, entries, "register")
        idempotency.settle(session, actor, event_id)
    else:
        outcome = actions.outcome_of(session, first)
    return asdict(outcome)


@staff.route("/<staff_id>")
@staff.response(200, StaffView, headers=TAGGED)
@permitted("staff:read")
def read_staff(session: Session, actor: Actor, staff_id: str) -> View | Response:
    """Return a member of staff of your organisation, also one who has left."""
    return _shown(session, actor, staff_id)


@staff.route("/<staff_id>", methods=["PUT"])
@staff.arguments(StaffForm)
@staff.response(200, StaffView, headers=TAGGED)
@permitted("staff:keep")
def keep_staff(session: Session, actor: Actor, body: Body, staff_id: str) -> View | Response:
    """Enter a member of staff, or replace the entry with `If-Match`.

    What has been is never changed: a role or an absence that you leave out ends now, one that had not begun
    never does, and one that has begun keeps its beginning.
    """
    if not is_person_identifier(staff_id):
        raise not_found()
    if not idempotency.is_repeat(session, actor, body):
        version = queries.locked_version(session, actor.organisation_id, staff_id)
        require_match_unless_new(None if version is None else views.tag_of(actor, staff_id, version))
        entries = [entry_of(staff_id, body.load())]
        actions.require_roles(actor.organisation_kind, _code(session, actor), entries, at="")
        actions.keep(session, actor, actor.organisation_id, entries, "register")
        idempotency.settle_change(session, actor, actor.organisation_id)
    return _shown(session, actor, staff_id)


def _code(session: Session, actor: Actor) -> str:
    return organisation(session, actor.organisation_id).code


def _shown(session: Session, actor: Actor, staff_id: str) -> View | Response:
    view, tag = views.show_member(
        session, actor, queries.find_member(session, actor.organisation_id, staff_id)
    )
    return respond(view, tag=tag)
