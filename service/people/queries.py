"""Reads people, limited to those the caller may know of. Reads nothing of the restricted store."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from service import clock
from service.access.actor import Actor
from service.gathering import rows_of
from service.http.problems import Problem, not_found
from service.people.model import (
    Address,
    CaseHolding,
    Contact,
    Person,
    Restriction,
    RoshAssessment,
    ShareRequest,
    Sight,
    TeamMember,
    Transfer,
)
from service.people.rules import highest
from service.people.sight import EMERGENCY, SECTIONS, Colleague
from service.people.states import TransferState
from service.timers import ClockCase


@dataclass(frozen=True)
class Household:
    """A person with the contacts and addresses on record."""

    person: Person
    contacts: tuple[Contact, ...]
    addresses: tuple[Address, ...]


def visible_to(
    actor: Actor, section: str | None = None, *, in_an_emergency: bool = True
) -> Select[uuid.UUID]:
    """Select the ids of the records a caller may see, as `sight.may_see` says.

    The service itself sees every record. Destinations and agencies know of people only through what they
    were sent.

    Args:
        section: one of `sight.SECTIONS`; None for who the person is.
        in_an_emergency: whether emergency access counts.
    """
    everyone = select(Person.id)
    match actor.side:
        case "service":
            return everyone
        case "probation":
            held = Person.holder_id == actor.organisation_id
            shares = () if in_an_emergency else (Sight.basis != EMERGENCY,)
            shared = _shared_with(actor, section, *shares)
            return everyone.where(or_(held, shared), open_to(actor, section, in_an_emergency=in_an_emergency))
        case _:
            return everyone.where(false())


def open_to(actor: Actor, section: str | None = None, *, in_an_emergency: bool = True) -> ColumnElement[bool]:
    """Return the condition that a record is not closed to a caller; for queries over `Person`.

    It is closed to those who are excluded, and a limited case to those it does not name.

    Args:
        section: one of `sight.SECTIONS`; None for who the person is.
        in_an_emergency: whether emergency access opens it; it lets its holder read, and change nothing.
    """
    who = actor.practitioner.id if actor.practitioner else None
    named = exists().where(
        Restriction.person_id == Person.id,
        Restriction.organisation_id == actor.organisation_id,
        Restriction.excluded.is_(False),
        Restriction.ended_at.is_(None),
        or_(Restriction.practitioner_id.is_(None), Restriction.practitioner_id == who),
    )
    to_whom = or_(Person.limited_to.is_(None), Person.limited_to == who)
    listed = or_(and_(to_whom, Person.restricted.is_(False)), named)
    if who is None:
        return listed
    excluded = exists().where(
        Restriction.person_id == Person.id,
        Restriction.organisation_id == actor.organisation_id,
        Restriction.practitioner_id == who,
        Restriction.excluded,
        Restriction.ended_at.is_(None),
    )
    if not in_an_emergency:
        return and_(~excluded, listed)
    return and_(~excluded, or_(listed, _shared_with(actor, section, Sight.basis == EMERGENCY)))


def open_to_change(actor: Actor) -> Select[uuid.UUID]:
    """Select the ids of the records on which a caller may act, as far as limits and exclusions go.

    Emergency access lets its holder read.
    """
    everyone = select(Person.id)
    return everyone.where(open_to(actor, in_an_emergency=False)) if actor.side == "probation" else everyone


def in_force() -> ColumnElement[bool]:
    """Return the condition that a share has begun and has not ended; for queries over `Sight`."""
    now = clock.now()
    return and_(Sight.ended_at.is_(None), Sight.from_at <= now, Sight.until_at > now)


def _shared_with(actor: Actor, section: str | None, *only: ColumnElement[bool]) -> ColumnElement[bool]:
    who = actor.practitioner.id if actor.practitioner else None
    parts = () if section is None else (literal(section) == any_(Sight.sections),)
    return exists().where(
        Sight.person_id == Person.id,
        Sight.organisation_id == actor.organisation_id,
        or_(Sight.practitioner_id.is_(None), Sight.practitioner_id == who),
        in_force(),
        *parts,
        *only,
    )


def find_person(
    session: Session, actor: Actor, person_id: uuid.UUID, section: str | None = None, *, lock: bool = False
) -> Person:
    """Find a record of which a caller may see a section.

    Args:
        section: one of `sight.SECTIONS`; None for who the person is.
        lock: hold the person, and with it everything under it, until the transaction ends.

    Raises:
        Problem: 404 when there is none that this caller may know of; 409 `held-elsewhere` when it is to be
            locked and another region holds it.
    """
    seen = Person.id.in_(visible_to(actor, section))
    if not lock:
        found = session.scalar(select(Person).where(Person.id == person_id, seen))
        if found is None:
            raise not_found()
        return found
    named = open_to(actor, in_an_emergency=False).label("named")
    locked = session.execute(
        select(Person, named)
        .where(Person.id == person_id, seen)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if locked is None:
        raise not_found()
    require_holder(actor, locked.Person.holder_id, named=locked.named)
    held: Person = locked.Person
    return held


def lock_record(session: Session, person_id: uuid.UUID) -> Person:
    """Lock a record and everything under it, without checking who may see it or who holds it."""
    return session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).one()


def held_record(session: Session, crn: str) -> Person:
    """Return the held record of a CRN, without checking who may see it."""
    return session.scalars(select(Person).where(Person.crn == crn, Person.held)).one()


def require_more_than_emergency(session: Session, actor: Actor, person: Person) -> None:
    """Require that a caller does not see a record by emergency access alone, which only lets its holder read.

    Raises:
        Problem: 409 `held-elsewhere`.
    """
    seen = visible_to(actor, in_an_emergency=False).where(Person.id == person.id)
    require_holder(actor, actor.organisation_id, named=session.scalar(seen) is not None)


def require_holder(actor: Actor, holder_id: uuid.UUID, *, named: bool = True) -> None:
    """Require that a region which changes a record, or what hangs on it, holds it and does not only read it.

    Args:
        holder_id: of the region that holds the record.
        named: whether the caller sees it without emergency access, which only lets its holder read.

    Raises:
        Problem: 409 `held-elsewhere`.
    """
    if actor.only_reads(holder_id) or (actor.side == "probation" and not named):
        raise Problem(
            409,
            "held-elsewhere",
            "Not changed: this record is held elsewhere",
            "You may only read this record. Ask the region that holds it to make the change.",
        )


IDENTIFIERS: Final[Mapping[str, InstrumentedAttribute[Any]]] = MappingProxyType(
    {"crn": Person.crn, "noms_number": Person.noms_number, "pnc_number": Person.pnc_number}
)
"""The numbers by which a person can be searched for."""


def search_people(session: Session, actor: Actor, number: str, value: str, limit: int) -> Sequence[Person]:
    """Return the people with exactly this number that a caller may know of, oldest record first.

    Args:
        number: one of `IDENTIFIERS`.
    """
    return session.scalars(
        select(Person)
        .where(IDENTIFIERS[number] == value, Person.id.in_(visible_to(actor)))
        .order_by(Person.recorded_at, Person.id)
        .limit(limit)
    ).all()


class Named(NamedTuple):
    """Somebody by name and date of birth."""

    given: str
    family: str
    born: date


def search_by_name(session: Session, actor: Actor, named: Named, limit: int) -> Sequence[Person]:
    """Return the people of exactly this name and date of birth that a caller may know of, oldest first."""
    return session.scalars(
        select(Person)
        .where(
            Person.date_of_birth == named.born,
            func.lower(Person.family_name) == named.family.lower(),
            func.lower(Person.given_name) == named.given.lower(),
            Person.id.in_(visible_to(actor)),
        )
        .order_by(Person.recorded_at, Person.id)
        .limit(limit)
    ).all()


def find_contact(session: Session, person: Person, contact_id: uuid.UUID) -> Contact:
    """Find a contact of a person whom the caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(select(Contact).where(Contact.id == contact_id, Contact.person_id == person.id))
    if found is None:
        raise not_found()
    return found


