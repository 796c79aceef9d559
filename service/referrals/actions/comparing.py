"""What the texts of a referral are compared with, and which of them, having no gap, are refused."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.db import Json
from service.destinations.case import Known
from service.destinations.rewording import closed_to
from service.document.paths import Document, leaves, pointer_of, value_at_pointer
from service.document.protecting import protected_in
from service.mentions import Kind, Matcher, place
from service.organisations.confidences import NOTHING, MayKnow
from service.organisations.queries import organisation
from service.people import sendable
from service.people.protected import protected_by
from service.referrals.document_queries import latest_disclosures, whole_document
from service.referrals.model import DestinationReferral, Disclosure, Referral
from service.referrals.queries import parts_of, parts_of_person
from service.third_parties import may_know


def known_of(
    session: Session,
    referral: Referral,
    document: Json | None = None,
    parts: Collection[DestinationReferral] | None = None,
) -> Known:
    """Return what is known of a version of a referral, with whom the record protects.

    For a worker, what was found in the texts stands: they are looked through whenever more is protected.

    Args:
        document: the version; the current one when None.
        parts: of the referral, where they have been read.
    """
    parts = parts_of(session, referral) if parts is None else parts
    if document is None:
        current = whole_document(session, referral)
        document = as_it_counts(current, current, parts)
    if session.info.get("role") != "api":
        return Known(document, standing={part.key: part.missing for part in parts})
    return Known(document, protected_by(session, referral.person_id, document, referral.client_id))


def as_it_counts(before: Document, document: Document, parts: Iterable[DestinationReferral]) -> Json:
    """Return a document without what was confirmed before it, where a gap has been found there since.

    Args:
        before: the version before; the same document when nothing is said anew.
        parts: of the referral, with what they lack.
    """
    opened, earlier = _opened(parts), before.get("wordings") or []

    def counts(one: dict[str, Any]) -> bool:
        return "text" in one or one not in earlier or (one["destination"], one["path"]) not in opened

    wordings = document.get("wordings") or []
    kept = [one for one in wordings if counts(one)]
    return dict(document) if len(kept) == len(wordings) else {**document, "wordings": kept}


def _opened(parts: Iterable[DestinationReferral]) -> set[tuple[str, str]]:
    """Return for whom, and where, there is a gap in what gives somebody away."""
    return {
        (gap["reword_for"], gap["pointer"]) for part in parts for gap in part.missing if "reword_for" in gap
    }


def without_stale_wordings(before: Json, document: Json, parts: Iterable[DestinationReferral]) -> Json:
    """Return a document without the wordings of the version before that were about something else.

    Somebody looked at another text when they worded or confirmed it, or did not know yet who is protected.

    Args:
        parts: of the referral, with what they lack.
    """
    earlier = before.get("wordings") or []
    opened = _opened(parts)

    def is_stale(one: dict[str, Any]) -> bool:
        at = one["path"]
        changed = value_at_pointer(before, at) != value_at_pointer(document, at)
        return one in earlier and (changed or (one["destination"], at) in opened)

    wordings = document.get("wordings") or []
    kept = [one for one in wordings if not is_stale(one)]
    if len(kept) == len(wordings):
        return document
    left = {name: section for name, section in document.items() if name != "wordings"}
    return {**left, "wordings": kept} if kept else left


def may_know_of(session: Session, part: DestinationReferral) -> MayKnow:
    """Return what the organisation may know of the person that has a destination referral about them."""
    if part.organisation_id is None:
        return NOTHING
    return may_know(session, organisation(session, part.organisation_id), part.person_id)


@bypasses_row_security
def told_of_mappa(session: Session, person_id: UUID) -> list[DestinationReferral]:
    """Return the destination referrals on a record of which the last document tells of MAPPA, unduly now.

    That is by an answer that was sent while the organisation might know of it, and that it goes on reading.
    """
    parts = [
        part
        for part in parts_of_person(session, person_id)
        if part.referral.person_id == person_id
        if part.shown and part.sharing_ended_at is None and part.destination.confidences
    ]
    sent = latest_disclosures(session, parts)
    return [
        part
        for part in parts
        if part.id in sent and _says_of_mappa(part, sent[part.id]) and not may_know_of(session, part).mappa
    ]


def _says_of_mappa(part: DestinationReferral, sent: Disclosure) -> bool:
    # The other confidences are texts: what gives something away there has a gap of its own.
    confidences = part.destination.confidences
    return any(path in confidences and confidences[path].kind is Kind.MAPPA for path in sent.fields)


@bypasses_row_security
def require_sendable(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    given: Mapping[str, Any],
    *,
    confirmed: Collection[Kind] = (),
) -> None:
    """Require of words for a destination that they give away nothing it may not know: they have no gap.

    Args:
        given: what probation says, as in the body of its request.
        confirmed: what it gives away all the same, for a reason on record.

    Raises:
        Problem: 422 naming the kind of thing and its place, and never the thing.
    """
    texts = {pointer_of(steps): text for steps, text in leaves(given) if isinstance(text, str)}
    if part.side_of(actor) != "probation" or not texts:
        return
    closed = closed_to(part.destination, may_know_of(session, part)).difference(confirmed)
    if closed:
        matcher = known_of(session, part.referral).matcher
        sendable.require_sendable(matcher, texts, closed, part.destination.permitted)


@bypasses_row_security
def given_away_by_address(
    session: Session, part: DestinationReferral, where: Mapping[str, Any], known: Known | None = None
) -> frozenset[Kind]:
    """Return what an address on record gives away to a destination that is told it, by kind.

    That it is on record makes it no address that gives nobody away.

    Args:
        where: its `lines` and `postcode`.
        known: of the referral; read when None.
    """
    closed = closed_to(part.destination, may_know_of(session, part))
    if not closed:
        return frozenset()
    known = known or known_of(session, part.referral)
    protected = protected_in(known.document, known.protected)
    others = tuple(home for home in protected.homes if home != place(where))
    matcher = Matcher(replace(protected, homes=others))
    texts = [*(where["lines"] or ()), where["postcode"] or ""]
    asked = part.destination.permitted
    return frozenset(kind for text in texts for kind in matcher.kinds(text, asked) & closed)
