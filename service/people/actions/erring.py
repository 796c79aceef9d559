"""Takes a contact or an address that was entered in error out of all that follows; the person is locked.

It is kept for the record, with the reason. Whoever was asked about it, or was sent it, is told by what
settles the record: the question is withdrawn, and each document about the person has a new version.
"""

from typing import Final, Literal

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.row_visibility import bypasses_row_security
from service.http.problems import conflict
from service.people import queries, restricted, writes
from service.people.actions import addresses, births, household, proposals, sameness, verifying
from service.people.actions.deciding import require_act
from service.people.model import Address, Contact, Person
from service.people.newly_protected import look_through

_INTERNAL: Final = "case_management"


@bypasses_row_security
def enter_in_error(
    session: Session,
    actor: Actor,
    locked: tuple[Person, Person | None],
    row: Contact | Address,
    reason: str,
) -> None:
    """Record that a contact or an address should never have been recorded.

    Args:
        locked: the record, and the held one where it is a side record: its holder is told.
        row: of this person.
        reason: in the practitioner's words.

    Raises:
        Problem: 409 when it has been said before; 403 `not-accountable`.
    """
    person, elsewhere = locked
    if row.in_error_at is not None:
        raise conflict("This has already been marked as entered in error.")
    require_act(session, actor, Act.RENAME, person)
    take_out(session, actor, person, row, reason)
    if elsewhere is not None:
        proposals.report(session, actor, person, elsewhere, "change")
    else:
        proposals.settled_otherwise(session, actor, person)
    look_through(session, actor, person.id)


def take_out(session: Session, actor: Actor, person: Person, row: Contact | Address, reason: str) -> None:
    """Record of a contact or an address of a locked record that it was entered in error, whoever says so.

    Whose mother or home it was is so of the same person's other contact, where there is one.
    """
    kind: Literal["contact", "address"] = "contact" if isinstance(row, Contact) else "address"
    read = restricted.read_contacts if kind == "contact" else restricted.read_addresses
    held = read(session, [row.id], _INTERNAL).get(row.id, {}) if row.protected else {}
    writes.enter_in_error(session, actor, kind, row, held=held, reason=reason)
    writes.record_event(session, actor, f"{kind}.entered_in_error", kind, row)
    if isinstance(row, Contact) and row.unborn:
        births.note(session, actor, row)
    writes.record(session, actor, person, "alteration", [f"{kind}.in_error"])
    if isinstance(row, Contact):
        around = queries.household(session, person.id)
        other = sameness.other_of_the_same(row, around.contacts)
        if other is not None:
            household.refer_to(session, actor, around.contacts, row, other)
            addresses.refer_to(session, actor, around.addresses, row, other)
            household.protect_addresses(session, actor, person)
        asked_about = [row] if row.alike_id is not None else []
        asked_about += [one for one in around.contacts if one.alike_id == row.id]
        sameness.forget_twin(session, actor, asked_about)
        verifying.end_where_seen(session, actor, person, row.id)
    else:
        addresses.move_back(session, actor, person, row)
        verifying.end_where_living(session, actor, person, row.id)
