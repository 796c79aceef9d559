"""Records a death that a destination reports, as the change it is: it ends the case. Puts one right, too."""

from datetime import date

from sqlalchemy.orm import Session

from service.access import Actor
from service.circumstances.actions import ending
from service.circumstances.actions.concerns import SOURCE_OF
from service.circumstances.actions.recording import case_of, given_by_the_service, record_change
from service.circumstances.consequences import Reliability, Standing
from service.circumstances.endings import DEATH_IN_ERROR
from service.people import aliases
from service.people.actions.dying import record_death
from service.people.model import Person
from service.referrals.actions import closing
from service.referrals.model import DestinationReferral
from service.referrals.queries import parts_of_person


def _record_death(session: Session, actor: Actor, part: DestinationReferral, day: date) -> None:
    person = session.get_one(Person, part.person_id)
    if person.died_on is None:
        _record(session, actor, part, kind=closing.DIED, day=day)


def _correct_death(session: Session, actor: Actor, part: DestinationReferral, day: date | None) -> None:
    """Put a death right that rests on this destination's word alone; what others said of it stands.

    Somebody who has not died is in nobody's care until probation has seen to it, so that it is an alarm.
    """
    person = session.get_one(Person, part.person_id)
    deaths = ending.deaths_of(session, part.person_id)
    if person.died_on is None or any(one.destination_referral_id != part.id for one in deaths):
        return
    # Of a death that is on record already the report of another destination is its word alone.
    others = (one for one in parts_of_person(session, part.person_id) if one.id != part.id)
    if any(closing.says_died(session, one) for one in others):
        return
    if day is not None:
        for record in aliases.records_of(session, part.person_id):
            record_death(session, Actor.for_service("circumstances"), record, day)
    else:
        _record(session, actor, part, kind=DEATH_IN_ERROR, day=person.died_on)


def _record(session: Session, actor: Actor, part: DestinationReferral, *, kind: str, day: date) -> None:
    person = session.get_one(Person, part.person_id)
    given = given_by_the_service(
        kind,
        occurred_on=day,
        source=SOURCE_OF[part.kind].value,
        reliability=Reliability.RELIABLE.value,
        standing=Standing.ESTABLISHED.value,
    )
    given |= {"immediate_danger": kind == DEATH_IN_ERROR}
    case = case_of(session, actor, part.referral.probation_id, person)
    record_change(session, Actor.for_service("circumstances"), case, given, reported_with=part)


closing.register_death(_record_death, _correct_death)
