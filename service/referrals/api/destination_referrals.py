"""One destination's part of a referral over HTTP: for that destination and for probation only."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.access.four_eyes import OwnWork
from service.corrections.rules import Instead
from service.corrections.schemas import Correction, read_instead
from service.destinations.states import State
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    Blueprint,
    Body,
    OrderedPageQuery,
    View,
    decode_cursor,
    etag,
    is_read,
    page,
    place_in_list,
    require_match,
    respond,
    with_beside,
)
from service.people.protected import as_shown
from service.referrals import deadlines, lists, queries, shared, views
from service.referrals.actions import messages, receiving
from service.referrals.actions.corrections import correct_update as correct
from service.referrals.actions.move_corrections import correct_move as correct_said
from service.referrals.actions.move_corrections import require_correctable
from service.referrals.actions.moves import move_part, row_for
from service.referrals.api.reading import action_asked_for
from service.referrals.four_eyes import own_standing, standing_to
from service.referrals.model import (
    DestinationMove,
    DestinationReferral,
    DestinationUpdate,
    Disclosure,
    Message,
)
from service.referrals.schemas.destination_referrals import (
    DestinationReferralList,
    DestinationReferralsQuery,
    DestinationReferralView,
)
from service.referrals.schemas.history import DestinationDocumentView
from service.referrals.schemas.messages import (
    DestinationMessage,
    DestinationMessageList,
    DestinationMessageView,
)
from service.referrals.schemas.moves import ASKED_FOR, DestinationReferralTransition
from service.referrals.schemas.updates import (
    ChangeAcknowledgement,
    DestinationUpdateList,
    DestinationUpdateReport,
    DestinationUpdateView,
)

destination_referrals = Blueprint(
    "destination-referrals", __name__, description="One destination's part of a referral."
)


def tag_of(actor: Actor, part: DestinationReferral, clocks: Sequence[Mapping[str, Any]], own: OwnWork) -> str:
    """Return the tag of a part: its version and clocks, how the caller stands to it, what probation owes."""
    standing = [(one["timer"], one["state"], one["due_at"]) for one in clocks]
    probations: list[object] = []
    if actor.side == "probation":
        # A version is the destination's too, so it stays while the part waits, or lacks what is not shown it.
        probations = [part.state_event_id, part.organisation_id, part.held_until, *part.blocked_by]
        if not actor.only_reads(part.referral.probation_id):
            probations += [*part.missing, *part.not_representable]
        if part.state == State.DECLINED:
            # What is amended can be sent again, and that is nothing that its destination reads.
            probations.append(part.referral.current_version)
    stands = own_standing(actor, part, own)
    ended = ["sharing_ended"] if shared.has_ended(part) else []
    return etag("destination_referral", part.id, part.version, standing, stands, *probations, *ended)


@destination_referrals.route("/v1/destination-referrals", methods=["GET"])
@destination_referrals.arguments(DestinationReferralsQuery, location="query")
@destination_referrals.response(200, DestinationReferralList)
@permitted("destination_referrals:read")
def list_destination_referrals(session: Session, actor: Actor, query: dict[str, Any]) -> View | Response:
    """List your destination referrals, with the actions you can take on each.

    The oldest come first unless you ask for the newest.
    """
    states = [query["state"]] if "state" in query else []
    found = lists.list_parts(
        session,
        actor,
        states=states,
        newest=query["order"] == "newest",
        after=place_in_list(query),
        limit=query["limit"],
    )
    rows, onward = page(found, query["limit"], lambda part: _place(actor, part))
    audit.record(
        session,
        actor,
        "search",
        object_kind="destination_referral",
        object_id="list",
        shape="state" if "state" in query else "all",
    )
    for person_id, part in {part.referral.person_id: part for part in rows}.items():
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="destination_referral",
            object_id=part.id,
            person_id=person_id,
            fields=("kind", "state", "deadlines"),
        )
    counts = lists.count_parts(session, actor, states=states) if "counts" in query else None
    return respond({"items": views.part_summaries(session, actor, rows), "next": onward, "counts": counts})


@destination_referrals.route("/v1/destination-referrals/<uuid:destination_referral_id>", methods=["GET"])
@destination_referrals.response(200, DestinationReferralView, headers=TAGGED)
@permitted("destination_referrals:read", role="api")
def read_destination_referral(
    session: Session, actor: Actor, destination_referral_id: UUID
) -> View | Response:
    """Return a destination referral with its history and the actions you can take."""
    return _shown(session, actor, queries.find_part(session, actor, destination_referral_id))


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/document", methods=["GET"]
)
@destination_referrals.response(200, DestinationDocumentView, headers=TAGGED)
@permitted("destination_referrals:read", role="api")
def read_document(session: Session, actor: Actor, destination_referral_id: UUID) -> View | Response:
    """Return the document that the destination was sent.

    The first time the destination reads it, the referral is marked as received. Where protected contacts are
    not shared with your region, a document that tells of them is not found, and what the texts of another say
    about them is left out: `[withheld]` stands for a sentence.
    """
    read = receiving.read_document(session, actor, destination_referral_id, read=is_read())
    return respond(
        views.document_view(actor, read.part, read.disclosure, read.document),
        tag=etag("disclosure", read.disclosure.id, read.protected, *_basis(read.part, read.disclosure)),
        whole=read.first,
    )


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/transitions", methods=["POST"]
)
@destination_referrals.arguments(DestinationReferralTransition)
@destination_referrals.response(200, DestinationReferralView, headers=TAGGED)
@permitted("destination_referrals:move")
def move_destination_referral(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID
) -> View | Response:
    """Take an action on a destination referral.

    `allowed_transitions` lists the actions that its state allows you. The other members of the body
    depend on the action. With an `Idempotency-Key`, a repeated call is recognised and not refused as
    stale.
    """
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    own = standing_to(session, actor, [part])
    if not idempotency.is_repeat(session, actor, body):
        require_match(tag_of(actor, part, deadlines.clocks_of(session, part), own))
        action = action_asked_for(lambda name: name in ASKED_FOR)
        row = row_for(session, actor, part, action, own) if action else None
        given = body.load()
        move_part(session, actor, part, row or row_for(session, actor, part, given["action"], own), given)
        idempotency.settle_change(session, actor, part.id)
    return _shown(session, actor, part, own, moved=True)


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/moves/<uuid:move_id>/corrections",
    methods=["POST"],
)
@destination_referrals.arguments(Correction)
@destination_referrals.response(200, DestinationReferralView, headers=TAGGED)
@permitted("destination_referrals:update")
def correct_move(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID, move_id: UUID
) -> View | Response:
    """Correct or withdraw that you accept or decline, or that your work has ended.

    `said` has the members of the action as it should have been: another reason, another outcome. What you
    withdraw goes on where it was, and you owe from now on what you owed there; of somebody who is recorded as
    dead because you said so, that ends too. Where the referral has gone on since, or a stay is under way, it
    is refused.
    """
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    if idempotency.replay(session, actor, body) is None:
        move = queries.find_said(session, part, DestinationMove, move_id)
        given = body.load()
        queries.require_to_stand(part, move, withdraws=given["withdrawn"])
        require_correctable(move)
        instead = read_instead(DestinationReferralTransition(), given, action=move.action)
        correct_said(session, actor, part, move, instead)
        idempotency.settle(session, actor, part.id)
    return _shown(session, actor, part)


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/messages", methods=["POST"]
)
@destination_referrals.arguments(DestinationMessage)
@destination_referrals.response(201, DestinationMessageView)
@permitted("destination_referrals:write_message")
def send_message(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID
) -> View | Response:
    """Send a message to the other side."""
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    first = idempotency.replay(session, actor, body)
    if first is not None:
        return respond(views.sent_message(session, part, session.get_one(Message, first)), status=201)
    messages.require_exchange(session, actor, part)
    if actor.side == "probation" and shared.has_ended(part):
        raise shared.sharing_ended()
    message = messages.send_message(session, actor, part, body.load()["body"])
    idempotency.settle(session, actor, message.id)
    return respond(views.sent_message(session, part, message), status=201)


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/messages", methods=["GET"]
)
@destination_referrals.arguments(OrderedPageQuery, location="query")
@destination_referrals.response(200, DestinationMessageList)
@permitted("destination_referrals:read", role="api")
def list_messages(
    session: Session, actor: Actor, query: dict[str, Any], destination_referral_id: UUID
) -> View | Response:
    """List the messages of both sides; the oldest first unless you ask for the newest."""
    part = queries.find_part(session, actor, destination_referral_id)
    shared.require_shared(actor, part)
    _read(session, actor, part, ("messages",))
    found = queries.messages_of(
        session, part, newest=query["order"] == "newest", after=_last_read(query), limit=query["limit"]
    )
    rows, onward = page(found, query["limit"], lambda message: (str(message.id),))
    shown = as_shown(session, actor, part.person_id, [views.message_view(message) for message in rows])
    return respond({"items": shown, "next": onward})


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/updates", methods=["POST"]
)
@destination_referrals.arguments(DestinationUpdateReport)
@destination_referrals.response(201, DestinationUpdateView)
@permitted("destination_referrals:update")
def report_update(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID
) -> View | Response:
    """Report on your work, in the structure of the kind of report.

    A report restarts the clock that waits for the destination's next update.
    """
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    first = idempotency.replay(session, actor, body)
    if first is not None:
        return respond(views.reported(session, part, session.get_one(DestinationUpdate, first)), status=201)
    messages.require_reporting(session, actor, part)
    given = body.load()
    update = messages.record_update(session, actor, part, given["kind"], given["content"])
    idempotency.settle(session, actor, update.id)
    return respond(views.reported(session, part, update), status=201)


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/updates/<uuid:update_id>/corrections",
    methods=["POST"],
)
@destination_referrals.arguments(Correction)
@destination_referrals.response(201, DestinationUpdateView)
@permitted("destination_referrals:update")
def correct_update(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID, update_id: UUID
) -> View | Response:
    """Correct or withdraw a report of yours, such as a session that you recorded twice or on the wrong day.

    The first report stays on record, marked, and what followed from it is worked out again. Whoever was
    notified of it is notified of the correction, once. You can correct it in any state of the referral. What
    you withdrew by mistake you report anew; once the work has ended you correct the withdrawal.
    """
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    first = idempotency.replay(session, actor, body)
    if first is not None:
        return respond(views.reported(session, part, session.get_one(DestinationUpdate, first)), status=201)
    update = queries.find_said(session, part, DestinationUpdate, update_id)
    given = body.load()
    queries.require_to_stand(part, update, withdraws=given["withdrawn"])
    correction = correct(session, actor, part, update, Instead(given.get("said"), given["reason"]))
    idempotency.settle(session, actor, correction.id)
    return respond(views.reported(session, part, correction), status=201)


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/updates", methods=["GET"]
)
@destination_referrals.arguments(OrderedPageQuery, location="query")
@destination_referrals.response(200, DestinationUpdateList)
@permitted("destination_referrals:read", role="api")
def list_updates(
    session: Session, actor: Actor, query: dict[str, Any], destination_referral_id: UUID
) -> View | Response:
    """List the destination's reports; the oldest first unless you ask for the newest."""
    part = queries.find_part(session, actor, destination_referral_id)
    shared.require_shared(actor, part)
    _read(session, actor, part, ("updates",))
    found = queries.updates_of(
        session, part, newest=query["order"] == "newest", after=_last_read(query), limit=query["limit"]
    )
    rows, onward = page(found, query["limit"], lambda update: (str(update.id),))
    shown = as_shown(session, actor, part.person_id, views.update_views(session, rows))
    return respond({"items": shown, "next": onward})


