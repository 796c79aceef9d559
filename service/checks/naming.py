"""The people that clocks are about, as an agency may know them: from its own questions, in one statement."""

import uuid
from collections.abc import Mapping, Sequence

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


def people_asked_about(
    session: Session, actor: Actor, clocks: Sequence[Clock]
) -> Mapping[uuid.UUID, PersonNamed]:
    """Return the name of the person that each question to an agency is about.

    A question that was set aside names nobody: the agency has no need to know any more.
    """
    asked = [clock.subject_id for clock in clocks if clock.subject_kind == "check_request"]
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
    named = {
        row.id: PersonNamed(
            " ".join(filter(None, known_names(row.given_name, row.family_name))) or None,
            born=row.date_of_birth if is_known_date(row.date_of_birth) else None,
        )
        for row in rows
    }
    return {clock.id: named[clock.subject_id] for clock in clocks if clock.subject_id in named}
