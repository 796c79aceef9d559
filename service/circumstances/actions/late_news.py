"""Has somebody read what a destination says elsewhere than in a concern: late, of who was seen, corrected."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.circumstances.actions.concerns import SOURCE_OF, case_around, report_concern
from service.circumstances.actions.recording import case_of, given_by_the_service, record_change
from service.circumstances.consequences import About, Reliability, Standing
from service.people.model import Person
from service.referrals.actions.late_news import register_late_news, register_seen, register_taken_back
from service.referrals.model import DestinationReferral

LATE_NEWS: Final = "late_news"
CORRECTED: Final = "report_corrected"


def _report(session: Session, actor: Actor, part: DestinationReferral, words: str | None) -> None:
    person = session.get_one(Person, part.person_id)
    given = given_by_the_service(
        LATE_NEWS,
        occurred_on=clock.today(),
        source=SOURCE_OF[part.kind].value,
        reliability=Reliability.UNTESTED.value,
        standing=Standing.ALLEGED.value,
    )
    given |= {"immediate_danger": False, **({"details": words} if words else {})}
    # It is the service's: the destination reported no concern, and has no receipt for one.
    by = Actor.for_service("circumstances")
    case = case_of(session, actor, part.referral.probation_id, person)
    record_change(session, by, case, given, reported_with=part)


def _seen(session: Session, actor: Actor, part: DestinationReferral, said: Mapping[str, Any]) -> None:
    people = [About.CHILD.value] if said["with_child"] == "yes" else []
    concern = {
        "occurred_on": date.fromisoformat(said["seen_at"][:10]),
        "details": said.get("detail") or "A visitor was reported.",
        "people": people,
        "immediate_danger": False,
    }
    report_concern(session, actor, case_around(session, actor, part), part, concern)


def _taken_back(session: Session, actor: Actor, part: DestinationReferral, what: str, because: str) -> None:
    person = session.get_one(Person, part.person_id)
    given = given_by_the_service(
        CORRECTED,
        occurred_on=clock.today(),
        source=SOURCE_OF[part.kind].value,
        reliability=Reliability.UNTESTED.value,
        standing=Standing.ALLEGED.value,
    )
    given |= {"immediate_danger": False, "details": f"{part.key}, {what}: {because}"}
    by = Actor.for_service("circumstances")
    record_change(
        session, by, case_of(session, actor, part.referral.probation_id, person), given, reported_with=part
    )


register_late_news(_report)
register_taken_back(_taken_back)
register_seen(_seen)
