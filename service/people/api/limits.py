"""/v1/people/{person_id}: who may know of a record, limited access cases, and exclusions."""

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import TAGGED, Blueprint, Body, View, require_match, respond
from service.http.problems import not_found
from service.people import access_queries, access_views, visibility
from service.people.actions import limiting
from service.people.model import Person
from service.people.schemas.limits import AccessView, EndOfExclusion, LiftOfLimit, Limit
from service.people.schemas.staff import NamedColleague

limits = Blueprint(
    "limits",
    __name__,
    url_prefix="/v1/people",
    description="Who may know of a record: limited access cases, and exclusions.",
)


@limits.route("/<uuid:person_id>/access")
@limits.response(200, AccessView, headers=TAGGED)
@permitted("people:read", role="api")
def read_access(session: Session, actor: Actor, person_id: UUID) -> View | Response:
    """Return who may see a record now, and why, to the region that holds it.

    Its ETag is the `If-Match` of a call that limits the case or lifts that.
    """
    person = visibility.find_person(session, actor, person_id)
    if person.holder_id != actor.organisation_id:
        raise not_found()
    return _show(session, actor, person)


@limits.route("/<uuid:person_id>/limit", methods=["POST"])
@limits.arguments(Limit)
@limits.response(200, AccessView, headers=TAGGED)
@permitted("people:limit")
def limit_case(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Make a case a limited access case: only those who are named may know of it.

    You are named, and so are those who work on it: the practitioner who answers for it, a caretaker, the
    team, whoever has acted in it, and the senior probation officer and the head of its unit.
    """
    person = visibility.find_person(session, actor, person_id, lock=True)
    if not idempotency.is_repeat(session, actor, body):
        require_match(access_views.tag_of_access(session, person))
        limiting.require_unlimited(person)
        limiting.limit_case(session, actor, person, **body.load())
        idempotency.settle_change(session, actor, person.id)
    return _show(session, actor, person)


@limits.route("/<uuid:person_id>/lift", methods=["POST"])
@limits.arguments(LiftOfLimit)
@limits.response(200, AccessView, headers=TAGGED)
@permitted("people:lift_limit")
def lift_limit(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Lift the limit of a case, as a manager who is named in it.

    Not whoever limited it, nor the practitioner who answers for the case.
    """
    person = visibility.find_person(session, actor, person_id, lock=True)
    if not idempotency.is_repeat(session, actor, body):
        require_match(access_views.tag_of_access(session, person))
        limiting.require_limited(person)
        limiting.lift(session, actor, person, **body.load())
        idempotency.settle_change(session, actor, person.id)
    return _show(session, actor, person)


@limits.route("/<uuid:person_id>/named-staff", methods=["POST"])
@limits.arguments(NamedColleague)
@limits.response(200, AccessView, headers=TAGGED)
@permitted("people:limit")
def name_staff(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Name a colleague who may know of a limited access case."""
    person = visibility.find_person(session, actor, person_id, lock=True)
    if idempotency.replay(session, actor, body) is None:
        limiting.require_limited(person)
        limiting.name_staff(session, actor, person, body.load())
        idempotency.settle(session, actor, person.id)
    return _show(session, actor, person)


@limits.route("/<uuid:person_id>/exclusions", methods=["POST"])
@limits.arguments(NamedColleague)
@limits.response(200, AccessView, headers=TAGGED)
@permitted("people:exclude")
def exclude_staff(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Exclude a member of staff, such as a relative: they see nothing of the record, even if named.

    You answer for the case or are a manager; a manager of its unit is excluded by a manager. Who answers for
    the case cannot be excluded.
    """
    person = visibility.find_person(session, actor, person_id, lock=True)
    if idempotency.replay(session, actor, body) is None:
        limiting.exclude(session, actor, person, body.load())
        idempotency.settle(session, actor, person.id)
    return _show(session, actor, person)


@limits.route("/<uuid:person_id>/exclusions/<uuid:exclusion_id>/end", methods=["POST"])
@limits.arguments(EndOfExclusion)
@limits.response(200, AccessView, headers=TAGGED)
@permitted("people:end_exclusion")
def end_exclusion(
    session: Session, actor: Actor, body: Body, person_id: UUID, exclusion_id: UUID
) -> View | Response:
    """End an exclusion, as a manager who is not on the case, did not make it and whom it does not concern."""
    person = visibility.find_person(session, actor, person_id, lock=True)
    exclusion = access_queries.find_exclusion(session, person.id, exclusion_id)
    if idempotency.replay(session, actor, body) is None:
        limiting.require_in_force(exclusion)
        limiting.end_exclusion(session, actor, person, exclusion, **body.load())
        idempotency.settle(session, actor, person.id)
    return _show(session, actor, person)


def _show(session: Session, actor: Actor, person: Person) -> View | Response:
    view, tag = access_views.show_access(session, actor, person)
    return respond(view, tag=tag)
