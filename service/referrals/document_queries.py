"""Reads what a referral says: its versions, and what each destination was sent of them. Changes nothing."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    bindparam,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from service.corrections.rules import standing
from service.destinations.states import Action
from service.document import restricted
from service.gathering import is_made, rows_of
from service.http.problems import not_found
from service.keyset import in_pages
from service.referrals import adjustments
from service.referrals.adjustments import Standing
from service.referrals.model import (
    ConfidentialDisclosure,
    DestinationMove,
    DestinationReferral,
    DestinationUpdate,
    Disclosure,
    Referral,
    ReferralVersion,
    RestrictedPart,
)

INTERPRETER: Final = "interpreter_needed"

# Built once, because every reading of a document asks for it.
_DISCLOSURE_OF_VERSION: Final = select(Disclosure).where(
    Disclosure.destination_referral_id == bindparam("part_id"),
    Disclosure.version_number == bindparam("version"),
)


def version_of(session: Session, referral: Referral, number: int) -> ReferralVersion:
    """Return one version of a referral, without its restricted part.

    Raises:
        Problem: 404.
    """
    # A number beyond the current one may also be beyond what the database can hold.
    there = 0 < number <= referral.current_version
    found = session.get(ReferralVersion, (referral.id, number)) if there else None
    if found is None:
        raise not_found()
    return found


def versions_of(
    session: Session, referral: Referral, *, newest: bool, after: int | None, limit: int
) -> Sequence[ReferralVersion]:
    """Return versions of a referral; one more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
        after: the number of the last version of the previous page.
    """
    query = select(ReferralVersion).where(ReferralVersion.referral_id == referral.id)
    last = None if after is None else (literal(after, BigInteger),)
    page = in_pages(query, (ReferralVersion.number,), newest=newest, after=last, limit=limit)
    return session.scalars(page).all()


def versions_around(session: Session, referral: Referral, moment: datetime) -> Sequence[ReferralVersion]:
    """Return the last version made before a moment and all since then, in order, without restricted parts."""
    before = select(func.max(ReferralVersion.number)).where(
        ReferralVersion.referral_id == referral.id, ReferralVersion.made_at < moment
    )
    return session.scalars(
        select(ReferralVersion)
        .where(
            ReferralVersion.referral_id == referral.id,
            ReferralVersion.number >= func.coalesce(before.scalar_subquery(), 1),
        )
        .order_by(ReferralVersion.number)
    ).all()


def whole_document(session: Session, referral: Referral, number: int | None = None) -> dict[str, Any]:
    """Return a version's document as it was submitted, its restricted part put back; the current one if None.

    Raises:
        Problem: 404.
    """
    number = number or referral.current_version
    known = _documents(session)
    if (referral.id, number) not in known:
        version = version_of(session, referral, number)
        apart = session.get(RestrictedPart, (referral.id, number))
        known[referral.id, number] = restricted.join(version.document, apart.document if apart else {})
    return known[referral.id, number]


def open_documents(session: Session, referrals: Collection[Referral]) -> list[dict[str, Any]]:
    """Return the current documents of some referrals, perhaps without restricted parts; in one statement.

    For rules of the service itself, about what no restricted part says.
    """
    known = _documents(session)
    read: dict[tuple[UUID, int], dict[str, Any]] = session.info.setdefault("referrals.open_documents", {})
    keys = [(one.id, one.current_version) for one in referrals]
    unread = [key for key in keys if key not in known and key not in read]
    if unread:
        of_these = tuple_(ReferralVersion.referral_id, ReferralVersion.number).in_(unread)
        for version in session.scalars(select(ReferralVersion).where(of_these)):
            read[version.referral_id, version.number] = version.document
    return [known[key] if key in known else read[key] for key in keys]


def remember_document(session: Session, referral: Referral, document: dict[str, Any]) -> None:
    """Remember the current version's document for `whole_document`, until this transaction ends."""
    _documents(session)[referral.id, referral.current_version] = document


def _documents(session: Session) -> dict[tuple[UUID, int], dict[str, Any]]:
    # A version never changes, and one transaction asks for it once for each of its parts.
    known: dict[tuple[UUID, int], dict[str, Any]] = session.info.setdefault("referrals.documents", {})
    return known


def latest_disclosure(session: Session, part: DestinationReferral) -> Disclosure | None:
    """Return what the destination was last sent; None before anything was, and to whoever may not read it."""
    if part.sent_version is None:
        return None
    of_version = {"part_id": part.id, "version": part.sent_version}
    return session.scalars(_DISCLOSURE_OF_VERSION, of_version).one_or_none()


def latest_disclosures(session: Session, parts: Iterable[DestinationReferral]) -> dict[UUID, Disclosure]:
    """Return what each destination was last sent, by its destination referral, in one query."""
    last = [(part.id, part.sent_version) for part in parts if part.sent_version is not None]
    if not last:
        return {}
    rows = session.scalars(
        select(Disclosure).where(
            tuple_(Disclosure.destination_referral_id, Disclosure.version_number).in_(last)
        )
    )
    return {row.destination_referral_id: row for row in rows}


