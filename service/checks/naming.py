"""The people that clocks are about, as an agency may know them: from its own questions, in one statement."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks.model import CheckRequest
from service.checks.states import SET_ASIDE
from service.people.model import Person
from service.people.names import known_names
from service.people.rules import is_known_date
from service.timers.model import Clock
from service.timers.naming import PersonNamed


def named_as(given: str | None, family: str | None, born: date | None) -> PersonNamed:
    """Return a person as an agency is asked about them, by what is a name and a date that is known."""
    return PersonNamed(
        " ".join(filter(None, known_names(given, family))) or None,
        born=born if is_known_date(born) else None,
    )


def people_asked_about(
    session: Session, actor: Actor, clocks: Sequence[Clock]
) -> Mapping[uuid.UUID, PersonNamed]:
    """Return the name of the person that each question to an agency is about.

    A question that was set aside names nobody: the agency has no need to know any more.
    """
    asked = [clock.subject_id for clock in clocks if clock.subject_kind == "check_request"]
    if not asked:
        return {}
    rows = session.execute(
        select(CheckRequest.id, Person.given_name, Person.family_name, Person.date_of_birth)
        .join(Person, Person.id == CheckRequest.person_id)
        .where(
            CheckRequest.id.in_(asked),
            CheckRequest.agency_id == actor.organisation_id,
            CheckRequest.sent_at.is_not(None),
            CheckRequest.state.not_in(sorted(SET_ASIDE)),
            CheckRequest.asked_no_longer.is_(False),
        )
    )
    named = {row.id: named_as(row.given_name, row.family_name, row.date_of_birth) for row in rows}
    return {clock.id: named[clock.subject_id] for clock in clocks if clock.subject_id in named}
