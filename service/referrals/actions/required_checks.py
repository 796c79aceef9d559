"""Raises the checks that a referral calls for: about whom, how urgent, and by when an answer is needed."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.checks import actions as checks
from service.checks.model import Check
from service.destinations.case import asks
from service.document.paths import Document, day_at, value_at
from service.document.vocabulary import highest_rosh
from service.gathering import is_made
from service.people.model import Person
from service.referrals.model import Referral

RELEASE_DATE: Final = "release_date"
ARRIVAL: Final = "arrival"
"""The codes of why something is due on another day."""


def raise_first_checks(
    session: Session, actor: Actor, referral: Referral, person: Person, document: Document
) -> list[Check]:
    """Raise every check that a new referral calls for; a known release date is when they are needed.

    Those raised when the case was opened without a referral are taken over by its first.
    """
    case = checks.CheckCase(
        referral_id=referral.id,
        person=person,
        probation_id=referral.probation_id,
        practitioner=referral.practitioner,
        pdu=referral.pdu,
        urgency="urgent" if referral.urgency == "urgent" else "routine",
        hard_date=needed_by(document),
        rosh_highest=highest_rosh(value_at(document, "risk.rosh") or {}),
        new=is_made(session, person),
    )
    raised = checks.take_over_checks(session, actor, case, referral.id, "referral.submitted")
    if case.hard_date is not None and not is_made(session, person):
        # What has been asked already, when the case was opened or for another referral.
        checks.follow_needed_by(session, actor, person.id, case.hard_date, reason=RELEASE_DATE)
    return raised


def needed_by(document: Document) -> datetime | None:
    """Return by when the answers are needed: the beginning of the release, or of a placement before it.

    None while neither is known. A placement that has begun is no reason any more.
    """
    placements = [ask.annex.get("placement") or {} for ask in asks(document)]
    starts = [day_at(one, "start_date") for one in placements if not one.get("start_same_as_release")]
    ahead = [day for day in starts if day is not None and day >= clock.today()]
    day = min((one for one in (day_at(document, "release.date"), *ahead) if one is not None), default=None)
    return clock.at(day) if day else None
