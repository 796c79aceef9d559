"""Records that a person has died; nothing is asked about them any more. It can be put right.

What was to be looked at of those around them when they died is timed again then, and what has come since.
"""

from datetime import date

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people import queries, writes
from service.people.actions import births, sameness
from service.people.model import Person


def record_death(session: Session, actor: Actor, person: Person, day: date) -> None:
    """Record the day on which a person died.

    Args:
        person: locked.
    """
    _record(session, actor, person, day)


def withdraw_death(session: Session, actor: Actor, person: Person) -> None:
    """Record that a person has not died, so that they are asked about again.

    Args:
        person: locked.
    """
    if not _record(session, actor, person, None):
        return
    around = queries.household(session, person.id)
    asked = [one for one in around.contacts if one.alike_id is not None and one.same is None]
    sameness.start_clocks(session, actor, person, asked)
    for contact in around.contacts:
        writes.look_again(session, actor, "contact", contact)
        if contact.unborn:
            births.note(session, actor, contact)
    for address in around.addresses:
        # Of the home before a move nobody is asked any more.
        if not writes.has_given_up_ref(address):
            writes.look_again(session, actor, "address", address)


def _record(session: Session, actor: Actor, person: Person, day: date | None) -> bool:
    changed = writes.write_person(session, actor, person, {"died_on": day}, submitted=person.submitted)
    if changed:
        writes.record_event(session, actor, "person.changed", "person", person, data={"fields": ["died_on"]})
        writes.record(session, actor, person, "alteration", ["died_on"])
    return bool(changed)
