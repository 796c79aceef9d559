"""Whose an escalation is: to whom each step was addressed, and who may answer for that today.

An acknowledgement counts for the step of whoever holds the role today, or stands in for them, or holds a role
above it. Anybody else who may see the escalation can leave a note.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.identifiers import known_as
from service.access.permissions import ON_DUTY
from service.organisations.register import RoleToday, roles_of_member
from service.timers.model import Clock, EscalationHandover, Notice, NoticeItem, StepAcknowledgement
from service.timers.roles import FALLS_TO, is_above

PRACTITIONER = "practitioner"


class Addressee(NamedTuple):
    """A recipient of a firing: when it was notified, who answered for it, and who handed it over."""

    item: NoticeItem
    notice: Notice | None
    acknowledged: StepAcknowledgement | None
    handed_over: EscalationHandover | None


class Standing(NamedTuple):
    """What a caller is asked for today.

    Args:
        member: the person behind the call; None for a system that names nobody.
        roles: of the staff register, as a holder or a deputy.
    """

    organisation_id: UUID
    member: str | None
    roles: Sequence[RoleToday]

    def answers(self, addressee: Addressee, clock: Clock) -> bool:
        """Return whether the caller may answer for a step of a clock's escalation."""
        item = addressee.item
        if item.organisation_id != self.organisation_id:
            return False
        # A partner's system that names no officer answers for its organisation.
        if self.member is None or item.role is None:
            return True
        by_name = item.holder is not None and known_as(item.holder) == self.member
        if by_name and (item.role == PRACTITIONER or addressee.handed_over is not None):
            return True
        # Only probation has units.
        unit = clock.pdu if item.side == "probation" and not item.redirected else None
        return any(
            (one.role == item.role or is_above(one.role, item.role)) and one.covers(unit)
            for one in self.roles
        )


def standing_of(session: Session, actor: Actor) -> Standing:
    """Return what a caller is asked for today, in one statement."""
    if actor.practitioner is None:
        return Standing(actor.organisation_id, None, ())
    member = actor.practitioner.id
    # A practitioner is asked about their own cases, by name.
    roles = [
        one for one in roles_of_member(session, actor.organisation_id, member) if one.role != PRACTITIONER
    ]
    return Standing(actor.organisation_id, member, roles)


def addressed_to_caller(standing: Standing, *, role: str | None = None) -> ColumnElement[bool]:
    """Return the condition that an item is addressed to a caller, or to a role they hold today.

    What was handed over is the colleague's, and no longer on the list of whoever holds the role. For
    queries over `NoticeItem` and `Clock`.

    Args:
        role: only what is addressed to this role.
    """
    steps = [and_(items, covered) for items, covered in addressed_items(standing, role=role)]
    return or_(false(), *steps)


def addressed_items(
    standing: Standing, *, role: str | None = None
) -> list[tuple[ColumnElement[bool], ColumnElement[bool]]]:
    """Return what `addressed_to_caller` says, apart: conditions on items, each with one on their clocks.

    Args:
        role: only what is addressed to this role.
    """
    own = NoticeItem.organisation_id == standing.organisation_id
    only = own if role is None else and_(own, NoticeItem.role == role)
    if standing.member is None:
        return [(only, true())]
    kept = ~exists().where(
        EscalationHandover.firing_id == NoticeItem.firing_id,
        EscalationHandover.organisation_id == NoticeItem.organisation_id,
    )
    received = exists().where(EscalationHandover.item_id == NoticeItem.id)
    by_name = and_(
        func.lower(NoticeItem.holder) == standing.member,
        or_(received, and_(NoticeItem.role == PRACTITIONER, kept)),
    )
    held = [(and_(only, kept, NoticeItem.role == one.role), covers(one)) for one in standing.roles]
    return [(and_(only, by_name), true()), *held]


def items_to_answer(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that a caller may answer for an item, as `Standing.answers` says.

    For queries over `NoticeItem` and `Clock`.
    """
    own = NoticeItem.organisation_id == standing.organisation_id
    if standing.member is None:
        return own
    received = exists().where(EscalationHandover.item_id == NoticeItem.id)
    by_name = and_(
        func.lower(NoticeItem.holder) == standing.member,
        or_(received, NoticeItem.role == PRACTITIONER),
    )
    below = [
        and_(NoticeItem.role.in_(sorted(_up_to(one.role))), or_(NoticeItem.side != "probation", covers(one)))
        for one in standing.roles
    ]
    return and_(own, or_(NoticeItem.role.is_(None), by_name, *below))


def _up_to(role: str) -> set[str]:
    return {role, *(other for other in FALLS_TO if is_above(role, other))}


def own_cases(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that a clock is of a caller's own case, or of a unit that they manage."""
    if standing.member is None:
        return true()
    whose = or_(
        func.lower(Clock.practitioner) == standing.member, func.lower(Clock.caretaker) == standing.member
    )
    return or_(whose, led_by(standing))


def led_by(standing: Standing) -> ColumnElement[bool]:
    """Return the condition that a clock is of a unit in which a caller holds a manager's role today."""
    return or_(false(), *(covers(one) for one in standing.roles if one.role in _LEADING))


_LEADING = FALLS_TO.keys() - {PRACTITIONER, "on_call_officer", *ON_DUTY}


def covers(role: RoleToday) -> ColumnElement[bool]:
    """Return the condition that the cases of a role held today include a clock's."""
    if role.others and not role.known:
        return true()
    inside = Clock.pdu.in_(sorted(role.units))
    if not role.others:
        return inside
    return or_(inside, Clock.pdu.is_(None), Clock.pdu.not_in(sorted(role.known)))


def addressees_of(session: Session, actor: Actor, firings: Collection[UUID]) -> dict[UUID, list[Addressee]]:
    """Return whom each firing was addressed to, in one statement; a partner is shown its own side only."""
    found: dict[UUID, list[Addressee]] = {firing: [] for firing in firings}
    if not found:
        return found
    mine = true() if actor.side == "probation" else NoticeItem.organisation_id == actor.organisation_id
    rows = session.execute(
        select(NoticeItem, Notice, StepAcknowledgement, EscalationHandover)
        .outerjoin(Notice, Notice.id == NoticeItem.notice_id)
        .outerjoin(StepAcknowledgement, StepAcknowledgement.item_id == NoticeItem.id)
        .outerjoin(EscalationHandover, EscalationHandover.item_id == NoticeItem.id)
        .where(NoticeItem.firing_id.in_(found), mine)
        .order_by(NoticeItem.side.desc(), NoticeItem.role, NoticeItem.holder)
    )
    for row in rows:
        found[row[0].firing_id].append(Addressee._make(row))
    return found


def answerable(standing: Standing, addressees: Iterable[Addressee], clock: Clock) -> list[Addressee]:
    """Return those among the addressees of an escalation for whom a caller may answer."""
    return [one for one in addressees if standing.answers(one, clock)]
