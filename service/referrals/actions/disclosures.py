"""Sends documents to destinations, and tells them what changed in them. Each sending is a disclosure."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from service import audit, clock
from service.access import Actor
from service.db import new_id
from service.destinations.states import TERMINAL, UNDER_WAY, State
from service.document.paths import Document
from service.referrals import deadlines, writes
from service.referrals.actions.routing import Draft
from service.referrals.model import ChangeNotice, ConfidentialDisclosure, DestinationReferral, Disclosure
from service.referrals.queries import latest_disclosure, sent_document

MATERIAL = frozenset(
    {
        "sentence",
        "release",
        "risk",
        "licence",
        "location",
        "household",
        "safeguarding",
        "adjustments",
        "health",
    }
)
"""Sections whose change may mean that an accepted referral can no longer be met as it was accepted."""

PLAN = "plan"
"""The section named when the plan must be looked at again although nothing that was sent has changed."""


def disclose(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    draft: Draft,
    document: Document,
    *,
    trigger: str,
) -> None:
    """Record that a part's destination is sent its document of the current version.

    Args:
        part: whose row is stored already.
        document: the whole document, for why it is shared.
        trigger: a code of why it is sent now.
    """
    sharing = document["sharing_basis"]
    apart = part.destination.confidant
    disclosure = Disclosure(
        id=new_id(),
        destination_referral_id=part.id,
        version_number=part.referral.current_version,
        recipient_id=part.organisation_id,
        person_id=part.referral.person_id,
        document=None if apart else draft.projection.document,
        fields=list(draft.projection.fields),
        withheld=[{"path": one.path, "reason": one.reason} for one in draft.projection.withheld],
        not_representable=draft.lacking["not_representable"],
        purpose=part.destination.purpose,
        legal_basis=document["sharing_basis"]["legal_basis"],
        decided_by=actor.practitioner.id if actor.practitioner else part.referral.practitioner,
        person_told=sharing.get("person_told"),
        not_told_reason=sharing.get("not_told_reason"),
        made_at=clock.now(),
    )
    session.add(disclosure)
    if apart:
        session.flush()
        session.add(ConfidentialDisclosure(id=disclosure.id, document=draft.projection.document))
    audit.record(
        session,
        actor,
        "disclosure",
        object_kind="destination_referral",
        object_id=part.id,
        object_version=part.referral.current_version,
        person_id=part.referral.person_id,
        fields=draft.projection.fields,
        purpose=part.destination.purpose,
        legal_basis=disclosure.legal_basis,
        recipients=[disclosure.recipient_id],
        reason=trigger,
    )


def share_change(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    draft: Draft,
    document: Document,
    *,
    trigger: str,
    review_plan: bool = False,
) -> None:
    """Send the current version to a destination that has an earlier one, if its document changed; say how.

    It must acknowledge, unless it has not read the first one yet. What touches an accepted referral
    materially must be confirmed anew.

    A change is sent also when it leaves a required answer missing: whoever works with the person must learn
    of a changed risk. What is missing then stands with the part, for probation to supply.

    Args:
        review_plan: it must look at its plan again even if its own document is the same.
    """
    if not part.shown or part.state in TERMINAL | {State.DECLINED}:
        return
    lacking = draft.describe_sent(part)
    last = latest_disclosure(session, part)
    before = sent_document(session, last) if last else {}
    sections = changed_sections(before, draft.projection.document)
    if review_plan:
        sections = [*sections, PLAN]
    if not sections:
        if lacking:
            writes.bump_version(part)
        return
    part.sent_version = part.referral.current_version
    disclose(session, actor, part, draft, document, trigger=trigger)
    if part.state == State.SENT:
        writes.record_event(session, actor, part, "destination_referral.changed", data=_said(part, sections))
        return
    notice = ChangeNotice(
        id=new_id(),
        destination_referral_id=part.id,
        version_number=part.referral.current_version,
        sections=sections,
        reconfirm=part.state in UNDER_WAY and _is_material(part, sections),
        made_at=clock.now(),
    )
    session.add(notice)
    writes.record_event(
        session,
        actor,
        part,
        "destination_referral.changed",
        data={**_said(part, sections), "must_acknowledge": True, "reconfirm": notice.reconfirm},
    )
    session.flush()
    deadlines.await_acknowledgement(session, actor, part, notice)


def changed_sections(before: Document, after: Document) -> list[str]:
    """Name the top-level sections in which two documents differ."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _is_material(part: DestinationReferral, sections: Iterable[str]) -> bool:
    return not (MATERIAL | {PLAN, part.destination.prefix}).isdisjoint(sections)


def _said(part: DestinationReferral, sections: list[str]) -> dict[str, Any]:
    return {"sections": sections, "document_version": part.sent_version}
