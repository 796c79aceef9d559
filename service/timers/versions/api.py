"""/v1/policies: versions of escalation policies, a region's overrides, and moving its clocks onto them."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    TAGGED_AND_CREATED,
    Blueprint,
    Body,
    PageQuery,
    View,
    decode_cursor,
    etag,
    page,
    respond,
)
from service.http.problems import not_found
from service.timers.model import PolicyVersion
from service.timers.versions import actions, dry_runs, queries, views
from service.timers.versions.schemas import (
    PolicyApplicationRequest,
    PolicyApplicationView,
    PolicyDryRunRequest,
    PolicyDryRunView,
    PolicyList,
    PolicyVersionList,
    PolicyVersionRequest,
    PolicyVersionView,
    PolicyView,
)

policies = Blueprint(
    "policies",
    __name__,
    url_prefix="/v1/policies",
    description="How soon an answer is due, and whom each step of an escalation notifies.",
)
blueprints = (policies,)


@policies.route("")
@policies.arguments(PageQuery, location="query")
@policies.response(200, PolicyList)
@permitted("policies:read")
def list_policies(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """List escalation policies by key.

    A destination or agency sees those by which an organisation of its kind is asked, and a region all.
    """
    after = decode_cursor(query["after"], str)[0] if "after" in query else None
    found = queries.list_keys(session, actor, after=after, limit=query["limit"])
    keys, onward = page(found, query["limit"], lambda key: (key,))
    known = queries.editions(session, actor, keys)
    now = clock.now()
    listed = [views.listed(actor, [one for one in known if one.key == key], now) for key in keys]
    return {"items": listed, "next": onward}


@policies.route("/<string:policy_key>")
@policies.response(200, PolicyView, headers=TAGGED)
@permitted("policies:read")
def read_policy(session: Session, actor: Actor, policy_key: str) -> View | Response:
    """Return a policy with its versions in force: the general one, and the overrides that concern you.

    A clock starts with the narrowest version that fits it, and keeps that version unless it is moved.
    """
    known, now = queries.find_editions(session, actor, policy_key), clock.now()
    current = set(queries.in_force(known, now).values())
    view = views.policy(actor, known, queries.documents(session, current), now)
    return respond(view, tag=_tag(actor, *sorted(map(str, current))))


@policies.route("/<string:policy_key>/versions")
@policies.arguments(PageQuery, location="query")
@policies.response(200, PolicyVersionList)
@permitted("policies:read")
def list_policy_versions(
    session: Session, actor: Actor, query: dict[str, Any], policy_key: str
) -> dict[str, Any]:
    """List the versions of a policy, the last published first."""
    known, now = queries.find_editions(session, actor, policy_key), clock.now()
    before = decode_cursor(query["after"], int)[0] if "after" in query else None
    wanted = [one for one in known if before is None or one.number < before]
    rows, onward = page(wanted[: query["limit"] + 1], query["limit"], lambda one: (one.number,))
    return {"items": [views.edition(actor, known, one, now) for one in rows], "next": onward}


@policies.route("/<string:policy_key>/versions/<int:number>")
@policies.response(200, PolicyVersionView, headers=TAGGED)
@permitted("policies:read")
def read_policy_version(session: Session, actor: Actor, policy_key: str, number: int) -> View | Response:
    """Return a version of a policy: targets, reminders, steps, pauses, in codes and in words."""
    known = queries.find_editions(session, actor, policy_key)
    one = _find(known, number)
    document = queries.documents(session, [one.id])[one.id]
    view = views.version(actor, known, one, document, clock.now())
    return respond(view, tag=_tag(actor, one.id, view["state"]))


@policies.route("/<string:policy_key>/versions", methods=["POST"])
@policies.arguments(PolicyVersionRequest)
@policies.response(201, PolicyVersionView, headers=TAGGED_AND_CREATED)
@permitted("policies:publish")
def publish_policy_version(session: Session, actor: Actor, body: Body, policy_key: str) -> View | Response:
    """Publish an override of a policy for the clocks of your region, or for one responder in them.

    An administration publishes it for any region, for a responder everywhere, or for a responder in a region.

    An override has other figures than the general version: targets, the times of steps, reminders. It has
    the same steps, repeat and pauses. No running clock changes. To end an override, publish one that ends.
    """
    known = queries.find_editions(session, actor, policy_key)
    first = idempotency.replay(session, actor, body)
    if first is None:
        given = body.load()
        scope = actions.scope_of(session, actor, given)
        row = actions.publish(session, actor, known, scope, given)
        idempotency.settle(session, actor, row.id)
        known = [queries.edition_of(row), *known]
    else:
        row = session.get_one(PolicyVersion, first)
    one = _find(known, row.version)
    view = views.version(actor, known, one, row.document, clock.now())
    return respond(view, status=201, tag=_tag(actor, row.id, view["state"]), location=view["href"])


@policies.route("/<string:policy_key>/dry-run", methods=["POST"])
@policies.arguments(PolicyDryRunRequest)
@policies.arguments(PageQuery, location="query")
@policies.response(200, PolicyDryRunView)
@permitted("policies:dry_run", role="reader")
def preview_policy_version(
    session: Session, actor: Actor, body: Body, query: dict[str, Any], policy_key: str
) -> dict[str, Any]:
    """Return what a draft would do to the running clocks of your region: what fires when, and for whom.

    It takes the clocks that you may see, a page at a time, as if they were moved onto the draft now. Nothing
    changes.
    """
    known = queries.find_editions(session, actor, policy_key)
    after = decode_cursor(query["after"], UUID)[0] if "after" in query else None
    given = body.load()
    scope = actions.own_scope(session, actor, given.get("responder_id"))
    document = actions.draft_override(session, known, scope, given["figures"], clock.now())
    found = dry_runs.clocks(session, actor, known, scope, after=after, limit=query["limit"])
    rows, onward = page(found, query["limit"], lambda row: (str(row.id),))
    dry_runs.record(session, actor, rows)
    return dry_runs.run(session, rows, document, clock.now()) | {"after": onward}


@policies.route("/<string:policy_key>/versions/<int:number>/application", methods=["POST"])
@policies.arguments(PolicyApplicationRequest)
@policies.response(200, PolicyApplicationView)
@permitted("policies:apply")
def apply_policy_version(
    session: Session, actor: Actor, body: Body, policy_key: str, number: int
) -> dict[str, Any]:
    """Move running clocks of your region onto a version that is in force, at most 200 in one call.

    What has fired stays fired and does not fire again. What is late by the new version fires at the next
    sweep, once. While the response says `more`, call again. Clocks of limited access cases are moved too.
    """
    one = _find(queries.find_editions(session, actor, policy_key), number)
    first = idempotency.replay(session, actor, body)
    if first is None:
        given = body.load()
        row = actions.apply(
            session,
            actor,
            one,
            reason=given["reason"],
            named=given.get("clocks"),
            region=actor.organisation_id,
        )
        idempotency.settle(session, actor, row.id)
    else:
        row = queries.find_application(session, actor, first)
    return views.application(row, one.key, one.number)


def _find(known: list[queries.Edition], number: int) -> queries.Edition:
    for one in known:
        if one.number == number:
            return one
    raise not_found()


def _tag(actor: Actor, *parts: object) -> str:
    """Return the tag of what this caller sees; it says what a role may do."""
    return etag("policy", actor.side, actor.practitioner and actor.practitioner.role, *parts)
