"""Follows the dates that decide by when something is owed: the release, and with it an arrival.

What was set by a date is worked out again when the date changes: sooner pulls it forward, later leaves it
unless a practitioner says so with a reason (truth-over-time, "Clocks").
"""

from sqlalchemy.orm import Session

from service.access import Actor
from service.checks import actions as checks
from service.destinations.case import asks_by_key
from service.document.paths import Document
from service.referrals import writes
from service.referrals.actions.required_checks import RELEASE_DATE, needed_by
from service.referrals.model import Referral
from service.referrals.queries import parts_of


def follow_dates(
    session: Session,
    actor: Actor,
    referral: Referral,
    before: Document,
    document: Document,
    *,
    put_back: bool,
) -> None:
    """Bring clocks in line with the dates of a new version.

    Args:
        referral: locked, its parts brought in line with the version.
        before: the version before, whole.
        document: the current version, whole.
        put_back: whether a practitioner has said why what is needed may wait for a later day.
    """
    was, now = needed_by(before), needed_by(document)
    if was != now:
        checks.follow_needed_by(
            session, actor, referral.person_id, now, was=was, put_back=put_back, reason=RELEASE_DATE
        )
    asked_before, asked = asks_by_key(before), asks_by_key(document)
    for part in parts_of(session, referral):
        if part.key in asked_before and part.key in asked:
            writes.follow_notice(session, actor, part, before, document)
