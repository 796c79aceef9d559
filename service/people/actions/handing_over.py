"""Whose case it is: the accountable practitioner, a caretaker for a time, the team.

What says "practitioner" elsewhere is brought in line by `service.cases`, in the same transaction.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.identifiers import known_as
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault, NotRegistered
from service.http.problems import conflict, invalid
from service.organisations import register
from service.people import access_queries, holding_queries, queries, writes
from service.people.actions.deciding import require_act
from service.people.actions.in_register import require_in_register, require_unit
from service.people.actions.limiting import MANAGERS_OF_A_UNIT
from service.people.model import CaseHolding, Person, TeamMember
from service.people.policies import LONGEST_CARETAKING_DAYS
from service.people.sight import Colleague
from service.people.writes import access
from service.people.writes import cases as case_writes

PARTS: Final = {
    "co_worker": "another practitioner who works on the case",
    "pso": "a probation services officer",
    "case_administrator": "an administrator of the case",
    "prison_offender_manager": "the offender manager in the prison",
    "ap_key_worker": "the key worker in approved premises",
    "cover": "a colleague who covers for somebody on the case",
}
"""What a member of the team does in a case."""


def require_held(session: Session, person: Person) -> CaseHolding:
    """Return how a case is held.

    Raises:
        Problem: 409 when nobody is accountable yet.
    """
    held = holding_queries.holding_of(session, person.id)
    if held is None:
        raise conflict("Nobody is accountable for this case yet. Submit a referral or open the case.")
    return held


def record_opening(session: Session, actor: Actor, person: Person, because: str) -> None:
    """Record that a case was opened with no destination, and why.

    Args:
        person: made in this transaction.
        because: a code.
    """
    case_writes.record_event(session, actor, person, "person.opened", {"because": because})


@bypasses_row_security
def reassign(
    session: Session, actor: Actor, person: Person, practitioner: str, pdu: str | None
) -> CaseHolding:
    """Make another practitioner of the same region accountable for a case, which ends a caretaker's time.

    Where only the unit is another, as when one is renamed, a caretaker goes on.

    Args:
        person: locked.
        pdu: the delivery unit; the one that has the case when None, or the caller's where none has.

    Raises:
        Problem: 409 when nothing would change; 422 for a member of staff who must not know of the case, or is
            not in the staff register.
    """
    pdu = require_unit(session, person.holder_id, pdu, "/pdu")
    practitioner = known_as(practitioner)
    held = holding_queries.holding_of(session, person.id)
    of_caller = actor.practitioner.pdu if actor.practitioner else None
    unit = pdu or (held.pdu if held is not None else None) or of_caller
    same = held is not None and (held.practitioner_id, held.pdu, held.caretaker_id) == (
        practitioner,
        unit,
        None,
    )
    # Whoever had left and is back takes the case again.
    if held is not None and same and not case_writes.ownerless_among(session, [held]):
        raise conflict("This practitioner is already accountable for the case.")
    name_on_case(session, actor, person, [(person.holder_id, practitioner)], "/practitioner")
    name_managers(session, actor, person, person.holder_id, unit)
    before = _holders(session, held) if held is not None else ()
    event_id = case_writes.record_event(session, actor, person, "person.reassigned")
    goes_on = held is not None and held.practitioner_id == practitioner and held.pdu != unit
    new = case_writes.change_holding(
        session,
        actor,
        person,
        practitioner,
        unit,
        because="reassigned",
        event_id=event_id,
        caretaker_id=held.caretaker_id if held and goes_on else None,
        caretaker_until=held.caretaker_until if held and goes_on else None,
    )
    _end_names(session, actor, person, before, "reassigned")
    return new


@bypasses_row_security
def name_caretaker(
    session: Session, actor: Actor, person: Person, practitioner: str, until: datetime
) -> CaseHolding:
    """Let a colleague act for the accountable practitioner until a moment, in place of any other caretaker.

    Args:
        person: locked.

    Raises:
        Problem: 409 when nobody is accountable; 422 for the accountable practitioner, for a member of staff
            who must not know of the case, and for a moment that is past or too far ahead.
    """
    practitioner, held, now = known_as(practitioner), require_held(session, person), clock.now()
    faults = []
    if practitioner == held.practitioner_id:
        faults.append(Fault("/practitioner", "Is accountable for the case already."))
    if register.not_there(session, person.holder_id, [practitioner]):
        faults.append(
            Fault("/practitioner", "Is away or has left, by the staff register: name somebody else.")
        )
    if not now < until <= now + timedelta(days=LONGEST_CARETAKING_DAYS):
        faults.append(Fault("/until", f"Must be within the next {LONGEST_CARETAKING_DAYS} days."))
    if faults:
        raise invalid(faults)
    name_on_case(session, actor, person, [(person.holder_id, practitioner)], "/practitioner")
    before = _holders(session, held)
    event_id = case_writes.record_event(session, actor, person, "person.caretaker_named", {"until": until})
    new = case_writes.change_holding(
        session,
        actor,
        person,
        held.practitioner_id,
        held.pdu,
        because="caretaker",
        event_id=event_id,
        caretaker_id=practitioner,
        caretaker_until=until,
    )
    _end_names(session, actor, person, before, "caretaker_ended")
    return new


@bypasses_row_security
def end_caretaker(session: Session, actor: Actor, person: Person) -> CaseHolding:
    """Record that the accountable practitioner acts again, before or after the caretaker's date.

    Args:
        person: locked.

    Raises:
        Problem: 409 when there is no caretaker.
    """
    held = require_held(session, person)
    if held.caretaker_id is None:
        raise conflict("There is no caretaker.")
    before = _holders(session, held)
    event_id = case_writes.record_event(session, actor, person, "person.caretaker_ended")
    new = case_writes.change_holding(
        session, actor, person, held.practitioner_id, held.pdu, because="caretaker", event_id=event_id
    )
    _end_names(session, actor, person, before, "caretaker_ended")
    return new


def carry(
    session: Session, actor: Actor, merged: Person, like: CaseHolding, merged_by: uuid.UUID | None
) -> CaseHolding:
    """Let whoever answers for a record answer for one that was merged into it.

    Args:
        merged: locked.
        like: how the record that stands for it is held now.
        merged_by: the id of the event by which it has just been merged; None when the holding has changed.

    Raises:
        LookupError: neither the merge nor the holding has an event.
    """
    event_id = merged_by or like.event_id
    if event_id is None:
        raise LookupError("a holding changes by an event")
    return case_writes.carry_holding(session, actor, merged, like, event_id=event_id)


@bypasses_row_security
def add_to_team(session: Session, actor: Actor, person: Person, practitioner: str, part: str) -> None:
    """Add a colleague of the region to the team of a case.

    Args:
        person: locked.
        part: one of `PARTS`.

    Raises:
        Problem: 403 to who does not act for the case; 409 when the colleague has this part already; 422 for
            one who must not know of the case.
    """
    require_act(session, actor, Act.CHANGE_TEAM, person)
    practitioner = known_as(practitioner)
    if _parts_of(session, person, practitioner, part):
        raise conflict("This colleague already has this role in the team.")
    name_on_case(session, actor, person, [(person.holder_id, practitioner)], "/practitioner")
    event_id = case_writes.record_event(session, actor, person, "person.team_joined", {"part": part})
    case_writes.add_member(session, actor, person, practitioner, part, event_id=event_id)


@bypasses_row_security
def end_in_team(session: Session, actor: Actor, person: Person, practitioner: str, part: str) -> None:
    """End the part of a colleague in the team of a case.

    Args:
        person: locked.
        part: one of `PARTS`.

    Raises:
        Problem: 403 to who does not act for the case; 409 when the colleague does not have this part.
    """
    require_act(session, actor, Act.CHANGE_TEAM, person)
    ending = _parts_of(session, person, known_as(practitioner), part)
    if not ending:
        raise conflict("This colleague does not have this role in the team.")
    end_parts(session, actor, person, ending)


def end_parts(session: Session, actor: Actor, person: Person, ending: Collection[TeamMember]) -> None:
    """End parts in the team of a case, and with them the naming of those who work on it in no other way.

    Args:
        person: locked.
    """
    for one in ending:
        case_writes.record_event(session, actor, person, "person.team_departed", {"part": one.part})
    case_writes.end_members(session, actor, person, ending)
    ended = {(one.organisation_id, one.practitioner_id) for one in ending}
    _end_names(session, actor, person, ended, "team_departed")


def _end_names(
    session: Session, actor: Actor, person: Person, ended: Collection[Colleague], reason: str
) -> None:
    """End the naming, in a limited access case, of those whose part in it ended and who have no other.

    Args:
        reason: a code of why.
    """
    if not person.restricted:
        return
    working = {
        (one.organisation_id, one.practitioner_id) for one in holding_queries.team_of(session, person.id)
    }
    held = holding_queries.holding_of(session, person.id)
    if held is not None:
        working.update(_holders(session, held))
    gone = set(ended) - working
    named = [
        row
        for row in access_queries.restrictions_of(session, person.id)
        if not row.excluded
        and (row.organisation_id, row.practitioner_id) in gone
        # Whoever limited the case named themselves, for they worked on it.
        and (row.because == "works_on_it" or row.named_by == row.practitioner_id)
    ]
    access.end_names(session, actor, person, named, reason)


def _holders(session: Session, held: CaseHolding) -> set[tuple[uuid.UUID, str]]:
    """Return who works on a case by its holding: who is accountable, a caretaker, its unit's managers."""
    acting = {held.practitioner_id} | ({held.caretaker_id} if held.caretaker_id else set())
    managers = _managers(session, held.organisation_id, held.pdu)
    return {(held.organisation_id, one) for one in acting} | managers


