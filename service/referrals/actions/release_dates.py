"""Carries a release date that probation was sent into a referral, and to every destination it concerns."""

from datetime import date

from sqlalchemy.orm import Session

from service.access import Actor
from service.document.coherence import faults
from service.document.paths import Document, with_value
from service.referrals import writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.document_queries import whole_document
from service.referrals.model import Referral

_SECTION = "release"


def change_release_date(session: Session, actor: Actor, referral: Referral, day: date) -> bool:
    """Make a new version of a referral with another release date, and send it to those it concerns.

    Args:
        referral: locked.

    Returns:
        Whether the rest of the document allows that day; otherwise nothing has been changed.
    """
    before = whole_document(session, referral)
    document = _released_on(before, day)
    if set(faults(document)) - set(faults(before)):
        return False
    writes.make_version(session, actor, referral, document, [_SECTION], event="referral.amended")
    bring_in_line(session, actor, referral, before, document, trigger="release_date_sent")
    return True


def _released_on(before: Document, day: date) -> dict[str, object]:
    document = with_value(with_value(before, "release.date_known", True), "release.date", day.isoformat())
    section = {name: value for name, value in document[_SECTION].items() if name != "date_unknown_reason"}
    return {**document, _SECTION: section}
