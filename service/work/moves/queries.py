"""Reads what is owed: running clocks, by whose move they are. Writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks.model import CheckRequest
from service.keyset import counted, in_pages
from service.people import aliases
from service.people.model import Transfer
from service.referrals.model import ChangeNotice, DestinationReferral
from service.timers import escalations
from service.timers.addressees import Standing, addressed_items, covers, items_to_answer, led_by, own_cases
from service.timers.conditions import (
    BY_LABEL,
    CONDITIONS,
    KINDS,
    PRACTITIONER,
    WITH_THE_ASKED,
    condition_of,
)
from service.timers.escalations import Place, Wanted
from service.timers.model import Clock, ClockFiring, NoticeItem, StepAcknowledgement
from service.timers.queries import RUNNING, STOPPED, reads_many
from service.timers.recipients import STAYS_HOME
from service.timers.subjects import DANGER


class Owed(NamedTuple):
    """Something that is owed, with what its addresses need.

    Args:
        part: of a change notice, the destination referral.
        check: of a check request, its check.
        asked: the organisation that was asked about it, or is to be.
        danger: of a danger, the last step for which the caller may answer; where there is none, the last for
            whoever owes it, or else the last that was addressed to the caller's organisation.
        firings: the steps for which the caller may answer, and nobody of the same side has.
        beside: the organisation that must say so too, in what is done when both do: who asked for a transfer,
            the destination of a stay that ends, and who holds a meeting or looks at the case again.
    """

    clock: Clock
    part: UUID | None
    check: UUID | None
    asked: UUID | None
    danger: UUID | None
    firings: Sequence[UUID]
    beside: UUID | None


class Escalated(NamedTuple):
    """A step that was reached of the escalation of something that is owed."""

    firing: ClockFiring
    owed: Owed


def page_of_work(
    session: Session,
    actor: Actor,
    standing: Standing,
    wanted: Mapping[str, Any],
    now: datetime,
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Owed]:
    """Return what is owed, the first due first; one more than `limit` if there is more.

    Args:
        standing: what the caller is asked for today.
        wanted: as the query of the list says.
        newest: the last due first.
        after: due time and id of the last one already read.
    """
    query = _wanted(actor, standing, wanted, now)
    return _page(session, actor, standing, query, newest=newest, after=after, limit=limit)


def page_of_overdue(
    session: Session,
    actor: Actor,
    standing: Standing,
    wanted: Mapping[str, Any],
    now: datetime,
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Owed]:
    """Return what is overdue, the longest first; one more than `limit` if there is more.

    For probation also what others owe in its cases, and what is paused.

    Args:
        standing, newest, after: as for `page_of_work`.
        wanted: as the query of the list says.
    """
    query = _overdue(actor, standing, wanted, now)
    return _page(session, actor, standing, query, newest=newest, after=after, limit=limit)


def count_overdue(
    session: Session, actor: Actor, standing: Standing, wanted: Mapping[str, Any], now: datetime
) -> dict[str, int]:
    """Count what `page_of_overdue` would return on all pages, by the state of the clock."""
    return counted(session, _overdue(actor, standing, wanted, now).where(reads_many()), Clock.state)


def _page(
    session: Session,
    actor: Actor,
    standing: Standing,
    clocks: Select[Clock],
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Owed]:
    query = in_pages(
        clocks.add_columns(*_around(actor, standing)),
        (Clock.due_at, Clock.id),
        newest=newest,
        after=after,
        limit=limit,
    )
    return [_owed(row) for row in session.execute(query)]


def page_of_escalations(
    session: Session,
    actor: Actor,
    standing: Standing,
    wanted: Wanted,
    *,
    newest: bool,
    after: Place | None,
    limit: int,
) -> list[Escalated]:
    """Return what was escalated, the first recorded first; one more than `limit` if there is more.

    Also what is paused, has been answered or waits for another, and what came here by a redirect.

    Args:
        standing, newest, after: as for `page_of_work`; the place is that of an escalation.
    """
    query = escalations.page_of_escalations(actor, standing, wanted, newest=newest, after=after, limit=limit)
    page = session.execute(query).all()
    # Once for each clock: one that repeats stands on a page many times.
    clocks = {clock.id for _, clock in page}
    around = select(Clock, *_around(actor, standing)).where(Clock.id.in_(clocks))
    owed = {row[0].id: _owed(row) for row in session.execute(around)} if clocks else {}
    return [Escalated(firing, owed[clock.id]) for firing, clock in page]


def _around(actor: Actor, standing: Standing) -> tuple[ColumnElement[Any], ...]:
    """Return what `Owed` has besides its clock, in order, as columns of a query over `Clock`."""
    part = select(ChangeNotice.destination_referral_id).where(ChangeNotice.id == Clock.subject_id)
    check = select(CheckRequest.check_id).where(CheckRequest.id == Clock.subject_id)
    agency = select(CheckRequest.agency_id).where(CheckRequest.id == Clock.subject_id)
    destination = select(DestinationReferral.organisation_id).where(
        DestinationReferral.id == Clock.subject_id
    )
    unanswered = select(func.array_agg(NoticeItem.firing_id)).where(
        NoticeItem.clock_id == Clock.id, _unacknowledged(actor), items_to_answer(standing)
    )
    of_owner = NoticeItem.role == func.coalesce(Clock.owner_role, PRACTITIONER)
    last = (
        select(NoticeItem.firing_id)
        .where(NoticeItem.clock_id == Clock.id, NoticeItem.organisation_id == actor.organisation_id)
        .order_by(
            func.coalesce(items_to_answer(standing), false()).desc(),
            # Whoever only looks on is led to the step that its owner confirms.
            func.coalesce(of_owner, false()).desc(),
            NoticeItem.fired_at.desc(),
            NoticeItem.firing_id.desc(),
        )
        .limit(1)
    )
    asked = case(
        (Clock.responder_id.is_not(None), Clock.responder_id),
        (Clock.subject_kind == "check_request", agency.scalar_subquery()),
        else_=destination.scalar_subquery(),
    )
    notice = case((Clock.subject_kind == "change_notice", part.scalar_subquery()))
    danger = case((Clock.timer == DANGER, last.scalar_subquery()))
    asked_by = select(Transfer.asked_by_id).where(Transfer.id == Clock.subject_id)
    beside = case(
        (Clock.subject_kind == "transfer", asked_by.scalar_subquery()),
        (tuple_(Clock.subject_kind, Clock.timer).in_(sorted(WITH_THE_ASKED)), asked),
    )
    of_check = case((Clock.subject_kind == "check_request", check.scalar_subquery()))
    return (
        notice,
        of_check,
        asked,
        danger,
        unanswered.scalar_subquery(),
        beside,
    )


def _owed(row: Sequence[Any]) -> Owed:
    clock, part_id, check_id, asked_id, last_step, steps, beside_id = row
    return Owed(clock, part_id, check_id, asked_id, last_step, sorted(set(steps or ())), beside_id)


def count_work(
    session: Session, actor: Actor, standing: Standing, wanted: Mapping[str, Any], now: datetime
) -> dict[str, int]:
    """Count what `page_of_work` would return on all pages, by its kind."""
    # By columns, in the order of their index.
    columns = (Clock.subject_kind, Clock.timer, Clock.label, Clock.owner_role)
    query = _wanted(actor, standing, wanted, now).with_only_columns(*columns, func.count()).group_by(*columns)
    counts = dict[str, int]()
    for subject_kind, timer, label, role, number in session.execute(query.where(reads_many())):
        condition = condition_of(subject_kind, timer, label=label, handed_back=role is not None)
        if condition is not None:
            counts[condition.kind] = counts.get(condition.kind, 0) + number
    return dict(sorted(counts.items()))


def _wanted(actor: Actor, standing: Standing, wanted: Mapping[str, Any], now: datetime) -> Select[Clock]:
    query = select(Clock).where(Clock.state == RUNNING, _within_reach(actor))
    if "mine" in wanted:
        query = query.where(_own(actor, standing, wanted.get("role"), now))
    elif "role" in wanted:
        # Whoever holds it.
        of_the_role = Standing(actor.organisation_id, None, ())
        query = query.where(_own(actor, of_the_role, wanted["role"], now))
    else:
        query = query.where(_owed_by(actor))
    if "kind" in wanted:
        query = query.where(_of_kind(wanted["kind"]))
    if "urgency" in wanted:
        query = query.where(Clock.urgency == wanted["urgency"])
    if "due_before" in wanted:
        query = query.where(Clock.due_at < wanted["due_before"])
    if "overdue" in wanted:
        query = query.where(Clock.due_at <= now)
    if "person" in wanted:
        # Others know of people by what they were sent, and never by our ids.
        of_person = Clock.person_id.in_(aliases.same_person_as(wanted["person"]))
        query = query.where(of_person if actor.side == "probation" else false())
    if "pdu" in wanted and actor.side == "probation":
        query = query.where(Clock.pdu == wanted["pdu"])
    return query


def _overdue(actor: Actor, standing: Standing, wanted: Mapping[str, Any], now: datetime) -> Select[Clock]:
    query = select(Clock).where(Clock.state != STOPPED, Clock.due_at <= now, _within_reach(actor))
    if actor.side != "probation":
        query = query.where(_owed_by(actor))
    elif "pdu" in wanted:
        # Which unit's a case is, is probation's own: nobody else narrows a list down to it.
        query = query.where(Clock.pdu == wanted["pdu"])
    return query.where(_cases_of(actor, standing)) if "mine" in wanted else query


def _cases_of(actor: Actor, standing: Standing) -> ColumnElement[bool]:
    """Return the condition that a case is the caller's own, or of a unit that they manage."""
    if actor.side == "probation" or standing.member is None:
        return own_cases(standing)
    # Nobody of a partner has a case by name but by a step that was addressed to them.
    addressed = [
        and_(Clock.id.in_(select(NoticeItem.clock_id).where(items)), covered)
        for items, covered in addressed_items(standing)
    ]
    return or_(led_by(standing), *addressed)


