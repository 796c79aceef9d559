"""Carries another day of release, or the end of supervision, into a referral, with all that follows."""

from datetime import date, datetime
from itertools import pairwise

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.destinations.ending import ended_on, given_back, is_for_release, released_on
from service.destinations.sharing import supervision_ends
from service.document.coherence import allows
from service.document.paths import Document, day_at
from service.referrals import writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.actions.circumstances import plan_for_release
from service.referrals.actions.dates import follow_dates
from service.referrals.actions.disclosures import changed_sections
from service.referrals.document_queries import versions_around, whole_document
from service.referrals.model import Referral


def change_release_date(
    session: Session,
    actor: Actor,
    referral: Referral,
    day: date,
    *,
    put_back: bool,
    goes_on: bool = True,
) -> bool:
    """Make a new version of a referral with another day of release, and send it to those it concerns.

    The same day, said again after a recall, is what waits is planned for.

    Args:
        referral: locked.
        put_back: whether a practitioner has said why what is needed may wait for a later day.
        goes_on: whether what a recall has stopped is planned for that day; a recall since then stops it.

    Returns:
        Whether anything has changed.
    """
    before = whole_document(session, referral)
    known = day_at(before, "release.date")
    if known == day:
        if put_back:
            # A prison had sent the later day, and nobody had said yet that anything may wait for it.
            follow_dates(session, actor, referral, before, before, put_back=True)
        ahead = goes_on and day >= clock.today()
        planned = ahead and plan_for_release(session, actor, referral, trigger="release_changed")
        return planned or put_back
    document = released_on(before, day)
    writes.make_version(session, actor, referral, document, ["release"], event="referral.release_changed")
    bring_in_line(
        session,
        actor,
        referral,
        before,
        document,
        trigger="release_changed",
        put_back=put_back,
        goes_on=goes_on,
    )
    return True


def release_on(
    session: Session, actor: Actor, referral: Referral, day: date, *, goes_on: bool = True
) -> None:
    """Record the day on which a person was released, in a referral that was made for a release.

    Args:
        referral: locked.
        goes_on: as of `change_release_date`.
    """
    if is_for_release(whole_document(session, referral)):
        change_release_date(session, actor, referral, day, put_back=False, goes_on=goes_on)


def end_supervision(session: Session, actor: Actor, referral: Referral, day: date, *, trigger: str) -> None:
    """Make a new version of a referral in which supervision ends on a day, where it went on for longer.

    Args:
        referral: locked.
        trigger: a code of why it ends.
    """
    before = whole_document(session, referral)
    document = ended_on(before, day)
    if document == before:
        return
    sections = changed_sections(before, document)
    writes.make_version(session, actor, referral, document, sections, event="referral.supervision_ended")
    bring_in_line(session, actor, referral, before, document, trigger=trigger)


def allows_release(session: Session, referral: Referral, day: date) -> bool:
    """Return whether the rest of a referral that was made for a release allows a day of it."""
    document = whole_document(session, referral)
    return not is_for_release(document) or allows(document, released_on(document, day))


def allows_end(session: Session, referral: Referral, day: date) -> bool:
    """Return whether the rest of a referral allows that supervision ended on a day."""
    document = whole_document(session, referral)
    return allows(document, ended_on(document, day))


def give_back_dates(session: Session, actor: Actor, referral: Referral, day: date, since: datetime) -> None:
    """Make a new version in which dates are again what they were before a change that was not so.

    What another day of release had pulled forward may wait again: a manager has said why.

    Args:
        referral: locked.
        day: the day that the change had made the release, or the end of supervision.
        since: when the change was recorded.
    """
    before = whole_document(session, referral)
    documents = [one.document for one in versions_around(session, referral, since)]
    for earlier, later in pairwise(documents):
        if day in _days(later) and day not in _days(earlier):
            document = given_back(before, earlier, later)
            sections = changed_sections(before, document)
            if sections:
                event = "referral.release_changed"
                writes.make_version(session, actor, referral, document, sections, event=event)
                bring_in_line(
                    session,
                    actor,
                    referral,
                    before,
                    document,
                    trigger="release_changed",
                    put_back=day_at(before, "release.date") != day_at(document, "release.date"),
                    goes_on=False,
                )
            return


def _days(document: Document) -> set[date | None]:
    return {day_at(document, "release.date"), supervision_ends(document)}
