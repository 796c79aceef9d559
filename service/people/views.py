"""The views of a person for a probation caller, as plain values. Every disclosure is recorded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.http import etag, with_beside
from service.organisations import queries as organisations
from service.people import one_person_queries, queries, restricted, visibility, writes
from service.people.model import Address, Contact, Person, RoshAssessment, ShareRequest
from service.people.one_person import (
    OTHER_NUMBERS,
    OTHER_NUMBERS_WORDS,
    SAME_NUMBER,
    are_anothers,
    words_of,
)
from service.people.one_person_queries import numbers_of
from service.people.proposals import Proposal
from service.people.protected import as_shown
from service.people.queries import Found
from service.people.rules import highest
from service.people.sight import SECTIONS
from service.people.verification import Because, How, stands

View = dict[str, Any]
_PURPOSE = "case_management"
_APART = {*restricted.CONTACT_DETAILS, *restricted.ADDRESS_DETAILS}
_WHO_WAS_SEEN = frozenset({"seen", "person_seen", "others_seen"})
_NOT_STATED: View = {
    "how": How.NOT_STATED.value,
    "on": None,
    "by": None,
    "seen": None,
    "person_seen": None,
    "others_seen": None,
    "check_request_id": None,
    "recorded_at": None,
    "ended": None,
}
"""How something was verified of which only the flag is known."""
_NOT_FIELDS = frozenset({"id", "href", "etag", "ref", "version", "protected", "recorded_at", "changed_at"})
_CONTACT = (
    "id", "ref", "relationship", "is_child", "protected", "contact_kind", "details_status", "given_name",
    "family_name", "aliases", "phone", "date_of_birth", "due_date", "estimated_age", "description",
    "mother_id", "lives_at", "local_authority", "source", "ref_left",
    "version", "recorded_at", "changed_at",
)  # fmt: skip
_SAID = ("description", "alike")
"""What is said of a contact, in which anybody may be named."""
_ADDRESS = (
    "id", "ref", "kind", "contact_id", "protected", "lines", "postcode", "police_force", "local_authority",
    "from_date", "to_date", "source", "version", "recorded_at", "changed_at",
)  # fmt: skip
_ASSESSMENT = (
    "id", "group_at_risk", "level", "previous_level", "who", "nature", "imminence", "factors", "reason",
    "evidence", "source", "author", "manager", "recorded_at",
)  # fmt: skip


def href_of(person_id: UUID) -> str:
    """Return the address of a person."""
    return f"/v1/people/{person_id}"


def tag_of_contact(contact: Contact) -> str:
    """Return the ETag that a change of a contact's details must match."""
    return etag("contact", contact.id, contact.version)


def tag_of_address(address: Address) -> str:
    """Return the ETag that a change of an address must match."""
    return etag("address", address.id, address.version)


def tag_of_person(person: Person) -> str:
    """Return the ETag that a change of a person's own details must match."""
    return etag("person", person.id, person.version)


def show_person(session: Session, actor: Actor, person: Person) -> tuple[View, str]:
    """Return the view of a person and their present risk, with its ETag.

    Whoever does not see the whole record is not shown that something else in it has changed.
    """
    seen = visibility.sections_seen(session, actor, person)
    judged = queries.current_rosh(session, person.id) if "risk" in seen else {}
    rosh = {group: now.level for group, now in judged.items()}
    view = {
        "id": person.id,
        "href": href_of(person.id),
        "crn": person.crn,
        "noms_number": person.noms_number,
        "pnc_number": person.pnc_number,
        "name": name_of(person),
        "date_of_birth": person.date_of_birth,
        "sex": person.sex,
        "held": person.held,
        "restricted": person.restricted,
        "region": person.region,
        "children": person.children,
        "children_asked_at": person.children_asked_at,
        "died_on": person.died_on,
        "rosh": rosh,
        "rosh_highest": highest(rosh.values()),
        "version": person.version,
        "recorded_at": person.recorded_at,
        "changed_at": person.changed_at,
    }
    merged = one_person_queries.merged_seen(session, actor, person)
    view |= {
        "same_as": next((_merged(one) for one in merged if person.same_as_id), None),
        "stands_for": [_merged(one) for one in merged if not person.same_as_id],
        "may_be": show_may_be(session, actor, person),
    }
    writes.record(session, actor, person, "consultation", _names((view,)))
    if seen.issuperset(SECTIONS):
        beside = (
            (repr(view["may_be"]), repr(view["stands_for"])) if view["may_be"] or view["stands_for"] else ()
        )
        return view, with_beside(tag_of_person(person), *beside)
    view |= {"version": None, "changed_at": None}
    return view, etag("person", person.id, repr(view))


