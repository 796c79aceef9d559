"""Reads agreements, limited to those on records that the caller's region holds and the caller may know of."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.agreements import hooks
from service.agreements.model import Agreement
from service.agreements.states import State
from service.http.problems import not_found
from service.keyset import counted, in_pages

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
    query = _narrowed(actor, asked, state, person_id)
    place = (Agreement.asked_at, Agreement.id)
    return session.scalars(in_pages(query, place, newest=newest, after=after, limit=limit)).all()


def count_agreements(
    session: Session, actor: Actor, *, asked: Asked | None, state: str | None, person_id: uuid.UUID | None
) -> dict[str, int]:
    """Count the agreements that `list_agreements` would return on all pages, by their state.

    Args:
        asked, state, person_id: as there.
    """
    return counted(session, _narrowed(actor, asked, state, person_id), Agreement.state)


def _narrowed(
    actor: Actor, asked: Asked | None, state: str | None, person_id: uuid.UUID | None
) -> Select[Agreement]:
    query = visible_to(actor)
    if asked == "of_me":
        query = query.where(_asked_of(actor))
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
    """Return what is asked about some subjects now, locked, without checking who may see it."""
    return session.scalars(
        select(Agreement)
        .where(
            Agreement.subject_id.in_(list(subject_ids)),
            Agreement.kind.in_(sorted(kinds)),
            Agreement.state == ASKED_LITERAL,
        )
        .order_by(Agreement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def may_know_of(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID, staff_id: str) -> bool:
    """Return whether a member of staff may know of a person, whose record their region sees."""
    return bool(session.scalar(select(func.may_know_of(person_id, organisation_id, staff_id))))


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


def _asked_of(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a manager is asked: by name, or in the role and unit the manager has."""
    me = actor.practitioner
    if me is None:
        return false()
    mine = and_(Agreement.staff_id.is_(None), Agreement.role == me.role)
    if me.pdu is not None:
        mine = and_(mine, or_(Agreement.unit.is_(None), Agreement.unit == me.pdu))
    return or_(Agreement.staff_id == me.id, mine)


def _who(actor: Actor) -> str | None:
    return actor.practitioner.id if actor.practitioner else None
