"""/v1/people/{person_id}: changes of circumstance, and the details and addresses that are supplied later."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances import actions, queries, views
from service.circumstances.model import Change
from service.circumstances.schemas.changes import (
    AddressDetails,
    AddressProposal,
    ChangeList,
    ChangeSubmission,
    ChangeView,
    ContactDetails,
    EnteredInError,
    PersonDetails,
    SamePersonDecision,
    SuppliedView,
)
from service.fields import moment_text
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    TAGGED_AND_CREATED,
    Blueprint,
    Body,
    CountedPageQuery,
    View,
    etag,
    page,
    place_in_list,
    require_match,
    respond,
)
from service.people import queries as people_queries
from service.people import visibility
from service.people.schemas.records import AddressView, ContactView, PersonView
from service.people.views import (
    show_addresses,
    show_contacts,
    show_person,
    tag_of_address,
    tag_of_contact,
    tag_of_person,
)

people = Blueprint(
    "changes",
    __name__,
    url_prefix="/v1",
    description="Changes in the person's life, and what they set off.",
)


@people.route("/people/<uuid:person_id>/changes-of-circumstance", methods=["POST"])
@people.arguments(ChangeSubmission)
@people.response(201, ChangeView, headers=TAGGED_AND_CREATED)
@permitted("changes:record")
def record_change(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Record a change in the person's life.

    The checks, the review and the notifications that it calls for are made in the same transaction. No
    change recalls a person, and none ends a check.
    """
    person = visibility.find_person(session, actor, person_id, "circumstances")
    known = idempotency.replay(session, actor, body)
    if known:
        change = queries.find_change(session, actor, known)
    else:
        case = actions.case_of(session, actor, actor.organisation_id, person)
        change = actions.record_change(session, actor, case, body.load())
        idempotency.settle(session, actor, change.id)
    return _show(session, actor, change, status=201)


