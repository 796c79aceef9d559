"""The people that clocks are about, as probation may know them: from the record, in one statement."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people.model import Person
from service.people.rules import is_known_date
from service.people.visibility import visible_to
from service.timers.model import Clock
from service.timers.naming import PersonNamed


def people_on_record(
    session: Session, actor: Actor, clocks: Sequence[Clock]
) -> Mapping[uuid.UUID, PersonNamed]:
    """Return the name and the CRN of the person that each clock is about, of records the caller sees."""
    about = {clock.person_id for clock in clocks if clock.person_id is not None}
    if not about:
        return {}
    rows = session.execute(
        select(Person.id, Person.given_name, Person.family_name, Person.crn, Person.date_of_birth).where(
            Person.id.in_(about), Person.id.in_(visible_to(actor))
        )
    )
    named = {
        row.id: PersonNamed(
            f"{row.given_name} {row.family_name}",
            row.crn,
            born=row.date_of_birth if is_known_date(row.date_of_birth) else None,
        )
        for row in rows
    }
    return {clock.id: named[clock.person_id] for clock in clocks if clock.person_id in named}