def _managers(session: Session, organisation_id: uuid.UUID, unit: str | None) -> set[tuple[uuid.UUID, str]]:
    return {
        (organisation_id, known_as(one))
        for role in MANAGERS_OF_A_UNIT
        for one in register.holders(session, organisation_id, role, unit)
    }


def _parts_of(session: Session, person: Person, practitioner: str, part: str) -> list[TeamMember]:
    return [
        one
        for one in holding_queries.team_of(session, person.id)
        if (one.organisation_id, one.practitioner_id, one.part) == (person.holder_id, practitioner, part)
    ]


def name_on_case(
    session: Session, actor: Actor, person: Person, colleagues: Iterable[Colleague], at: str
) -> None:
    """Let staff who now work on a case know of it, which in a limited access case is said on the record.

    Args:
        at: the JSON pointer of the colleagues in the body, for faults.

    Raises:
        Problem: 422 for a member of staff who is excluded from the case, or whom the staff register of their
            region does not have.
    """
    colleagues = list(colleagues)
    if not queries.excluded_from(session, person.id).isdisjoint(colleagues):
        raise invalid([Fault(at, "Must not know of this case.")])
    require_in_register(session, ((at, colleague) for colleague in colleagues))
    if person.restricted:
        access.add_restrictions(session, actor, person, colleagues, "works_on_it")


