"""Records the contacts and addresses of a person by the submitter's references; the person is locked."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.errors import Fault
from service.http.problems import invalid
from service.mentions import Kind, Matcher
from service.people import queries, restricted, writes
from service.people.actions import births, children, sameness
from service.people.actions.stating import Statements
from service.people.facts import Facts, Said
from service.people.merging import merge
from service.people.model import Address, Contact, Person
from service.people.names import known_names
from service.people.protected import protected_by
from service.people.rules import (
    OWN_MOTHER,
    RELATIONSHIPS,
    describes,
    details_status,
    has_been_partner,
    is_child,
    is_own_mother,
)
from service.people.sameness import (
    LIKELY_TWIN,
    Identity,
    areas_of_another_place,
    identity_of,
    is_elsewhere,
    is_somebody_else,
    names_another,
)
from service.people.sendable import require_sendable

_INTERNAL = "case_management"
_NEW: Facts = {"source": "practitioner", "verified": False}
_NEW_CONTACT: Facts = {**_NEW, "contact_kind": "not_known"}
_IDENTIFIES = ("given_name", "family_name", "date_of_birth", "due_date")
_NOT_TO_BE_DESCRIBED = frozenset(Kind) - {Kind.NAME}
"""Whose child it is may be said: children's services are asked about both."""


@dataclass(frozen=True)
class Kept:
    """The contacts and addresses as they are on record now, and the names of the fields that changed.

    alike: those of whom it is asked from now on whether they are the same as others.
    """

    contacts: list[Contact]
    addresses: list[Address]
    changed: list[str]
    alike: list[Contact]


@dataclass
class _Record:
    """The contacts and addresses that one client has described, by its references.

    statements: what the caller's system said last of this record, and says now.
    """

    client_id: str
    statements: Statements
    contacts: dict[str, Contact]
    addresses: dict[str, Address]
    repeats: bool = True
    """Whether the system sends all that it holds each time."""
    details: restricted.Details = field(default_factory=dict)
    """What the restricted store holds of those whose statement is new."""
    new: set[uuid.UUID] = field(default_factory=set)
    identities: dict[uuid.UUID, Identity] = field(default_factory=dict)
    """Who the contacts are whose statement is new."""
    renewed: set[str] = field(default_factory=set)
    """The references that name somebody or somewhere else now than before."""

    def is_news(self, row: Contact | Address, said: Said) -> bool:
        """Return whether a statement is another than the last, about somebody who counts."""
        refers_anew = not self.renewed.isdisjoint((said.lives_at, said.mother_ref, said.contact_ref))
        return (not self.is_repeat(row, said) or refers_anew) and row.in_error_at is None

    def is_repeat(self, row: Contact | Address, said: Said) -> bool:
        """Return whether a statement is only the last one again, by a system that sends all that it holds."""
        return self.repeats and row.submitted == said.digest

    def repeated(self, row: Contact | Address, facts: Facts) -> Collection[str]:
        """Return the members that a system only repeats; it means whatever it names on its own."""
        return self.statements.repeated(row.id, facts) if self.repeats else ()


