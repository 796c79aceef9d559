"""Reads escalations: the lists of those that an organisation may see, and what was noted of them.

A region sees those of its own cases, and those that were redirected to it because it holds the record.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.http.problems import not_found
from service.keyset import beyond, in_order
from service.timers.addressees import Standing, addressed_to_caller
from service.timers.model import Clock, ClockFiring, EscalationNote, NoticeItem, StepAcknowledgement
from service.timers.queries import STOPPED, visible_to

ESCALATIONS: Final = ("owner", "step", "repeat", "hard_date", "pause_ended", "rung", "tail")
"""The kinds of firing that are escalations, older names last; the others are reminders."""

_PLACE: Final = (ClockFiring.fired_at, ClockFiring.due_at, ClockFiring.clock_id, ClockFiring.ordinal)


class Place(NamedTuple):
    """The place of an escalation in the order in which they were recorded."""

    fired_at: datetime
    due_at: datetime
    clock_id: UUID
    ordinal: int


class Escalation(NamedTuple):
    """An escalation with its clock."""

    firing: ClockFiring
    clock: Clock

    def place(self) -> Place:
        """Return its place in the order in which escalations were recorded."""
        return Place(self.firing.fired_at, self.firing.due_at, self.firing.clock_id, self.firing.ordinal)


class Wanted(NamedTuple):
    """Which escalations to list; None leaves a filter out.

    Args:
        notice: only those in this notice.
        acknowledged: only those whose steps on the caller's side have all been acknowledged, or have not.
        mine: only those addressed to the caller, or to a role they hold today.
        role: only those addressed to this role on the caller's side.
        pdu: only this delivery unit's (probation).
        open: only those whose answer is outstanding, or is not.
    """

    notice: UUID | None = None
    acknowledged: bool | None = None
    mine: bool = False
    role: str | None = None
    pdu: str | None = None
    open: bool | None = None


def page_of_escalations(
    actor: Actor,
    standing: Standing,
    wanted: Wanted,
    *,
    newest: bool = False,
    after: Place | None = None,
    limit: int,
) -> Select[ClockFiring, Clock]:
    """Select the escalations that an organisation may see with their clocks, in order; one more than `limit`.

    Args:
        standing: of the caller today.
        newest: the last recorded first, otherwise the first.
        after: the place of the last one already read.
    """
    narrowed = [*_narrowed(actor, standing, wanted)]
    if actor.side != "probation" or wanted.mine or wanted.role is not None:
        pages = [_addressed_page(actor, standing, wanted, narrowed, newest=newest, after=after, limit=limit)]
    else:
        if after is not None:
            narrowed.append(beyond(_PLACE, _from(after), newest=newest))
        firings = select(ClockFiring.id).join(Clock, Clock.id == ClockFiring.clock_id)
        pages = [
            in_order(firings.where(*whose, *narrowed), _PLACE, newest=newest).limit(limit + 1)
            for whose in _sources(actor)
        ]
    # Each in the order of its own index: a condition with an OR would read every firing.
    either = union(*(select(one.subquery().c.id) for one in pages))
    found = select(ClockFiring, Clock).join(Clock, Clock.id == ClockFiring.clock_id)
    return in_order(found.where(ClockFiring.id.in_(either)), _PLACE, newest=newest).limit(limit + 1)


def _addressed_page(
    actor: Actor,
    standing: Standing,
    wanted: Wanted,
    narrowed: Sequence[ColumnElement[bool]],
    *,
    newest: bool,
    after: Place | None,
    limit: int,
) -> Select[UUID]:
    """Select the ids of a page of what is addressed to an organisation or somebody there, from its items.

    An item was made with its firing, at the same moment, so that the index of an organisation's items gives
    them in order, and no more of them are read than the page needs.
    """
    # The moment as the items have it, so that their index gives the order.
    place = (NoticeItem.fired_at, ClockFiring.due_at, ClockFiring.clock_id, ClockFiring.ordinal)
    found = (
        select(ClockFiring.id)
        .select_from(NoticeItem)
        .join(ClockFiring, ClockFiring.id == NoticeItem.firing_id)
        .join(Clock, Clock.id == ClockFiring.clock_id)
        .where(
            NoticeItem.organisation_id == actor.organisation_id,
            or_(*(and_(*whose) for whose in _sources(actor, of_item=True))),
            *_addressed(standing, wanted),
            *narrowed,
        )
        # Several of its staff may be addressees of one.
        .ext(distinct_on(*place))
    )
    if after is not None:
        reached = NoticeItem.fired_at <= after.fired_at if newest else NoticeItem.fired_at >= after.fired_at
        found = found.where(reached, beyond(place, _from(after), newest=newest))
    return in_order(found, place, newest=newest).limit(limit + 1)


def _from(after: Place) -> tuple[Any, ...]:
    # Callers send it: as a type that holds every number a cursor can.
    return (*after[:3], literal(after.ordinal, BigInteger))


def find_escalation(
    session: Session, actor: Actor, firing_id: UUID, *, lock: bool = False, to_change: bool = False
) -> Escalation:
    """Return one escalation that an organisation may see.

    Args:
        lock: whether to lock its clock, which a sweep does before it fires.
        to_change: not one of a limited case that the caller reads by emergency access.

    Raises:
        Problem: 404 when there is none that this caller may know of.
    """
    seen = or_(*(and_(*whose) for whose in _sources(actor)))
    found = select(ClockFiring, Clock).join(Clock, Clock.id == ClockFiring.clock_id)
    found = found.where(ClockFiring.id == firing_id, seen)
    if to_change and actor.practitioner is not None and actor.side == "probation":
        own, who = actor.organisation_id, actor.practitioner.id
        found = found.where(Clock.person_id.is_(None) | func.is_named_in(Clock.person_id, own, who))
    row = session.execute(found.with_for_update(of=Clock) if lock else found).one_or_none()
    if row is None:
        raise not_found()
    return Escalation._make(row)


def notes_of(session: Session, actor: Actor, firings: Collection[UUID]) -> dict[UUID, list[EscalationNote]]:
    """Return what the caller's organisation noted of each of some escalations, in order, in one statement."""
    found: dict[UUID, list[EscalationNote]] = {firing: [] for firing in firings}
    if found:
        rows = session.scalars(
            select(EscalationNote)
            .where(
                EscalationNote.firing_id.in_(found), EscalationNote.organisation_id == actor.organisation_id
            )
            .order_by(EscalationNote.written_at, EscalationNote.id)
        )
        for row in rows:
            found[row.firing_id].append(row)
    return found


