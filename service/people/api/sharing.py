"""/v1/people/{person_id}/shares: who sees a record beside its holder; and emergency access."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    CREATED,
    TAGGED,
    TAGGED_AND_CREATED,
    Blueprint,
    Body,
    OrderedPageQuery,
    View,
    page,
    place_in_list,
    require_match,
    respond,
)
from service.people import access_queries, access_views, visibility
from service.people.actions import sharing
from service.people.model import Person, Restriction, Sight
from service.people.schemas.sharing import (
    EmergencyAccess,
    EmergencyAccessView,
    EndOfShare,
    ShareConfirmation,
    ShareList,
    ShareReviewBody,
    ShareSubmission,
    ShareView,
)

shares = Blueprint(
    "shares",
    __name__,
    url_prefix="/v1/people",
    description="Sight of a record that another region holds: shares, and emergency access.",
)


@shares.route("/emergency-access", methods=["POST"])
@shares.arguments(EmergencyAccess)
@shares.response(201, EmergencyAccessView, headers=CREATED)
@permitted("people:take_emergency_access")
def take_emergency_access(session: Session, actor: Actor, body: Body) -> View | Response:
    """See a record for 24 hours because you must know at once.

    The region that holds the record is notified immediately, and reviews it the next working day. It also
    opens a limited access case. Somebody on call, such as a senior probation officer, sees the household,
    the risk and the plan; a head of a unit and above see everything.
    """
    known = idempotency.replay(session, actor, body)
    if known:
        taken = session.get_one(Sight, known)
    else:
        given = body.load()
        reason = given.pop("reason")
        ((number, value),) = given.items()
        taken = sharing.take_emergency_access(session, actor, number=number, value=value, reason=reason)
        idempotency.settle(session, actor, taken.id)
    view = access_views.show_emergency_access(taken)
    return respond(view, status=HTTPStatus.CREATED, location=view["person"])


@shares.route("/<uuid:person_id>/shares", methods=["POST"])
@shares.arguments(ShareSubmission)
@shares.response(201, ShareView, headers=TAGGED_AND_CREATED)
@permitted("people:share")
def share_person(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Let another region see a record that your region holds, or sections of it.

    Who the person is goes with every section. It ends by itself, and both regions find it in their feeds.
    """
    person = visibility.find_person(session, actor, person_id, lock=True)
    known = idempotency.replay(session, actor, body)
    if known:
        share = access_queries.find_share(session, actor, person.id, known)
    else:
        share = sharing.share(session, actor, person, body.load())
        idempotency.settle(session, actor, share.id)
    return _show(session, actor, person, share, status=HTTPStatus.CREATED)


@shares.route("/<uuid:person_id>/shares")
@shares.arguments(OrderedPageQuery, location="query")
@shares.response(200, ShareList)
@permitted("people:read", role="api")
def list_shares(session: Session, actor: Actor, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """List the shares of a record, those that have ended too.

    A region that does not hold the record finds its own. The oldest come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id)
    limit, newest = query["limit"], query["order"] == "newest"
    found = access_queries.list_shares(
        session, actor, person.id, newest=newest, after=place_in_list(query), limit=limit
    )
    rows, onward = page(found, limit, lambda row: (moment_text(row.from_at), str(row.id)))
    return {"items": access_views.show_shares(session, actor, person, rows), "next": onward}


@shares.route("/<uuid:person_id>/shares/<uuid:share_id>")
@shares.response(200, ShareView, headers=TAGGED)
@permitted("people:read", role="api")
def read_share(session: Session, actor: Actor, person_id: UUID, share_id: UUID) -> View | Response:
    """Return a share of a record.

    Its ETag is the `If-Match` of a call that ends, confirms or reviews it.
    """
    person = visibility.find_person(session, actor, person_id)
    return _show(session, actor, person, access_queries.find_share(session, actor, person.id, share_id))


@shares.route("/<uuid:person_id>/shares/<uuid:share_id>/end", methods=["POST"])
@shares.arguments(EndOfShare)
@shares.response(200, ShareView, headers=TAGGED)
@permitted("people:share")
def end_share(session: Session, actor: Actor, body: Body, person_id: UUID, share_id: UUID) -> View | Response:
    """End a share before its time. Both regions find it in their feeds."""
    person = visibility.find_person(session, actor, person_id, lock=True)
    share = access_queries.find_share(session, actor, person.id, share_id)
    named = access_queries.restrictions_of(session, person.id)
    if not idempotency.is_repeat(session, actor, body):
        require_match(access_views.tag_of_share(person, share, named))
        sharing.require_in_force(share)
        sharing.end_share(session, actor, person, share, **body.load())
        idempotency.settle_change(session, actor, share.id)
    return _show(session, actor, person, share, named=named)


@shares.route("/<uuid:person_id>/shares/<uuid:share_id>/confirmation", methods=["POST"])
@shares.arguments(ShareConfirmation)
@shares.response(201, ShareView, headers=TAGGED_AND_CREATED)
@permitted("people:share")
def confirm_share(
    session: Session, actor: Actor, body: Body, person_id: UUID, share_id: UUID
) -> View | Response:
    """Share what a region saw before a record had one holder, from now on as your region gives it.

    The share that was carried over ends. Otherwise it ends by itself, 28 days after the upgrade.
    """
    person = visibility.find_person(session, actor, person_id, lock=True)
    known = idempotency.replay(session, actor, body)
    if known:
        named, confirmed = None, access_queries.find_share(session, actor, person.id, known)
    else:
        share = access_queries.find_share(session, actor, person.id, share_id)
        named = access_queries.restrictions_of(session, person.id)
        require_match(access_views.tag_of_share(person, share, named))
        sharing.require_in_force(share)
        confirmed = sharing.confirm_share(session, actor, person, share, body.load())
        idempotency.settle(session, actor, confirmed.id)
    # In a limited access case the confirmation may have named somebody.
    named = None if person.restricted else named
    return _show(session, actor, person, confirmed, status=HTTPStatus.CREATED, named=named)


@shares.route("/<uuid:person_id>/shares/<uuid:share_id>/review", methods=["POST"])
@shares.arguments(ShareReviewBody)
@shares.response(200, ShareView, headers=TAGGED)
@permitted("people:review_share")
def review_share(
    session: Session, actor: Actor, body: Body, person_id: UUID, share_id: UUID
) -> View | Response:
    """Review emergency access, as a manager of the region that holds the record.

    Not whoever took it, who answers for the case or who submitted it.
    """
    person = visibility.find_person(session, actor, person_id, lock=True)
    share = access_queries.find_share(session, actor, person.id, share_id)
    named = access_queries.restrictions_of(session, person.id)
    if not idempotency.is_repeat(session, actor, body):
        require_match(access_views.tag_of_share(person, share, named))
        sharing.review_share(session, actor, person, share, **body.load())
        idempotency.settle_change(session, actor, share.id)
    return _show(session, actor, person, share, named=named)


def _show(
    session: Session,
    actor: Actor,
    person: Person,
    share: Sight,
    *,
    status: int = HTTPStatus.OK,
    named: Sequence[Restriction] | None = None,
) -> View | Response:
    (view,) = access_views.show_shares(session, actor, person, [share], named)
    location = view["href"] if status == HTTPStatus.CREATED else None
    return respond(view, status=status, tag=view["etag"], location=location)
