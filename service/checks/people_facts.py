"""Reads the people tables for checks: the facts that decide what to ask, and the details to send."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks import queries
from service.checks.kinds import KINDS
from service.checks.model import CheckRequest
from service.checks.rules import AddressFacts, Children, ContactFacts, Household, PersonFacts
from service.db import Json
from service.people import queries as people
from service.people import restricted
from service.people.model import Address, Contact, Person
from service.texts import says_something


def household_of(session: Session, person: Person) -> Household:
    """Return the facts that decide what to ask about a person, without details."""
    around = people.household(session, person.id)
    answers: Mapping[str, Children] = {"yes": "yes", "no": "no"}
    return Household(
        person=PersonFacts(
            id=person.id,
            named=says_something(person.given_name) and says_something(person.family_name),
            dated=person.date_of_birth is not None,
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

    Details of ex-partners stand in a store of their own; opening it is recorded there as a disclosure.
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
    apart_contacts: Mapping[uuid.UUID, Mapping[str, Any]] = {}
    apart_addresses: Mapping[uuid.UUID, Mapping[str, Any]] = {}
    if allowed.restricted_contacts:
        apart_contacts = restricted.contact_details(
            session, actor, [each.id for each in contacts if each.protected], allowed.restricted_purpose
        )
    if allowed.restricted_addresses:
        apart_addresses = restricted.address_details(
            session, actor, [each.id for each in addresses if each.protected], allowed.restricted_purpose
        )
    return {
        "person": _only(person, allowed.person, {}),
        "contacts": [
            {"id": each.id, **_only(each, allowed.contact, apart_contacts.get(each.id, {}))}
            | ({"lives_at": each.lives_at} if each.lives_at in ids["address"] else {})
            for each in contacts
        ],
        "addresses": [
            {"id": each.id, **_only(each, allowed.address, apart_addresses.get(each.id, {}))}
            for each in addresses
        ],
    }


def _only(record: object, names: tuple[str, ...], apart: Mapping[str, Any]) -> Json:
    return {name: apart[name] if apart.get(name) is not None else getattr(record, name) for name in names}