def _within_reach(actor: Actor) -> ColumnElement[bool]:
    """Return which clocks the caller may know of, whoever owes them; no function is called for each row."""
    if actor.side != "probation":
        return Clock.responder_id == actor.organisation_id
    return and_(
        Clock.probation_id == actor.organisation_id,
        or_(Clock.person_id.is_(None), Clock.person_id.not_in(select(func.hidden_people()))),
    )


def _owed_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the move is the caller's organisation's, of those within reach."""
    if actor.side == "probation":
        return or_(Clock.responder_id.is_(None), Clock.owner_role.is_not(None))
    return Clock.owner_role.is_(None)


def _own(actor: Actor, standing: Standing, role: str | None, now: datetime) -> ColumnElement[bool]:
    """Return the condition that the move is the caller's own, or a role's, or was escalated to either.

    Args:
        role: only what this role owes, or was told.
    """
    escalated = [
        and_(Clock.id.in_(select(NoticeItem.clock_id).where(items, _unacknowledged(actor))), covered)
        for items, covered in addressed_items(standing, role=role)
    ]
    return or_(and_(_owed_by(actor), _of_caller(actor, standing, role, now)), *escalated)


def _of_caller(actor: Actor, standing: Standing, role: str | None, now: datetime) -> ColumnElement[bool]:
    if actor.side != "probation":
        # Nobody of a partner owes anything by name: it is its organisation's, until a step names a role.
        return true() if standing.member is None and role is None else false()
    if standing.member is None:
        return true() if role is None else _owed_by_role(role)
    held = [
        and_(Clock.owner_role == one.role, covers(one)) for one in standing.roles if role in {None, one.role}
    ]
    acts = _acts(standing.member, now) if role in {None, PRACTITIONER} else false()
    return or_(and_(_owed_by_role(PRACTITIONER), acts), *held)


def _owed_by_role(role: str) -> ColumnElement[bool]:
    named = Clock.owner_role == role
    return or_(Clock.owner_role.is_(None), named) if role == PRACTITIONER else named


def _acts(member: str, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a member of staff acts in the case, as `recipients.acting` says."""
    at_home = or_(*(getattr(Clock, column) == value for column, value in sorted(STAYS_HOME)))
    away = and_(Clock.caretaker.is_not(None), Clock.caretaker_until > now, not_(at_home))
    return or_(
        and_(Clock.practitioner == member, func.coalesce(not_(away), true())),
        and_(Clock.caretaker == member, away),
    )


def _of_kind(kind: str) -> ColumnElement[bool]:
    subject_kind, timer = KINDS[kind]
    of_subject = and_(Clock.subject_kind == subject_kind, Clock.timer == timer)
    labels = {
        label: found for (*key, label), found in BY_LABEL.items() if tuple(key) == (subject_kind, timer)
    }
    told_apart = [label for label, found in labels.items() if found.kind == kind]
    if told_apart:
        return and_(of_subject, Clock.label.in_(told_apart))
    if labels:
        return and_(of_subject, Clock.label.not_in(sorted(labels)))
    asked = CONDITIONS[subject_kind, timer]
    if asked.owed_by == "responder":
        return and_(
            of_subject, Clock.owner_role.is_(None) if asked.kind == kind else Clock.owner_role.is_not(None)
        )
    return of_subject


def _unacknowledged(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an item is of the caller's organisation, and nobody there has answered."""
    answered = exists().where(StepAcknowledgement.item_id == NoticeItem.id)
    return and_(NoticeItem.organisation_id == actor.organisation_id, ~answered)
