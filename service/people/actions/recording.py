"""Records people: from a referral, and by adding to the household.

Also decides who may know of a limited access case. Risk has its own actions, in `risk`.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.case_acts import Act, may_act
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.organisations.delivery_units import unit_called
from service.people import aliases, facts, queries, visibility, writes
from service.people.actions import (
    holding,
    household,
    limiting,
    moving,
    one_person,
    proposals,
    risk,
    sameness,
    stating,
)
from service.people.actions.deciding import own_work
from service.people.actions.handing_over import name_managers
from service.people.actions.holding import Asked, Taken
from service.people.actions.limiting import AtWork
from service.people.actions.risk import record_rosh
from service.people.actions.stating import SaidOf, Statements
from service.people.facts import Facts, Said
from service.people.merging import merge
from service.people.model import Address, Contact, Person
from service.people.newly_protected import look_through
from service.people.proposals import PERSON, UNSAID
from service.people.sight import Colleague
from service.people.writes import Holds, access

__all__ = [
    "add_address",
    "lock_records",
    "name_in_restriction",
    "record_household",
    "record_person",
    "record_rosh",
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
    person_id: uuid.UUID | None = None,
    at_work: AtWork = _no_colleagues,
    referral_id: uuid.UUID | None = None,
    client_id: str | None = None,
    repeats: bool = True,
    said_of: SaidOf = (),
) -> Person:
    """Record what a canonical referral says about the person, household, addresses and risk.

    What its system only repeats changes nothing, also where the record has moved on; what is left out stays
    as it is on record, and null withdraws; earlier versions are kept. A document can make a case a limited
    access case, and can never lift that. The practitioner who submits it and those who already work on the
    case are named.

    Where the caller does not see the held record of the CRN, everything is recorded on a side record of the
    caller's own (`holding.take`), and the region that holds the other is told. What a colleague who does not
    answer for the case says of who the person is, or of a limit, waits as a proposal.

    Args:
        document: valid against the submission's schema; dates as days or as text.
        asked: the kind of request, for the notice to the region that holds the record.
        person_id: of the record that it is about, where that is known.
        at_work: finds those who work on the case, who are named when it is limited.
        referral_id: of the referral it belongs to, where that is already known.
        client_id: the system whose references the document uses; the caller's own when None.
        repeats: whether its system sends all that it holds each time. Who names only what is to change means
            it, also where they said so before.
        said_of: what the caller says beside the record, by member, and the id of what it is said of.

    Raises:
        Problem: 409 `held-elsewhere` when another region holds the record, or when a case is to be opened
            that the caller has already; 422 when it says a lower risk
            than is on record, or refers to a contact or address that it does not describe.
    """
    said = facts.of_person(document)
    limited = bool(document["person"].get("restricted_record"))
    if person_id is None:
        take = holding.take_for_preview if asked == "preview" else holding.take
        taken = take(session, actor, document["person"]["crn"], said, restricted=limited)
    else:
        record, elsewhere = lock_records(session, actor, person_id)
        taken = Taken(record, first=False, elsewhere=elsewhere)
    person, first = taken.record, taken.first
    if asked == "opening" and not first:
        raise conflict("This case is already open.", href=f"/v1/people/{person.same_as_id or person.id}")
    if first and person.restricted:
        access.add_restrictions(session, actor, person, [limiting.own(actor)], "chosen")
    limits = limited and not person.restricted
    statements = stating.read(session, actor, person)
    news = _news_of(statements, person, said, repeats=repeats)
    waits = _for_who_answers(session, actor, taken, news, limits)
    limits = limits and "restricted" not in waits
    # What waits has not been recorded: who answers for the case may say the same.
    statements.note(person.id, {name: value for name, value in said.facts.items() if name not in waits})
    changed = (
        sorted(said.facts)
        if first
        else _change_person(session, actor, person, said, news, limits=limits, waits=waits)
    )
    if limits:
        limiting.limit(
            session,
            actor,
            person,
            at_work(session, person.id),
            excluded=queries.excluded_from(session, person.id),
        )
    addresses, owner = facts.of_addresses(document), client_id or actor.client_id
    moving.move_where_stated(
        session, actor, person, addresses, statements=statements, client_id=owner, repeats=repeats
    )
    kept = household.keep(
        session,
        actor,
        person,
        facts.of_contacts(document),
        addresses,
        statements=statements,
        client_id=owner,
        referral_id=referral_id,
        repeats=repeats,
    )
    stating.keep(session, actor, person, statements, said_of)
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
        event_id = writes.record_event(
            session, actor, happened, "person", person, referral_id=referral_id, data={"fields": changed}
        )
        if first:
            pdu = (document.get("referrer") or {}).get("pdu")
            because: Holds = "opened" if asked == "opening" else "submitted"
            _begin_holding(session, actor, person, pdu, because=because, event_id=event_id)
    fields = changed + kept.changed + judged
    if fields:
        writes.record(session, actor, person, "collection" if first else "alteration", fields)
    if asked != "preview":
        sameness.start_clocks(session, actor, person, kept.alike)
        one_person.notice_numbers(session, actor, person.id)
        if waits:
            _state_beside(session, actor, person, said, restricted="restricted" in waits)
        compare(session, actor, taken, asked, changed=bool(changed or kept.changed or judged))
    return person


def _news_of(statements: Statements, person: Person, said: Said, *, repeats: bool) -> Facts:
    """Return what a system says of the person anew, by column."""
    repeated = statements.repeated(person.id, said.facts)
    if person.submitted == said.digest:
        repeated = frozenset(said.facts)
    known = {name: getattr(person, name) for name in said.facts}
    return merge(said.facts, known, repeated=repeated if repeats else ()).written


def _begin_holding(
    session: Session, actor: Actor, person: Person, pdu: str | None, *, because: Holds, event_id: uuid.UUID
) -> None:
    """Make the caller accountable for a new record; a limited one names the managers of their unit too."""
    pdu = unit_called(person.region or "", pdu)
    writes.begin_holding(session, actor, person, pdu, because=because, event_id=event_id)
    unit = (actor.practitioner.pdu if actor.practitioner else None) or pdu
    if person.limited_to is None:
        name_managers(session, actor, person, person.holder_id, unit)


def _for_who_answers(
    session: Session, actor: Actor, taken: Taken, new: Facts, limits: bool
) -> frozenset[str]:
    """Return which columns of a record wait for who answers for the case, since the caller does not.

    That is who the person is, where the record says otherwise, and whether the case is limited. Anybody in
    the region may submit for the person, and records the household and the risk by that; it renames nobody.
    """
    person = taken.record
    # What is said on a merged record is a proposal to the one that stands for it, whoever says it.
    if taken.first or not person.held or person.same_as_id is not None:
        return frozenset()
    waiting = {
        name
        for name, value in new.items()
        if name in PERSON and getattr(person, name) not in UNSAID and getattr(person, name) != value
    } | ({"restricted"} if limits else set())
    if not waiting:
        return frozenset()
    own = own_work(session, actor, [person.id])
    return frozenset(
        name
        for name in waiting
        if not may_act(actor, Act.LIMIT if name == "restricted" else Act.RENAME, person.id, own)
    )


def _state_beside(session: Session, actor: Actor, held: Person, said: Said, *, restricted: bool) -> None:
    """Record what waits on a side record of the caller's own, which makes it a proposal."""
    side, first, _ = holding.take_beside(session, actor, held, said, restricted=restricted)
    if restricted:
        access.add_restrictions(session, actor, side, [limiting.own(actor)], "chosen")
    more = {"restricted": True} if restricted else {}
    changed = sorted(said.facts)
    if not first:
        changed = writes.write_person(session, actor, side, {**said.facts, **more}, submitted=said.digest)
    happened = "person.recorded" if first else "person.changed"
    writes.record_event(session, actor, happened, "person", side, data={"fields": changed})
    writes.record(session, actor, side, "collection" if first else "alteration", changed)
    proposals.follow(session, actor, held)


