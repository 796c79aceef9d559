"""/v1/people: opening a case, and who answers for it."""

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.cases import views
from service.cases.actions import holding
from service.cases.actions.following import lock_case
from service.cases.actions.opening import open_case as open_a_case
from service.cases.schemas.holdings import (
    CaretakerChange,
    CaseHoldingView,
    CaseOpening,
    OpenedCaseView,
    Reassignment,
    TeamChange,
    canonical,
)
from service.checks import queries as checks
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import TAGGED, Blueprint, Body, View, require_match, respond
from service.http.responses import CREATED
from service.people import visibility
from service.people.actions import handing_over
from service.people.model import Person

holdings = Blueprint(
    "holdings", __name__, url_prefix="/v1/people", description="Whose case it is, and who works on it."
)


@holdings.route("", methods=["POST"])
@holdings.arguments(CaseOpening)
@holdings.response(201, OpenedCaseView, headers=CREATED)
@permitted("people:open")
def open_case(session: Session, actor: Actor, body: Body) -> View | Response:
    """Open a case with no destination.

    The checks that the household calls for arise at once; the first referral of the person takes them over.
    Where another record of the CRN is held that you do not see, you get a side record of your own, and its
    holder is notified. Send the same `Idempotency-Key` when you repeat the call.
    """
    first = idempotency.replay(session, actor, body)
    if first is None:
        person = open_a_case(session, actor, canonical(body.load()))
        idempotency.settle(session, actor, person.id)
    else:
        person = visibility.find_person(session, actor, first)
    raised = checks.checks_of_person(session, actor, [person.id])
    view = views.show_opened(session, actor, person, raised)
    return respond(view, status=201, location=view["href"])


@holdings.route("/<uuid:person_id>/holding")
@holdings.response(200, CaseHoldingView, headers=TAGGED)
@permitted("holdings:read")
def read_holding(session: Session, actor: Actor, person_id: UUID) -> View | Response:
    """Return who answers for a case now and who did before, and the team.

    Its ETag is the `If-Match` of calls that change them.
    """
    return _shown(session, actor, visibility.find_person(session, actor, person_id))


@holdings.route("/<uuid:person_id>/holding", methods=["POST"])
@holdings.arguments(Reassignment)
@holdings.response(200, CaseHoldingView, headers=TAGGED)
@permitted("holdings:change")
def reassign_case(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Make another practitioner of your region accountable for a case.

    Referrals, checks, reviews and deadlines follow, and a caretaker's time ends. In a limited access case the
    practitioner is named on the record; one who is excluded is refused.
    """
    person = visibility.find_person(session, actor, person_id)
    if not idempotency.is_repeat(session, actor, body):
        person = lock_case(session, actor, person)
        require_match(views.tag_of_holding(session, person))
        given = body.load()
        holding.reassign(session, actor, person, practitioner=given["practitioner"], pdu=given.get("pdu"))
        idempotency.settle_change(session, actor, person.id)
    return _shown(session, actor, person)


@holdings.route("/<uuid:person_id>/caretaker", methods=["POST"])
@holdings.arguments(CaretakerChange)
@holdings.response(200, CaseHoldingView, headers=TAGGED)
@permitted("holdings:change")
def change_caretaker(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Let a colleague act for the accountable practitioner for a time, or end that.

    Both see the case. Notices go to the caretaker, but for reviews and MAPPA. When the time ends, the
    accountable practitioner acts again, and the SPO is asked to settle who does.
    """
    person = visibility.find_person(session, actor, person_id)
    if not idempotency.is_repeat(session, actor, body):
        person = lock_case(session, actor, person)
        require_match(views.tag_of_holding(session, person))
        given = body.load()
        if given["action"] == "name":
            holding.name_caretaker(
                session, actor, person, practitioner=given["practitioner"], until=given["until"]
            )
        else:
            holding.end_caretaker(session, actor, person)
        idempotency.settle_change(session, actor, person.id)
    return _shown(session, actor, person)


@holdings.route("/<uuid:person_id>/team", methods=["POST"])
@holdings.arguments(TeamChange)
@holdings.response(200, CaseHoldingView, headers=TAGGED)
@permitted("teams:change")
def change_team(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Add a colleague to the team of a case, or end a colleague's part.

    In a limited access case the colleague is named on the record; one who is excluded is refused.
    """
    person = visibility.find_person(session, actor, person_id)
    if not idempotency.is_repeat(session, actor, body):
        person = lock_case(session, actor, person)
        require_match(views.tag_of_holding(session, person))
        given = body.load()
        change = handing_over.add_to_team if given["action"] == "add" else handing_over.end_in_team
        change(session, actor, person, given["practitioner"], given["part"])
        idempotency.settle_change(session, actor, person.id)
    return _shown(session, actor, person)


def _shown(session: Session, actor: Actor, person: Person) -> View | Response:
    view, tag = views.show_holding(session, actor, person)
    return respond(view, tag=tag)
