"""Brings the documents of open referrals in line with a record that was put right, with all that follows."""

import uuid
from typing import Final

from sqlalchemy.orm import Session

from service import settling
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.people.actions.documents import as_recorded
from service.people.corrected import take_corrected, take_identity, take_put_right
from service.people.model import Person
from service.referrals import writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.actions.disclosures import changed_sections
from service.referrals.actions.looking_through import tell_addresses
from service.referrals.actions.putting_right import known_as, tell_what_was_put_right
from service.referrals.document_queries import whole_document
from service.referrals.queries import open_referrals_of

_PACKAGE: Final = "referrals"
_TRIGGER: Final = "record_corrected"


@bypasses_row_security
def follow_record(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Make a new version of every open referral that says otherwise than the record, and send it.

    What was never so is told also to those who read it still, although their work has ended.

    Nothing is read as long as nothing on record says otherwise than before.
    """
    if not take_corrected(session, person_id):
        return
    put_right, identity = take_put_right(session, person_id), take_identity(session, person_id)
    tell_addresses(session, actor, person_id)
    person = session.get_one(Person, person_id)
    for referral in open_referrals_of(session, person_id, lock=True, read=put_right or identity):
        before = whole_document(session, referral)
        document = as_recorded(session, person, before, referral.client_id)
        sections = changed_sections(before, document)
        if sections:
            writes.make_version(session, actor, referral, document, sections, event="referral.corrected")
            bring_in_line(session, actor, referral, before, document, trigger=_TRIGGER)
            if put_right or identity:
                right = document if put_right else known_as(before, document)
                tell_what_was_put_right(session, actor, referral, before, right, trigger=_TRIGGER)


settling.register(_PACKAGE, 3, follow_record)
