"""Records a death that a destination reports, as the change it is: it ends the case."""

from datetime import date

from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances.actions.concerns import SOURCE_OF
from service.circumstances.actions.recording import case_of, given_by_the_service, record_change
from service.circumstances.consequences import Reliability, Standing
from service.people.model import Person
from service.referrals.actions import closing
from service.referrals.model import DestinationReferral


def _record_death(session: Session, actor: Actor, part: DestinationReferral, day: date) -> None:
    person = session.get_one(Person, part.person_id)
    if person.died_on is not None:
        return
    given = given_by_the_service(
        closing.DIED,
        occurred_on=day,
        source=SOURCE_OF[part.kind].value,
        reliability=Reliability.RELIABLE.value,
        standing=Standing.ESTABLISHED.value,
    )
    by = Actor.for_service("circumstances")
    case = case_of(session, actor, part.referral.probation_id, person)
    record_change(session, by, case, given | {"immediate_danger": False}, reported_with=part)


closing.register_death(_record_death)