def name_managers(
    session: Session, actor: Actor, person: Person, organisation_id: uuid.UUID, unit: str | None
) -> None:
    """Let the managers of the unit that has a limited access case now know of it; those excluded do not."""
    if not person.restricted:
        return
    named = _managers(session, organisation_id, unit) - queries.excluded_from(session, person.id)
    access.add_restrictions(session, actor, person, sorted(named, key=str), "works_on_it")


class Left(NamedTuple):
    """The cases of a practitioner who has left: all that are ownerless now, and those that newly are."""

    ownerless: Sequence[Person]
    newly: Sequence[Person]


@bypasses_row_security
def practitioner_left(session: Session, actor: Actor, organisation_id: uuid.UUID, practitioner: str) -> Left:
    """Say of every case of a practitioner who has left that nobody is accountable for it.

    The clock of each runs until the case is reassigned. A case of which it has been said is passed over.

    Raises:
        NotRegistered: nobody of the region has ever been accountable for a case under this id.
    """
    known = known_as(practitioner)
    ever = select(CaseHolding.id).where(
        CaseHolding.organisation_id == organisation_id, CaseHolding.practitioner_id == known
    )
    if session.scalar(ever.limit(1)) is None:
        raise NotRegistered("no case of this region has had this practitioner: is the id right?")
    people = holding_queries.held_by_practitioner(session, organisation_id, known)
    holdings = holding_queries.current_holdings(session, [person.id for person in people])
    before = case_writes.ownerless_among(session, holdings.values())
    newly = [person for person in people if holdings[person.id].id not in before]
    for person in newly:
        case_writes.start_ownerless(session, actor, person, holdings[person.id])
    return Left(people, newly)


@bypasses_row_security
def ownerless_cases(
    session: Session, actor: Actor, organisation_id: uuid.UUID
) -> Sequence[tuple[Person, CaseHolding]]:
    """Return the cases of a region for which nobody is accountable, oldest first.

    Each is on the audit trail as read. Two statements, however many there are.
    """
    found = case_writes.ownerless_in(session, organisation_id)
    for person, _ in found:
        writes.record(session, actor, person, "consultation", ["crn", "holding"])
    return found
