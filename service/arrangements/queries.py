"""Reads what was said about the arrangements for releases, and what of it stands for the next one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.arrangements.model import Arrangement
from service.circumstances import queries as circumstances
from service.circumstances.endings import RECALLED
from service.circumstances.model import Change

RELEASED: Final = "released"
OVER_AFTER: Final = timedelta(days=28)
"""How long after a release what was said for it stands: as long as the person is on the board."""


def said_of(session: Session, record_ids: Iterable[UUID]) -> Sequence[Arrangement]:
    """Return everything that was said of some records, what was said last first."""
    return session.scalars(
        select(Arrangement).where(Arrangement.person_id.in_(record_ids)).order_by(Arrangement.ordinal.desc())
    ).all()


def standing(session: Session, whose: Mapping[UUID, UUID]) -> dict[UUID, dict[str, Arrangement]]:
    """Return what stands of each item, by the person.

    Args:
        whose: the person of each record.
    """
    return standing_of(session, whose, said_of(session, whose))


def standing_of(
    session: Session, whose: Mapping[UUID, UUID], said: Sequence[Arrangement]
) -> dict[UUID, dict[str, Arrangement]]:
    """Return what stands of what was said; what was said before a release that is over does not.

    A release is over with a recall, and some time after it. A day of release that moves ends nothing.

    Args:
        said: the last first.
    """
    if not said:
        return {}
    ended: dict[UUID, list[Change]] = {}
    for change in circumstances.happened_by(session, whose, {RECALLED, RELEASED}):
        if change.kind == RECALLED or change.occurred_on < clock.today() - OVER_AFTER:
            ended.setdefault(whose[change.person_id], []).append(change)
    found: dict[UUID, dict[str, Arrangement]] = {}
    for one in said:
        person_id = whose[one.person_id]
        if not any(_is_before(one, change) for change in ended.get(person_id, ())):
            found.setdefault(person_id, {}).setdefault(one.item, one)
    return found


def _is_before(one: Arrangement, change: Change) -> bool:
    day = one.recorded_at.astimezone(clock.LONDON).date()
    return day <= change.occurred_on and one.recorded_at <= change.recorded_at