def keep(
    session: Session,
    actor: Actor,
    person: Person,
    contacts: Iterable[Said],
    addresses: Iterable[Said],
    *,
    statements: Statements,
    client_id: str,
    referral_id: uuid.UUID | None = None,
    repeats: bool = True,
) -> Kept:
    """Record what a document says about the contacts and addresses of a person.

    What its system only repeats changes nothing, also where the record has moved on; what is left out stays
    as it is on record. Who was entered in error stays so; whoever else their reference names now is new.

    Args:
        statements: what the caller's system said last of this record; what it says now is noted there.
        client_id: the system whose references the document uses.
        repeats: whether its system sends all that it holds each time.

    Raises:
        Problem: 422 when one refers to another that has not been described, or the description of a child or
            a mother gives something away.
    """
    contacts, addresses = list(contacts), list(addresses)
    on_record = _read(session, person, client_id, statements, repeats=repeats)
    _read_details(session, on_record, contacts, addresses)
    stated = {said.at: said for said in (*contacts, *addresses)}
    contacts = [_news_of(on_record, on_record.contacts.get(said.ref), said) for said in contacts]
    addresses = [_news_of(on_record, on_record.addresses.get(said.ref), said) for said in addresses]
    replaced = _keep_beside(session, actor, person, on_record, contacts)
    _name_elsewhere(session, actor, person, on_record, addresses)
    for said in contacts:
        if said.ref not in on_record.contacts:
            contact = writes.new_contact(actor, person, said.ref, client_id=client_id)
            on_record.contacts[said.ref] = contact
            on_record.new.add(contact.id)
    for said in addresses:
        if said.ref not in on_record.addresses:
            address = writes.new_address(actor, person, said.ref, client_id=client_id)
            on_record.addresses[said.ref] = address
            on_record.new.add(address.id)
    _require_references(on_record, contacts, addresses)
    contacts = [
        _stated_of(on_record, on_record.contacts[said.ref], said, stated[said.at], _NEW_CONTACT)
        for said in contacts
    ]
    addresses = [
        _without_areas(on_record, on_record.addresses[said.ref], said, stated[said.at]) for said in addresses
    ]
    stated_anew = [said for said in contacts if on_record.is_news(on_record.contacts[said.ref], said)]
    changed: set[str] = set()
    for said in stated_anew:
        names = _record_contact(session, actor, on_record, said, referral_id)
        changed |= {f"contacts.{name}" for name in names}
    for said in addresses:
        if on_record.is_news(on_record.addresses[said.ref], said):
            names = _record_address(session, actor, on_record, said, referral_id)
            changed |= {f"addresses.{name}" for name in names}
    protect_addresses(session, actor, person)
    alike = sameness.compare(session, actor, person, on_record.identities, replaced)
    _require_no_circle(on_record, stated_anew)
    children.settle_by(session, actor, person, [on_record.contacts[said.ref] for said in stated_anew])
    mothers = {contact.mother_id for contact in on_record.contacts.values()}
    require_describing(
        session,
        person,
        {
            f"{said.at}/description": said.facts["description"]
            for said in stated_anew
            if said.facts.get("description") is not None
            and _is_identified(on_record.contacts[said.ref], mothers)
        },
    )
    return Kept(
        [on_record.contacts[said.ref] for said in contacts],
        [on_record.addresses[said.ref] for said in addresses],
        sorted(changed),
        alike,
    )


def refer_to(
    session: Session, actor: Actor, contacts: Iterable[Contact], before: Contact, now: Contact
) -> None:
    """Record that one contact, and not another, is the mother of those whose mother that one was."""
    for one in contacts:
        if one.mother_id == before.id:
            stored = restricted.read_contacts(session, [one.id], _INTERNAL) if one.protected else {}
            write_contact(session, actor, one, {"mother_id": now.id}, held=stored.get(one.id))


def write_contact(
    session: Session,
    actor: Actor,
    contact: Contact,
    facts: Facts,
    *,
    held: Mapping[str, Any] | None = None,
    stated_child: bool | None = None,
    victim: bool = False,
    submitted: str | None = None,
    first: bool = False,
    referral_id: uuid.UUID | None = None,
) -> list[str]:
    """Record what a document says about one contact, and what follows from it; return what changed.

    A victim or ex-partner is protected from the first statement and stays so, whatever is stated later.

    Args:
        facts: by column; what is not named stays as it was known.
        held: the details of a protected contact as the store holds them.
        stated_child: the practitioner's statement, where no date decides it; None keeps the one on record.
        victim: said to be a victim, whatever the relationship.
        submitted: the digest of the submission; None when no document says it.
        first: the contact is new.
    """
    known = dict(held or restricted.own_details(contact))
    details = known | {name: facts[name] for name in known.keys() & facts.keys()}
    relationship = facts.get("relationship", contact.relationship)
    born, due = details["date_of_birth"], details["due_date"]
    unborn = born is None and (due is not None or relationship == "unborn_child")
    stated = facts.get("details_status") or contact.details_status
    if any(known.get(name) is not None and details.get(name) is None for name in _IDENTIFIES):
        # Nobody has said why it is not known, after it was withdrawn.
        stated = facts.get("details_status", "not_asked")
    names = known_names(details["given_name"], details["family_name"])
    named = all(names)
    dated = born is not None or due is not None
    if stated_child is None and (relationship == contact.relationship or contact.is_child):
        # A child does not cease to be one because the relationship goes by another name.
        stated_child = contact.is_child
    derived: Facts = {
        "is_child": is_child(
            relationship,
            born,
            due,
            clock.today(),
            stated=stated_child,
            estimated_age=details["estimated_age"],
        ),
        "unborn": unborn,
        "named": named,
        "dated": dated,
        "aged": details["estimated_age"] is not None,
        "described": any(names) or describes(details["description"]),
        "has_been_partner": has_been_partner(relationship, before=bool(contact.has_been_partner)),
        "details_status": details_status(stated, complete=(named or unborn) and dated),
    }
    changed = writes.write_around(
        session,
        actor,
        "contact",
        contact,
        facts | derived,
        protected=contact.protected or victim or RELATIONSHIPS[relationship].protected,
        held=known,
        first=first,
        submitted=submitted,
    )
    _record_event(session, actor, "contact", contact, changed, first=first, referral_id=referral_id)
    if not births.SAYS_WHEN_DUE.isdisjoint(changed) and (unborn or not first):
        births.note(session, actor, contact)
    return changed


