"""Follows the end of sharing: the practitioner is warned before it, and the destination learns of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.checks.basis import register_basis, register_end
from service.destinations.policies import SHARING_ENDS_DAYS
from service.destinations.sharing import (
    BASIS_AT,
    Basis,
    Where,
    asking_bases,
    current,
    is_for_life,
    last_day,
    stored_bases,
    with_stay,
)
from service.destinations.states import OPEN, WAITING, State
from service.legal_bases import STAY, nation_of
from service.people.model import Person
from service.referrals import deadlines, writes
from service.referrals.document_queries import open_documents, whole_document
from service.referrals.model import DestinationReferral, Placement, Referral
from service.referrals.placement_states import PlacementState
from service.referrals.queries import notices_of, parts_of, referrals_of_person, supervision_ended
from service.referrals.shared import has_ended

GONE: Final = frozenset({State.WITHDRAWN, State.ENTERED_IN_ERROR})
"""Parts with which nothing is shared any more, and beside which the same destination can be asked afresh."""
StillOpen = Callable[[Session, Referral], Mapping[str, int]]
"""Returns how much of each kind is open in a case, by its code."""


def follow_stay(session: Session, actor: Actor, part: DestinationReferral, placement: Placement) -> None:
    """Give whoever houses somebody a basis of its own while the stay lasts, and end it with the stay.

    Args:
        placement: as it stands now.
    """
    stay = None
    if placement.state == PlacementState.ARRIVED:
        stay = Basis(STAY, None)
    elif placement.departed_on is not None:
        stay = Basis(STAY, placement.departed_on)
    writes.set_bases(session, actor, part, with_stay(stored_bases(part.sharing), stay))


def follow_document(
    session: Session, actor: Actor, part: DestinationReferral, bases: Sequence[Basis]
) -> None:
    """Share on the bases that a document gives now; a stay keeps its own.

    Args:
        part: sent, of a locked referral.
    """
    stay = next((basis for basis in stored_bases(part.sharing) if basis.code == STAY), None)
    writes.set_bases(session, actor, part, with_stay(bases, stay))


class Owed(NamedTuple):
    """What a referral owes of the bases on which it is shared.

    Args:
        end: the end of supervision is not known, so that sharing with somebody has no end.
        basis: a part is not sent, because its basis has ended or does not carry it.
    """

    end: bool
    basis: bool


def basis_owed(session: Session, referral: Referral) -> Owed:
    """Return what a referral owes of the bases on which it is shared."""
    parts = [part for part in parts_of(session, referral) if part.state not in GONE]
    endless = any(stored_bases(part.sharing)[0].until is None for part in parts if part.sharing)
    return Owed(
        endless and not is_for_life(whole_document(session, referral)),
        any(gap["pointer"] == BASIS_AT for part in parts if part.state in WAITING for gap in part.missing),
    )


def follow_basis(session: Session, actor: Actor, referral: Referral, before: Owed | None = None) -> None:
    """Start or stop the clock of whoever is accountable for giving a basis, or the end of one.

    What cannot be sent for want of a basis is as urgent as its referral.

    Args:
        referral: locked, its parts brought in line.
        before: what was owed before; None for a new referral.
    """
    now = basis_owed(session, referral)
    if before == now:
        return
    if before is not None and any(before):
        deadlines.basis_given(session, referral.id)
    if any(now):
        urgent = now.basis and referral.urgency == "urgent"
        deadlines.await_basis(session, actor, referral, "urgent" if urgent else "routine")


def has_basis(session: Session, person_id: UUID, probation_id: UUID) -> bool:
    """Return whether a basis is in force on which the police and children's services are asked about a case.

    What counts are the newest referral of the region, and each beside it that has a part still open: what
    their documents name for asking, and not what carries a single destination, such as a stay. A case without
    a referral has no end that is known.
    """
    bases = _asked_on(session, person_id, probation_id)
    return bases is None or any(current(each, clock.today()) for each in bases)


def asking_ends(session: Session, person_id: UUID, probation_id: UUID) -> date | None:
    """Return the last day on which anything may be asked about a case; None while no end is known."""
    ends = [last_day(each) for each in _asked_on(session, person_id, probation_id) or ()]
    return max((end for end in ends if end is not None), default=None) if None not in ends else None


def _asked_on(session: Session, person_id: UUID, probation_id: UUID) -> list[tuple[Basis, ...]] | None:
    """Return the bases of asking of each referral that counts; None where there is no referral."""
    referrals = referrals_of_person(session, person_id, probation_id)
    if not referrals:
        return None
    newest = max(referrals, key=lambda referral: (referral.submitted_at, referral.id))
    counting = {newest.id: newest}
    by_id = {referral.id: referral for referral in referrals}
    counting |= {
        part.referral_id: by_id[part.referral_id]
        for part in parts_of(session, *referrals)
        if part.state in OPEN
    }
    today, ended = clock.today(), supervision_ended(session, person_id, probation_id)
    documents = open_documents(session, list(counting.values()))
    return [
        tuple(asking_bases(document, Where(nation_of(referral.region), today, frozenset(), ended)))
        for referral, document in zip(counting.values(), documents, strict=True)
    ]


register_basis(has_basis)
register_end(asking_ends)


def follow_end(session: Session, still_open: StillOpen) -> bool:
    """Follow one referral of which sharing has ended with a destination, or soon will.

    Returns:
        Whether there was one; there may be more.
    """
    return _follow_ended(session) or _follow_ending(session, still_open)


def _follow_ended(session: Session) -> bool:
    referral = _one(session, DestinationReferral.shared_until < clock.today())
    if referral is None:
        return False
    actor = Actor.for_service("sharing")
    for part in parts_of(session, referral):
        if part.sent_version is not None and part.sharing_ended_at is None and has_ended(part):
            waiting = [notice for notice in notices_of(session, part) if notice.acknowledged_at is None]
            writes.end_sharing(session, actor, part, waiting)
    deadlines.stop_sharing_end(session, referral.id, "ended")
    return True


def _follow_ending(session: Session, still_open: StillOpen) -> bool:
    today = clock.today()
    near = DestinationReferral.shared_until.between(today, today + timedelta(days=SHARING_ENDS_DAYS[0]))
    referral = _one(session, near & DestinationReferral.state.in_(sorted(OPEN)) & _is_alive() & ~_is_timed())
    if referral is None:
        return False
    ends = _ends_on([part for part in parts_of(session, referral) if part.state in OPEN], today)
    writes.announce_end(
        session, Actor.for_service("sharing"), referral, ends, open_still=dict(still_open(session, referral))
    )
    return True


def _ends_on(parts: Sequence[DestinationReferral], today: date) -> date:
    return min(
        part.shared_until
        for part in parts
        if part.shared_until is not None and part.shared_until >= today and part.sent_version is not None
    )


def _is_timed() -> ColumnElement[bool]:
    return DestinationReferral.referral_id.in_(
        timers.subjects_with_clock(deadlines.REFERRAL, deadlines.SHARING_END)
    )


def _is_alive() -> ColumnElement[bool]:
    return exists().where(Person.id == DestinationReferral.person_id, Person.died_on.is_(None))


def _one(session: Session, condition: ColumnElement[bool]) -> Referral | None:
    """Return one referral with a part of which the end is not followed, locked; None when there is none."""
    concerned = exists().where(
        DestinationReferral.referral_id == Referral.id,
        DestinationReferral.sharing_ended_at.is_(None),
        DestinationReferral.sent_version.is_not(None),
        DestinationReferral.state != State.ENTERED_IN_ERROR,
        condition,
    )
    return session.scalar(
        select(Referral).where(concerned).order_by(Referral.id).limit(1).with_for_update(skip_locked=True)
    )
