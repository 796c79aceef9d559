"""Reads what belongs to a case and no other list has as it is needed here: its clocks, stays and answers."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access import Actor
from service.checks.model import CheckAnswer, CheckRequestSubject
from service.referrals.model import DestinationReferral, Placement
from service.timers import queries as timers
from service.timers.model import Clock

Outcome = tuple[UUID, str, UUID, str]
"""The request, whom or what it is about by kind and id, and what the answer that stands says of it."""


def open_clocks(session: Session, actor: Actor, record_ids: Collection[UUID], limit: int) -> Sequence[Clock]:
    """Return the clocks of a case that have not stopped and the caller sees, the next due first."""
    return session.scalars(
        select(Clock)
        .where(
            timers.visible_to(actor),
            Clock.person_id.in_(record_ids),
            Clock.state != timers.STOPPED,
        )
        .order_by(Clock.due_at, Clock.id)
        .limit(limit + 1)
    ).all()


def stays_of(session: Session, parts: Collection[DestinationReferral]) -> Sequence[Placement]:
    """Return the stays of some destination referrals that the caller sees."""
    ids = [part.id for part in parts if part.destination.placement is not None]
    if not ids:
        return []
    return session.scalars(select(Placement).where(Placement.id.in_(ids)).order_by(Placement.id)).all()


def outcomes_of(session: Session, request_ids: Collection[UUID]) -> list[Outcome]:
    """Return what the answers that stand say of each subject of some requests that the caller sees."""
    if not request_ids:
        return []
    rows = session.execute(
        select(
            CheckRequestSubject.request_id,
            CheckAnswer.kind,
            CheckAnswer.subject_id,
            CheckAnswer.outcome,
        )
        .join(
            CheckAnswer,
            (CheckAnswer.result_id == CheckRequestSubject.answered_by)
            & (CheckAnswer.kind == CheckRequestSubject.kind)
            & (CheckAnswer.subject_id == CheckRequestSubject.subject_id),
        )
        .where(CheckRequestSubject.request_id.in_(request_ids))
        .order_by(CheckRequestSubject.request_id, CheckAnswer.kind, CheckAnswer.subject_id)
    )
    return [(request_id, kind, subject_id, said) for request_id, kind, subject_id, said in rows]