def related(session: Session, person: Person, contact: Contact, details: Mapping[str, Any]) -> Facts:
    """Return the home and the mother that details of a contact name, by column.

    Raises:
        Problem: 422 when either is not on record for this person, or the contact is named as its own mother.
    """
    found: Facts = {}
    for member, table, what in (
        ("lives_at", Address, "an address"),
        ("mother_id", Contact, "another contact"),
    ):
        if member not in details:
            continue
        if (named := details[member]) is None:
            found[member] = None
            continue
        of = session.scalar(
            select(table.person_id).where(
                table.id == named, table.id != contact.id, table.in_error_at.is_(None)
            )
        )
        if of != person.id:
            raise invalid([Fault(f"/{member}", f"Not {what} of this person.")])
        found[member] = named
    if found.get("mother_id") is not None:
        mothers = {one.id: one.mother_id for one in queries.household(session, person.id).contacts}
        if is_own_mother(contact.id, {**mothers, contact.id: found["mother_id"]}):
            raise invalid([Fault("/mother_id", OWN_MOTHER)])
    return found


def require_describing(session: Session, person: Person, texts: Mapping[str, str]) -> None:
    """Require of descriptions that they say no more than what a child or a mother can be recognised by.

    Children's services are sent them where a name is missing, and may know of nothing else. Where somebody
    lives is said as an address, which they are sent for that purpose.

    Args:
        texts: by the JSON pointer of each in the body.

    Raises:
        Problem: 422 naming the kind of thing and its place, and never the thing.
    """
    if texts:
        require_sendable(Matcher(protected_by(session, person.id)), texts, _NOT_TO_BE_DESCRIBED)


def protect_addresses(session: Session, actor: Actor, person: Person) -> None:
    """Move every address that would reveal where a protected contact is into the restricted store, for good.

    This includes an address that is also the person's own, which would reveal as much.
    """
    around = queries.household(session, person.id)
    protected = {contact.id for contact in around.contacts if contact.protected}
    homes = {contact.lives_at for contact in around.contacts if contact.protected}
    for address in around.addresses:
        if not address.protected and (address.contact_id in protected or address.id in homes):
            where = restricted.own_details(address)
            writes.write_around(
                session, actor, "address", address, {}, protected=True, held=where, first=False
            )


def _news_of(on_record: _Record, row: Contact | Address | None, said: Said) -> Said:
    """Return a statement without what its system only repeats, and note all that it says.

    What another wrote meanwhile under one of these references is not taken for somebody else.
    """
    if row is None or on_record.is_repeat(row, said):
        return said
    known = {name: getattr(row, name) for name in said.facts} | on_record.details.get(row.id, {})
    news, _ = merge(said.facts, known, repeated=on_record.repeated(row, said.facts))
    on_record.statements.note(row.id, said.facts)
    return replace(said, facts=news)


def _news_of_references(on_record: _Record, row: Contact | Address, named: Facts) -> Facts:
    """Return whom and where a statement refers to, without what its system only repeats, and note it."""
    known = {name: getattr(row, name) for name in named}
    repeated = () if row.id in on_record.new else on_record.repeated(row, named)
    news, _ = merge(named, known, repeated=repeated)
    on_record.statements.note(row.id, named)
    return news


