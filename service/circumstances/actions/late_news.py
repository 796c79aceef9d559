"""Has somebody read what a destination says elsewhere than in a concern: late, of who was seen, corrected.

So also where an agency withdraws what probation had reviewed.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.checks.basis import has_ended
from service.checks.kinds import KINDS
from service.checks.model import Check
from service.checks.taken_back import TakenBack, register_lock
from service.checks.taken_back import register_taken_back as register_answer_taken_back
from service.circumstances import queries
from service.circumstances.actions.concerns import SOURCE_OF, case_around, report_concern
from service.circumstances.actions.recording import case_of, given_by_the_service, record_change
from service.circumstances.consequences import About, Reliability, Standing
from service.circumstances.rules import CORRECTED
from service.people.model import Person
from service.people.rules import Source
from service.referrals.actions.late_news import (
    Correction,
    register_late_news,
    register_seen,
    register_taken_back,
)
from service.referrals.model import DestinationReferral

LATE_NEWS: Final = "late_news"
_AGENCY: Final = MappingProxyType(
    {"police_force": Source.POLICE, "local_authority": Source.CHILDRENS_SERVICES}
)
"""What an agency's word is as a source, by the kind of organisation."""


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


def _taken_back(session: Session, actor: Actor, part: DestinationReferral, correction: Correction) -> None:
    """Have a correction reviewed; a correction of it that nobody has reviewed belongs to the same review."""
    about, since = f"{part.key}, {correction.what}: ", correction.since
    earlier = queries.correction_since(session, part.id, about, since) if since else None
    person = session.get_one(Person, part.person_id)
    given = given_by_the_service(
        CORRECTED,
        occurred_on=clock.today(),
        source=SOURCE_OF[part.kind].value,
        reliability=Reliability.UNTESTED.value,
        standing=Standing.ALLEGED.value,
    )
    given |= {"immediate_danger": False, "details": f"{about}{correction.because}"}
    case = case_of(session, actor, part.referral.probation_id, person)
    by = Actor.for_service("circumstances")
    record_change(session, by, case, given, reported_with=part, corrects=earlier)


def _lock_case(session: Session, actor: Actor, check: Check) -> None:
    case_of(session, actor, check.probation_id, session.get_one(Person, check.person_id))


def _answer_taken_back(session: Session, actor: Actor, answer: TakenBack) -> None:
    if not answer.review:
        return
    check = answer.check
    given = given_by_the_service(
        CORRECTED,
        occurred_on=clock.today(),
        source=_AGENCY.get(KINDS[check.kind].organisation_kind, Source.OTHER).value,
        reliability=Reliability.UNTESTED.value,
        standing=Standing.ALLEGED.value,
    )
    # By what request it was asked is for whoever sees the checks, where it says so itself.
    given["details"] = answer.because
    case = case_of(session, actor, check.probation_id, session.get_one(Person, check.person_id))
    late = has_ended(session, check)
    record_change(session, Actor.for_service("circumstances"), case, given, late_answer=late)


register_late_news(_report)
register_lock(_lock_case)
register_answer_taken_back("circumstances", _answer_taken_back)
register_taken_back(_taken_back)
register_seen(_seen)