@people.route("/people/<uuid:person_id>/changes-of-circumstance")
@people.arguments(CountedPageQuery, location="query")
@people.response(200, ChangeList)
@permitted("changes:read", role="api")
def list_changes(session: Session, actor: Actor, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """List the changes in a person's life, with what each set off.

    The oldest come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id, "circumstances")
    limit = query["limit"]
    newest = query["order"] == "newest"
    found = queries.list_changes(
        session, actor, [person.id], newest=newest, after=place_in_list(query), limit=limit
    )
    rows, onward = page(found, limit, lambda row: (moment_text(row.recorded_at), str(row.id)))
    counts = queries.count_changes(session, actor, person.id) if "counts" in query else None
    return {"items": views.changes(session, actor, rows), "next": onward, "counts": counts}


@people.route("/changes-of-circumstance/<uuid:change_id>")
@people.response(200, ChangeView, headers=TAGGED)
@permitted("changes:read", role="api")
def read_change(session: Session, actor: Actor, change_id: UUID) -> View | Response:
    """Return a change, with its details and what it set off."""
    return _show(session, actor, queries.find_change(session, actor, change_id))


@people.route("/people/<uuid:person_id>", methods=["PATCH"])
@people.arguments(PersonDetails)
@people.response(200, PersonView, headers=TAGGED)
@permitted("people:supply_details")
def supply_person_details(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Supply missing details of the person, or put them right.

    Every check request that waits for the details is sent. What is left out stays, and null withdraws. What
    is on record otherwise, whoever acts for the case puts right: agencies that have not answered are told,
    those that have are asked again, and every open referral has a new version.
    """
    person = visibility.find_person(session, actor, person_id)
    if not idempotency.is_repeat(session, actor, body):
        case = actions.case_of(session, actor, actor.organisation_id, person, read=True)
        require_match(tag_of_person(person))
        details = body.load()
        actions.supply_person_details(session, actor, case, details)
        idempotency.settle_change(session, actor, person.id)
    view, tag = show_person(session, actor, person)
    return respond(view, tag=tag)


@people.route("/people/<uuid:person_id>/contacts/<uuid:contact_id>", methods=["PATCH"])
@people.arguments(ContactDetails)
@people.response(200, SuppliedView, headers=TAGGED)
@permitted("people:supply_details")
def supply_details(
    session: Session, actor: Actor, body: Body, person_id: UUID, contact_id: UUID
) -> View | Response:
    """Supply missing details of a contact, or put them right.

    You supply them once: every check request that waits for them is sent, and every open referral has a new
    version. What is left out stays, and null withdraws. Details with another name and
    another date of birth than those on record are somebody else's: they are put on record as another contact,
    whose `id` you get, and you say whether the two are the same person.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    locked = actions.lock_for_details(session, actor, person)
    contact = people_queries.find_contact(session, person, contact_id)
    before = idempotency.changed_before(session, actor, body)
    if before is not None:
        contact = people_queries.find_contact(session, person, before)
    else:
        require_match(tag_of_contact(contact))
        contact = actions.supply_details(session, actor, contact, body.load(), locked)
        idempotency.settle_change(session, actor, contact.id)
    return respond(views.supplied(session, actor, contact), tag=tag_of_contact(contact))


@people.route("/people/<uuid:person_id>/contacts/<uuid:contact_id>/same-person", methods=["POST"])
@people.arguments(SamePersonDecision)
@people.response(200, ContactView, headers=TAGGED)
@permitted("people:supply_details")
def decide_same_person(
    session: Session, actor: Actor, body: Body, person_id: UUID, contact_id: UUID
) -> View | Response:
    """Decide whether a contact is the same person as another.

    `alike` of the contact shows which one, and why you are asked. Contacts that are the same are asked about
    as one from then on. You can decide again when a decision was wrong: both are asked about then.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    actions.lock_for_details(session, actor, person)
    contact = people_queries.find_contact(session, person, contact_id)
    if idempotency.replay(session, actor, body) is None:
        require_match(tag_of_contact(contact))
        given = body.load()
        actions.decide_same_person(session, actor, person, contact, **given)
        idempotency.settle(session, actor, contact.id)
    (view,) = show_contacts(session, actor, person, [contact])
    return respond(view, tag=tag_of_contact(contact))


@people.route("/people/<uuid:person_id>/contacts/<uuid:contact_id>/entered-in-error", methods=["POST"])
@people.arguments(EnteredInError)
@people.response(200, ContactView, headers=TAGGED)
@permitted("people:supply_details")
def enter_contact_in_error(
    session: Session, actor: Actor, body: Body, person_id: UUID, contact_id: UUID
) -> View | Response:
    """Say that a contact should never have been recorded.

    It stays on record with your reason, and counts for nothing: agencies that were asked about it are told
    that the question is withdrawn, and destinations are sent a document without it.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    locked = actions.lock_for_details(session, actor, person)
    contact = people_queries.find_contact(session, person, contact_id)
    if idempotency.replay(session, actor, body) is None:
        require_match(tag_of_contact(contact))
        actions.enter_in_error(session, actor, locked, contact, **body.load())
        idempotency.settle(session, actor, contact.id)
    (view,) = show_contacts(session, actor, person, [contact])
    return respond(view, tag=tag_of_contact(contact))


@people.route("/people/<uuid:person_id>/addresses/<uuid:address_id>", methods=["PATCH"])
@people.arguments(AddressDetails)
@people.response(200, AddressView, headers=TAGGED)
@permitted("people:supply_details")
def change_address(
    session: Session, actor: Actor, body: Body, person_id: UUID, address_id: UUID
) -> View | Response:
    """Put an address right, or say that somebody moved.

    What you leave out stays, and null withdraws. With `because` `moved` you get the new address; the old one
    stays as history, with its last day, and whoever lived there moves along. Agencies and destinations are
    told what follows.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    locked = actions.lock_for_details(session, actor, person)
    before = idempotency.changed_before(session, actor, body)
    address = people_queries.find_address(session, person, before or address_id)
    if before is None:
        require_match(tag_of_address(address))
        address = actions.change_address(session, actor, locked, address, body.load())
        idempotency.settle_change(session, actor, address.id)
    (view,) = show_addresses(session, actor, person, [address])
    return respond(view, tag=tag_of_address(address))


@people.route("/people/<uuid:person_id>/addresses/<uuid:address_id>/entered-in-error", methods=["POST"])
@people.arguments(EnteredInError)
@people.response(200, AddressView, headers=TAGGED)
@permitted("people:supply_details")
def enter_address_in_error(
    session: Session, actor: Actor, body: Body, person_id: UUID, address_id: UUID
) -> View | Response:
    """Say that an address should never have been recorded.

    It stays on record with your reason, and counts for nothing: see the same call for a contact.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    locked = actions.lock_for_details(session, actor, person)
    address = people_queries.find_address(session, person, address_id)
    if idempotency.replay(session, actor, body) is None:
        require_match(tag_of_address(address))
        actions.enter_in_error(session, actor, locked, address, **body.load())
        idempotency.settle(session, actor, address.id)
    (view,) = show_addresses(session, actor, person, [address])
    return respond(view, tag=tag_of_address(address))


@people.route("/people/<uuid:person_id>/addresses", methods=["POST"])
@people.arguments(AddressProposal)
@people.response(201, ChangeView, headers=TAGGED_AND_CREATED)
@permitted("changes:record")
def propose_address(session: Session, actor: Actor, body: Body, person_id: UUID) -> View | Response:
    """Propose an address for release, to move on to, or to visit.

    A proposal is recorded as a change of circumstance and raises the same checks.
    """
    person = visibility.find_person(session, actor, person_id, "circumstances")
    known = idempotency.replay(session, actor, body)
    if known:
        change = queries.find_change(session, actor, known)
    else:
        case = actions.case_of(session, actor, actor.organisation_id, person)
        change = actions.propose_address(session, actor, case, body.load())
        idempotency.settle(session, actor, change.id)
    return _show(session, actor, change, status=201)


def _show(session: Session, actor: Actor, change: Change, *, status: int = 200) -> View | Response:
    view = views.change(session, actor, change)
    standing: list[Any] = [
        (review["version"], review["overdue"], *review["allowed_transitions"]) for review in view["reviews"]
    ]
    ended = view["ended"] and view["ended"]["change_id"]
    standing += [ended, *((one["id"], one["state"]) for one in view.get("outstanding", ()) if "state" in one)]
    return respond(
        view,
        status=status,
        tag=etag("change_of_circumstance", change.id, *standing, *view.get("advice", {}).get("ring", ())),
        location=f"/v1/changes-of-circumstance/{change.id}" if status == HTTPStatus.CREATED else None,
    )