def _stated_of(on_record: _Record, row: Contact | Address, news: Said, stated: Said, assumed: Facts) -> Said:
    """Return what is to be recorded of somebody or somewhere.

    Of who is new that is all that is stated, also what the system had said of another under the reference,
    and what is assumed where it says nothing; of who is only repeated at most that they refer to others.
    """
    if row.id in on_record.new:
        return replace(stated, facts=assumed | stated.facts)
    return replace(news, facts={}) if on_record.is_repeat(row, stated) else news


def _without_areas(on_record: _Record, address: Address, news: Said, stated: Said) -> Said:
    """Return what is to be recorded of an address; of another place no area counts that is not stated."""
    said = _stated_of(on_record, address, news, stated, _NEW)
    if address.id in on_record.new:
        return said
    known = on_record.details.get(address.id) or restricted.own_details(address)
    return replace(said, facts=said.facts | areas_of_another_place(known, said.facts, stated.facts))


def _keep_beside(
    session: Session,
    actor: Actor,
    person: Person,
    on_record: _Record,
    contacts: Iterable[Said],
) -> dict[uuid.UUID, Contact]:
    """Give the references that name somebody else now to new contacts.

    Returns:
        Each with the earlier one, who may be the same; whoever was entered in error is nobody.
    """
    replaced = {}
    for said in contacts:
        earlier = on_record.contacts.get(said.ref)
        if earlier is None or on_record.is_repeat(earlier, said):
            continue
        known = on_record.details.get(earlier.id) or restricted.own_details(earlier)
        was = identity_of(known)
        if earlier.in_error_at is None:
            is_other = is_somebody_else(was, identity_of(said.facts))
        else:
            is_other = names_another(was, identity_of(known | said.facts))
        if is_other:
            sameness.leave_ref(session, actor, earlier)
            contact = writes.new_contact(actor, person, said.ref, client_id=on_record.client_id)
            on_record.contacts[said.ref] = contact
            on_record.new.add(contact.id)
            if earlier.in_error_at is None:
                replaced[contact.id] = earlier
            _renew(session, on_record, earlier, contact)
    return replaced


def _name_elsewhere(
    session: Session, actor: Actor, person: Person, on_record: _Record, addresses: Iterable[Said]
) -> None:
    """Give the references of addresses in error to the other places that they name now."""
    for said in addresses:
        wrong = on_record.addresses.get(said.ref)
        if wrong is None or wrong.in_error_at is None or on_record.is_repeat(wrong, said):
            continue
        known = on_record.details.get(wrong.id) or restricted.own_details(wrong)
        if is_elsewhere(known, known | said.facts):
            writes.give_up_ref(session, wrong)
            address = writes.new_address(actor, person, said.ref, client_id=on_record.client_id)
            on_record.addresses[said.ref] = address
            on_record.new.add(address.id)
            _renew(session, on_record, wrong, address)


def _renew(session: Session, on_record: _Record, before: Contact | Address, new: Contact | Address) -> None:
    """Note who has the reference of another; who only repeats what it said of that one says nothing new."""
    on_record.renewed.add(new.ref)
    writes.carry_statements(session, new.person_id, before.id, new.id)


def _record_contact(
    session: Session,
    actor: Actor,
    on_record: _Record,
    said: Said,
    referral_id: uuid.UUID | None,
) -> list[str]:
    contact = on_record.contacts[said.ref]
    known = on_record.details.get(contact.id) or restricted.own_details(contact)
    on_record.identities[contact.id] = identity_of(known | said.facts)
    related: Facts = dict.fromkeys(said.withdrawn)
    if said.lives_at:
        related["lives_at"] = on_record.addresses[said.lives_at].id
    if said.mother_ref:
        related["mother_id"] = on_record.contacts[said.mother_ref].id
    if contact.id in on_record.new:
        on_record.statements.note(contact.id, said.facts)
    facts = said.facts | _news_of_references(on_record, contact, related)
    names = write_contact(
        session,
        actor,
        contact,
        facts,
        held=on_record.details.get(contact.id),
        stated_child=said.is_child,
        victim=said.is_victim,
        submitted=said.digest,
        first=contact.id in on_record.new,
        referral_id=referral_id,
    )
    changed = {name: facts[name] for name in names if name in facts}
    if contact.same and contact.alike_because == LIKELY_TWIN and changed:
        # Whoever uses this reference means the earlier contact.
        earlier = session.get_one(Contact, contact.alike_id)
        held = restricted.read_contacts(session, [earlier.id], _INTERNAL).get(earlier.id)
        write_contact(session, actor, earlier, changed, held=held, referral_id=referral_id)
    return names


