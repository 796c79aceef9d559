"""/v1/registration/organisations and /duties: who takes part, and what they answer for."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service import fields, http
from service.access.actor import Actor
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http.problems import not_found
from service.organisations.model import Organisation
from service.organisations.queries import organisation_by_code
from service.registration import areas, hours, queries, views
from service.registration import permitted as rules
from service.registration.actions import organisations as actions
from service.registration.actions import removal
from service.registration.api.answers import as_problems
from service.registration.schemas.organisations import (
    AreaList,
    AreaQuery,
    DutyList,
    DutyRegistration,
    OrganisationQuery,
    OrganisationRegistration,
    RegisteredOrganisationList,
    RegisteredOrganisationView,
)

organisations = http.Blueprint(
    "registered_organisations",
    __name__,
    url_prefix="/v1/registration",
    description="Registration: who takes part, what they answer for, and which systems call for them.",
)
_ONE = "/organisations/<kind>/<code>"
_DUTY = f"{_ONE}/duties/<duty>/<area>"
_CREATED = 201


@organisations.route("/organisations")
@organisations.arguments(OrganisationQuery, location="query")
@organisations.response(200, RegisteredOrganisationList)
@permitted("registrations:read", role="registrar")
def list_organisations(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the registered organisations, with what they answer for."""
    limit = query["limit"]
    if "duty" in query:
        with as_problems():
            rules.check_known_duty(query["duty"])
    found = queries.organisations(
        session,
        kind=query.get("kind"),
        duty=query.get("duty"),
        area=query.get("area"),
        after=http.decode_cursor(query["after"], str, str) if "after" in query else None,
        limit=limit + 1,
    )
    rows, following = http.page(found, limit, lambda row: (row.kind, row.code))
    views.record_read(session, actor, "organisation")
    return {"items": views.organisations(session, rows), "next": following}