def show_may_be(session: Session, actor: Actor, person: Person) -> list[View]:
    """Show which other records that a caller sees may be the same person's, until that is decided."""
    return [
        {"crn": one.other.crn, "href": href_of(one.other.id), "number": one.number, "since": one.since}
        for one in one_person_queries.asked_about(session, actor, person)
    ]


def advice_on_numbers(found: Iterable[tuple[str, UUID]], pointer: str = "/person") -> list[View]:
    """Say that numbers stand on other records too, which may be the same person's.

    Args:
        found: which number, and the id of the other record.
        pointer: the place of the numbers in the body.
    """
    return [
        {
            "code": SAME_NUMBER,
            "words": words_of(number),
            "pointer": f"{pointer}/{number}",
            "href": href_of(person_id),
        }
        for number, person_id in found
    ]


def advice_on_alias(session: Session, person: Person, pointer: str = "/person") -> list[View]:
    """Say of a merged record that it has other numbers than the one that stands for it."""
    standing = session.get(Person, person.same_as_id) if person.same_as_id else None
    if standing is None or not are_anothers(numbers_of(person), numbers_of(standing)):
        return []
    return [
        {
            "code": OTHER_NUMBERS,
            "words": OTHER_NUMBERS_WORDS,
            "pointer": pointer,
            "href": href_of(standing.id),
        }
    ]


def _merged(person: Person) -> View:
    return {"crn": person.crn, "href": href_of(person.id)}


def show_found(session: Session, actor: Actor, people: Sequence[Found], number: str) -> list[View]:
    """Show what a search found, and record it: by which number was searched, and who was shown.

    Args:
        number: the name of the number, never the number itself.
    """
    audit.record(session, actor, "search", object_kind="person", object_id="list", shape=number)
    views = [
        {
            "id": person.id,
            "href": href_of(person.id),
            "crn": person.crn,
            "name": name_of(person),
            "date_of_birth": person.date_of_birth,
            "held": person.held,
            "restricted": person.restricted,
            "region": person.region,
            "found_by": found_by,
        }
        for person, found_by in people
    ]
    for (person, _), view in zip(people, views, strict=True):
        writes.record(session, actor, person, "consultation", _names((view,)))
    return views


def show_contacts(session: Session, actor: Actor, person: Person, contacts: Sequence[Contact]) -> list[View]:
    """Show the contacts of a person, with details from the restricted store to whoever may see them."""
    protected = [contact.id for contact in contacts if contact.protected]
    seen = visibility.sections_seen(session, actor, person)
    sees_protected = "protected_contacts" in seen
    apart = restricted.contact_details(session, actor, protected, _PURPOSE) if sees_protected else {}
    views = [
        _shown(contact, _CONTACT)
        | apart.get(contact.id, {})
        | _verified(contact, seen)
        | {
            "alike": _alike(contact),
            "entered_in_error": _in_error(contact, whole=sees_protected),
            "href": f"{href_of(person.id)}/contacts/{contact.id}",
            "etag": tag_of_contact(contact),
        }
        for contact in contacts
    ]
    said = as_shown(session, actor, person.id, [{name: view[name] for name in _SAID} for view in views])
    views = [view | left for view, left in zip(views, said, strict=True)]
    writes.record(session, actor, person, "consultation", (f"contacts.{name}" for name in _names(views)))
    return views


def _verified(row: Contact | Address, sections: Collection[str]) -> View:
    """Show whether a row is verified, and how.

    Who was seen at a home may be somebody whose whereabouts are protected: whoever does not see where those
    are is not told who was there, not even how many.
    """
    known = row.verification
    if known is None:
        stated = {**_NOT_STATED} if row.verified else None
        return {"verified": False if row.verified else row.verified, "verification": stated}
    hidden = frozenset() if "protected_contacts" in sections else _WHO_WAS_SEEN
    shown = {name: None if name in hidden else known.get(name) for name in _NOT_STATED if name != "ended"}
    if "checks" not in sections:
        shown["check_request_id"] = None
    for name, read in (("on", date.fromisoformat), ("recorded_at", datetime.fromisoformat)):
        shown[name] = read(known[name])
    shown["ended"] = None
    if end := known.get("ended"):
        because = end["because"]
        if because == Because.ANSWER_CORRECTED and "checks" not in sections:
            because = Because.CHANGED.value
        shown["ended"] = {**end, "because": because, "at": datetime.fromisoformat(end["at"])}
    return {"verified": stands(known), "verification": shown}


def _alike(contact: Contact) -> View | None:
    if contact.alike_id is None:
        return None
    return {
        "contact_id": contact.alike_id,
        "because": contact.alike_because,
        "same": contact.same,
        "reason": contact.same_reason,
        "decided_by": contact.same_by,
        "decided_at": contact.same_at,
    }