def _sources(actor: Actor, *, of_item: bool = False) -> Sequence[Sequence[ColumnElement[bool]]]:
    """Return the conditions of each kind of escalation that an organisation may see.

    Args:
        of_item: whether the query is over the organisation's own items.
    """
    if actor.side != "probation":
        return [(visible_to(actor),) if of_item else (visible_to(actor), _was_notified(actor))]
    practitioner = actor.practitioner.id if actor.practitioner else None
    known = func.may_know_of(Clock.person_id, actor.organisation_id, practitioner)
    redirected = select(NoticeItem.firing_id).where(
        NoticeItem.organisation_id == actor.organisation_id, NoticeItem.redirected
    )
    elsewhere = NoticeItem.redirected.is_(True) if of_item else ClockFiring.id.in_(redirected)
    return [
        (ClockFiring.probation_id == actor.organisation_id, visible_to(actor)),
        (elsewhere, ClockFiring.probation_id != actor.organisation_id, known),
    ]


def _narrowed(actor: Actor, standing: Standing, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.notice is None:
        yield ClockFiring.kind.in_(ESCALATIONS)
    else:
        yield _was_notified(actor, NoticeItem.notice_id == wanted.notice)
    if wanted.pdu is not None:
        yield Clock.pdu == wanted.pdu
    if wanted.open is not None:
        yield Clock.state != STOPPED if wanted.open else Clock.state == STOPPED
    addressed = _addressed(standing, wanted)
    if wanted.acknowledged is not None:
        unseen = ~exists().where(StepAcknowledgement.item_id == NoticeItem.id)
        waiting = _was_notified(actor, unseen, *addressed)
        yield and_(~waiting, _was_notified(actor)) if wanted.acknowledged else waiting


def _addressed(standing: Standing, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return to whom an item must be addressed."""
    mine = [addressed_to_caller(standing)] if wanted.mine else []
    return mine + ([NoticeItem.role == wanted.role] if wanted.role is not None else [])


def _was_notified(actor: Actor, *further: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(NoticeItem.id)
        .where(
            NoticeItem.firing_id == ClockFiring.id,
            NoticeItem.organisation_id == actor.organisation_id,
            *further,
        )
        .correlate(ClockFiring, Clock)
        .exists()
    )
