"""Has the practitioner say whether a child is born who was to be born by now.

Who is on record as unborn is looked for by the mother: once born, the agencies need the child's own identity.
"""

import uuid
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from service import clock, settling, timers
from service.access.actor import Actor
from service.people import holding_queries, queries, restricted
from service.people.model import Contact, Person
from service.people.policies import BIRTH, BIRTH_AFTER_DAYS, BIRTH_TIMER
from service.timers import Subject

PACKAGE: Final = "births"
SAYS_WHEN_DUE: Final = frozenset({"unborn", "due_date"})
"""The columns of a contact that say whether a child is to be born, and when."""
_NOTED: Final = "people.births"
_INTERNAL: Final = "case_management"


def note(session: Session, actor: Actor, contact: Contact) -> None:
    """Have the clock of a birth follow what is on record of a contact by now."""
    session.info.setdefault(_NOTED, set()).add(contact.id)
    settling.mark(session, actor, contact.person_id, only=PACKAGE)


def follow_births(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Start the clock of each birth of which another day is on record, or stop it where none is expected."""
    noted: set[uuid.UUID] = session.info.get(_NOTED, set())
    person = session.get_one(Person, person_id)
    rows = [one for one in queries.ever_recorded(session, person_id).contacts if one.id in noted]
    noted.difference_update(one.id for one in rows)
    stored = restricted.read_contacts(session, [one.id for one in rows if one.protected], _INTERNAL)
    for contact in rows:
        subject = Subject("contact", contact.id)
        timers.stop(session, subject, "answered", BIRTH_TIMER)
        due = (stored.get(contact.id) or restricted.own_details(contact))["due_date"]
        if not contact.unborn or due is None or contact.in_error_at or person.died_on:
            continue
        day = max(due + timedelta(days=BIRTH_AFTER_DAYS), clock.today())
        timers.start(
            session,
            actor,
            subject,
            BIRTH_TIMER,
            policy=BIRTH,
            case=holding_queries.clock_case(session, person, BIRTH_TIMER),
            hard_date=clock.at(day, 9),
        )