Place = tuple[datetime, uuid.UUID]
"""The place in a list: the moment and the id of the last row shown."""


def _place(row: Contact | Address) -> Place:
    return row.recorded_at, row.id


def household(session: Session, person_id: uuid.UUID) -> Household:
    """Return a person with all contacts and addresses, oldest first, without checking who may see them."""
    return Household(
        session.get_one(Person, person_id),
        tuple(sorted(rows_of(session, Contact.person_id, [person_id]), key=_place)),
        tuple(sorted(rows_of(session, Address.person_id, [person_id]), key=_place)),
    )


def contacts_of(
    session: Session, person_id: uuid.UUID, *, after: Place | None = None, limit: int | None = None
) -> Sequence[Contact]:
    """Return the contacts of a person, oldest first."""
    query = select(Contact).where(Contact.person_id == person_id).order_by(Contact.recorded_at, Contact.id)
    if after is not None:
        query = query.where(tuple_(Contact.recorded_at, Contact.id) > tuple_(*after))
    return session.scalars(query.limit(limit)).all()


def addresses_of(
    session: Session, person_id: uuid.UUID, *, after: Place | None = None, limit: int | None = None
) -> Sequence[Address]:
    """Return the addresses of a person, oldest first."""
    query = select(Address).where(Address.person_id == person_id).order_by(Address.recorded_at, Address.id)
    if after is not None:
        query = query.where(tuple_(Address.recorded_at, Address.id) > tuple_(*after))
    return session.scalars(query.limit(limit)).all()