@destination_referrals.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/acknowledgements", methods=["POST"]
)
@destination_referrals.arguments(ChangeAcknowledgement)
@destination_referrals.response(200, DestinationReferralView, headers=TAGGED)
@permitted("destination_referrals:acknowledge")
def acknowledge_change(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID
) -> View | Response:
    """Acknowledge every change up to a version.

    Where a change requires it, also say whether you can continue as accepted. Of the last such change you can
    say otherwise later.
    """
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    if idempotency.replay(session, actor, body) is None:
        given = body.load()
        messages.acknowledge_change(
            session, actor, part, given["version"], can_continue=given.get("can_continue")
        )
        idempotency.settle(session, actor, part.id)
    return _shown(session, actor, part)


def _basis(part: DestinationReferral, disclosure: Disclosure) -> tuple[str, ...]:
    # Only another basis than it was sent on is a change of what is read.
    basis = shared.basis_now(part)
    return (basis.code,) if basis and basis.code != disclosure.legal_basis else ()


def _last_read(query: dict[str, Any]) -> UUID | None:
    return decode_cursor(query["after"], UUID)[0] if "after" in query else None


def _shown(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    own: OwnWork | None = None,
    *,
    moved: bool = False,
) -> View | Response:
    _read(session, actor, part, ("state", "deadlines", "notices", "moves"))
    clocks, notices = deadlines.clocks_and_notices(session, part, queries.notices_of(session, part))
    own = standing_to(session, actor, [part]) if own is None else own
    beside = [*queries.sections_beside(session, actor, part.referral), *(due for _, due in notices if due)]
    view = views.part_view(session, actor, part, clocks, own=own, notices=notices)
    repeats = [view["duplicate_of"]] if view.get("duplicate_of") else []
    # A death is no version of a part, and ends what may follow a decline.
    goes_on = view["allowed_transitions"] if part.state == State.DECLINED else []
    view = views.with_danger_advice(session, actor, part, view) if moved else view
    return respond(view, tag=with_beside(tag_of(actor, part, clocks, own), *beside, *repeats, *goes_on))


def _read(session: Session, actor: Actor, part: DestinationReferral, fields: tuple[str, ...]) -> None:
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="destination_referral",
        object_id=part.id,
        object_version=part.version,
        person_id=part.referral.person_id,
        fields=fields,
    )


def _place(actor: Actor, part: DestinationReferral) -> tuple[str | int, ...]:
    since = part.sent_at if actor.side == "destination" else part.created_at
    return (since.isoformat() if since else "", str(part.id))
