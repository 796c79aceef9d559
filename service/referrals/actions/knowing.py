"""Sends an organisation what it may know from now on, when a decision has opened it; nobody else anything.

Its decision is about one person: what waited for a wording goes as it is, and its document is made anew.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.destinations.states import WAITING
from service.gathering import forget_read
from service.referrals import writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.actions.comparing import known_of
from service.referrals.actions.release import assigned_organisations, release_waiting, stopped_parts
from service.referrals.actions.routing import draft_parts, ended_elsewhere, states_of_person
from service.referrals.document_queries import sent_documents, whole_document
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import parts_of
from service.third_parties.hooks import register_look_again

_TRIGGER = "disclosure_decided"


@bypasses_row_security
def send_what_is_open(session: Session, actor: Actor, person_id: UUID, organisation_id: UUID) -> None:
    """Send an organisation what it may know of a person now, in every referral that it has or waits for.

    Args:
        organisation_id: whom it was decided to tell.
    """
    concerned = select(DestinationReferral.referral_id).where(
        DestinationReferral.person_id == person_id, DestinationReferral.organisation_id == organisation_id
    )
    forget_read(session, Referral.__table__)
    referrals = session.scalars(
        select(Referral)
        .where(Referral.id.in_(concerned))
        .order_by(Referral.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for referral in referrals:
        if _reads_another(session, referral, organisation_id):
            document = whole_document(session, referral)
            writes.make_version(session, actor, referral, document, [], event="referral.amended")
            bring_in_line(session, actor, referral, document, document, trigger=_TRIGGER)
        else:
            release_waiting(session, actor, referral, trigger=_TRIGGER)


register_look_again(send_what_is_open)


def _reads_another(session: Session, referral: Referral, organisation_id: UUID) -> bool:
    """Return whether what an organisation has of a referral would be another document now, or lacks less."""
    parts = {part.key: part for part in parts_of(session, referral)}
    theirs = [part for part in parts.values() if part.organisation_id == organisation_id and part.shown]
    if not theirs or all(part.state in WAITING for part in theirs):
        return False
    drafts = draft_parts(
        session,
        known_of(session, referral),
        person_id=referral.person_id,
        region=referral.region,
        others=states_of_person(session, referral.person_id, referral.probation_id),
        assigned=assigned_organisations(parts.values()),
        stopped=stopped_parts(parts.values()),
        ended=ended_elsewhere(session, referral),
    )
    sent = sent_documents(session, theirs)
    return any(
        part.key in drafts
        and (part.owes_wording or sent.get(part.id) != drafts[part.key].projection.document)
        for part in theirs
    )
