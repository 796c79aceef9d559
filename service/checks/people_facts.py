"""Reads the people tables for checks: the facts that decide what to ask, what is told, and what was."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.checks import queries
from service.checks.confidential import confidential_parts
from service.checks.differences import changed
from service.checks.identifying import identified_by, parents_of
from service.checks.kinds import KINDS
from service.checks.kinds.contract import Allowed, CheckKind
from service.checks.model import CheckQuestion, CheckRequest
from service.checks.rules import (
    AddressFacts,
    Children,
    ContactFacts,
    Household,
    PersonFacts,
    SubjectRef,
    expects,
    own_home,
)
from service.db import Json
from service.people import queries as people
from service.people import restricted, visibility
from service.people.aliases import who_is
from service.people.model import Address, Contact, Person
from service.people.names import known_names
from service.people.rules import LEFT, describes, is_known_date, says_where
from service.people.sameness import asked_as


def household_of(session: Session, person: Person) -> Household:
    """Return the facts that decide what to ask about a person, without details."""
    around = people.household(session, person.id)
    answers: Mapping[str, Children] = {"yes": "yes", "no": "no"}
    another = asked_as(around.contacts)
    who = who_is(session, person)
    return Household(
        person=PersonFacts(
            id=person.id,
            named=all(known_names(who["given_name"], who["family_name"])),
            dated=is_known_date(who["date_of_birth"]),
            police_reference=who["pnc_number"] is not None,
            woman=_is_woman(who),
        ),
        contacts=tuple(
            ContactFacts(
                id=contact.id,
                # A victim who was a partner is asked about as one.
                relationship="ex_partner" if _was_partner(contact) else contact.relationship,
                is_child=contact.is_child,
                unborn=contact.unborn,
                named=contact.named,
                dated=contact.dated,
                aged=contact.aged,
                described=_is_described(contact),
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
                # Where a protected address is stands in the restricted store, which is not opened to ask.
                found=address.protected or says_where(address.lines, address.postcode),
                left=_is_left(address),
            )
            for address in around.addresses
        ),
        children=answers.get(person.children, "not_recorded"),
        children_asked=person.children_asked_at is not None,
    )


def _was_partner(contact: Contact) -> bool:
    return contact.relationship == VICTIM and contact.has_been_partner


def _is_left(address: Address) -> bool:
    return address.kind == LEFT or (address.to_date is not None and address.to_date <= clock.today())


def _is_described(contact: Contact) -> bool:
    """Return whether a name or a description is on record, by the rule of today where it may be read."""
    if contact.protected:
        return contact.described
    return any(known_names(contact.given_name, contact.family_name)) or describes(contact.description)


def composed(session: Session, request: CheckRequest, subjects: Iterable[SubjectRef]) -> Json:
    """Return what an agency is told of a question's subjects, by the allow-list of the kind, as JSON.

    The identity of protected contacts and the whereabouts of protected addresses are left out: the database
    keeps them apart (`writes.keep_what_was_asked`).

    Args:
        subjects: of the request.
    """
    kind = KINDS[request.kind]
    person = session.get_one(Person, request.person_id)
    about = set(subjects)
    around, who = people.household(session, person.id), who_is(session, person)
    victims = {str(one.id) for one in around.contacts if _is_not_told_as(one, kind.allowed)}
    known = _known_as(session, request, victims)
    lived = _lived_at(session, request, around, about)
    return _shown(
        {
            "person": {"id": str(person.id)} | {name: _as_json(who[name]) for name in kind.allowed.person},
            "contacts": [
                _json(one, ("id", "lives_at", "mother_id", *kind.allowed.contact))
                | known.get(str(one.id), {})
                | lived.get(str(one.id), {})
                | _expected(around, one, kind.allowed, woman=_is_woman(who))
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


def document_of(session: Session, actor: Actor, request: CheckRequest) -> Json:
    """Return what an agency is asked: the newest version of its question as it was sent, and what changed.

    It changed since the version that the agency had read before: who was asked about and withdrawn before it
    read anything is not named to it.

    Details of victims and ex-partners stand in a store of their own; opening it is recorded there as a
    disclosure. Each child or mother without a name is shown with what identifies them otherwise.
    """
    kind = KINDS[request.kind]
    *earlier, last = queries.questions_of(session, [request.id])
    read = queries.version_read_before(session, request) if earlier else 0
    before_that = [one for one in earlier if one.version <= read][-1:]
    versions = [*before_that, last]
    apart = _apart(session, actor, request.person_id, versions, kind.allowed.restricted_purpose)
    *before, newest = (
        _known(_shown(one.document, kind, apart.get((one.request_id, one.version)))) for one in versions
    )
    return {
        **_in_full(last, kind, newest),
        "changed": changed(before[0], newest) if before else None,
    }


def documents_of(
    session: Session, actor: Actor, person: Person, questions: Sequence[CheckQuestion]
) -> dict[tuple[uuid.UUID, int], Json]:
    """Return versions of questions about a person as they were sent, for probation, by request and version.

    Who does not see the household of the record is shown the person alone; who does not see its protected
    contacts, not who those are.

    Args:
        questions: of requests that the caller may know of.
    """
    seen = visibility.sections_seen(session, actor, person)
    opened = {"household", "protected_contacts"} <= seen
    apart = _apart(session, actor, person.id, questions, "case_management") if opened else {}
    found = {}
    for one in questions:
        key = (one.request_id, one.version)
        kind = KINDS[session.get_one(CheckRequest, one.request_id).kind]
        told = _known(_shown(one.document, kind, apart.get(key)))
        if not opened:
            told = _without(told, _protected_now(session, person.id))
        found[key] = _in_full(one, kind, told if "household" in seen else told | _NOBODY)
    return found


def document_in(question: CheckQuestion, kind: CheckKind) -> Json:
    """Return what a version of a question told, without what is kept apart of victims and ex-partners."""
    return _subjects(kind, _known(_shown(question.document, kind)))


def _protected_now(session: Session, person_id: uuid.UUID) -> set[str]:
    """Return the ids of who and where is protected by now, whatever was so when a question was sent."""
    around = people.ever_recorded(session, person_id)
    contacts = {str(one.id) for one in around.contacts if one.protected}
    return contacts | {str(one.id) for one in around.addresses if one.protected}


def _without(told: Json, hidden: Collection[str]) -> Json:
    """Leave out of a question who and where is protected now."""
    if not hidden:
        return told
    return told | {
        sort: [
            {name: value if name in _KEPT_OF_ALL else None for name, value in one.items()}
            if one["id"] in hidden
            else one
            for one in told[sort]
        ]
        for sort in ("contacts", "addresses")
    }


def _apart(
    session: Session, actor: Actor, person_id: uuid.UUID, questions: Sequence[CheckQuestion], purpose: str
) -> Mapping[tuple[uuid.UUID, int], Mapping[tuple[str, str], Json]]:
    """Open what versions of questions told in confidence, and record that it was shown, if there is any."""
    found = confidential_parts(session, [(one.request_id, one.version) for one in questions], purpose)
    if found:
        restricted.record_disclosure(session, actor, [person_id], _KEPT_APART, purpose)
    return found


def _in_full(question: CheckQuestion, kind: CheckKind, told: Json) -> Json:
    """Return a version of a question as it is read: who asked whom about, when and why.

    Args:
        told: of its subjects.
    """
    return {
        "version": question.version,
        "asked_at": question.asked_at,
        "because": question.because,
        "rebuilt": question.rebuilt,
        "asked_by": question.document.get("asked_by"),
        "why": _why(question.document),
        **_subjects(kind, told),
    }


def _subjects(kind: CheckKind, told: Json) -> Json:
    shown: dict[uuid.UUID | None, Json] = {one["id"]: one for one in map(_typed, told["contacts"])}
    places: dict[uuid.UUID | None, Json] = {one["id"]: one for one in map(_typed, told["addresses"])}
    person = _typed(told["person"])
    if kind.allowed.describes:
        for each in shown.values():
            each["identified_by"] = identified_by(each, person, shown, places)
            each["parents"] = parents_of(each, person, shown)
    return {"person": person, "contacts": list(shown.values()), "addresses": list(places.values())}


def _why(document: Json) -> Json | None:
    why: Json | None = document.get("why")
    if why is None:
        return None
    return _reason(why) | {"earlier": [_reason(one) for one in why.get("earlier", ())]}


def _reason(told: Json) -> Json:
    happened = told["happened"]
    return {
        "raised_because": told["raised_because"],
        "happened": happened and _typed(happened),
        "words": told["words"],
    }


def shown_in(question: CheckQuestion, kind: CheckKind) -> Json:
    """Return what a version of a question told but for its confidential part, as `composed` has it."""
    return _shown(question.document, kind)


def _shown(document: Json, kind: CheckKind, apart: Mapping[tuple[str, str], Json] | None = None) -> Json:
    """Return a question by the allow-list of its kind, with what is kept apart of it."""
    named = {sort: {one["id"] for one in document[sort]} for sort in ("contacts", "addresses")}
    apart = apart or {}

    def only(sort: str, one: Json, names: tuple[str, ...]) -> Json:
        details = apart.get((sort, one["id"]), {})
        told = (name for name in names if name in one or name in details)
        return {"id": one["id"], **{name: details.get(name, one.get(name)) for name in told}}

    contacts = []
    for one in document["contacts"]:
        shown = only("contact", one, kind.allowed.contact)
        shown |= {link: one[link] for link in _HOMES if one.get(link) in named["addresses"]}
        if one.get("mother_id") in {*named["contacts"], document["person"]["id"]}:
            shown["mother_id"] = one["mother_id"]
        contacts.append(shown)
    return {
        "person": only("person", document["person"], kind.allowed.person),
        "contacts": contacts,
        "addresses": [only("address", one, kind.allowed.address) for one in document["addresses"]],
    }


def _json(row: Contact | Address, names: tuple[str, ...]) -> Json:
    values = {name: getattr(row, name) for name in names}
    return {name: _as_json(value) for name, value in values.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, list):
        return list(value)
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


def _is_not_told_as(contact: Contact, allowed: Allowed) -> bool:
    """Return whether an agency that looks for a child or its mother is not told what one is: a victim."""
    return allowed.describes and contact.relationship == VICTIM


def _known_as(session: Session, request: CheckRequest, victims: Collection[str]) -> dict[str, Json]:
    """Say what victims are beside that: what their agency was told that they are, which goes on being so.

    That it is corrected would say who has become one.
    """
    if not victims:
        return {}
    of_agency = [
        one.id
        for one in queries.requests_about(session, request.person_id)
        if one.agency_id == request.agency_id and one.sent_at is not None
    ]
    told = {
        one["id"]: {"relationship": one["relationship"]}
        for version in sorted(queries.questions_of(session, of_agency), key=lambda one: one.asked_at)
        for one in version.document["contacts"]
        if one["id"] in victims and one["relationship"] != VICTIM
    }
    around = people.household(session, request.person_id)
    otherwise = {
        str(one.id): {"relationship": "other_child" if one.is_child else "other"}
        for one in around.contacts
        if str(one.id) in victims
    }
    return otherwise | told


def told_homes(question: CheckQuestion) -> dict[str, str]:
    """Return where an agency was told that contacts live, or lived, by their ids."""
    found = {one["id"]: one.get("lives_at") or one.get("lived_at") for one in question.document["contacts"]}
    return {contact: home for contact, home in found.items() if home is not None}


def _lived_at(
    session: Session, request: CheckRequest, around: people.Household, about: Collection[SubjectRef]
) -> dict[str, Json]:
    """Say of whoever has moved away where they lived, to an agency that is asked about that place.

    It goes on being asked about them, and is not told where they live now.
    """
    told = queries.questions_of(session, [request.id])[-1:]
    homes = {contact: home for one in told for contact, home in told_homes(one).items()}
    left = {str(one.id) for one in around.addresses if ("address", one.id) in about and _is_left(one)}
    return {
        str(one.id): {"lived_at": home}
        for one in around.contacts
        if (home := homes.get(str(one.id))) in left and home != str(one.lives_at)
    }


def _expected(around: people.Household, child: Contact, allowed: Allowed, *, woman: bool) -> Json:
    """Say of a child whom the person expects who the mother is, and where, to an agency that looks for it."""
    if not (allowed.describes and expects(child, woman=woman)):
        return {}
    home = own_home(around.addresses)
    lives_at = child.lives_at or (home and home.id)
    return {"mother_id": _as_json(around.person.id), "lives_at": _as_json(lives_at)}


def _is_woman(who: Mapping[str, Any]) -> bool:
    return bool(who["sex"] == "female")


def _known(told: Json) -> Json:
    """Leave out what stands in place of a name, a date of birth or a description that is not known."""
    contacts = [one | dict.fromkeys(_unknown(one)) for one in told["contacts"]]
    return told | {"person": told["person"] | dict.fromkeys(_unknown(told["person"])), "contacts": contacts}


def _unknown(somebody: Json) -> set[str]:
    names = known_names(somebody["given_name"], somebody["family_name"])
    unknown = {f"{name}_name" for name, known in names._asdict().items() if known is None}
    born = somebody["date_of_birth"]
    if not is_known_date(None if born is None else date.fromisoformat(born)):
        unknown.add("date_of_birth")
    if "description" in somebody and not describes(somebody["description"]):
        unknown.add("description")
    return unknown


VICTIM: Final = "victim"
_HOMES: Final = ("lives_at", "lived_at")
"""How a contact and an address of one question belong together."""
_KEPT_OF_ALL: Final = frozenset({"id", "relationship", "kind", *_HOMES, "mother_id"})
"""What is told also of somebody or somewhere that is protected."""
_NOBODY: Final[Json] = {"contacts": [], "addresses": []}
_KEPT_APART: Final = (*restricted.CONTACT_DETAILS, *restricted.ADDRESS_DETAILS)
_DAYS: Final = frozenset({"date_of_birth", "due_date", "occurred_on"})
_IDS: Final = frozenset({"id", *_HOMES, "mother_id"})