def _in_error(row: Contact | Address, *, whole: bool) -> View | None:
    if row.in_error_at is None:
        return None
    # Why may say whom it was mistaken for.
    reason = row.in_error_reason if whole else None
    return {"reason": reason, "entered_by": row.in_error_by, "entered_at": row.in_error_at}


def show_addresses(
    session: Session, actor: Actor, person: Person, addresses: Sequence[Address]
) -> list[View]:
    """Show the addresses of a person, with details from the restricted store to whoever may see them."""
    protected = [address.id for address in addresses if address.protected]
    seen = visibility.sections_seen(session, actor, person)
    sees_protected = "protected_contacts" in seen
    apart = restricted.address_details(session, actor, protected, _PURPOSE) if sees_protected else {}
    views = [
        _shown(address, _ADDRESS)
        | apart.get(address.id, {})
        | _verified(address, seen)
        | {
            "entered_in_error": _in_error(address, whole=sees_protected),
            "href": f"{href_of(person.id)}/addresses/{address.id}",
            "etag": tag_of_address(address),
        }
        for address in addresses
    ]
    writes.record(session, actor, person, "consultation", (f"addresses.{name}" for name in _names(views)))
    return views


def show_rosh(
    session: Session, actor: Actor, person: Person, assessments: Sequence[RoshAssessment]
) -> list[View]:
    """Show the assessments of the risk to each group over time, with reasons and authors."""
    assessed = [_shown(assessment, _ASSESSMENT) for assessment in assessments]
    views = as_shown(session, actor, person.id, assessed)
    writes.record(session, actor, person, "consultation", (f"rosh.{name}" for name in _names(views)))
    return views


def show_proposals(
    session: Session, actor: Actor, person: Person, proposed: Sequence[Proposal], *, protected: bool
) -> list[View]:
    """Show the holder of a record what other regions state, and record what each of them disclosed by it.

    Args:
        protected: whether the reader sees who protected contacts are, and where.
    """
    for side_id in {one.side_id for one in proposed}:
        of_side = [one for one in proposed if one.side_id == side_id]
        apart = {name for one in of_side if one.protected and protected for name in one.value.keys() & _APART}
        audit.record(
            session,
            actor,
            "disclosure",
            object_kind="restricted_details" if apart else "person",
            object_id=side_id,
            person_id=side_id,
            fields=[*(one.section for one in of_side), *(f"restricted.{name}" for name in sorted(apart))],
            recipients=[actor.organisation_id],
            purpose=_PURPOSE,
        )
    writes.record(session, actor, person, "consultation", {f"proposals.{one.section}" for one in proposed})
    regions = organisations.organisations_by_id(session, {one.region_id for one in proposed})
    stated: dict[UUID, View] = {
        one.id: {
            "value": _as_json(one.value, hidden=hidden),
            "present": None if one.present is None else _as_json(one.present, hidden=hidden),
        }
        for one in proposed
        for hidden in [_APART if one.protected and not protected else frozenset()]
    }
    stated = as_shown(session, actor, person.id, stated)
    return [
        {
            "id": one.id,
            "href": f"{href_of(person.id)}/proposals/{one.id}",
            "section": one.section,
            "path": one.path,
            "value": stated[one.id]["value"],
            "present": stated[one.id]["present"],
            "region": regions[one.region_id].code,
            "practitioner": one.by,
            "stated_at": one.at,
            "protected": one.protected,
            "raises_danger": bool(one.raises),
        }
        for one in proposed
    ]


def show_share_requests(session: Session, actor: Actor, requests: Sequence[ShareRequest]) -> list[View]:
    """Show requests for a share, to the region that asked or the one that answers."""
    for one in requests:
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="share_request",
            object_id=one.id,
            person_id=one.person_id,
            fields=["basis", "sections", "reason", "given"],
        )
    return [
        {
            "id": one.id,
            "href": f"/v1/share-requests/{one.id}",
            "region": one.region,
            "basis": one.basis,
            "sections": one.sections,
            "until": one.until_at,
            "reason": one.reason,
            "asked_by": one.asked_by,
            "asked_at": one.asked_at,
            "given": one.given,
            "answer_reason": one.answer_reason,
            "answered_at": one.answered_at,
        }
        for one in requests
    ]


def _as_json(values: Mapping[str, Any], *, hidden: Collection[str]) -> View:
    return {
        name: None if name in hidden else value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def _shown(row: Contact | Address | RoshAssessment, names: Iterable[str]) -> View:
    return {name: getattr(row, name) for name in names}


def _names(views: Iterable[Mapping[str, Any]]) -> set[str]:
    return {name for view in views for name, value in view.items() if value is not None} - _NOT_FIELDS


def name_of(person: Person) -> View:
    """Return the names of a person as a `NameView`."""
    return {
        "title": person.title,
        "given": person.given_name,
        "family": person.family_name,
        "aliases": person.aliases,
    }
