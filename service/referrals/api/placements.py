"""A stay over HTTP: the destination offers and records it, probation confirms it and says where it leads."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.access.four_eyes import OwnWork
from service.corrections.schemas import Correction, read_instead
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import TAGGED, Blueprint, Body, View, require_match, respond, with_beside
from service.http.problems import not_found
from service.referrals import deadlines, queries, views
from service.referrals.actions import placing
from service.referrals.actions.departure_gate import OVERRIDE
from service.referrals.actions.placement_corrections import correct_move, require_correctable
from service.referrals.api.destination_referrals import tag_of
from service.referrals.api.reading import action_asked_for
from service.referrals.four_eyes import own_work_on
from service.referrals.model import DestinationMove, DestinationReferral
from service.referrals.schemas.placements import PlacementView
from service.referrals.schemas.placing import ACTIONS, PlacementMove

placements = Blueprint(
    "placements", __name__, description="Stays with a destination, from offer to departure."
)


@placements.route("/v1/destination-referrals/<uuid:destination_referral_id>/placement", methods=["GET"])
@placements.response(200, PlacementView, headers=TAGGED)
@permitted("destination_referrals:read", role="api")
def read_placement(session: Session, actor: Actor, destination_referral_id: UUID) -> View | Response:
    """Return a placement, with what must be done before the person leaves for the move-on address.

    When sharing has ended, you still read the state and the days of the stay, so that you can record what
    has happened; nothing of where it leads.
    """
    part = queries.find_part(session, actor, destination_referral_id)
    if part.destination.placement is None:
        raise not_found()
    return _shown(session, actor, part, own_work_on(session, actor, part))


@placements.route("/v1/destination-referrals/<uuid:destination_referral_id>/placement", methods=["POST"])
@placements.arguments(PlacementMove)
@placements.response(200, PlacementView, headers=TAGGED)
@permitted("destination_referrals:place")
def move_placement(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID
) -> View | Response:
    """Take an action on a placement.

    `allowed_actions` lists the actions that you can take. A departure to the move-on address is refused
    until every check about it is answered, unless a manager opens the departure gate.
    """
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    if part.destination.placement is None:
        raise not_found()
    own = own_work_on(session, actor, part)
    if not idempotency.is_repeat(session, actor, body):
        placement = queries.placement_of(session, part)
        action = action_asked_for(lambda name: name in ACTIONS)
        if action == OVERRIDE:
            # Whoever opens the gate has read everything that keeps it shut.
            view = views.placement_view(session, actor, part, placement, own)
            require_match(_tag(session, actor, part, view, own))
        else:
            require_match(tag_of(actor, part, deadlines.clocks_of(session, part), own))
        if action:
            placing.require_allowed(actor, part, placement, action, own)
        placing.place(session, actor, part, placement, body.load())
        idempotency.settle_change(session, actor, part.id)
    return _shown(session, actor, part, own, moved=True)


@placements.route(
    "/v1/destination-referrals/<uuid:destination_referral_id>/placement/moves/<uuid:move_id>/corrections",
    methods=["POST"],
)
@placements.arguments(Correction)
@placements.response(200, PlacementView, headers=TAGGED)
@permitted("destination_referrals:update")
def correct_placement(
    session: Session, actor: Actor, body: Body, destination_referral_id: UUID, move_id: UUID
) -> View | Response:
    """Correct or withdraw what you recorded of a stay: an offer, an arrival, a departure.

    `said` has the members of the action as it should have been. The stay is worked out again from what
    stands: a departure that is withdrawn makes the person a resident again, and a departure falls with the
    arrival that it rests on. An alarm goes on until a person has confirmed it. Once the work has ended,
    what was withdrawn by mistake is put right by a correction of the withdrawal.
    """
    part = queries.find_part(session, actor, destination_referral_id, lock=True)
    if part.destination.placement is None:
        raise not_found()
    own = own_work_on(session, actor, part)
    if idempotency.replay(session, actor, body) is None:
        move = queries.find_said(session, part, DestinationMove, move_id)
        given = body.load()
        queries.require_to_stand(part, move, withdraws=given["withdrawn"])
        require_correctable(move, withdrawn=given["withdrawn"])
        instead = read_instead(PlacementMove(), given, action=move.action)
        correct_move(session, actor, part, move, instead)
        idempotency.settle(session, actor, part.id)
    return _shown(session, actor, part, own, moved=True)


def _shown(
    session: Session, actor: Actor, part: DestinationReferral, own: OwnWork, *, moved: bool = False
) -> View | Response:
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="placement",
        object_id=part.id,
        object_version=part.version,
        person_id=part.referral.person_id,
        fields=("state", "days", "move_on", "moves"),
    )
    show = views.moved_placement if moved else views.placement_view
    view = show(session, actor, part, queries.placement_of(session, part), own)
    return respond(view, tag=_tag(session, actor, part, view, own))


def _tag(
    session: Session, actor: Actor, part: DestinationReferral, view: dict[str, Any], own: OwnWork
) -> str:
    # What is waited for is others' doing, and an address is put right on the record: neither is a version.
    beside = [repr(one) for one in (*view.get("outstanding", ()), *filter(None, [view.get("move_on")]))]
    return with_beside(tag_of(actor, part, deadlines.clocks_of(session, part), own), *beside)
