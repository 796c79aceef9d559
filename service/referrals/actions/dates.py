"""Follows the dates that decide by when something is owed: the release, and with it an arrival.

What was set by a date is worked out again when the date changes: sooner pulls it forward, later leaves it
unless a practitioner says so with a reason (truth-over-time, "Clocks").
"""

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from service import clock, settling, timers
from service.access import Actor
from service.checks import actions as checks
from service.destinations.case import asks_by_key
from service.destinations.sharing import supervision_ends
from service.document.paths import Document, day_at, value_at
from service.referrals import deadlines, writes
from service.referrals.actions.circumstances_at_rest import at_rest
from service.referrals.actions.required_checks import RELEASE_DATE, needed_by
from service.referrals.document_queries import release_days_of, whole_document
from service.referrals.model import Referral
from service.referrals.queries import parts_of

HDC: Final = "hdc"
HDC_ENDED: Final = "hdc_ended"
_CURFEW_RESTED: Final = frozenset({"recalled", "supervision_suspended", HDC_ENDED})
"""Why nobody was reminded of a curfew for a while."""


def curfew_ends(document: Document) -> date | None:
    """Return the last day of a curfew: of home detention, or of the licence; None where there is none."""
    ends = [day_at(document, "licence.curfew.until")]
    ends += [
        day_at(period, "end_date")
        for period in value_at(document, "release.releases") or ()
        if period.get("type") == HDC
    ]
    return max((end for end in ends if end is not None), default=None)


def follow_curfew(session: Session, actor: Actor, referral: Referral, document: Document) -> None:
    """Remind probation before a home detention curfew ends.

    Args:
        document: the current version, whole.
    """
    ends_on = curfew_ends(document)
    ahead = ends_on is not None and ends_on >= clock.today() and not at_rest(parts_of(session, referral))
    deadlines.follow_curfew(session, actor, referral, ends_on if ahead else None)


def wake_curfew(session: Session, actor: Actor, referral: Referral, *, has_ended: bool) -> None:
    """Remind probation of a curfew again that somebody is back under.

    Args:
        referral: locked.
        has_ended: whether it was said that the curfew has ended, which stands.
    """
    if has_ended:
        return
    if deadlines.curfew_stopped_for(session, referral) in _CURFEW_RESTED:
        follow_curfew(session, actor, referral, whole_document(session, referral))


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
    if was != now or put_back:
        # Put back twice, and only the second time with a reason, what is asked still waits for the first day.
        waited_for = {was, *map(clock.at, release_days_of(session, referral))} if put_back else ()
        checks.follow_needed_by(
            session,
            actor,
            referral.person_id,
            now,
            waited_for=waited_for,
            put_back=put_back,
            reason=RELEASE_DATE,
        )
    if supervision_ends(before) != supervision_ends(document):
        settling.mark(session, actor, referral.person_id, only=writes.WHAT_ENDS)
    if curfew_ends(before) != curfew_ends(document):
        follow_curfew(session, actor, referral, document)
    asked_before, asked = asks_by_key(before), asks_by_key(document)
    for part in parts_of(session, referral):
        if part.key in asked_before and part.key in asked:
            writes.follow_notice(session, actor, part, before, document, put_back=put_back)


# Whatever ends later than supervision does is looked at again by what is open then.
settling.register(writes.WHAT_ENDS, 4, checks.look_at_meetings, by_name=True)
timers.ends_with_last_step(deadlines.REFERRAL, deadlines.CURFEW, "ended")
