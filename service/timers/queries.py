"""Reads clocks and escalations: those of a subject, those that an organisation may see. Writes nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, false, func, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.http.problems import not_found
from service.timers.model import Clock, ClockFiring, EscalationAcknowledgement, Notice, NoticeItem
from service.timers.subjects import Subject

ESCALATIONS = ("owner", "step", "repeat", "pause_ended", "rung", "tail")
"""The kinds of firing that are escalations, older names last; the others are reminders."""


STOPPED = literal("stopped", literal_execute=True)
"""A literal, as in the indexes of open clocks: a prepared statement with `$1` cannot use them."""


class Place(NamedTuple):
    """The place of an escalation in the order in which they were recorded."""

    fired_at: datetime
    due_at: datetime
    clock_id: UUID
    ordinal: int


class Addressee(NamedTuple):
    """A recipient of a firing, and when it was notified."""

    side: str
    role: str | None
    holder: str | None
    fell_from: str | None
    sent_at: datetime | None


class Escalation(NamedTuple):
    """An escalation with its clock, and the acknowledgement if there is one."""

    firing: ClockFiring
    clock: Clock
    acknowledgement: EscalationAcknowledgement | None

    def place(self) -> Place:
        """Return its place in the order in which escalations were recorded."""
        return Place(self.firing.fired_at, self.firing.due_at, self.firing.clock_id, self.firing.ordinal)


def subjects_with_clock(kind: str, timer: str) -> Select[UUID]:
    """Select the ids of the subjects of a kind that have a clock of a timer which is not stopped."""
    return select(Clock.subject_id).where(
        Clock.subject_kind == kind, Clock.timer == timer, Clock.state != STOPPED
    )


def clocks_of(session: Session, subjects: Iterable[Subject]) -> dict[Subject, list[dict[str, Any]]]:
    """Return the views of each subject's clocks, the latest cycle of each timer.

    Each shows `timer`, `state`, `due_at`, `overdue`, `step`, `exposed_since`, `next_fires_at` and `urgency`.
    """
    wanted = list(subjects)
    found: dict[Subject, list[dict[str, Any]]] = {subject: [] for subject in wanted}
    if not wanted:
        return found
    now = clock.now()
    rows = session.scalars(
        select(Clock)
        .ext(distinct_on(Clock.subject_kind, Clock.subject_id, Clock.timer))
        .where(tuple_(Clock.subject_kind, Clock.subject_id).in_([(each.kind, each.id) for each in wanted]))
        .order_by(Clock.subject_kind, Clock.subject_id, Clock.timer, Clock.cycle.desc())
    )
    for row in rows:
        found[Subject(row.subject_kind, row.subject_id)].append(shown(row, now))
    return found


def shown(row: Clock, now: datetime) -> dict[str, Any]:
    """Return the view of a clock for a caller who may see its subject."""
    return {
        "timer": row.timer,
        "state": row.state,
        "due_at": row.due_at,
        "overdue": is_overdue(row, now),
        "urgency": row.urgency,
        "step": row.step,
        "exposed_since": row.exposed_since,
        "next_fires_at": row.next_fires_at,
    }


def is_overdue(row: Clock, now: datetime) -> bool:
    """Return whether a clock is open and past its target; a flag, never a state."""
    return row.state != "stopped" and row.due_at <= now


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which clocks an organisation may see: its own cases, or what it has itself been asked.

    Timers that run inside probation have no responder, so no partner ever sees one. In a limited access case
    only named practitioners see the clocks.
    """
    if actor.side == "probation":
        practitioner = actor.practitioner.id if actor.practitioner else None
        return (Clock.probation_id == actor.organisation_id) & func.may_know_of(
            Clock.person_id, actor.organisation_id, practitioner
        )
    if actor.side in {"destination", "agency"}:
        return Clock.responder_id == actor.organisation_id
    return false()


