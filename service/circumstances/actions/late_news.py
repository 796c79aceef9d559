"""Opens a review for the SPO of the last unit when a destination writes after sharing has ended."""

from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.circumstances.actions.concerns import SOURCE_OF
from service.circumstances.actions.recording import case_of, record_change
from service.circumstances.consequences import Reliability, Standing
from service.people.model import Person
from service.referrals.actions.late_news import register_late_news
from service.referrals.model import DestinationReferral

LATE_NEWS: Final = "late_news"


def _report(session: Session, actor: Actor, part: DestinationReferral, words: str | None) -> None:
    person = session.get_one(Person, part.person_id)
    given: dict[str, Any] = {
        "kind": LATE_NEWS,
        "occurred_on": clock.today(),
        "source": SOURCE_OF[part.kind].value,
        "reliability": Reliability.UNTESTED.value,
        "standing": Standing.ALLEGED.value,
        "urgent": False,
        "contacts": [],
        "contact_ids": [],
        "addresses": [],
        "address_ids": [],
        "immediate_danger": False,
        **({"details": words} if words else {}),
    }
    # It is the service's: the destination reported no concern, and has no receipt for one.
    by = Actor.for_service("circumstances")
    case = case_of(session, actor, part.referral.probation_id, person)
    record_change(session, by, case, given, reported_with=part)


register_late_news(_report)
