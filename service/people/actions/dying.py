"""Records that a person has died; nothing is asked about them any more. It can be put right."""

from datetime import date

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people import writes
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
    _record(session, actor, person, None)


def _record(session: Session, actor: Actor, person: Person, day: date | None) -> None:
    if writes.write_person(session, actor, person, {"died_on": day}, submitted=person.submitted):
        writes.record_event(session, actor, "person.changed", "person", person, data={"fields": ["died_on"]})
        writes.record(session, actor, person, "alteration", ["died_on"])