def compare(session: Session, actor: Actor, taken: Taken, asked: Asked, *, changed: bool) -> None:
    """Tell the holder what was stated beside its record, or look again at what others state beside this."""
    if taken.elsewhere is not None:
        proposals.report(session, actor, taken.record, taken.elsewhere, asked)
    elif changed and not taken.first:
        proposals.settled_otherwise(session, actor, taken.record)


def lock_records(session: Session, actor: Actor, person_id: uuid.UUID) -> tuple[Person, Person | None]:
    """Lock a record, and before it the one beside which it stands, until the transaction ends.

    That is the held one of a side record, and the one that stands for a merged record. Whoever tells the
    holder of a record something writes there too.

    Returns:
        The record, and the held one beside it; None where it is that itself.

    Raises:
        Problem: 409 `held-elsewhere` to a region that may read the record and does not hold it.
    """
    standing = aliases.of_record(person_id).scalar_subquery()
    locked = session.execute(
        select(Person, visibility.open_to(actor, in_an_emergency=False).label("named"))
        .where(or_(Person.id == person_id, Person.id == standing))
        .order_by(Person.id == person_id)  # a submission takes the held record first
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    ((record, named),) = (row for row in locked if row.Person.id == person_id)
    visibility.require_holder(actor, record.holder_id, named=named)
    elsewhere = next((row.Person for row in locked if row.Person is not record), None)
    meanwhile = elsewhere is not None and elsewhere.same_as_id is not None
    if meanwhile or (record.held and record.same_as_id != (elsewhere.id if elsewhere else None)):
        # One was merged, or that was undone, while this waited.
        return lock_records(session, actor, person_id)
    return record, elsewhere


def lock_person(session: Session, actor: Actor, person: Person) -> Person:
    """Lock a record, and with it everything under it, until the transaction ends.

    Raises:
        Problem: 409 `held-elsewhere` to a region that may read the record and does not hold it.
    """
    locked = session.execute(
        select(Person, visibility.open_to(actor, in_an_emergency=False).label("named"))
        .where(Person.id == person.id)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    record: Person = locked.Person
    visibility.require_holder(actor, record.holder_id, named=locked.named)
    return record


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
        Problem: 422 when one refers to another that has not been described, or was entered in error.
    """
    statements, owner = stating.read(session, actor, person), actor.client_id
    places = [facts.of_address(address, f"/addresses/{index}") for index, address in enumerate(addresses)]
    moving.move_where_stated(session, actor, person, places, statements=statements, client_id=owner)
    kept = household.keep(
        session,
        actor,
        person,
        [facts.of_contact(contact, f"/contacts/{index}") for index, contact in enumerate(contacts)],
        places,
        statements=statements,
        client_id=owner,
        referral_id=referral_id,
    )
    stating.keep(session, actor, person, statements)
    _refuse_errors(kept)
    sameness.start_clocks(session, actor, person, kept.alike)
    if kept.changed:
        writes.record(session, actor, person, "alteration", kept.changed)
    look_through(session, actor, person.id)
    return kept.contacts, kept.addresses


def _refuse_errors(kept: household.Kept) -> None:
    in_error = {
        "contacts": [one.in_error_at is not None for one in kept.contacts],
        "addresses": [one.in_error_at is not None for one in kept.addresses],
    }
    faults = [
        Fault(f"/{sort}/{index}/ref", "Was entered in error: give this one a reference of its own.")
        for sort, rows in in_error.items()
        for index, wrong in enumerate(rows)
        if wrong
    ]
    if faults:
        raise invalid(faults)


def add_address(session: Session, actor: Actor, person: Person, address: Mapping[str, Any]) -> Address:
    """Lock a person and record an address; see `lock_person` and `record_household`."""
    lock_person(session, actor, person)
    return record_household(session, actor, person, [], [address])[1][0]


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
    access.add_restrictions(session, actor, person, [(organisation_id, practitioner_id)], "chosen")


def _change_person(
    session: Session,
    actor: Actor,
    person: Person,
    said: Said,
    news: Facts,
    *,
    limits: bool,
    waits: frozenset[str],
) -> list[str]:
    new = {name: value for name, value in news.items() if name not in waits}
    if limits:
        new["restricted"] = True
    if new.get("children", person.children) != person.children and new["children"] == "no":
        new["children_asked_at"] = None
    # What waits has not been recorded: who answers for the case may submit the same.
    submitted = person.submitted if waits else said.digest
    return writes.write_person(session, actor, person, new, submitted=submitted)
