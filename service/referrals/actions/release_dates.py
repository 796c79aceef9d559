"""Carries another day of release, or the end of supervision, into a referral, with all that follows."""

from datetime import date

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.destinations.sharing import ended_on
from service.document.paths import Document, day_at, value_at, with_value
from service.referrals import writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.actions.circumstances import plan_for_release
from service.referrals.actions.dates import follow_dates
from service.referrals.actions.disclosures import changed_sections
from service.referrals.document_queries import whole_document
from service.referrals.model import Referral


def change_release_date(
    session: Session, actor: Actor, referral: Referral, day: date, *, put_back: bool
) -> bool:
    """Make a new version of a referral with another day of release, and send it to those it concerns.

    The same day, said again after a recall, is what waits is planned for.

    Args:
        referral: locked.
        put_back: whether a practitioner has said why what is needed may wait for a later day.

    Returns:
        Whether anything has changed.
    """
    before = whole_document(session, referral)
    known = day_at(before, "release.date")
    if known == day:
        if put_back:
            # A prison had sent the later day, and nobody had said yet that anything may wait for it.
            follow_dates(session, actor, referral, before, before, put_back=True)
        planned = day >= clock.today() and plan_for_release(
            session, actor, referral, trigger="release_changed"
        )
        return planned or put_back
    release = {**(value_at(before, "release") or {}), "date_known": True, "date": day.isoformat()}
    release.pop("date_unknown_reason", None)
    if "releases" in release and known is not None:
        # What begins with the release begins on its day.
        release["releases"] = [
            {**one, "start_date": day.isoformat()} if day_at(one, "start_date") == known else one
            for one in release["releases"]
        ]
    document = with_value(before, "release", release)
    writes.make_version(session, actor, referral, document, ["release"], event="referral.release_changed")
    bring_in_line(session, actor, referral, before, document, trigger="release_changed", put_back=put_back)
    return True


def is_for_release(document: Document) -> bool:
    """Return whether a referral was made for somebody who is to be released, and not for the community.

    Args:
        document: whole.
    """
    periods = value_at(document, "release.releases") or []
    in_community = periods and all(one.get("type") == "in_community" for one in periods)
    return value_at(document, "release") is not None and not in_community


def release_on(session: Session, actor: Actor, referral: Referral, day: date) -> None:
    """Record the day on which a person was released, in a referral that was made for a release.

    Args:
        referral: locked.
    """
    if is_for_release(whole_document(session, referral)):
        change_release_date(session, actor, referral, day, put_back=False)


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
