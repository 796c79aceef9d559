"""/v1/people/{person_id}/same-as: two records of one person."""

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.cases.actions import merging as actions
from service.errors import Fault
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import TAGGED, Blueprint, Body, View, require_match, respond
from service.http.problems import Problem, invalid
from service.people import views, visibility
from service.people.model import Person
from service.people.schemas.one_person import SameAs
from service.people.schemas.records import PersonView

merging = Blueprint("merging", __name__, url_prefix="/v1/people", description="Two CRNs of one person.")


@merging.route("/<uuid:person_id>/same-as", methods=["POST"])
@merging.arguments(SameAs)
@merging.response(200, PersonView, headers=TAGGED)
@permitted("people:merge")
def decide_same_as(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Say whether two records are one person's, as a manager of the region that holds both.

    `same: true` merges them: the record that you keep stands for both, the CRN of the other is an alias, and
    nothing is moved. `same: false` says that they are two people's, and undoes a merge.
    """
    person = visibility.find_person(session, actor, person_id)
    if not idempotency.is_repeat(session, actor, body):
        visibility.require_holder(actor, person.holder_id)
        require_match(views.tag_of_person(person))
        given = body.load()
        other = _other(session, actor, person, given["other"])
        actions.lock(session, actor, person, other)
        require_match(views.tag_of_person(person))  # it may have changed while this waited
        actions.decide(session, actor, person, other, given)
        idempotency.settle_change(session, actor, person.id)
    view, tag = views.show_person(session, actor, person)
    return respond(view, tag=tag)


def _other(session: Session, actor: Actor, person: Person, other_id: UUID) -> Person:
    if other_id == person.id:
        raise invalid([Fault("/other", "Is this record itself.")])
    try:
        return visibility.find_person(session, actor, other_id)
    except Problem:
        # Whoever may only read the one is refused for that, whatever the other is.
        visibility.require_more_than_emergency(session, actor, person)
        raise invalid([Fault("/other", "Is no record that you see.")]) from None