def _record_address(
    session: Session,
    actor: Actor,
    on_record: _Record,
    said: Said,
    referral_id: uuid.UUID | None,
) -> list[str]:
    address = on_record.addresses[said.ref]
    named: Facts = dict.fromkeys(said.withdrawn)
    if said.contact_ref:
        named["contact_id"] = on_record.contacts[said.contact_ref].id
    if address.id in on_record.new:
        on_record.statements.note(address.id, said.facts)
    of = _news_of_references(on_record, address, named).get("contact_id", address.contact_id)
    held = on_record.details.get(address.id) or restricted.own_details(address)
    protected = address.protected or any(
        contact.protected and (contact.id == of or contact.lives_at == address.id)
        for contact in on_record.contacts.values()
    )
    first = address.id in on_record.new
    facts = said.facts | {"contact_id": of}
    names = writes.write_around(
        session,
        actor,
        "address",
        address,
        facts,
        protected=protected,
        held=held,
        first=first,
        submitted=said.digest,
    )
    _record_event(session, actor, "address", address, names, first=first, referral_id=referral_id)
    return names


def _is_identified(contact: Contact, mothers: Collection[uuid.UUID | None]) -> bool:
    """Return whether children's services may be asked about somebody, or about their unborn child."""
    return contact.is_child or contact.unborn or contact.id in mothers


def _read(
    session: Session, person: Person, client_id: str, statements: Statements, *, repeats: bool
) -> _Record:
    around = queries.ever_recorded(session, person.id)
    contacts = [row for row in around.contacts if row.client_id == client_id and not row.ref_left]
    addresses = [row for row in around.addresses if row.client_id == client_id]
    return _Record(
        client_id,
        statements,
        {row.ref: row for row in contacts},
        {row.ref: row for row in addresses},
        repeats,
    )


def _read_details(session: Session, on_record: _Record, contacts: list[Said], addresses: list[Said]) -> None:
    people = _protected_and_changed(on_record, on_record.contacts, contacts)
    places = _protected_and_changed(on_record, on_record.addresses, addresses)
    on_record.details |= restricted.read_contacts(session, people, _INTERNAL)
    on_record.details |= restricted.read_addresses(session, places, _INTERNAL)


def _protected_and_changed(
    on_record: _Record, known: Mapping[str, Contact | Address], described: list[Said]
) -> list[uuid.UUID]:
    rows = ((known.get(said.ref), said) for said in described)
    return [row.id for row, said in rows if row and row.protected and not on_record.is_repeat(row, said)]


def _require_references(on_record: _Record, contacts: list[Said], addresses: list[Said]) -> None:
    faults = [
        Fault(f"{said.at}/lives_at", "No address has this reference.")
        for said in contacts
        if said.lives_at and said.lives_at not in on_record.addresses
    ]
    faults += [
        Fault(f"{said.at}/mother_ref", "No contact has this reference.")
        for said in contacts
        if said.mother_ref and said.mother_ref not in on_record.contacts
    ]
    faults += [
        Fault(f"{said.at}/contact_ref", "No contact has this reference.")
        for said in addresses
        if said.contact_ref and said.contact_ref not in on_record.contacts
    ]
    if faults:
        raise invalid(faults)


def _require_no_circle(on_record: _Record, contacts: Iterable[Said]) -> None:
    """Require that nobody is their own mother by what is stated beside what is on record."""
    mothers = {one.id: one.mother_id for one in on_record.contacts.values()}
    faults = [
        Fault(f"{said.at}/mother_ref", OWN_MOTHER)
        for said in contacts
        if said.mother_ref and is_own_mother(on_record.contacts[said.ref].id, mothers)
    ]
    if faults:
        raise invalid(faults)


def _record_event(
    session: Session,
    actor: Actor,
    kind: writes.Kind,
    row: Contact | Address,
    names: list[str],
    *,
    first: bool,
    referral_id: uuid.UUID | None,
) -> None:
    if first or names:
        happened = "recorded" if first else "changed"
        writes.record_event(
            session, actor, f"{kind}.{happened}", kind, row, referral_id=referral_id, data={"fields": names}
        )