def overdue(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
    pdu: str | None = None,
) -> Sequence[Clock]:
    """Return what is overdue for an organisation, the longest first; one more than `limit` if there is more.

    Args:
        after: due time and id of the last one already read.
        pdu: only this delivery unit's (probation).
    """
    statement = select(Clock).where(visible_to(actor), Clock.state != STOPPED, Clock.due_at <= now)
    if after is not None:
        statement = statement.where(tuple_(Clock.due_at, Clock.id) > after)
    if pdu is not None:
        statement = statement.where(Clock.pdu == pdu)
    return session.scalars(statement.order_by(Clock.due_at, Clock.id).limit(limit + 1)).all()


def escalations(
    session: Session,
    actor: Actor,
    *,
    after: Place | None = None,
    limit: int,
    notice: UUID | None = None,
    acknowledged: bool | None = None,
) -> Sequence[Escalation]:
    """Return the escalations an organisation was notified of, in order; up to one more than `limit`.

    Args:
        after: the place of the last one already read.
        notice: only those in this notice.
        acknowledged: only those that have, or have not, been acknowledged.
    """
    statement = _escalations(actor)
    if notice is not None:
        statement = statement.where(_was_notified(actor, NoticeItem.notice_id == notice))
    else:
        statement = statement.where(ClockFiring.kind.in_(ESCALATIONS))
    if acknowledged is not None:
        has = EscalationAcknowledgement.firing_id.is_not(None)
        statement = statement.where(has if acknowledged else ~has)
    place = (ClockFiring.fired_at, ClockFiring.due_at, ClockFiring.clock_id, ClockFiring.ordinal)
    if after is not None:
        # Callers send it: as a type that holds every number a cursor can.
        ordinal = literal(after.ordinal, BigInteger)
        statement = statement.where(tuple_(*place) > tuple_(*after[:3], ordinal))
    rows = session.execute(statement.order_by(*place).limit(limit + 1))
    return [Escalation._make(row) for row in rows]


def find_escalation(
    session: Session, actor: Actor, firing_id: UUID, *, to_change: bool = False
) -> Escalation:
    """Return one escalation that an organisation may see.

    Args:
        to_change: not one of a limited case that the caller reads by emergency access.

    Raises:
        Problem: 404 when there is none that this caller may know of.
    """
    query = _escalations(actor).where(ClockFiring.id == firing_id)
    if to_change and actor.practitioner is not None:
        own, who = actor.organisation_id, actor.practitioner.id
        query = query.where(Clock.person_id.is_(None) | func.is_named_in(Clock.person_id, own, who))
    row = session.execute(query).one_or_none()
    if row is None:
        raise not_found()
    return Escalation._make(row)


def addressed_to(session: Session, actor: Actor, firings: Iterable[UUID]) -> dict[UUID, list[Addressee]]:
    """Return whom each firing was addressed to; a responder is shown its own side only."""
    found: dict[UUID, list[Addressee]] = {firing: [] for firing in firings}
    mine = true() if actor.side == "probation" else NoticeItem.organisation_id == actor.organisation_id
    rows = session.execute(
        select(NoticeItem, Notice.sent_at)
        .outerjoin(Notice, Notice.id == NoticeItem.notice_id)
        .where(NoticeItem.firing_id.in_(found), mine)
        .order_by(NoticeItem.side.desc(), NoticeItem.role, NoticeItem.holder)
    )
    for item, sent_at in rows:
        found[item.firing_id].append(Addressee(item.side, item.role, item.holder, item.fell_from, sent_at))
    return found


def _escalations(actor: Actor) -> Select[ClockFiring, Clock, EscalationAcknowledgement]:
    statement = (
        select(ClockFiring, Clock, EscalationAcknowledgement)
        .join(Clock, Clock.id == ClockFiring.clock_id)
        .outerjoin(EscalationAcknowledgement, EscalationAcknowledgement.firing_id == ClockFiring.id)
        .where(visible_to(actor))
    )
    if actor.side == "probation":
        return statement.where(ClockFiring.probation_id == actor.organisation_id)
    return statement.where(_was_notified(actor))


def _was_notified(actor: Actor, *further: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(NoticeItem.id)
        .where(
            NoticeItem.firing_id == ClockFiring.id,
            NoticeItem.organisation_id == actor.organisation_id,
            *further,
        )
        .exists()
    )
