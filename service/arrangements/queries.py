"""Reads what was said about the arrangements for releases, and what of it stands for the next one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
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
"""How long after a release things are said for it, and stand: as long as the person is on the board."""


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
    """Return what stands of what was said; what was said for a release that is over does not.

    A release is over with a recall, or some time after it. A day of release that moves ends nothing.

    Args:
        said: the last first.
    """
    if not said:
        return {}
    happened: dict[UUID, list[Change]] = {}
    for change in circumstances.happened_by(session, whose, {RECALLED, RELEASED}):
        happened.setdefault(whose[change.person_id], []).append(change)
    found: dict[UUID, dict[str, Arrangement]] = {}
    for one in said:
        person_id = whose[one.person_id]
        if not _is_over(one, happened.get(person_id, ())):
            found.setdefault(person_id, {}).setdefault(one.item, one)
    return found


def _is_over(one: Arrangement, happened: Sequence[Change]) -> bool:
    """Return whether the release is over for which something was said.

    Args:
        happened: the recalls and releases of the person.
    """
    recalls = [change for change in happened if change.kind == RECALLED]
    day = one.recorded_at.astimezone(clock.LONDON).date()
    if any(day <= recall.occurred_on and one.recorded_at <= recall.recorded_at for recall in recalls):
        return True
    back = max((recall.occurred_on for recall in recalls), default=date.min)
    ends = [
        change.occurred_on + OVER_AFTER
        for change in happened
        if change.kind == RELEASED and change.occurred_on >= back
    ]
    return any(day <= end < clock.today() for end in ends)
