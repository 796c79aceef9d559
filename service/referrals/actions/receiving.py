"""Reads the document that a destination was sent; the first time its destination does, it has received it."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit
from service.access import Actor
from service.access.four_eyes import OwnWork
from service.destinations.states import Action, State
from service.document.paths import Document
from service.http.problems import not_found
from service.referrals import document_queries, queries, shared
from service.referrals.actions.moves import move_part, row_for
from service.referrals.model import DestinationReferral, Disclosure
from service.referrals.protected_texts import without_protected


class Received(NamedTuple):
    """What was read.

    Args:
        disclosure: what was sent last.
        document: as the reader may read it.
        protected: whether it may tell of protected contacts.
        first: whether it was received by being read.
    """

    part: DestinationReferral
    disclosure: Disclosure
    document: Document
    protected: bool
    first: bool


def read_document(session: Session, actor: Actor, destination_referral_id: UUID, *, read: bool) -> Received:
    """Return the document that a destination was sent, and record that it was read.

    Args:
        read: whether the caller is shown it, and does not only ask whether it is there.

    Raises:
        Problem: 404; 410 `sharing-ended`.
    """
    part = queries.find_part(session, actor, destination_referral_id)
    shared.require_shared(actor, part)
    protected = "protected_contacts" in queries.require_documents(session, actor, part.referral)
    received = False
    if part.side_of(actor) == "destination" and part.state == State.SENT and read:
        part = queries.find_part(session, actor, destination_referral_id, lock=True)
        received = part.state == State.SENT
        if received:
            move_part(session, actor, part, row_for(session, actor, part, Action.RECEIVE, OwnWork()), {})
    disclosure = document_queries.latest_disclosure(session, part)
    if disclosure is None or (part.destination.confidant and not protected):
        raise not_found()
    document = document_queries.sent_document(session, disclosure)
    if not protected:
        document = without_protected(session, part.referral, disclosure.version_number, document)
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="disclosure",
        object_id=disclosure.id,
        object_version=disclosure.version_number,
        person_id=disclosure.person_id,
        fields=disclosure.fields,
        purpose=disclosure.purpose,
    )
    return Received(part, disclosure, document, protected, received)
