"""/v1/people/{person_id}/plan: what somebody on call must know of a person at once."""

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access import Actor
from service.guard.permitted import permitted
from service.http import TAGGED, Blueprint, View, etag, respond
from service.http.problems import not_found
from service.people import visibility
from service.people.sight import reads_plan
from service.referrals.plan_views import show_plan
from service.referrals.schemas.plans import PlanView

plans = Blueprint(
    "plans", __name__, description="The conditions a person is under, and what staff do out of hours."
)


@plans.route("/v1/people/<uuid:person_id>/plan")
@plans.response(200, PlanView, headers=TAGGED)
@permitted("people:read", role="api")
def read_plan(session: Session, actor: Actor, person_id: UUID) -> View | Response:
    """Return the conditions a person is under, and what staff do when something goes wrong.

    It is read from the latest versions of the referrals that are not over. Of each part you get what was
    stated last, and where. Null means that nobody stated it, never that there is none: ask. You read it with
    the section `plan`, or with the documents. Where protected contacts are not shared with you, `[withheld]`
    stands for a sentence about them.
    """
    person = visibility.find_person(session, actor, person_id)
    seen = visibility.sections_seen(session, actor, person)
    if not reads_plan(seen):
        raise not_found()
    view = show_plan(session, actor, person, seen)
    return respond(view, tag=etag("plan", person.id, repr(view)))