@organisations.route("/duties")
@organisations.arguments(http.PageQuery, location="query")
@organisations.response(200, DutyList)
@permitted("registrations:read", role="registrar")
def list_duties(_session: Session, _actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List what organisations can answer for: by which kind of organisation, and in which areas."""
    limit = query["limit"]
    after = http.decode_cursor(query["after"], str)[0] if "after" in query else ""
    rows, following = http.page(views.duties(after, limit + 1), limit, lambda row: (row["duty"],))
    return {"items": rows, "next": following}


@organisations.route("/areas")
@organisations.arguments(AreaQuery, location="query")
@organisations.response(200, AreaList)
@permitted("registrations:read", role="registrar")
def list_areas(_session: Session, _actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List the areas there are: regions with delivery units, police forces, authorities, MAPPA areas."""
    found = areas.listed(query.get("kind"))
    if "after" in query:
        after = tuple(http.decode_cursor(query["after"], str, str))
        found = [one for one in found if (one.kind, one.code) > after]
    limit = query["limit"]
    rows, following = http.page(found[: limit + 1], limit, lambda one: (one.kind, one.code))
    return {"items": [views.area(one) for one in rows], "next": following}


@organisations.route(_ONE)
@organisations.response(200, RegisteredOrganisationView, headers=http.TAGGED)
@permitted("registrations:read", role="registrar")
def read_organisation(session: Session, actor: Actor, kind: str, code: str) -> http.View | Response:
    """Return a registered organisation. Its ETag is the `If-Match` of calls that change it."""
    shown = _shown(session, _find(session, kind, code))
    views.record_read(session, actor, "organisation", shown["id"])
    return http.respond(shown, tag=views.tag(shown))


@organisations.route(_ONE, methods=["PUT"])
@organisations.arguments(OrganisationRegistration)
@organisations.response(200, RegisteredOrganisationView, headers=http.TAGGED)
@organisations.alt_response(201, schema=RegisteredOrganisationView, headers=http.TAGGED_AND_CREATED)
@permitted("registrations:change", role="registrar")
def register_organisation(
    session: Session, actor: Actor, body: http.Body, kind: str, code: str
) -> http.View | Response:
    """Register an organisation, or change the given details of the registered one.

    New hours and closures apply to clocks that start from now on; running clocks keep their calendar.
    Send no `If-Match` the first time.
    """
    actions.lock(session)
    found = organisation_by_code(session, kind, code)
    duties = [] if found is None else queries.duties_of(session, [found.id])[found.id]
    is_new = found is None
    if not idempotency.is_repeat(session, actor, body):
        http.require_match_unless_new(None if found is None else views.tag(views.organisation(found, duties)))
        given = body.load()
        details = {name: value for name, value in given.items() if name not in hours.MEMBERS}
        details["office_hours"] = hours.changed(None if found is None else found.office_hours, given)
        with as_problems():
            found = actions.register(session, actor, found, kind=kind, code=code, given=details)
        idempotency.settle_change(session, actor, found.id)
    if found is None:
        raise not_found()
    shown = views.organisation(found, duties)
    status = _CREATED if is_new else 200
    return http.respond(
        shown, status=status, tag=views.tag(shown), location=shown["href"] if is_new else None
    )


@organisations.route(_ONE, methods=["DELETE"])
@organisations.response(200, RegisteredOrganisationView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def remove_organisation(session: Session, actor: Actor, *, kind: str, code: str) -> http.View | Response:
    """Remove an organisation that no longer takes part: its duties, clients and webhooks end with it.

    Nothing is deleted: it stays listed, with `ended_at`. One with open work is refused. The call takes no
    body.
    """
    actions.lock(session)
    found = _find(session, kind, code)
    if not idempotency.is_repeat(session, actor, http.Body(fields.Schema())):
        http.require_match(views.tag(_shown(session, found)))
        with as_problems():
            removal.remove_organisation(session, actor, found)
        idempotency.settle_change(session, actor, found.id)
    shown = _shown(session, found)
    return http.respond(shown, tag=views.tag(shown))


@organisations.route(_DUTY, methods=["PUT"])
@organisations.arguments(DutyRegistration)
@organisations.response(200, RegisteredOrganisationView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def assign_duty(
    session: Session, actor: Actor, body: http.Body, *, kind: str, code: str, duty: str, area: str
) -> http.View | Response:
    """Let an organisation answer for a duty in an area.

    It is found for new referrals and checks at once. What waited for it is sent within seconds; what another
    organisation was sent stays there. If another one holds the duty, say why it passes to this one.
    """
    actions.lock(session)
    found = _find(session, kind, code)
    if not idempotency.is_repeat(session, actor, body):
        http.require_match(views.tag(_shown(session, found)))
        given = body.load()
        with as_problems():
            actions.answer_for(session, actor, found, duty, area, take_over=given.get("take_over"))
        idempotency.settle_change(session, actor, found.id)
    shown = _shown(session, found)
    return http.respond(shown, tag=views.tag(shown))


@organisations.route(_DUTY, methods=["DELETE"])
@organisations.response(200, RegisteredOrganisationView, headers=http.TAGGED)
@permitted("registrations:change", role="registrar")
def remove_duty(
    session: Session, actor: Actor, *, kind: str, code: str, duty: str, area: str
) -> http.View | Response:
    """Remove a duty from an organisation. New referrals and checks for it wait until another one has it.

    The call takes no body.
    """
    actions.lock(session)
    found = _find(session, kind, code)
    if not idempotency.is_repeat(session, actor, http.Body(fields.Schema())):
        http.require_match(views.tag(_shown(session, found)))
        with as_problems():
            actions.stop_answering(session, actor, found.id, duty, area)
        idempotency.settle_change(session, actor, found.id)
    shown = _shown(session, found)
    return http.respond(shown, tag=views.tag(shown))


def _find(session: Session, kind: str, code: str) -> Organisation:
    found = organisation_by_code(session, kind, code) if kind in rules.ORGANISATION_KINDS else None
    if found is None:
        raise not_found()
    return found


def _shown(session: Session, found: Organisation) -> dict[str, Any]:
    return views.organisations(session, [found])[0]
