"""Sends documents to destinations, with what changed in them. Each one sent is a disclosure."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.access import Actor
from service.db import Json
from service.destinations.rewording import BESIDE, UNTOLD
from service.destinations.states import TERMINAL, UNDER_WAY, State
from service.document.paths import Document
from service.referrals import writes
from service.referrals.actions.routing import Draft
from service.referrals.actions.sharing import follow_document
from service.referrals.model import DestinationReferral
from service.referrals.shared import has_ended

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


def disclose(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    draft: Draft,
    document: Document,
    *,
    trigger: str,
) -> None:
    """Send a destination its document of the current version.

    Args:
        part: stored already.
        document: the whole document, for why it is shared.
        trigger: a code of why it is sent now.
    """
    writes.record_disclosure(
        session,
        actor,
        part,
        draft.projection,
        document,
        not_representable=draft.lacking["not_representable"],
        trigger=trigger,
    )


def share_change(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    draft: Draft,
    document: Document,
    *,
    before: Document,
    trigger: str,
) -> None:
    """Send the current version to a destination that has an earlier one, if its document changed; say how.

    It must acknowledge, unless it has not read the first one yet. What touches an accepted referral
    materially must be confirmed anew.

    A change is sent also when it leaves a required answer missing: those who work with the person must learn
    of a changed risk. The destination referral shows what is missing, for probation to supply. A text for
    which a wording is owed stays as the destination last read it, and is no change.

    Args:
        before: the document that it was last sent.
    """
    owed = part.owes_wording
    if not part.shown:
        return
    follow_document(session, actor, part, draft.bases)
    if has_ended(part):
        return
    if part.state in TERMINAL | {State.DECLINED}:
        if owed:
            writes.set_lacking(part, with_messages(part, _of_what_was_read(part, draft), document))
            writes.follow_wording(session, actor, part, owed=owed)
        return
    writes.set_lacking(part, with_messages(part, draft.lacking, document))
    writes.follow_wording(session, actor, part, owed=owed)
    sections = changed_sections(before, draft.projection.document)
    if not sections:
        return
    disclose(session, actor, part, draft, document, trigger=trigger)
    if part.state == State.SENT:
        data = {"sections": sections, "document_version": len(part.editions)}
        writes.record_event(session, actor, part, "destination_referral.changed", data=data)
        return
    reconfirm = part.state in UNDER_WAY and _is_material(part, sections)
    writes.record_change_notice(session, actor, part, sections, reconfirm=reconfirm)


def _of_what_was_read(part: DestinationReferral, draft: Draft) -> Json:
    """Return what a part that has ended lacks still: wordings of what its destination has read."""
    unworded = {gap.pointer for gap in draft.readiness.gaps if gap.reword_for}
    return {"missing": [gap for gap in part.missing if "reword_for" not in gap or gap["pointer"] in unworded]}


def with_messages(part: DestinationReferral, lacking: Json, document: Document) -> Json:
    """Return what a part lacks, with what was written beside that nobody has confirmed anything about."""
    confirmed = {one["path"] for one in document.get("wordings") or [] if one["destination"] == part.key}
    messages = [
        gap
        for gap in part.missing
        if gap["pointer"].startswith(BESIDE)
        # What was never told is confirmed by telling it.
        if gap["pointer"] not in confirmed or gap["why"] == UNTOLD
    ]
    return {**lacking, "missing": [*lacking["missing"], *messages]}


def changed_sections(before: Document, after: Document) -> list[str]:
    """Name the top-level sections in which two documents differ."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _is_material(part: DestinationReferral, sections: Iterable[str]) -> bool:
    return not (MATERIAL | {part.destination.prefix}).isdisjoint(sections)
