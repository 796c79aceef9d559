"""Two records of one person: asks whether they are, merges them, and undoes that; says so where they are two.

A record that is merged stays where it is, with all that hangs on it, and answers to whoever is accountable
for the one that stands for it. `service.cases` brings in line what says whose case it is.
"""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import settling, timers
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.gathering import is_made
from service.http.problems import conflict, invalid
from service.people import (
    access_queries,
    aliases,
    holding_queries,
    one_person_queries,
    queries,
    transfer_queries,
    visibility,
)
from service.people.actions import proposals
from service.people.actions.deciding import require_act
from service.people.actions.giving_back import give_back
from service.people.corrected import note_put_right
from service.people.model import Address, Contact, Person
from service.people.one_person import Mergeable, hindrance, take_note
from service.people.writes import one_person as writes
from service.timers import Subject

PACKAGE: Final = "people"


def notice_numbers(session: Session, actor: Actor, record_id: UUID) -> None:
    """Ask about others of the caller's region that have, or had, the numbers which a record has come to have.

    Args:
        record_id: of a record that has changed.
    """
    if take_note(session, record_id):
        _compare_numbers(session, actor, record_id)


@bypasses_row_security
def _compare_numbers(session: Session, actor: Actor, record_id: UUID) -> None:
    person = session.get_one(Person, record_id)
    found = []
    if actor.organisation_id == person.holder_id:
        found = one_person_queries.matches(session, actor, person, one_person_queries.numbers_of(person))
    made = is_made(session, person)
    if made and not found:
        return
    known = [] if made else one_person_queries.questions_about(session, person.id)
    writes.withdraw(session, person, known)
    writes.ask(session, actor, person, found, known)


def lock_both(session: Session, actor: Actor, person: Person, other: Person) -> None:
    """Lock two records: the one that stands for the other first, otherwise in the order of their ids.

    Raises:
        Problem: 409 `held-elsewhere` to a region that may only read one.
    """
    for one in sorted((person, other), key=lambda each: (each.same_as_id is not None, str(each.id))):
        found = visibility.lock_record(session, one.id)
        visibility.require_holder(actor, found.holder_id)
        visibility.require_more_than_emergency(session, actor, found)


@bypasses_row_security
def merge(session: Session, actor: Actor, kept: Person, merged: Person, *, reason: str) -> UUID:
    """Let one record stand for another; return the id of the event.

    Args:
        kept, merged: locked, of the caller's region.

    Raises:
        Problem: 409 with what comes first; 403 for a role that does not decide it.
    """
    require_act(session, actor, Act.CHANGE_HOLDING, kept)
    why = hindrance(
        _mergeable(session, kept),
        _mergeable(session, merged),
        stands_for_others=bool(aliases.merged_into(session, merged.id)),
    )
    if why is not None:
        raise conflict(why)
    event_id = writes.merge(session, actor, kept, merged, reason)
    for timer in (proposals.TIMER, proposals.DANGER):
        timers.stop(session, Subject("person", merged.id), "decided", timer)
    proposals.follow(session, actor, kept)
    return event_id


@bypasses_row_security
def part(
    session: Session, actor: Actor, person: Person, other: Person, *, reason: str
) -> list[Contact | Address]:
    """Say that two records are two people's: undo their merging, or answer that they are not one.

    Args:
        person, other: locked, of the caller's region.

    Returns:
        The contacts and addresses that one took of the other, and that were taken back.

    Raises:
        Problem: 403 for a role that does not decide it.
    """
    require_act(session, actor, Act.CHANGE_HOLDING, person)
    if other.same_as_id == person.id:
        person, other = other, person
    if person.same_as_id != other.id:
        writes.tell_apart(session, actor, person, other, reason)
        return []
    writes.undo(session, actor, other, person, reason)
    back = give_back(session, actor, other, person)
    # Neither was ever the other: whoever has ended their work and read that they were is told, too.
    note_put_right(session, person.id, other.id)
    for one in (other, person):
        proposals.follow(session, actor, one)
        settling.mark(session, actor, one.id)
        settling.mark(session, actor, one.id, only=settling.DEPARTURE_GATE)
    return back


def chosen(kept_crn: str, one: Person, other: Person) -> tuple[Person, Person]:
    """Return which of two records stands for both, and which becomes an alias.

    Raises:
        Problem: 422 when it is neither's CRN.
    """
    if kept_crn == one.crn:
        return one, other
    if kept_crn == other.crn:
        return other, one
    raise invalid([Fault("/keep", "Name the CRN of one of the two records.")])


def _mergeable(session: Session, person: Person) -> Mergeable:
    rows = access_queries.restrictions_of(session, person.id)
    held = holding_queries.holding_of(session, person.id)
    acting = {held.practitioner_id, held.caretaker_id} if held else set()
    named = {(row.organisation_id, row.practitioner_id) for row in rows if not row.excluded}
    return Mergeable(
        region_id=person.holder_id,
        held=person.held,
        merged=person.same_as_id is not None,
        waits=bool(transfer_queries.pending_transfers(session, person.id)),
        named=frozenset(named) if person.restricted else None,
        excluded=frozenset(queries.excluded_from(session, person.id)),
        answering=frozenset((person.holder_id, who) for who in acting if who is not None),
        died_on=person.died_on,
    )
