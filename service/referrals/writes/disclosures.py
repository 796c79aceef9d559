"""Writes what destinations are sent, and the changes they must acknowledge."""

from typing import Any

from sqlalchemy.orm import Session

from service import audit, clock
from service.access import Actor
from service.db import Json, new_id
from service.destinations.projection import Projection
from service.document.paths import Document
from service.referrals import deadlines
from service.referrals.model import ChangeNotice, ConfidentialDisclosure, DestinationReferral, Disclosure
from service.referrals.shared import basis_now, law_of
from service.referrals.writes.destination_referrals import record_event


def record_disclosure(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    projection: Projection,
    document: Document,
    *,
    not_representable: list[Any],
    trigger: str,
) -> None:
    """Record that a part's destination is sent its document of the current version.

    Args:
        part: stored already.
        projection: the document it is sent.
        document: the whole document, for why it is shared.
        not_representable: answers that the destination's own form cannot hold.
        trigger: a code of why it is sent now.
    """
    sharing = document["sharing_basis"]
    basis = basis_now(part)
    code = basis.code if basis else sharing["legal_basis"]
    law = law_of(part, code)
    part.sent_version = part.referral.current_version
    if part.edition_of(part.sent_version) == part.edition_of(part.sent_version - 1):
        part.editions = [*part.editions, part.sent_version]
    confidential = part.destination.confidant
    disclosure = Disclosure(
        id=new_id(),
        destination_referral_id=part.id,
        version_number=part.sent_version,
        recipient_id=part.organisation_id,
        person_id=part.referral.person_id,
        document=None if confidential else projection.document,
        fields=list(projection.fields),
        withheld=[{"path": one.path, "reason": one.reason} for one in projection.withheld],
        not_representable=not_representable,
        purpose=part.destination.purpose,
        legal_basis=code,
        gateway=law.gateway if law else None,
        regime=law.regime if law else None,
        condition=law.condition if law else None,
        decided_by=(
            actor.practitioner.id
            if actor.practitioner and actor.side == "probation"
            else part.referral.practitioner
        ),
        person_told=sharing.get("person_told"),
        not_told_reason=sharing.get("not_told_reason"),
        made_at=clock.now(),
    )
    session.add(disclosure)
    if confidential:
        session.add(ConfidentialDisclosure(id=disclosure.id, document=projection.document))
    audit.record(
        session,
        actor,
        "disclosure",
        object_kind="destination_referral",
        object_id=part.id,
        object_version=part.sent_version,
        person_id=part.referral.person_id,
        fields=projection.fields,
        purpose=disclosure.purpose,
        legal_basis=disclosure.legal_basis,
        recipients=[disclosure.recipient_id],
        reason=trigger,
    )


def record_change_notice(
    session: Session, actor: Actor, part: DestinationReferral, sections: list[str], *, reconfirm: bool
) -> None:
    """Record a change that a destination must acknowledge, and start the clock of its acknowledgement.

    Args:
        sections: the sections of its document that changed.
        reconfirm: whether it must say that it can go on as accepted.
    """
    notice = ChangeNotice(
        id=new_id(),
        destination_referral_id=part.id,
        version_number=part.sent_version,
        sections=sections,
        reconfirm=reconfirm,
        made_at=clock.now(),
    )
    session.add(notice)
    data: Json = {"sections": sections, "document_version": len(part.editions)}
    record_event(
        session,
        actor,
        part,
        "destination_referral.changed",
        data={**data, "must_acknowledge": True, "reconfirm": reconfirm},
    )
    deadlines.await_acknowledgement(session, actor, part, notice)
