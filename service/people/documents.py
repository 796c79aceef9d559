"""Writes what a record says into a document about it, and says where the two differ. Pure.

What a document leaves out and the record has is added to whoever it names; who was entered in error is left
out. So a destination reads in the document what an agency is asked, whoever stated it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from service.people import facts
from service.people.facts import (
    NOT_RECORDED,
    OF_A_CHANGE,
    Facts,
    Said,
    of_addresses,
    of_contacts,
    of_person,
    plain,
)

Document = Mapping[str, Any]

PERSON: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "noms_number": ("person", "noms_number"),
        "pnc_number": ("person", "pnc_number"),
        "sex": ("person", "sex"),
        "date_of_birth": ("person", "date_of_birth"),
        "title": ("person", "name", "title"),
        "given_name": ("person", "name", "given"),
        "family_name": ("person", "name", "family"),
        "aliases": ("person", "name", "aliases"),
        "children": ("household", "children"),
    }
)
"""The columns of a person, and where a document says each."""
NEVER_CHANGING: Final = frozenset(PERSON) - {"aliases", "children"}
"""The columns of who somebody is: said otherwise, they were put right. Another name is only one more."""
CONTACT: Final[Mapping[str, str]] = MappingProxyType(
    {column: member for column, member in facts.CONTACT.items() if column != "details_status"}
    | {"lives_at": "lives_at", "mother_id": "mother_ref"}
)
"""The columns of a contact, and the members that say each; `details_status` follows from them."""
ADDRESS: Final[Mapping[str, str]] = MappingProxyType({**facts.ADDRESS, "contact_id": "contact_ref"})
"""The columns of an address, and the members that say each."""
_ONLY_SAID: Final = frozenset({"verified"})
"""What a document says and no record takes from it: the flag alone verifies nothing."""
_REFERENCES: Final = MappingProxyType(
    {"lives_at": "addresses", "mother_id": "contacts", "contact_id": "contacts"}
)
"""The columns that name another row, and in which list of a document it stands."""


@dataclass(frozen=True)
class Entry:
    """A contact or an address as it is on record.

    Args:
        facts: by column, with what the restricted store keeps; another row by its id.
        in_error: it was entered in error.
    """

    id: UUID
    facts: Facts
    in_error: bool = False


@dataclass(frozen=True)
class Recorded:
    """A record, as a document of one system names what is on it.

    Args:
        person: by column.
        contacts, addresses: by the reference that the system gave each.
    """

    person: Facts
    contacts: Mapping[str, Entry] = field(default_factory=dict)
    addresses: Mapping[str, Entry] = field(default_factory=dict)


class Difference(NamedTuple):
    """A member that a document says otherwise than the record.

    `subject` is the contact or address, None for the person; `column` is None for who was entered in error.
    """

    pointer: str
    subject: UUID | None
    column: str | None


def as_recorded(document: Document, recorded: Recorded) -> dict[str, Any]:
    """Return a document that says of everybody whom it names what the record says."""
    document = found = without_changes(document)
    for column, steps in PERSON.items():
        stated, now = of_person(document).facts.get(column), recorded.person.get(column)
        if not _same(stated, now):
            found = _put(found, steps, now)
    contacts = _entries(document, of_contacts(document), "contacts", recorded, CONTACT)
    addresses = _entries(document, of_addresses(document), "addresses", recorded, ADDRESS)
    if contacts != _listed(document, "contacts"):
        found["household"] = {**(found.get("household") or {}), "contacts": contacts}
    if addresses != _listed(document, "addresses"):
        found["addresses"] = addresses
    return found


def without_changes(document: Document) -> dict[str, Any]:
    """Return a document without what its addresses say of why they are other places than before."""
    listed = _listed(document, "addresses")
    if not any(one.keys() & set(OF_A_CHANGE) for one in listed):
        return dict(document)
    kept = [{name: value for name, value in one.items() if name not in OF_A_CHANGE} for one in listed]
    return {**document, "addresses": kept}


def unverified(document: Document) -> dict[str, Any]:
    """Return a document that calls nothing verified: the flag alone says neither how nor by whom."""
    found = dict(document)
    if any(one.get("verified") for one in _listed(document, "contacts")):
        contacts = [_without_flag(one) for one in _listed(document, "contacts")]
        found["household"] = {**found["household"], "contacts": contacts}
    if any(one.get("verified") for one in _listed(document, "addresses")):
        found["addresses"] = [_without_flag(one) for one in _listed(document, "addresses")]
    return found


def _without_flag(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "verified": False} if entry.get("verified") else entry


def differences(document: Document, recorded: Recorded) -> Iterator[Difference]:
    """Find what a document says otherwise than the record; null says that nothing is known."""
    for column, value in of_person(document).facts.items():
        if not _same(value, recorded.person.get(column)):
            yield Difference("/" + "/".join(PERSON[column]), None, column)
    for sort, said, members in (
        ("contacts", of_contacts(document), CONTACT),
        ("addresses", of_addresses(document), ADDRESS),
    ):
        for one in said:
            entry = getattr(recorded, sort).get(one.ref)
            if entry is None:
                continue
            if entry.in_error:
                yield Difference(one.at, entry.id, None)
                continue
            stated = one.facts | referred(one, recorded)
            for column in members.keys() & stated.keys() - _ONLY_SAID:
                if not _same(stated[column], entry.facts.get(column)):
                    yield Difference(f"{one.at}/{members[column]}", entry.id, column)


def referred(said: Said, recorded: Recorded) -> Facts:
    """Return whom and where a statement refers to, by column, as ids; None where it withdraws a reference."""
    named = (
        ("lives_at", said.lives_at, recorded.addresses),
        ("mother_id", said.mother_ref, recorded.contacts),
        ("contact_id", said.contact_ref, recorded.contacts),
    )
    found: Facts = dict.fromkeys(said.withdrawn)
    for column, ref, rows in named:
        if ref is not None and ref in rows and not rows[ref].in_error:
            found[column] = rows[ref].id
    return found


def _entries(
    document: Document, said: list[Said], sort: str, recorded: Recorded, members: Mapping[str, str]
) -> list[dict[str, Any]]:
    found = []
    for one, entry in zip(said, _listed(document, sort), strict=True):
        known = getattr(recorded, sort).get(one.ref)
        if known is not None and known.in_error:
            continue
        new = _without_errors(entry, recorded)
        if known is not None:
            new = _entry(new, one, known, members, recorded=recorded, document=document)
        found.append(new)
    return found


def _entry(
    entry: dict[str, Any],
    said: Said,
    known: Entry,
    members: Mapping[str, str],
    *,
    recorded: Recorded,
    document: Document,
) -> dict[str, Any]:
    stated = said.facts | referred(said, recorded)
    new = dict(entry)
    for column, member in members.items():
        now = known.facts.get(column)
        if _same(stated.get(column), now):
            continue
        if column in _REFERENCES and now is not None:
            # Only who stands in the document can be referred to in it; nobody else is named instead.
            ref = _ref_of(now, _REFERENCES[column], recorded, document)
            if ref is not None:
                new[member] = ref
            else:
                new.pop(member, None)
        elif now is None:
            new.pop(member, None)
        else:
            new[member] = _json(now)
    if new != entry and known.facts.get("details_status") is not None:
        new["details_status"] = known.facts["details_status"]
    return new


def _without_errors(entry: dict[str, Any], recorded: Recorded) -> dict[str, Any]:
    """Return an entry that refers to nobody and nowhere that was entered in error."""
    wrong = {
        member
        for member, rows in (
            ("lives_at", recorded.addresses),
            ("mother_ref", recorded.contacts),
            ("contact_ref", recorded.contacts),
        )
        if (entry.get(member) in rows and rows[entry[member]].in_error)
    }
    return {name: value for name, value in entry.items() if name not in wrong}


def _ref_of(id_: UUID, sort: str, recorded: Recorded, document: Document) -> str | None:
    listed: Collection[str] = {one["ref"] for one in _listed(document, sort)}
    rows: Mapping[str, Entry] = getattr(recorded, sort)
    return next(
        (ref for ref, one in rows.items() if one.id == id_ and ref in listed and not one.in_error), None
    )


def _listed(document: Document, sort: str) -> list[dict[str, Any]]:
    section = document.get("household") or {} if sort == "contacts" else document
    return section.get(sort) or []


def _same(stated: Any, now: Any) -> bool:
    return bool(_bare(stated) == _bare(now))


def _bare(value: Any) -> Any:
    return None if value in ([], NOT_RECORDED) else value


def _put(document: dict[str, Any], steps: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = steps
    if rest:
        inner = document.get(first) or {}
        return {**document, first: _put(inner, tuple(rest), value)}
    if _bare(value) is None and first != "children":
        return {name: each for name, each in document.items() if name != first}
    return {**document, first: _json(value)}


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int | list | None) else plain(value)
