"""Names those whom an escalation reaches in a limited case, so that they may read what they are told."""

import uuid
from collections.abc import Collection

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people.model import Person
from service.people.writes import access


def name_for_escalation(
    session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, holders: Collection[str]
) -> None:
    """Name members of staff who may know of a limited case from now on, on the record.

    Args:
        session: of a worker, which holds no lock on the person: whoever is named already is left as they are.
    """
    person = session.get_one(Person, person_id)
    named = [(organisation_id, holder) for holder in holders]
    access.name_staff(session, Actor.for_service("delivery"), person, named, "escalated")
