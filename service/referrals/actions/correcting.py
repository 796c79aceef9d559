"""Brings the documents of open referrals in line with a record that was put right, with all that follows."""

import uuid
from typing import Final

from sqlalchemy.orm import Session

from service import settling
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.document.paths import day_at
from service.people.actions.documents import as_recorded
from service.people.corrected import take_corrected, take_identity, take_put_right
from service.people.model import Person
from service.referrals import writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.actions.disclosures import changed_sections
from service.referrals.actions.looking_through import tell_addresses
from service.referrals.actions.named_release import follow_release
from service.referrals.actions.persons_days import PACKAGE, as_said, followed, take_said
from service.referrals.actions.putting_right import known_as, tell_what_was_put_right
from service.referrals.document_queries import whole_document
from service.referrals.queries import open_referrals_of

_TRIGGER: Final = "record_corrected"


@bypasses_row_security
def follow_record(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Make a new version of every open referral that says otherwise than the record, and send it.

    So it does of those that say another day of the person's than was said in one of them. What was never so
    is told also to those who read it still, although their work has ended.

    Nothing is read as long as nothing on record says otherwise than before.
    """
    corrected, days = take_corrected(session, person_id), take_said(session, person_id)
    if not corrected and days is None:
        return
    put_right, identity = take_put_right(session, person_id), take_identity(session, person_id)
    if corrected:
        tell_addresses(session, actor, person_id)
    person = session.get_one(Person, person_id)
    if person.died_on is not None:
        days = None
    released = False
    # Of a record that was merged with it the days stay where they were said: it may be parted again.
    referrals = open_referrals_of(session, person_id, lock=True, read=put_right or identity)
    following = set() if days is None else followed(session, referrals, days)
    for referral in referrals:
        if not corrected and referral.id not in following:
            continue
        before = whole_document(session, referral)
        right = as_recorded(session, person, before, referral.client_id) if corrected else before
        document = as_said(right, days) if days is not None and referral.id in following else right
        sections = changed_sections(before, document)
        if sections:
            is_release = day_at(before, "release.date") != day_at(document, "release.date")
            released = released or is_release
            event = "referral.release_changed" if is_release else "referral.corrected"
            trigger = "release_changed" if is_release else _TRIGGER
            writes.make_version(session, actor, referral, document, sections, event=event)
            bring_in_line(session, actor, referral, before, document, trigger=trigger)
        if right != before and (put_right or identity):
            told = right if put_right else known_as(before, right)
            tell_what_was_put_right(session, actor, referral, before, told, trigger=_TRIGGER)
    if released:
        follow_release(session, actor, person_id)


settling.register(PACKAGE, 3, follow_record)
