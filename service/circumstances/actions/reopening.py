"""Opens a review of the plan for the practitioner, when MAPPA is asked after others have begun."""

from typing import Final

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.circumstances.actions.recording import case_of, given_by_the_service, record_change
from service.circumstances.consequences import Reliability, Standing
from service.people.model import Person
from service.people.rules import Source
from service.referrals.actions.reopening import register_reopening
from service.referrals.model import Referral

MAPPA_ASKED: Final = "mappa_asked"


def _reopen(session: Session, actor: Actor, referral: Referral) -> None:
    person = session.get_one(Person, referral.person_id)
    given = given_by_the_service(
        MAPPA_ASKED,
        occurred_on=clock.today(),
        source=Source.PRACTITIONER.value,
        reliability=Reliability.RELIABLE.value,
        standing=Standing.ESTABLISHED.value,
    )
    by = Actor.for_service("circumstances")
    record_change(session, by, case_of(session, actor, referral.probation_id, person), given)


register_reopening(_reopen)