def current_rosh(session: Session, person_id: uuid.UUID) -> dict[str, RoshAssessment]:
    """Return the latest assessment of the risk to each group that has one."""
    return {judged.group_at_risk: judged for judged in _judgements(session, person_id)}


def submitted_rosh(session: Session, person_id: uuid.UUID) -> dict[str, str]:
    """Return the digest of the latest document's statement on each group."""
    return {
        judged.group_at_risk: judged.submitted
        for judged in _judgements(session, person_id)
        if judged.submitted is not None
    }


def _judgements(session: Session, person_id: uuid.UUID) -> list[RoshAssessment]:
    return rows_of(session, RoshAssessment.person_id, [person_id], RoshAssessment.ordinal)


def highest_rosh(session: Session, person_id: uuid.UUID) -> str | None:
    """Return the highest level of risk to any group now, None when there is no assessment."""
    return highest(assessment.level for assessment in current_rosh(session, person_id).values())


def rosh_history(
    session: Session, person_id: uuid.UUID, *, after: int = 0, limit: int | None = None
) -> Sequence[RoshAssessment]:
    """Return every assessment in the order they were made.

    Args:
        after: the `ordinal` of the last one shown.
    """
    return session.scalars(
        select(RoshAssessment)
        .where(and_(RoshAssessment.person_id == person_id, RoshAssessment.ordinal > after))
        .order_by(RoshAssessment.ordinal)
        .limit(limit)
    ).all()


def sections_seen(session: Session, actor: Actor, person: Person) -> frozenset[str]:
    """Return the sections that a caller sees of a record, which it has been found to see.

    The staff of the region that holds the record see all of it, without a statement, unless it is limited:
    then somebody may see parts of it by emergency access.
    """
    limited = person.restricted or person.limited_to is not None
    if not actor.only_reads(person.holder_id) and not (limited and actor.side == "probation"):
        return frozenset(SECTIONS)
    seen = sections_seen_of_each(session, actor, [person.id], SECTIONS)
    return seen.get(person.id, frozenset())


def sees_all(session: Session, actor: Actor, person_id: uuid.UUID, sections: Collection[str]) -> bool:
    """Return whether a caller sees each of some sections of a record now."""
    seen = [visible_to(actor, section).where(Person.id == person_id).exists() for section in sections]
    return bool(session.scalar(select(and_(*seen))))


def sharing_organisations(session: Session, person_id: uuid.UUID, section: str) -> set[uuid.UUID]:
    """Return the region that holds a record and those that see a section of it now.

    In a limited access case, only regions that have a named practitioner.
    """
    named = exists().where(
        Restriction.person_id == Person.id,
        Restriction.organisation_id == Sight.organisation_id,
        Restriction.excluded.is_(False),
        Restriction.ended_at.is_(None),
    )
    shares = select(Sight.organisation_id).join(Person, Person.id == Sight.person_id)
    shown = session.scalars(
        shares.where(
            Sight.person_id == person_id,
            Sight.practitioner_id.is_(None),
            in_force(),
            literal(section) == any_(Sight.sections),
            or_(Person.restricted.is_(False), named),
        )
    )
    return {session.get_one(Person, person_id).holder_id, *shown}


def holdings_of(session: Session, person_id: uuid.UUID) -> list[CaseHolding]:
    """Return how a case has been held, oldest first; the last one counts, unless it has ended."""
    held: list[CaseHolding] = rows_of(session, CaseHolding.person_id, [person_id])
    return sorted(held, key=lambda one: (one.since, one.ended_at is None))


