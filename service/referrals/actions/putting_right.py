"""Tells destinations whose work has ended what was put right of what they read, while it is shared with them.

They go on reading what they were sent: no change is theirs to know any more, but what was never so misleads.
Nobody waits for an acknowledgement. Danger does not come by this way: it has clocks of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access import Actor
from service.destinations.put_right import put_right
from service.destinations.states import READ_AFTER_ITS_END
from service.document.paths import Document, answered, value_at, with_value
from service.people.documents import NEVER_CHANGING, PERSON
from service.referrals import writes
from service.referrals.actions.comparing import as_it_counts, known_of
from service.referrals.actions.disclosures import changed_sections
from service.referrals.actions.release import assigned_organisations
from service.referrals.actions.routing import Draft, draft_parts, ended_elsewhere
from service.referrals.document_queries import sent_documents
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import parts_of
from service.referrals.shared import has_ended

_CHANGED: Final = "destination_referral.changed"


def tell_what_was_put_right(
    session: Session, actor: Actor, referral: Referral, before: Document, document: Document, *, trigger: str
) -> None:
    """Send those whose work has ended their document with what was put right of it, and say which sections.

    Of what has changed besides since they were sent it, they are told nothing.

    Args:
        referral: locked.
        before: the version before, whole: it differs from the current one in what was put right alone.
        document: the current version, whole.
        trigger: a code of why.
    """
    parts = {
        part.key: part
        for part in parts_of(session, referral)
        if part.state in READ_AFTER_ITS_END and part.shown and not has_ended(part)
    }
    if not parts:
        return
    sent = sent_documents(session, parts.values())
    read = {key: sent[part.id] for key, part in parts.items() if part.id in sent}
    were = _drafts(session, referral, parts, read, before)
    drafts = _drafts(session, referral, parts, read, document)
    for key in read.keys() & were.keys() & drafts.keys():
        draft, part = drafts[key], parts[key]
        now = draft.projection.document
        # They may have read who it is before that was last put right.
        told = known_as(put_right(read[key], were[key].projection.document, now), now)
        sections = changed_sections(read[key], told)
        if not sections:
            continue
        projection = replace(draft.projection, document=told, fields=tuple(sorted(answered(told))))
        writes.record_disclosure(
            session,
            actor,
            part,
            projection,
            document,
            not_representable=draft.lacking["not_representable"],
            trigger=trigger,
        )
        data = {"sections": sections, "document_version": len(part.editions)}
        writes.record_event(session, actor, part, _CHANGED, data=data)


def known_as(document: Document, other: Document) -> dict[str, Any]:
    """Return a document that says who the person is as another one does, of what it says of that itself."""
    found = dict(document)
    for path in ("person.crn", *(".".join(PERSON[name]) for name in sorted(NEVER_CHANGING))):
        if value_at(found, path) and value_at(other, path):
            found = with_value(found, path, value_at(other, path))
    return found


def _drafts(
    session: Session,
    referral: Referral,
    parts: Mapping[str, DestinationReferral],
    read: Mapping[str, Document],
    document: Document,
) -> dict[str, Draft]:
    counting = as_it_counts(document, document, parts.values())
    known = replace(known_of(session, referral, counting, parts.values()), sent=read)
    return draft_parts(
        session,
        known,
        person_id=referral.person_id,
        region=referral.region,
        others={},
        ended=ended_elsewhere(session, referral),
        assigned=assigned_organisations(parts.values()),
    )
