"""Puts an address right at its own place: what was never so is corrected, and who moved has another address.

The two differ in what follows. A correction is told to whoever is asked about the address; after a move the
old address stays as history with its last day, and what was asked and answered about it stays with it.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.people import facts, queries, restricted, writes
from service.people.actions import household, proposals, verifying
from service.people.corrected import note_put_right
from service.people.model import Address, Contact, Person
from service.people.newly_protected import look_through
from service.people.rules import LEFT
from service.people.sameness import areas_of_another_place, is_elsewhere
from service.people.verification import Because, ended, is_looked_at_again, stands

MOVED: Final = "moved"
CORRECTION: Final = "correction"
_INTERNAL: Final = "case_management"
_HOME: Final = "current"


@bypasses_row_security
def change_address(
    session: Session,
    actor: Actor,
    locked: tuple[Person, Person | None],
    address: Address,
    details: Mapping[str, Any],
) -> Address:
    """Record what is given of an address; what is not given stays as it is on record, and null withdraws.

    Args:
        locked: the record, and the held one where it is a side record: its holder is told.
        details: as a member of `addresses` in the canonical document, with `contact_id`, `because` and
            `moved_on`.

    Returns:
        The address that has the details now: another one after a move.

    Raises:
        Problem: 409 when it was entered in error; 422 when the contact is not one of this person's, or
            nobody can have moved so.
    """
    person, elsewhere = locked
    if address.in_error_at is not None:
        raise conflict("It was entered in error.")
    given = facts.of_address({**details, "ref": address.ref}).facts
    if "contact_id" in details:
        given["contact_id"] = _contact(session, person, details["contact_id"])
    verification = verifying.taken(session, actor, person, address, details)
    looked_again = is_looked_at_again(address.verification)
    given |= verification
    held = restricted.read_addresses(session, [address.id], _INTERNAL).get(address.id)
    held = held or restricted.own_details(address)
    if details.get("because") == MOVED:
        moved_on = details.get("moved_on") or clock.today()
        require_movable(address, given, held=held, moved_on=moved_on)
        address, names = move(session, actor, address, given, held=held, moved_on=moved_on)
    else:
        _require_days_in_order(address, given)
        given |= areas_of_another_place(held, given, given)
        names = _write(session, actor, address, given, held)
        if names and details.get("because") == CORRECTION:
            note_put_right(session, person.id)
    verifying.record(session, actor, address, verification, looked_again=looked_again)
    household.protect_addresses(session, actor, person)
    if names:
        writes.record(session, actor, person, "alteration", [f"addresses.{name}" for name in names])
        if elsewhere is not None:
            proposals.report(session, actor, person, elsewhere, "change")
        else:
            proposals.settled_otherwise(session, actor, person)
    look_through(session, actor, person.id)
    return address


def _require_days_in_order(address: Address, given: facts.Facts) -> None:
    """Require that nobody left an address before they came, as it is with what is given."""
    begins, ends = given.get("from_date", address.from_date), given.get("to_date", address.to_date)
    if {"from_date", "to_date"} & given.keys() and begins and ends and ends < begins:
        at, what = ("/to", "Is before from.") if "to_date" in given else ("/from", "Is after to.")
        raise invalid([Fault(at, what)])


def _contact(session: Session, person: Person, contact_id: uuid.UUID | None) -> uuid.UUID | None:
    known = {one.id for one in queries.household(session, person.id).contacts}
    if contact_id is not None and contact_id not in known:
        raise invalid([Fault("/contact_id", "Not a contact of this person.")])
    return contact_id


def require_movable(
    address: Address, given: facts.Facts, *, held: Mapping[str, Any], moved_on: date, at: str = ""
) -> None:
    """Require that somebody can have moved from an address to what is given of it, on a day.

    Args:
        held: where it is, as the store holds it.
        at: its JSON pointer in the body.

    Raises:
        Problem: 422.
    """
    faults = []
    if address.kind == LEFT or (address.to_date is not None and address.to_date <= clock.today()):
        faults.append(
            Fault(f"{at}/because", "Was left before: say where somebody lives now by another address.")
        )
    if not is_elsewhere(held, {**held, **given}):
        faults.append(Fault(f"{at}/lines", "Is the same place: say that it is a correction."))
    if address.from_date is not None and moved_on < address.from_date:
        faults.append(Fault(f"{at}/moved_on", "Is before the first day at this address."))
    if faults:
        raise invalid(faults)


def move(
    session: Session,
    actor: Actor,
    old: Address,
    given: facts.Facts,
    *,
    held: Mapping[str, Any],
    moved_on: date,
) -> tuple[Address, list[str]]:
    """Put the new address on record under the reference of the old one, with whoever lives there.

    Returns:
        The new address, and what was written of it.
    """
    person = session.get_one(Person, old.person_id)
    kind, whose = old.kind, old.contact_id
    left = {"to_date": moved_on} | ({"kind": LEFT} if kind == _HOME else {})
    _write(session, actor, old, left, held)
    ref = writes.give_up_ref(session, old)
    new = writes.new_address(actor, person, ref, client_id=old.client_id, submitted=old.submitted)
    writes.note_moved(old, new)
    carried: dict[str, Any] = {"kind": kind, "contact_id": whose, "source": old.source, "from_date": moved_on}
    again = is_looked_at_again(old.verification)
    if stands(old.verification) or again:
        # It stays as history of the old place, and says nothing of the new one.
        was = old.verification or {}
        carried |= {"verified": False, "verification": ended(was, Because.MOVED, clock.now())}
    if again:
        writes.stop_looking(session, "address", old.id)
    nowhere = dict.fromkeys(restricted.ADDRESS_DETAILS)
    names = _write(session, actor, new, carried | given, nowhere, protected=old.protected, first=True)
    if "verification" in carried and "verification" not in given:
        writes.follow_end(session, actor, "address", new)
    writes.carry_statements(session, person.id, old.id, new.id)
    _move_residents(session, actor, queries.household(session, person.id).contacts, old, new)
    return new, names


def move_back(session: Session, actor: Actor, person: Person, wrong: Address) -> None:
    """Give its reference, and whoever lives there, back to the address that nobody has left after all.

    Where somebody had moved on from the wrong one, they left the address before it on that day.

    Args:
        wrong: where somebody was said to have moved; just entered in error.
    """
    around = queries.household(session, person.id)
    old = _moved_from(around.addresses, wrong)
    if old is None:
        return
    held = restricted.read_addresses(session, [old.id], _INTERNAL).get(old.id) if old.protected else None
    held = held or restricted.own_details(old)
    moved_on = writes.has_given_up_ref(wrong)
    ref = writes.give_up_ref(session, wrong)
    if moved_on:
        _write(session, actor, old, {"ref": ref, "to_date": wrong.to_date}, held)
        return
    back: dict[str, Any] = {"ref": ref, "to_date": None, "kind": _HOME if old.kind == LEFT else old.kind}
    if verifying.was_verified_by(old, wrong.recorded_at):
        # It was verified as the home that it is again.
        back |= {"verification": old.verification}
    _write(session, actor, old, back, held)
    writes.look_again(session, actor, "address", old)
    writes.carry_statements(session, person.id, wrong.id, old.id)
    _move_residents(session, actor, around.contacts, wrong, old)


def refer_to(
    session: Session, actor: Actor, addresses: Iterable[Address], before: Contact, now: Contact
) -> None:
    """Record that addresses are those of one contact, and not of another."""
    for one in addresses:
        if one.contact_id == before.id:
            held = (
                restricted.read_addresses(session, [one.id], _INTERNAL).get(one.id) if one.protected else None
            )
            held = held or restricted.own_details(one)
            _write(session, actor, one, {"contact_id": now.id}, held)


def _moved_from(addresses: Collection[Address], wrong: Address) -> Address | None:
    """Return the address before a move; of a move that an earlier release recorded, by its day."""
    left = [one for one in addresses if writes.has_given_up_ref(one)]
    linked = next((one for one in left if writes.has_moved_to(one, wrong)), None)
    if linked is not None or wrong.from_date is None:
        return linked
    alike = [
        one
        for one in left
        if (one.client_id, one.contact_id, one.to_date)
        == (wrong.client_id, wrong.contact_id, wrong.from_date)
        and one.kind in {wrong.kind, LEFT if wrong.kind == _HOME else wrong.kind}
        and not any(writes.has_moved_to(one, other) for other in addresses)
    ]
    return alike[0] if len(alike) == 1 else None


def _move_residents(
    session: Session, actor: Actor, contacts: Iterable[Contact], before: Address, now: Address
) -> None:
    for contact in contacts:
        if before.id == contact.lives_at or (contact.id == before.contact_id and contact.lives_at is None):
            stored = restricted.read_contacts(session, [contact.id], _INTERNAL) if contact.protected else {}
            household.write_contact(
                session, actor, contact, {"lives_at": now.id}, held=stored.get(contact.id)
            )


def _write(
    session: Session,
    actor: Actor,
    address: Address,
    given: Mapping[str, Any],
    held: Mapping[str, Any],
    *,
    protected: bool = False,
    first: bool = False,
) -> list[str]:
    names = writes.write_around(
        session,
        actor,
        "address",
        address,
        given,
        protected=address.protected or protected,
        held=held,
        first=first,
    )
    if first or names:
        happened = "address.recorded" if first else "address.changed"
        writes.record_event(session, actor, happened, "address", address, data={"fields": names})
    return names
