"""/v1/people/{person_id}/release-arrangements: what is arranged for a release, for probation staff."""

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access import Actor
from service.arrangements import actions, views
from service.arrangements.schemas import ReleaseArrangements, ReleaseArrangementsView
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import TAGGED, TAGGED_AND_CREATED, Blueprint, Body, View, respond
from service.people import visibility

arrangements = Blueprint(
    "release_arrangements",
    __name__,
    url_prefix="/v1/people/<uuid:person_id>/release-arrangements",
    description="What is arranged for a release.",
)
blueprints = (arrangements,)


@arrangements.route("", methods=["POST"])
@arrangements.arguments(ReleaseArrangements)
@arrangements.response(201, ReleaseArrangementsView, headers=TAGGED_AND_CREATED)
@permitted("arrangements:record")
def record_release_arrangements(
    session: Session, actor: Actor, body: Body, person_id: UUID
) -> View | Response:
    """Say how the arrangements for a release stand: a tag, proof of identity, a benefit, an appointment.

    Say several in one call. What you say last of each stands: put a wrong entry right by saying it again.
    After a recall everything is asked anew.
    """
    person = visibility.find_person(session, actor, person_id, "referrals")
    if idempotency.replay(session, actor, body) is None:
        person = visibility.find_person(session, actor, person_id, "referrals", lock=True)
        actions.record_arrangements(session, actor, person, body.load())
        idempotency.settle(session, actor, person.id)
    view, tag = views.show(session, actor, person)
    return respond(view, status=201, tag=tag, location=f"/v1/people/{person.id}/release-arrangements")


@arrangements.route("")
@arrangements.response(200, ReleaseArrangementsView, headers=TAGGED)
@permitted("arrangements:read", role="api")
def read_release_arrangements(session: Session, actor: Actor, person_id: UUID) -> View | Response:
    """Return what is arranged for a person's release: what stands, who said it, and what was said before."""
    person = visibility.find_person(session, actor, person_id, "referrals")
    view, tag = views.show(session, actor, person)
    return respond(view, tag=tag)
