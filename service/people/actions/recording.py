"""Records people: from a referral, by adding to the household, by supplying missing details.

Also decides who may know of a limited access case. Risk has its own actions, in `risk`.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import invalid
from service.people import facts, restricted, writes
from service.people.actions import holding, household, limiting, risk
from service.people.actions.holding import Asked
from service.people.actions.limiting import AtWork, Colleague
from service.people.actions.risk import record_rosh
from service.people.facts import Said
from service.people.model import Address, Contact, Involvement, Person

__all__ = [
    "add_address",
    "end_involvement",
    "lock_person",
    "name_in_restriction",
    "record_household",
    "record_person",
    "record_rosh",
    "supply_details",
]


def _no_colleagues(_session: Session, _person_id: uuid.UUID) -> tuple[Colleague, ...]:
    return ()


@bypasses_row_security
def record_person(
    session: Session,
    actor: Actor,
    document: Mapping[str, Any],
    *,
    asked: Asked = "submission",
    at_work: AtWork = _no_colleagues,
    referral_id: uuid.UUID | None = None,
) -> Person:
    """Record what a canonical referral says about the person, household, addresses and risk.

    The same document again changes nothing; what is left out stays as it is on record; earlier versions are
    kept. A document can make a case a limited access case, and can never lift that. The practitioner who
    submits it and those who already work on the case are named.

    Args:
        document: valid against the submission's schema; dates as days or as text.
        asked: the kind of request, for the notice when it is refused.
        at_work: finds those who work on the case, who are named when it is limited.
        referral_id: of the referral it belongs to, where that is already known.

    Raises:
        Problem: 409 `held-elsewhere` when another region works with the person, or the case is one of limited
            access and the caller is not named in it; 422 when it says a lower risk than is on record, or
            refers to a contact or address that it does not describe.
    """
    said = facts.of_person(document)
    limited = bool(document["person"].get("restricted_record"))
    crn = document["person"]["crn"]
    known = session.scalar(_locked(crn)) if asked == "amendment" else None
    person, first = (known, False) if known else _find_or_add(session, actor, crn, said, limited)
    holding.take_part(session, actor, person, asked, first=first)
    limits = limited and not person.restricted
    changed = sorted(said.facts) if first else _change_person(session, actor, person, said, limits)
    if limits:
        limiting.limit(session, actor, person, at_work(session, person.id))
    kept = household.keep(
        session,
        actor,
        person,
        facts.of_contacts(document),
        facts.of_addresses(document),
        referral_id=referral_id,
    )
    judged = risk.record_from_document(
        session,
        actor,
        person,
        facts.of_rosh(document),
        overall=facts.overall_rosh(document),
        referral_id=referral_id,
    )
    if first or changed:
        happened = "person.recorded" if first else "person.changed"
        writes.record_event(
            session, actor, happened, "person", person, referral_id=referral_id, data={"fields": changed}
        )
    fields = changed + kept.changed + judged
    if fields:
        writes.record(session, actor, person, "collection" if first else "alteration", fields)
    return person


def lock_person(session: Session, actor: Actor, person: Person) -> Person:
    """Lock a person's row, and with it the whole record, until the transaction ends.

    Raises:
        Problem: 409 `held-elsewhere` to a region that works with the person and does not hold the record: it
            may read the record and not change it.
    """
    elsewhere = holding.held_elsewhere(actor.organisation_id) if actor.side == "probation" else false()
    held, by_another = session.execute(
        select(Person, elsewhere)
        .where(Person.id == person.id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).one()
    if by_another:
        raise holding.refusal(session, actor, person.id, "change")
    return held


@bypasses_row_security
def record_household(
    session: Session,
    actor: Actor,
    person: Person,
    contacts: Iterable[Mapping[str, Any]],
    addresses: Iterable[Mapping[str, Any]],
    *,
    referral_id: uuid.UUID | None = None,
) -> tuple[list[Contact], list[Address]]:
    """Record contacts and addresses of a person, in the shape of the canonical document.

    Args:
        person: locked.
        contacts, addresses: may refer to each other by `ref`, and to those described before.

    Returns:
        The contacts and the addresses, in the order given.

    Raises:
        Problem: 422 when one refers to another that has not been described.
    """
    kept = household.keep(
        session,
        actor,
        person,
        [facts.of_contact(contact, f"/contacts/{index}") for index, contact in enumerate(contacts)],
        [facts.of_address(address, f"/addresses/{index}") for index, address in enumerate(addresses)],
        referral_id=referral_id,
    )
    if kept.changed:
        writes.record(session, actor, person, "alteration", kept.changed)
    return kept.contacts, kept.addresses


def add_address(session: Session, actor: Actor, person: Person, address: Mapping[str, Any]) -> Address:
    """Lock a person and record an address; see `lock_person` and `record_household`."""
    lock_person(session, actor, person)
    return record_household(session, actor, person, [], [address])[1][0]


@bypasses_row_security
def supply_details(
    session: Session,
    actor: Actor,
    contact_id: uuid.UUID,
    details: Mapping[str, Any],
    *,
    referral_id: uuid.UUID | None = None,
) -> Contact:
    """Record details of a contact that were missing; what is not given stays as it is on record.

    Args:
        contact_id: of a contact of a person whom the caller may know of.
        details: names, dates, `details_status`, `local_authority`, `lives_at` (an address's id), `source`,
            `verified`.

    Raises:
        Problem: 422 when the address is not one of this person's.
    """
    contact = session.get_one(Contact, contact_id)
    person = lock_person(session, actor, session.get_one(Person, contact.person_id))
    session.refresh(contact)
    given = facts.of_contact({**details, "ref": contact.ref}).facts
    if details.get("lives_at") is not None:
        if session.scalar(select(Address.person_id).where(Address.id == details["lives_at"])) != person.id:
            raise invalid([Fault("/lives_at", "Not an address of this person.")])
        given["lives_at"] = details["lives_at"]
    held = restricted.read_contacts(session, [contact.id], "case_management").get(contact.id)
    names = household.write_contact(session, actor, contact, given, held=held, referral_id=referral_id)
    household.protect_addresses(session, actor, person)
    if names:
        writes.record(session, actor, person, "alteration", [f"contacts.{name}" for name in names])
    return contact


@bypasses_row_security
def name_in_restriction(
    session: Session,
    actor: Actor,
    person: Person,
    *,
    organisation_id: uuid.UUID,
    practitioner_id: str | None = None,
) -> None:
    """Name a practitioner or organisation that may know of a person in a limited access case.

    Args:
        organisation_id: the practitioner's organisation, or the organisation that may know as a whole.
        practitioner_id: the member of staff; None names the whole organisation.
    """
    writes.add_restrictions(session, actor, person, [(organisation_id, practitioner_id)], "chosen")


@bypasses_row_security
def end_involvement(session: Session, actor: Actor, person: Person, organisation_id: uuid.UUID) -> None:
    """End a region's involvement with a person whom it neither supervises nor refers any more.

    The record is then held by the region with the next earliest involvement, or the first to submit.
    """
    lock_person(session, actor, person)
    involvement = session.get(Involvement, (person.id, organisation_id))
    if involvement is not None and involvement.ended_at is None:
        writes.end_involvement(session, actor, person, involvement)


def _locked(crn: str) -> Select[Person]:
    return select(Person).where(Person.crn == crn).with_for_update().execution_options(populate_existing=True)


def _find_or_add(session: Session, actor: Actor, crn: str, said: Said, limited: bool) -> tuple[Person, bool]:
    """Return the person of a CRN, locked, and whether this transaction added them."""
    # Two regions at the same time: the second waits for the first to commit, and then finds the person.
    added = writes.add_person(session, actor, crn, said.facts, restricted=limited, submitted=said.digest)
    if added is None:
        return session.scalars(_locked(crn)).one(), False
    if added.restricted:
        writes.add_restrictions(session, actor, added, [limiting.own(actor)], "chosen")
    return added, True


def _change_person(session: Session, actor: Actor, person: Person, said: Said, limits: bool) -> list[str]:
    new = dict(said.facts) if person.submitted != said.digest else {}
    if limits:
        new["restricted"] = True
    return writes.write_person(session, actor, person, new, submitted=said.digest)
