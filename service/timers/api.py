"""What people make of an escalation; the list of them is read in `work`."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import Blueprint, Body, View, respond
from service.timers import acknowledgements, addressees, views
from service.timers import escalations as reading
from service.timers.addressees import Addressee, Standing
from service.timers.escalations import Escalation
from service.timers.model import EscalationNote
from service.timers.schemas import (
    ConfirmationSubmission,
    EscalationNoteView,
    EscalationView,
    HandoverSubmission,
    NoteSubmission,
)

escalations = Blueprint("escalations", __name__, description="Escalations of what is late.")
blueprints = (escalations,)


@escalations.route("/v1/escalations/<uuid:escalation_id>/acknowledgement", methods=["POST"])
@escalations.response(200, EscalationView)
@permitted("escalations:acknowledge")
def acknowledge_escalation(session: Session, actor: Actor, escalation_id: UUID) -> dict[str, Any]:
    """Record that whoever holds the role today, or one above it, has seen an escalation.

    It stops no clock. Once is enough: a second acknowledgement of the same step changes nothing. Anybody else
    who may see it leaves a note.
    """
    found = reading.find_escalation(session, actor, escalation_id, to_change=True)
    standing, addressed = _addressed(session, actor, escalation_id)
    acknowledgements.acknowledge_escalation(session, actor, found, addressed, standing)
    return _show(session, actor, standing, found)


@escalations.route("/v1/escalations/<uuid:escalation_id>/notes", methods=["POST"])
@escalations.arguments(NoteSubmission)
@escalations.response(201, EscalationNoteView)
@permitted("escalations:note")
def note_escalation(session: Session, actor: Actor, body: Body, escalation_id: UUID) -> View | Response:
    """Leave a note on an escalation, for everybody of your organisation who may see it.

    It acknowledges nothing: the addressee still has to.
    """
    found = reading.find_escalation(session, actor, escalation_id, to_change=True)
    known = idempotency.replay(session, actor, body)
    if known:
        note = session.get_one(EscalationNote, known)
    else:
        note = acknowledgements.add_note(session, actor, found, body.load()["text"])
        idempotency.settle(session, actor, note.id)
    return respond(views.note(note), status=HTTPStatus.CREATED)


@escalations.route("/v1/escalations/<uuid:escalation_id>/handover", methods=["POST"])
@escalations.arguments(HandoverSubmission)
@escalations.response(200, EscalationView)
@permitted("escalations:hand_over")
def hand_over_escalation(session: Session, actor: Actor, body: Body, escalation_id: UUID) -> View | Response:
    """Hand an escalation over to a colleague of your organisation, who may know of the case.

    The colleague becomes an addressee and is notified. The next steps stay as the policy says.
    """
    found = reading.find_escalation(session, actor, escalation_id, to_change=True)
    standing, addressed = _addressed(session, actor, escalation_id)
    if idempotency.replay(session, actor, body) is None:
        given = body.load()
        added = acknowledgements.hand_over(session, actor, found, addressed, standing, **given)
        idempotency.settle(session, actor, added)
    return respond(_show(session, actor, standing, found))


@escalations.route("/v1/escalations/<uuid:escalation_id>/confirmation", methods=["POST"])
@escalations.arguments(ConfirmationSubmission)
@escalations.response(200, EscalationView)
@permitted("escalations:confirm")
def confirm_escalation(session: Session, actor: Actor, body: Body, escalation_id: UUID) -> View | Response:
    """Confirm that you have seen to a danger, which ends its clock.

    Only a named person does: the addressee, or somebody above.
    """
    found = reading.find_escalation(session, actor, escalation_id, lock=True, to_change=True)
    standing, addressed = _addressed(session, actor, escalation_id)
    if idempotency.replay(session, actor, body) is None:
        done = body.load()["done"]
        acknowledgements.confirm_danger(session, actor, found, addressed, standing, done=done)
        idempotency.settle(session, actor, escalation_id)
    return respond(_show(session, actor, standing, found))


def _addressed(session: Session, actor: Actor, escalation_id: UUID) -> tuple[Standing, list[Addressee]]:
    addressed = addressees.addressees_of(session, actor, [escalation_id])[escalation_id]
    return addressees.standing_of(session, actor), addressed


def _show(session: Session, actor: Actor, standing: Standing, found: Escalation) -> dict[str, Any]:
    seen = views.around(session, actor, [found.clock], [found.firing.id])
    return views.escalation(session, actor, standing, found, seen)
