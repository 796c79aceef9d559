"""Reads the people tables for checks: the facts that decide what to ask, what is told, and what was."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks import queries
from service.checks.identifying import identified_by
from service.checks.kinds import KINDS
from service.checks.kinds.contract import Allowed, CheckKind
from service.checks.model import CheckQuestion, CheckRequest
from service.checks.rules import AddressFacts, Children, ContactFacts, Household, PersonFacts, SubjectRef
from service.db import Json
from service.people import queries as people
from service.people import restricted
from service.people.model import Address, Contact, Person
from service.people.rules import is_known_date, is_known_name
from service.people.sameness import asked_as


def household_of(session: Session, person: Person) -> Household:
    """Return the facts that decide what to ask about a person, without details."""
    around = people.household(session, person.id)
    answers: Mapping[str, Children] = {"yes": "yes", "no": "no"}
    another = asked_as(around.contacts)
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
                asked_as=another.get(contact.id),
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
        children_asked=person.children_asked_at is not None,
    )


def composed(session: Session, kind: CheckKind, person: Person, subjects: Iterable[SubjectRef]) -> Json:
    """Return what an agency is told of a question's subjects, by the allow-list of the kind, as JSON.

    The identity of protected contacts and the whereabouts of protected addresses are left out: the database
    keeps them apart (`writes.keep_what_was_asked`).
    """
    about = set(subjects)
    around = people.household(session, person.id)
    return _shown(
        {
            "person": _json(person, ("id", *kind.allowed.person)),
            "contacts": [
                _json(one, ("id", "lives_at", "mother_id", *kind.allowed.contact))
                | _as_what(one, kind.allowed)
                for one in sorted(around.contacts, key=lambda one: (one.recorded_at, one.ref))
                if ("contact", one.id) in about
            ],
            "addresses": [
                _json(one, ("id", *kind.allowed.address))
                for one in sorted(around.addresses, key=lambda one: (one.recorded_at, one.ref))
                if ("address", one.id) in about
            ],
        },
        kind,
    )


def document_of(session: Session, actor: Actor, request: CheckRequest, version: int | None = None) -> Json:
    """Return what an agency was sent of a request's subjects, as it was sent.

    Details of victims and ex-partners stand in a store of their own; opening it is recorded there as a
    disclosure. Each child or mother without a name is shown with what identifies them otherwise.

    Args:
        version: of the question; the newest when None.
    """
    kind = KINDS[request.kind]
    purpose = kind.allowed.restricted_purpose if actor.side == "agency" else "case_management"
    question = session.get_one(CheckQuestion, (request.id, version or request.question_version))
    apart = queries.confidential_parts(session, request.id, question.version, purpose)
    if apart:
        restricted.record_disclosure(session, actor, [request.person_id], _APART, purpose)
    return _document(question, kind, apart)


def document_in(question: CheckQuestion, kind: CheckKind) -> Json:
    """Return what a version of a question told, without what is kept apart of victims and ex-partners."""
    return _document(question, kind)


def _document(
    question: CheckQuestion, kind: CheckKind, apart: Mapping[tuple[str, str], Json] | None = None
) -> Json:
    found = _shown(question.document, kind, apart)
    shown: dict[uuid.UUID | None, Json] = {one["id"]: _known(one) for one in map(_typed, found["contacts"])}
    places: dict[uuid.UUID | None, Json] = {one["id"]: one for one in map(_typed, found["addresses"])}
    person = _typed(found["person"])
    if kind.allowed.describes:
        for each in shown.values():
            each["identified_by"] = identified_by(each, person, shown, places)
    return {"person": person, "contacts": list(shown.values()), "addresses": list(places.values())}


def shown_in(question: CheckQuestion, kind: CheckKind) -> Json:
    """Return what a version of a question told but for its confidential part, as `composed` has it."""
    return _shown(question.document, kind)


def _shown(document: Json, kind: CheckKind, apart: Mapping[tuple[str, str], Json] | None = None) -> Json:
    """Return a question by the allow-list of its kind, with what is kept apart of it."""
    named = {sort: {one["id"] for one in document[sort]} for sort in ("contacts", "addresses")}
    apart = apart or {}

    def only(sort: str, one: Json, names: tuple[str, ...]) -> Json:
        details = apart.get((sort, one["id"]), {})
        return {"id": one["id"], **{name: details.get(name, one.get(name)) for name in names}}

    contacts = []
    for one in document["contacts"]:
        shown = only("contact", one, kind.allowed.contact)
        if one.get("lives_at") in named["addresses"]:
            shown["lives_at"] = one["lives_at"]
        if one.get("mother_id") in named["contacts"]:
            shown["mother_id"] = one["mother_id"]
        contacts.append(shown)
    return {
        "person": only("person", document["person"], kind.allowed.person),
        "contacts": contacts,
        "addresses": [only("address", one, kind.allowed.address) for one in document["addresses"]],
    }


def _json(row: Person | Contact | Address, names: tuple[str, ...]) -> Json:
    values = {name: getattr(row, name) for name in names}
    return {name: _as_json(value) for name, value in values.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _typed(shown: Json) -> Json:
    """Return what was told with its days and identifiers as such."""
    return {
        name: None
        if value is None
        else date.fromisoformat(value)
        if name in _DAYS
        else uuid.UUID(value)
        if name in _IDS
        else value
        for name, value in shown.items()
    }


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


_APART: Final = (*restricted.CONTACT_DETAILS, *restricted.ADDRESS_DETAILS)
_DAYS: Final = frozenset({"date_of_birth", "due_date"})
_IDS: Final = frozenset({"id", "lives_at", "mother_id"})
