"""Reads the transfers of cases, limited to those that the caller may know of."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.http.problems import not_found
from service.keyset import counted, in_pages
from service.people.model import Transfer
from service.people.queries import Place
from service.people.states import TransferState


def transfers_visible_to(actor: Actor) -> Select[Transfer]:
    """Select the transfers a caller may know of: those that its region gives, receives or has asked for.

    What a region asks for without holding the case is seen by the practitioner who asked until it is
    answered, whatever case it is: the answer must not show whether access to it is limited.
    """
    if actor.side != "probation":
        return select(Transfer).where(false())
    own, who = actor.organisation_id, actor.practitioner.id if actor.practitioner else None
    known = func.may_know_of(Transfer.person_id, own, who)
    settled = or_(
        Transfer.from_id == own, Transfer.asked_by_id != own, Transfer.state == TransferState.ACCEPTED
    )
    return select(Transfer).where(
        or_(Transfer.from_id == own, Transfer.to_id == own),
        or_(and_(Transfer.asked_by_id == own, Transfer.asked_by == who), and_(settled, known)),
    )


def find_transfer(session: Session, actor: Actor, transfer_id: uuid.UUID) -> Transfer:
    """Find a transfer that a caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(transfers_visible_to(actor).where(Transfer.id == transfer_id))
    if found is None:
        raise not_found()
    return found


def list_transfers(
    session: Session, actor: Actor, *, state: str | None, newest: bool, after: Place | None, limit: int
) -> Sequence[Transfer]:
    """List the transfers a caller may know of; one more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
        state: only those in this state.
    """
    place = (Transfer.asked_at, Transfer.id)
    query = in_pages(_narrowed(actor, state), place, newest=newest, after=after, limit=limit)
    return session.scalars(query).all()


def count_transfers(session: Session, actor: Actor, *, state: str | None) -> dict[str, int]:
    """Count the transfers that `list_transfers` would list on all pages, by their state."""
    return counted(session, _narrowed(actor, state), Transfer.state)


def _narrowed(actor: Actor, state: str | None) -> Select[Transfer]:
    query = transfers_visible_to(actor)
    return query if state is None else query.where(Transfer.state == state)


def transfers_to_move(session: Session, actor: Actor, transfers: Collection[Transfer]) -> set[uuid.UUID]:
    """Return the ids of those of some transfers that a caller may move, as far as limits and exclusions go.

    Emergency access lets its holder read them. Whoever asks for a case that is held elsewhere may take that
    back, and learns by it nothing of the case.
    """
    own, who = actor.organisation_id, actor.practitioner.id if actor.practitioner else None
    asked_elsewhere = and_(
        Transfer.asked_by_id == own,
        Transfer.asked_by == who,
        or_(Transfer.from_id != own, Transfer.from_id == Transfer.to_id),
    )
    return set(
        session.scalars(
            select(Transfer.id).where(
                Transfer.id.in_([each.id for each in transfers]),
                or_(asked_elsewhere, func.is_named_in(Transfer.person_id, own, who)),
            )
        )
    )


def offer_that_passed(session: Session, asked_before: datetime) -> Transfer | None:
    """Return an offer by the holder that was made at or before a moment and waits, the oldest first."""
    return session.scalar(
        select(Transfer)
        .where(
            Transfer.state == literal(TransferState.REQUESTED.value, literal_execute=True),
            Transfer.asked_by_id == Transfer.from_id,
            Transfer.from_id != Transfer.to_id,
            Transfer.asked_at <= asked_before,
        )
        .order_by(Transfer.asked_at, Transfer.id)
        .limit(1)
    )


def pending_transfers(session: Session, person_id: uuid.UUID) -> Sequence[Transfer]:
    """Return the transfers of a case that wait for an answer, the oldest first."""
    return session.scalars(_pending(person_id).order_by(Transfer.asked_at, Transfer.id)).all()


def pending_transfer(
    session: Session, person_id: uuid.UUID, *, asked_by: tuple[uuid.UUID, str] | None = None
) -> Transfer | None:
    """Return a transfer of a case that waits for an answer, if there is one.

    Args:
        asked_by: only what this member of staff of a region asked.
    """
    query = _pending(person_id)
    if asked_by is not None:
        query = query.where(Transfer.asked_by_id == asked_by[0], Transfer.asked_by == asked_by[1])
    return session.scalar(query.limit(1))


def _pending(person_id: uuid.UUID) -> Select[Transfer]:
    return select(Transfer).where(
        Transfer.person_id == person_id,
        # As the index names it: a prepared statement that only says `$1` cannot use it.
        Transfer.state == literal(TransferState.REQUESTED.value, literal_execute=True),
    )
