"""Raises the checks that a referral calls for: about whom, how urgent, and by when an answer is needed."""

from datetime import datetime, time

from sqlalchemy.orm import Session

from service.access import Actor
from service.checks import actions as checks
from service.checks.model import Check
from service.clock import LONDON
from service.document.paths import Document, day_at, value_at
from service.document.vocabulary import highest_rosh
from service.gathering import is_made
from service.people.model import Person
from service.referrals.model import Referral


def raise_first_checks(
    session: Session, actor: Actor, referral: Referral, person: Person, document: Document
) -> list[Check]:
    """Raise every check that a new referral calls for; a known release date is when they are needed.

    Those raised when the case was opened without a referral are taken over by its first.
    """
    release = day_at(document, "release.date")
    case = checks.CheckCase(
        referral_id=referral.id,
        person=person,
        probation_id=referral.probation_id,
        practitioner=referral.practitioner,
        pdu=referral.pdu,
        urgency="urgent" if referral.urgency == "urgent" else "routine",
        hard_date=datetime.combine(release, time(), LONDON) if release else None,
        rosh_highest=highest_rosh(value_at(document, "risk.rosh") or {}),
        new=is_made(session, referral),
    )
    return checks.take_over_checks(session, actor, case, referral.id, "referral.submitted")
