"""/v1/people/{person_id}: the record of a person, for the probation staff who may see it."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.permissions import ON_DUTY
from service.fields import moment_text
from service.guard.permitted import permitted
from service.http import (
    TAGGED,
    Blueprint,
    Body,
    CountedPageQuery,
    OrderedPageQuery,
    View,
    decode_cursor,
    page,
    place_in_list,
    respond,
)
from service.http.problems import role_required
from service.people import queries, views, visibility
from service.people.model import Address, Contact
from service.people.schemas.records import (
    AddressList,
    AddressView,
    ContactList,
    ContactView,
    PersonSearch,
    PersonSearchResult,
    PersonView,
    RoshAssessmentList,
)

people = Blueprint(
    "people",
    __name__,
    url_prefix="/v1/people",
    description="The person, contacts, addresses and risk of serious harm.",
)
Listed = TypeVar("Listed", Contact, Address)


MOST_FOUND: Final = 20
"""The most people that a search shows."""


@people.route("/search", methods=["POST"])
@people.arguments(PersonSearch)
@people.response(200, PersonSearchResult)
@permitted("people:search", role="reader")
def search_people(session: Session, actor: Actor, body: Body) -> dict[str, Any]:
    """Find people by a number, or by name and date of birth.

    It must be exactly as on record. You find only people whose records you may see. Search by name as an
    officer on duty: on call, at court or in approved premises. What you search for is sent in the body,
    because addresses are logged on their way.
    """
    given = body.load()
    if "name" in given:
        if actor.practitioner is None or actor.practitioner.role not in ON_DUTY:
            raise role_required(ON_DUTY)
        name = given["name"]
        named = queries.Named(name["given"], name["family"], given["date_of_birth"])
        found = queries.search_by_name(session, actor, named, MOST_FOUND)
        return {"found": views.show_found(session, actor, found, "name_and_birth")}
    ((number, value),) = given.items()
    found = queries.search_people(session, actor, number, value, MOST_FOUND)
    return {"found": views.show_found(session, actor, found, number)}


@people.route("/<uuid:person_id>")
@people.response(200, PersonView, headers=TAGGED)
@permitted("people:read")
def read_person(session: Session, actor: Actor, person_id: UUID) -> View | Response:
    """Return a person, with the risk of serious harm to each group."""
    person = visibility.find_person(session, actor, person_id)
    view, tag = views.show_person(session, actor, person)
    return respond(view, tag=tag)


@people.route("/<uuid:person_id>/contacts")
@people.arguments(OrderedPageQuery, location="query")
@people.response(200, ContactList)
@permitted("people:read", role="api")
def list_contacts(session: Session, actor: Actor, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """List the people around a person, the oldest first unless you ask for the newest.

    `details_status` shows whether enough is known about a contact to ask an agency.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    rows, onward = _page(queries.contacts_of, session, person.id, query)
    return {"items": views.show_contacts(session, actor, person, rows), "next": onward}


@people.route("/<uuid:person_id>/contacts/<uuid:contact_id>")
@people.response(200, ContactView, headers=TAGGED)
@permitted("people:read", role="api")
def read_contact(session: Session, actor: Actor, person_id: UUID, contact_id: UUID) -> View | Response:
    """Return one of the people around a person.

    Its ETag is the `If-Match` of a call that supplies details.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    contact = queries.find_contact(session, person, contact_id)
    (view,) = views.show_contacts(session, actor, person, [contact])
    return respond(view, tag=views.tag_of_contact(contact))


@people.route("/<uuid:person_id>/addresses")
@people.arguments(CountedPageQuery, location="query")
@people.response(200, AddressList)
@permitted("people:read")
def list_addresses(session: Session, actor: Actor, query: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """List the addresses in a person's life, the oldest first unless you ask for the newest."""
    person = visibility.find_person(session, actor, person_id, "household")
    rows, onward = _page(queries.addresses_of, session, person.id, query)
    counts = queries.count_addresses(session, person.id) if "counts" in query else None
    items = views.show_addresses(session, actor, person, rows)
    return {"items": items, "next": onward, "counts": counts}


@people.route("/<uuid:person_id>/addresses/<uuid:address_id>")
@people.response(200, AddressView, headers=TAGGED)
@permitted("people:read")
def read_address(session: Session, actor: Actor, person_id: UUID, address_id: UUID) -> View | Response:
    """Return one of the addresses in a person's life.

    Its ETag is the `If-Match` of a call that corrects it.
    """
    person = visibility.find_person(session, actor, person_id, "household")
    address = queries.find_address(session, person, address_id)
    (view,) = views.show_addresses(session, actor, person, [address])
    return respond(view, tag=views.tag_of_address(address))


@people.route("/<uuid:person_id>/rosh")
@people.arguments(OrderedPageQuery, location="query")
@people.response(200, RoshAssessmentList)
@permitted("people:read", role="api")
def list_rosh_assessments(
    session: Session, actor: Actor, query: dict[str, Any], person_id: UUID
) -> dict[str, Any]:
    """List the assessments of the risk of serious harm, with reasons and authors.

    The oldest come first unless you ask for the newest.
    """
    person = visibility.find_person(session, actor, person_id, "risk")
    after: int | None = decode_cursor(query["after"], int)[0] if "after" in query else None
    found = queries.rosh_history(
        session, person.id, newest=query["order"] == "newest", after=after, limit=query["limit"]
    )
    rows, onward = page(found, query["limit"], lambda row: (row.ordinal,))
    return {"items": views.show_rosh(session, actor, person, rows), "next": onward}


def _page(
    listing: Callable[..., Sequence[Listed]], session: Session, person_id: UUID, query: dict[str, Any]
) -> tuple[Sequence[Listed], str | None]:
    newest = query["order"] == "newest"
    found = listing(session, person_id, newest=newest, after=place_in_list(query), limit=query["limit"])
    return page(found, query["limit"], lambda row: (moment_text(row.recorded_at), str(row.id)))
