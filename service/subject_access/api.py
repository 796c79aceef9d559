"""Subject access: what a person is given of their own record, for whoever prepares and releases it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import TAGGED, TAGGED_AND_CREATED, Blueprint, Body, View, require_match, respond
from service.people import visibility
from service.subject_access import actions, queries, views
from service.subject_access.model import SubjectAccess
from service.subject_access.schemas import (
    CopyOfRecord,
    SubjectAccessSubmission,
    SubjectAccessTransition,
    SubjectAccessView,
)

subject_access = Blueprint(
    "subject_access",
    __name__,
    url_prefix="/v1",
    description="What a person is given of their own record when they ask for it.",
)
blueprints = (subject_access,)


@subject_access.route("/people/<uuid:person_id>/subject-access", methods=["POST"])
@subject_access.arguments(SubjectAccessSubmission)
@subject_access.response(201, SubjectAccessView, headers=TAGGED_AND_CREATED)
@permitted("subject_access:open")
def open_subject_access(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Open a request of a person for what is held about them.

    The copy is due a calendar month after the request was received. Nothing is given by this: you decide
    about each text of the copy, and a manager releases it.
    """
    person = visibility.find_person(session, actor, person_id, queries.SECTION, lock=True)
    first = idempotency.replay(session, actor, body)
    if first is None:
        asked = actions.open_request(session, actor, person, body.load())
        idempotency.settle(session, actor, asked.id)
    else:
        asked = queries.find(session, actor, first)
    return _shown(session, actor, asked, status=201)


@subject_access.route("/subject-access/<uuid:subject_access_id>")
@subject_access.response(200, SubjectAccessView, headers=TAGGED)
@permitted("subject_access:read", role="api")
def read_subject_access(session: Session, actor: Actor, subject_access_id: UUID) -> View | Response:
    """Return a request for subject access, with each text of the copy and what it gives away."""
    return _shown(session, actor, queries.find(session, actor, subject_access_id))


@subject_access.route("/subject-access/<uuid:subject_access_id>/transitions", methods=["POST"])
@subject_access.arguments(SubjectAccessTransition)
@subject_access.response(200, SubjectAccessView, headers=TAGGED)
@permitted("subject_access:move")
def move_subject_access(
    session: Session, actor: Actor, body: Body, subject_access_id: UUID
) -> View | Response:
    """Decide about texts of the copy, release it, or record that the request was taken back.

    A text that nobody has decided about is in no copy, and the copy is not released before each is decided
    about. Whoever opened the request or decided about a text does not release it.
    """
    asked = queries.find(session, actor, subject_access_id, lock=True)
    if not idempotency.is_repeat(session, actor, body):
        copy, own = queries.prepared(session, actor, asked), actions.own_of(session, actor, asked)
        require_match(views.tag_of(session, actor, asked, copy, own))
        copy, own = actions.move(session, actor, asked, body.load(), copy=copy, own=own)
        idempotency.settle_change(session, actor, asked.id)
        view, tag = views.show(session, actor, asked, copy, own)
        return respond(view, status=200, tag=tag)
    return _shown(session, actor, asked)


@subject_access.route("/subject-access/<uuid:subject_access_id>/copy")
@subject_access.response(200, CopyOfRecord)
@permitted("subject_access:read", role="api")
def read_subject_access_copy(session: Session, actor: Actor, subject_access_id: UUID) -> dict[str, Any]:
    """Return the copy: as it was released, or as it would be released now.

    What the person may not know is not in it, and nothing in it says so: no count, id or date differs.
    """
    return views.show_copy(session, actor, queries.find(session, actor, subject_access_id))


def _shown(session: Session, actor: Actor, asked: SubjectAccess, *, status: int = 200) -> View | Response:
    copy, own = queries.prepared(session, actor, asked), actions.own_of(session, actor, asked)
    view, tag = views.show(session, actor, asked, copy, own)
    location = view["href"] if status == HTTPStatus.CREATED else None
    return respond(view, status=status, tag=tag, location=location)