def sent_document(session: Session, disclosure: Disclosure) -> dict[str, Any]:
    """Return the document that a disclosure sent, wherever it is kept."""
    if disclosure.document is not None:
        return disclosure.document
    return session.get_one(ConfidentialDisclosure, disclosure.id).document


def sent_documents(session: Session, parts: Iterable[DestinationReferral]) -> dict[UUID, dict[str, Any]]:
    """Return the document that each destination was last sent, by its destination referral, in one query."""
    last = [(part.id, part.sent_version) for part in parts if part.sent_version is not None]
    rows = session.execute(
        select(
            Disclosure.destination_referral_id,
            func.coalesce(Disclosure.document, ConfidentialDisclosure.document),
        )
        .outerjoin(ConfidentialDisclosure, ConfidentialDisclosure.id == Disclosure.id)
        .where(tuple_(Disclosure.destination_referral_id, Disclosure.version_number).in_(last))
    )
    return {part_id: document for part_id, document in rows}  # noqa: C416


def adjustments_of(session: Session, parts: Iterable[DestinationReferral]) -> dict[UUID, Standing]:
    """Return, for each part that has been sent, how the adjustments stand that it asks for."""
    sent = [part for part in parts if part.sent_version is not None]
    new = [part.id for part in sent if is_made(session, part)]
    stored = [part.id for part in sent if not is_made(session, part)]
    asked = _adjustments_in_memory(session, new) + _adjustments_sent(session, stored)
    answers = _adjustments_answered(session, stored)
    refused = [part_id for part_id, said in answers.items() if not all(said.values())]
    decided = _adjustments_decided(session, refused)
    return {
        part_id: adjustments.standing(kinds, answers.get(part_id, {}), decided.get(part_id, ()))
        for part_id, kinds in asked
    }


def _adjustments_in_memory(session: Session, part_ids: list[UUID]) -> list[tuple[UUID, set[str]]]:
    made: list[Disclosure] = rows_of(session, Disclosure.destination_referral_id, part_ids)
    sent = [(one.destination_referral_id, sent_document(session, one)) for one in made]
    return [
        (part_id, adjustments.asked_for(said.get("adjustments"), said.get("person", {}).get(INTERPRETER)))
        for part_id, said in sent
    ]


def _adjustments_sent(session: Session, part_ids: list[UUID]) -> list[tuple[UUID, set[str]]]:
    if not part_ids:
        return []
    document = func.coalesce(Disclosure.document, ConfidentialDisclosure.document, type_=JSONB)
    rows = session.execute(
        select(
            Disclosure.destination_referral_id,
            document["adjustments"],
            document["person"][INTERPRETER],
        )
        .join(DestinationReferral, DestinationReferral.id == Disclosure.destination_referral_id)
        .outerjoin(ConfidentialDisclosure, ConfidentialDisclosure.id == Disclosure.id)
        .where(
            DestinationReferral.id.in_(part_ids),
            Disclosure.version_number == DestinationReferral.sent_version,
        )
    )
    return [(part_id, adjustments.asked_for(listed, interpreter)) for part_id, listed, interpreter in rows]


def _adjustments_answered(session: Session, part_ids: list[UUID]) -> dict[UUID, dict[str, bool]]:
    """Return what each destination said last of each adjustment: whether it can be met."""
    if not part_ids:
        return {}
    answered = session.execute(
        select(
            DestinationUpdate.id,
            DestinationUpdate.corrects_id,
            DestinationUpdate.withdrawn,
            DestinationUpdate.destination_referral_id,
            DestinationUpdate.content["answers"].label("answers"),
        )
        .where(
            DestinationUpdate.destination_referral_id.in_(part_ids),
            DestinationUpdate.kind == adjustments.KIND,
        )
        .order_by(DestinationUpdate.ordinal)
    )
    said: dict[UUID, dict[str, bool]] = {}
    for _, last in standing(answered):
        answers = {one["kind"]: one["can_meet"] for one in last.answers}
        said.setdefault(last.destination_referral_id, {}).update(answers)
    return said


def _adjustments_decided(session: Session, part_ids: list[UUID]) -> dict[UUID, set[str]]:
    """Return the adjustments of each destination that probation decided to go on without."""
    if not part_ids:
        return {}
    moves = session.execute(
        select(DestinationMove.destination_referral_id, DestinationMove.detail["adjustment"].astext).where(
            DestinationMove.destination_referral_id.in_(part_ids),
            DestinationMove.action == Action.GO_ON_WITHOUT,
        )
    )
    decided: dict[UUID, set[str]] = {}
    for part_id, kind in moves:
        decided.setdefault(part_id, set()).add(kind)
    return decided


def release_days_of(session: Session, referral: Referral) -> set[date]:
    """Return every day of release that the versions of a referral have named."""
    day = func.jsonb_extract_path_text(ReferralVersion.document, "release", "date")
    named = select(day).where(ReferralVersion.referral_id == referral.id, day.is_not(None)).distinct()
    return {date.fromisoformat(one) for one in session.scalars(named) if one is not None}
