"""Reads agreements, limited to those on records that the caller's region holds and the caller may know of."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.permissions import MANAGERS
from service.agreements import hooks
from service.agreements.kinds import KINDS
from service.agreements.model import Agreement
from service.agreements.states import State
from service.http.problems import not_found
from service.keyset import counted, in_pages
from service.organisations import register
from service.organisations.model import Staff, StaffRole
from service.organisations.register import Post, RoleToday
from service.timers.addressees import Standing, addressed_to_caller
from service.timers.model import Clock, NoticeItem
from service.timers.roles import FALLS_TO

Asked = Literal["of_me", "by_me"]
"""Whose agreements: those that a manager is asked for, or those that somebody asked for."""


ASKED_LITERAL: Final = literal(State.ASKED.value, literal_execute=True)
"""A literal, as in the indexes of what is asked: a prepared statement with `$1` cannot use them."""


def visible_to(actor: Actor) -> Select[Agreement]:
    """Select the agreements that a caller may know of; emergency access, which only reads, shows none."""
    if actor.side != "probation":
        return select(Agreement).where(false())
    return select(Agreement).where(
        Agreement.organisation_id == actor.organisation_id,
        Agreement.person_id.in_(hooks.record().open_to_change(actor)),
    )


def find(session: Session, actor: Actor, agreement_id: uuid.UUID) -> Agreement:
    """Find an agreement that a caller may know of.

    Raises:
        Problem: 404.
    """
    found = session.scalar(visible_to(actor).where(Agreement.id == agreement_id))
    if found is None:
        raise not_found()
    return found


def list_agreements(
    session: Session,
    actor: Actor,
    *,
    asked: Asked | None,
    state: str | None,
    person_id: uuid.UUID | None,
    newest: bool,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
) -> Sequence[Agreement]:
    """Return agreements; one more than `limit` when there are more.

    Args:
        asked: of the caller as a manager, or by the caller; all that the caller may know of when None.
        state, person_id: only those.
        newest: the last asked first, otherwise the first.
    """
    query = _narrowed(session, actor, asked, state, person_id)
    place = (Agreement.asked_at, Agreement.id)
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def count_agreements(
    session: Session, actor: Actor, *, asked: Asked | None, state: str | None, person_id: uuid.UUID | None
) -> dict[str, int]:
    """Count the agreements that `list_agreements` would return on all pages, by their state.

    Args:
        asked, state, person_id: as there.
    """
    return counted(session, _narrowed(session, actor, asked, state, person_id), Agreement.state)


def _narrowed(
    session: Session, actor: Actor, asked: Asked | None, state: str | None, person_id: uuid.UUID | None
) -> Select[Agreement]:
    query = visible_to(actor)
    if asked == "of_me":
        query = query.where(_asked_of(session, actor))
    if asked == "by_me":
        query = query.where(Agreement.asked_by == _who(actor))
    if state is not None:
        query = query.where(Agreement.state == state)
    if person_id is not None:
        query = query.where(Agreement.person_id == person_id)
    return query


def lock(session: Session, agreement: Agreement) -> None:
    """Lock an agreement and read it again, so that its state is the one that counts."""
    session.refresh(agreement, with_for_update=True)


def asked_about(
    session: Session, subject_ids: Collection[uuid.UUID], kinds: Collection[str]
) -> Sequence[Agreement]:
    """Return what is asked about some subjects now, locked, without checking who may see it.

    That is also what is asked about others with them.
    """
    ids = list(subject_ids)
    return session.scalars(
        select(Agreement)
        .where(
            or_(Agreement.subject_id.in_(ids), Agreement.beside.overlap(ids)),
            Agreement.kind.in_(sorted(kinds)),
            Agreement.state == ASKED_LITERAL,
        )
        .order_by(Agreement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def asked_about_person(session: Session, person_id: uuid.UUID) -> Sequence[Agreement]:
    """Return what is asked about a person now, locked, without checking who may see it."""
    return session.scalars(
        select(Agreement)
        .where(Agreement.person_id == person_id, Agreement.state == ASKED_LITERAL)
        .order_by(Agreement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def waiting_of_person(
    session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID
) -> Sequence[Agreement]:
    """Return what is asked in a case of a region's managers, locked, without checking who may see it."""
    return session.scalars(
        select(Agreement)
        .where(
            Agreement.person_id == person_id,
            Agreement.organisation_id == organisation_id,
            Agreement.state == ASKED_LITERAL,
        )
        .order_by(Agreement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def asked_of_nobody(session: Session, now: datetime) -> Agreement | None:
    """Return one decision that is asked of somebody by name who no longer makes such decisions, locked.

    They have left, or hold none of its roles.
    """
    by_roles: dict[tuple[str, ...], list[str]] = {}
    for key, kind in KINDS.items():
        by_roles.setdefault(kind.roles, []).append(key)
    gone = [
        and_(Agreement.kind.in_(kinds), ~_decides(roles, now)) for roles, kinds in sorted(by_roles.items())
    ]
    # Begun with whom the register has an end of: most who are asked are there, and are not looked at.
    ended = union_all(
        select(Staff.organisation_id, Staff.id).where(Staff.ended_at <= now),
        select(StaffRole.organisation_id, StaffRole.staff_id).where(StaffRole.until_at <= now),
    ).subquery()
    whose = ended.c
    by_name = select(Agreement.id).where(
        Agreement.state == ASKED_LITERAL,
        Agreement.staff_id == whose[1],
        Agreement.organisation_id == whose[0],
    )
    of_them = by_name.correlate(ended).lateral()
    return session.scalar(
        select(Agreement)
        .where(Agreement.id.in_(select(of_them.c.id).select_from(ended).join(of_them, true())), or_(*gone))
        .order_by(Agreement.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _decides(roles: Collection[str], now: datetime) -> ColumnElement[bool]:
    """Return the condition that the member of staff who is asked holds one of some roles."""
    return (
        select(StaffRole.id)
        .join(Staff, and_(Staff.organisation_id == StaffRole.organisation_id, Staff.id == StaffRole.staff_id))
        .where(
            StaffRole.organisation_id == Agreement.organisation_id,
            StaffRole.staff_id == Agreement.staff_id,
            StaffRole.role.in_(roles),
            register.in_force(now),
            or_(Staff.ended_at.is_(None), Staff.ended_at > now),
        )
        .exists()
    )


def may_know_of(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, staff_id: str) -> bool:
    """Return whether a member of staff may know of a person, whose record their region sees."""
    return bool(session.scalar(select(func.may_know_of(person_id, organisation_id, staff_id))))


def who_may_know(
    session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, members: Collection[str]
) -> set[str]:
    """Return those of some members of staff who may know of a person, in one statement."""
    who = func.unnest(literal(sorted(members), ARRAY(Text))).column_valued("who")
    return set(session.scalars(select(who).where(func.may_know_of(person_id, organisation_id, who))))


def endorsements(
    session: Session, kind: str, subject_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Agreement]]:
    """Return what managers said to reviews beside what they had to decide, oldest first, by the review."""
    found: dict[uuid.UUID, list[Agreement]] = {one: [] for one in subject_ids}
    if found:
        rows = session.scalars(
            select(Agreement)
            .where(Agreement.kind == kind, Agreement.subject_id.in_(found), Agreement.decided_at.is_not(None))
            .order_by(Agreement.decided_at, Agreement.id)
        )
        for row in rows:
            found[row.subject_id].append(row)
    return found


def _asked_of(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a manager is asked today.

    By name; in a role that they hold or stand in for today, or one below that nobody holds; or because its
    clock has notified them since.
    """
    me, whose = actor.practitioner, actor.organisation_id
    if me is None:
        return false()
    posts = register.posts_now(session, whose, [role for role in FALLS_TO if role in MANAGERS])
    mine = register.roles_today(posts, me.id)
    asked = [
        and_(Agreement.role == role, _of_unit(held), *(_vacant(posts[each]) for each in between))
        for held in mine
        for role, between in _falling_to(held.role)
    ]
    notified = (
        select(NoticeItem.id)
        .join(Clock, Clock.id == NoticeItem.clock_id)
        .where(
            Clock.subject_kind == literal("agreement", literal_execute=True),
            Clock.subject_id == Agreement.id,
            addressed_to_caller(Standing(whose, me.id, mine)),
        )
        .exists()
    )
    return or_(
        Agreement.staff_id == me.id, and_(Agreement.staff_id.is_(None), or_(false(), *asked)), notified
    )


def _falling_to(role: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the roles whose decisions come to a role, each with those that must be vacant for it."""
    for below in FALLS_TO:
        between, above = list[str](), below
        while above != role and above in MANAGERS:
            between.append(above)
            above = FALLS_TO[above] or ""
        if above == role and below in MANAGERS:
            yield below, between


def _of_unit(held: RoleToday) -> ColumnElement[bool]:
    inside = Agreement.unit.in_(sorted(held.units))
    if not held.others:
        return inside
    return or_(inside, Agreement.unit.is_(None), Agreement.unit.not_in(sorted(held.known)))


def _vacant(posts: Collection[Post]) -> ColumnElement[bool]:
    """Return the condition that nobody is there in a role for the unit of an agreement."""
    there = {post.unit for post in posts if not post.away}
    if None in there:
        return false()
    return or_(Agreement.unit.is_(None), Agreement.unit.not_in(sorted(unit for unit in there if unit)))


def _who(actor: Actor) -> str | None:
    return actor.practitioner.id if actor.practitioner else None