def has_share(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID) -> bool:
    """Return whether an organisation sees anything of a record through a share now."""
    shares = exists().where(
        Sight.person_id == person_id,
        Sight.organisation_id == organisation_id,
        Sight.basis != EMERGENCY,
        in_force(),
    )
    return bool(session.scalar(select(shares)))


def find_share_request(session: Session, request_id: uuid.UUID) -> ShareRequest:
    """Find a request for a share that the caller's region made, or that is about a record it holds.

    Raises:
        Problem: 404.
    """
    found = session.get(ShareRequest, request_id)
    if found is None:
        raise not_found()
    return found


def share_requests_of(
    session: Session, person: Person, *, after: Place | None = None, limit: int | None = None
) -> Sequence[ShareRequest]:
    """Return the requests for a share of a held record, or those made on a side record, oldest first."""
    whose = ShareRequest.person_id if person.held else ShareRequest.from_id
    query = select(ShareRequest).where(whose == person.id).order_by(ShareRequest.asked_at, ShareRequest.id)
    if after is not None:
        query = query.where(tuple_(ShareRequest.asked_at, ShareRequest.id) > tuple_(*after))
    return session.scalars(query.limit(limit)).all()


def clock_case(session: Session, held: Person, label: str) -> ClockCase:
    """Return whom a clock on a held record notifies: whoever answers for the case now.

    Args:
        label: a code of what is timed.
    """
    return clock_case_of(session, held.id, held.holder_id, label)


def clock_case_of(session: Session, person_id: uuid.UUID, probation_id: uuid.UUID, label: str) -> ClockCase:
    """Return whom a clock on a record notifies, by its id and its region; see `clock_case`."""
    holder = holding_of(session, person_id)
    return ClockCase(
        referral_id=None,
        person_id=person_id,
        probation_id=probation_id,
        responder_id=None,
        practitioner=holder.practitioner_id if holder else "",
        pdu=holder.pdu if holder else None,
        label=label,
        caretaker=holder.caretaker_id if holder else None,
        caretaker_until=holder.caretaker_until if holder else None,
    )


def holding_of(session: Session, person_id: uuid.UUID) -> CaseHolding | None:
    """Return how a case is held now; None where nobody of its region has worked on it."""
    return next((one for one in holdings_of(session, person_id) if one.ended_at is None), None)


def current_holdings(session: Session, person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, CaseHolding]:
    """Return how several cases are held now, by the person's id."""
    held: list[CaseHolding] = rows_of(session, CaseHolding.person_id, person_ids)
    return {one.person_id: one for one in held if one.ended_at is None}


class Caretaker(NamedTuple):
    """Who acts for the accountable practitioner, and until when; both None when nobody does."""

    id: str | None = None
    until: datetime | None = None


def caretaker_now(held: CaseHolding) -> str | None:
    """Return who acts for the accountable practitioner of a case now, if somebody does."""
    until = held.caretaker_until
    return held.caretaker_id if until is not None and clock.now() < until else None


def caretaker_of(session: Session, person_id: uuid.UUID) -> Caretaker:
    """Return the caretaker of a case, for a clock of it that starts now."""
    held = holding_of(session, person_id)
    return Caretaker(held.caretaker_id, held.caretaker_until) if held else Caretaker()


def caretaken_by(actor: Actor) -> Select[uuid.UUID]:
    """Select the ids of the records for which the caller's practitioner is the caretaker now."""
    return select(CaseHolding.person_id).where(
        CaseHolding.organisation_id == actor.organisation_id,
        CaseHolding.caretaker_id == (actor.practitioner.id if actor.practitioner else None),
        CaseHolding.caretaker_until > clock.now(),
        CaseHolding.ended_at.is_(None),
    )


def excluded_from(session: Session, person_id: uuid.UUID) -> set[Colleague]:
    """Return the members of staff who must not know of a case."""
    rows = session.execute(
        select(Restriction.organisation_id, Restriction.practitioner_id).where(
            Restriction.person_id == person_id, Restriction.excluded, Restriction.ended_at.is_(None)
        )
    )
    return {(organisation_id, practitioner_id) for organisation_id, practitioner_id in rows}


