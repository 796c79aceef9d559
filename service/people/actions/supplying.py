"""Takes in details of the person and of contacts that are supplied after they were recorded."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.row_visibility import bypasses_row_security
from service.db import new_id
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.people import aliases, facts, restricted, writes
from service.people.actions import children, household, proposals, recording, sameness, verifying
from service.people.actions.deciding import require_act
from service.people.actions.holding import Taken
from service.people.corrected import note_put_right
from service.people.model import Contact, Person
from service.people.newly_protected import look_through
from service.people.proposals import UNSAID
from service.people.sameness import identity_of, is_somebody_else
from service.people.verification import is_looked_at_again

_CARRIED: Final = ("relationship", "contact_kind", "local_authority", "lives_at", "mother_id")
"""What stays said under a reference whose name and date of birth are changed."""


_WHO: Final = frozenset({"given_name", "family_name", "aliases", "date_of_birth", "due_date"})
"""What is put right of a contact; where they are found and how they look changes."""


@bypasses_row_security
def supply_details(
    session: Session,
    actor: Actor,
    contact_id: uuid.UUID,
    details: Mapping[str, Any],
    *,
    referral_id: uuid.UUID | None = None,
    locked: tuple[Person, Person | None] | None = None,
) -> Contact:
    """Record details of a contact that were missing; what is not given stays as it is on record.

    Who has another name and another date of birth is somebody else, and is put on record beside the contact.
    On a side record they are a statement like any other: the holder of the record is told.

    Args:
        contact_id: of a contact of a person whom the caller may know of.
        details: names, dates, `estimated_age`, `description`, `details_status`, `local_authority`,
            `lives_at` (an address's id), `mother_id` (a contact's id), `source`, `verified`,
            `verification`.
        locked: as `lock_records` returned it, if it has been called.

    Returns:
        The contact that has the details now.

    Raises:
        Problem: 409 when it was entered in error; 422 when the address, the mother or who was seen is not
            one of this person's, it is due and not unborn, or the description gives something away.
    """
    contact = session.get_one(Contact, contact_id)
    person, elsewhere = locked or recording.lock_records(session, actor, contact.person_id)
    session.refresh(contact)
    if contact.in_error_at is not None:
        raise conflict("It was entered in error.")
    if details.get("due_date") is not None and contact.relationship != "unborn_child":
        raise invalid([Fault("/due_date", "Is only for an unborn_child.")])
    given = facts.of_contact({**details, "ref": contact.ref}).facts
    given |= household.related(session, person, contact, details)
    verification = verifying.taken(session, actor, person, contact, details)
    looked_again = is_looked_at_again(contact.verification)
    given |= verification
    held = restricted.read_contacts(session, [contact.id], "case_management").get(contact.id)
    held = held or restricted.own_details(contact)
    replaced = {}
    if is_somebody_else(identity_of(held), identity_of(given)):
        earlier = contact
        contact, names = _add_beside(session, actor, person, earlier, given)
        replaced = {contact.id: earlier}
    else:
        names = household.write_contact(session, actor, contact, given, held=held, referral_id=referral_id)
        if any(held[name] not in UNSAID for name in _WHO & held.keys() & {*names}):
            note_put_right(session, person.id)
    verifying.record(session, actor, contact, verification, looked_again=looked_again and not replaced)
    household.protect_addresses(session, actor, person)
    stated = {contact.id: identity_of(given if replaced else held | given)}
    alike = sameness.compare(session, actor, person, stated, replaced)
    sameness.start_clocks(session, actor, person, alike)
    if given.get("description") is not None:
        household.require_describing(session, person, {"/description": given["description"]})
    if names:
        writes.record(session, actor, person, "alteration", [f"contacts.{name}" for name in names])
        if elsewhere is not None:
            proposals.report(session, actor, person, elsewhere, "change")
    look_through(session, actor, person.id)
    return contact


@bypasses_row_security
def supply_person_details(
    session: Session,
    actor: Actor,
    person: Person,
    elsewhere: Person | None,
    details: Mapping[str, Any],
) -> list[str]:
    """Record details of the person; what is not given stays as it is on record. Return what changed.

    While it is asked again whether there are children, the answer is about those not on record yet. What is
    on record already is put right, or withdrawn, by whoever acts for the case.

    Args:
        person: locked.
        elsewhere: the held record, locked, where this is a side record: its holder is told.
        details: as `person` in the canonical document, without the CRN, and `children`.

    Raises:
        Problem: 403 `not-accountable`.
    """
    children_said = {"children": details["children"]} if "children" in details else {}
    new, answered = dict(facts.of_person({"person": details, "household": children_said}).facts), {}
    if person.children_asked_at is not None:
        answered = children.answer(person, new.pop("children", None))
    known = {name: getattr(person, name) for name in new}
    if any(now not in UNSAID and new[name] != now for name, now in known.items()):
        require_act(session, actor, Act.RENAME, person)
        note_put_right(session, person.id, *(one.id for one in aliases.others_of(session, person)))
    changed = writes.write_person(session, actor, person, new | answered, submitted=person.submitted)
    if changed:
        writes.record_event(session, actor, "person.changed", "person", person, data={"fields": changed})
        writes.record(session, actor, person, "alteration", changed)
        taken = Taken(person, first=False, elsewhere=elsewhere)
        recording.compare(session, actor, taken, "change", changed=True)
    return changed


def _add_beside(
    session: Session, actor: Actor, person: Person, earlier: Contact, given: facts.Facts
) -> tuple[Contact, list[str]]:
    """Put somebody else on record beside a contact, whose reference, relationship and home they take.

    Args:
        given: by column, with a name and a date of birth.

    Returns:
        The new contact, and the names of what was recorded.
    """
    ref = earlier.ref
    if earlier.ref_left:
        ref = f"c-{new_id().hex[:30]}"
    else:
        sameness.leave_ref(session, actor, earlier)
    contact = writes.new_contact(actor, person, ref, client_id=earlier.client_id, submitted=earlier.submitted)
    carried = {name: getattr(earlier, name) for name in _CARRIED if getattr(earlier, name) is not None}
    names = household.write_contact(
        session,
        actor,
        contact,
        carried | given,
        stated_child=earlier.is_child,
        victim=earlier.protected,
        first=True,
    )
    return contact, names
