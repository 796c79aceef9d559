"""Reads the people tables for checks: the facts that decide what to ask, and the details to send."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks import queries
from service.checks.identifying import identified_by
from service.checks.kinds import KINDS
from service.checks.kinds.contract import Allowed
from service.checks.model import CheckRequest
from service.checks.rules import AddressFacts, Children, ContactFacts, Household, PersonFacts
from service.db import Json
from service.people import queries as people
from service.people import restricted
from service.people.model import Address, Contact, Person
from service.people.rules import is_known_date, is_known_name


def household_of(session: Session, person: Person) -> Household:
    """Return the facts that decide what to ask about a person, without details."""
    around = people.household(session, person.id)
    answers: Mapping[str, Children] = {"yes": "yes", "no": "no"}
    return Household(
        person=PersonFacts(
            id=person.id,
            named=is_known_name(person.given_name) and is_known_name(person.family_name),
            dated=is_known_date(person.date_of_birth),
            police_reference=person.pnc_number is not None,
        ),
        contacts=tuple(
            ContactFacts(
                id=contact.id,
                relationship=contact.relationship,
                is_child=contact.is_child,
                unborn=contact.unborn,
                named=contact.named,
                dated=contact.dated,
                aged=contact.aged,
                described=contact.described,
                asked_in_vain=contact.details_status == "unknown",
                mother_id=contact.mother_id,
                local_authority=contact.local_authority,
                lives_at=contact.lives_at,
            )
            for contact in around.contacts
        ),
        addresses=tuple(
            AddressFacts(
                id=address.id,
                kind=address.kind,
                police_force=address.police_force,
                local_authority=address.local_authority,
                contact_id=address.contact_id,
            )
            for address in around.addresses
        ),
        children=answers.get(person.children, "not_recorded"),
    )


def document_of(session: Session, actor: Actor, request: CheckRequest) -> Json:
    """Return the details an agency is sent of a request's subjects, by the allow-list of the kind.

    Details of victims and ex-partners stand in a store of their own; opening it is recorded there as a
    disclosure. Each child or mother without a name is shown with what identifies them otherwise.
    """
    check = queries.check_of(session, request)
    allowed = KINDS[check.kind].allowed
    ids: dict[str, list[uuid.UUID]] = {"contact": [], "address": []}
    for kind, subject_id in queries.subjects_of(session, [request.id]):
        ids.setdefault(kind, []).append(subject_id)
    person = session.get_one(Person, check.person_id)
    contacts = session.scalars(
        select(Contact).where(Contact.id.in_(ids["contact"])).order_by(Contact.recorded_at, Contact.ref)
    ).all()
    addresses = session.scalars(
        select(Address).where(Address.id.in_(ids["address"])).order_by(Address.recorded_at, Address.ref)
    ).all()
    purpose = allowed.restricted_purpose
    who = restricted.contact_details(session, actor, [one.id for one in contacts if one.protected], purpose)
    where = restricted.address_details(
        session, actor, [one.id for one in addresses if one.protected], purpose
    )
    of_person = _only(person, allowed.person, {})
    shown: dict[uuid.UUID | None, Json] = {
        each.id: {
            "id": each.id,
            **_known(_only(each, allowed.contact, who.get(each.id, {}))),
            **_as_what(each, allowed),
        }
        | ({"lives_at": each.lives_at} if each.lives_at in ids["address"] else {})
        | ({"mother_id": each.mother_id} if each.mother_id in ids["contact"] else {})
        for each in contacts
    }
    places: dict[uuid.UUID | None, Json] = {
        each.id: {"id": each.id, **_only(each, allowed.address, where.get(each.id, {}))} for each in addresses
    }
    if allowed.describes:
        for each in shown.values():
            each["identified_by"] = identified_by(each, of_person, shown, places)
    return {"person": of_person, "contacts": list(shown.values()), "addresses": list(places.values())}


def _only(record: object, names: tuple[str, ...], apart: Mapping[str, Any]) -> Json:
    return {name: apart[name] if apart.get(name) is not None else getattr(record, name) for name in names}


def _as_what(contact: Contact, allowed: Allowed) -> Json:
    """Say what a victim is beside that, to an agency that looks for a child or its mother."""
    if not allowed.describes or contact.relationship != "victim":
        return {}
    return {"relationship": "other_child" if contact.is_child else "other"}


def _known(contact: Json) -> Json:
    """Leave out what stands in place of a name or a date of birth that is not known."""
    unknown = {name for name in ("given_name", "family_name") if not is_known_name(contact[name])}
    if not is_known_date(contact["date_of_birth"]):
        unknown.add("date_of_birth")
    return contact | dict.fromkeys(unknown)