def transfers_visible_to(actor: Actor) -> Select[Transfer]:
    """Select the transfers a caller may know of: those that its region gives, receives or has asked for.

    What a region asks for without holding the case is seen by the practitioner who asked until it is
    answered, whatever case it is: the answer must not show whether access to it is limited.
    """
    if actor.side != "probation":
        return select(Transfer).where(false())
    own, who = actor.organisation_id, actor.practitioner.id if actor.practitioner else None
    known = func.may_know_of(Transfer.person_id, own, who)
    settled = or_(
        Transfer.from_id == own, Transfer.asked_by_id != own, Transfer.state == TransferState.ACCEPTED
    )
    return select(Transfer).where(
        or_(Transfer.from_id == own, Transfer.to_id == own),
        or_(and_(Transfer.asked_by_id == own, Transfer.asked_by == who), and_(settled, known)),
    )


def find_transfer(session: Session, actor: Actor, transfer_id: uuid.UUID) -> Transfer:
    """Find a transfer that a caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(transfers_visible_to(actor).where(Transfer.id == transfer_id))
    if found is None:
        raise not_found()
    return found


def list_transfers(
    session: Session, actor: Actor, *, state: str | None, after: Place | None, limit: int
) -> Sequence[Transfer]:
    """List the transfers a caller may know of, oldest first; one more than `limit` when there are more.

    Args:
        state: only those in this state.
    """
    query = transfers_visible_to(actor).order_by(Transfer.asked_at, Transfer.id).limit(limit + 1)
    if state is not None:
        query = query.where(Transfer.state == state)
    if after is not None:
        query = query.where(tuple_(Transfer.asked_at, Transfer.id) > tuple_(*after))
    return session.scalars(query).all()


def sections_seen_of_each(
    session: Session, actor: Actor, person_ids: Collection[uuid.UUID], sections: Iterable[str]
) -> dict[uuid.UUID, frozenset[str]]:
    """Return, for those of some records that a caller may see, which of these sections it sees."""
    if not person_ids:
        return {}
    # One after the other, and not as columns of one row: those would be asked of every record there is.
    each = [
        visible_to(actor, section).add_columns(literal(section, Text)).where(Person.id.in_(person_ids))
        for section in (None, *sections)
    ]
    found: dict[uuid.UUID, set[str]] = {}
    for person_id, section in session.execute(union_all(*each)):
        found.setdefault(person_id, set()).update({section} - {None})
    return {person_id: frozenset(seen) for person_id, seen in found.items()}


def transfers_to_move(session: Session, actor: Actor, transfers: Collection[Transfer]) -> set[uuid.UUID]:
    """Return the ids of those of some transfers that a caller may move, as far as limits and exclusions go.

    Emergency access lets its holder read them. Whoever asks for a case that is held elsewhere may take that
    back, and learns by it nothing of the case.
    """
    own, who = actor.organisation_id, actor.practitioner.id if actor.practitioner else None
    asked_elsewhere = and_(
        Transfer.asked_by_id == own,
        Transfer.asked_by == who,
        or_(Transfer.from_id != own, Transfer.from_id == Transfer.to_id),
    )
    return set(
        session.scalars(
            select(Transfer.id).where(
                Transfer.id.in_([each.id for each in transfers]),
                or_(asked_elsewhere, func.is_named_in(Transfer.person_id, own, who)),
            )
        )
    )


def pending_transfer(session: Session, person_id: uuid.UUID) -> Transfer | None:
    """Return the transfer of a case that waits for an answer, if there is one."""
    return session.scalar(
        select(Transfer).where(
            Transfer.person_id == person_id,
            # As the index names it: a prepared statement that only says `$1` cannot use it.
            Transfer.state == literal(TransferState.REQUESTED.value, literal_execute=True),
        )
    )


def held_by_practitioner(
    session: Session, organisation_id: uuid.UUID, practitioner_id: str
) -> Sequence[Person]:
    """Return the records for which a practitioner is accountable, locked in the order of their ids."""
    held = select(CaseHolding.person_id).where(
        CaseHolding.organisation_id == organisation_id,
        CaseHolding.practitioner_id == practitioner_id,
        CaseHolding.ended_at.is_(None),
    )
    return session.scalars(
        select(Person)
        .where(Person.id.in_(held), Person.holder_id == organisation_id)
        .order_by(Person.id)
        .with_for_update(of=Person)
        .execution_options(populate_existing=True)
    ).all()


def team_of(session: Session, person_id: uuid.UUID) -> list[TeamMember]:
    """Return the colleagues who work on a case now, beside the accountable practitioner."""
    now = clock.now()
    members: list[TeamMember] = rows_of(session, TeamMember.person_id, [person_id], TeamMember.from_at)
    return [one for one in members if one.from_at <= now and (one.until_at is None or now < one.until_at)]
