"""GET /v1/people/{person_id}/case: the whole of a case in one call, for one screen of a case system."""

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access import Actor
from service.guard.permitted import permitted
from service.http import TAGGED, Blueprint, View, respond
from service.people import visibility
from service.work.one_case import views
from service.work.one_case.schemas import WholeCaseView

one_case = Blueprint("one-case", __name__, description="The whole of a case in one call.")
blueprints = (one_case,)


@one_case.route("/v1/people/<uuid:person_id>/case")
@one_case.response(200, WholeCaseView, headers=TAGGED)
@permitted("people:read", role="api")
def read_case(session: Session, actor: Actor, person_id: UUID) -> View | Response:
    """Return the whole of a case: the person and risk, who answers for it, and all that is open.

    It shows what the addresses of its parts show you; a section that is not shared with you is null. Of
    each kind you get the first 50, and `href` has all of them. Send the ETag as `If-None-Match` when you
    read it again.
    """
    person = visibility.find_person(session, actor, person_id)
    view, tag = views.show_case(session, actor, person)
    return respond(view, tag=tag)
