"""Reads versions of policies and calendars: the present ones, and those that a clock is pinned to.

A published version never changes, so parsed versions are cached in memory. Publishes nothing itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service.cache_invalidation import Cached
from service.organisations.queries import organisation
from service.timers import calendars
from service.timers.ladder import ClockChange, Schedule
from service.timers.model import CalendarVersion, Clock, ClockFiring, PolicyVersion
from service.timers.policy import Policy, Urgency, parse
from service.timers.working_time import Calendar

PUBLISHED: Final = "policies"
"""The name under which the present versions of policies and calendars are invalidated."""


class NotPublished(LookupError):  # noqa: N818 - it says what is the matter
    """A policy or calendar that a clock needs has not been published: `referrals prepare` does it."""


def policy_for(session: Session, key: str, responder_id: UUID | None) -> UUID:
    """Return the present version of a policy: the responder's own if it has one, otherwise the general one.

    Raises:
        NotPublished: there is neither.
    """
    known = _present.find(session, _read_present).policies
    found = known.get((key, responder_id)) or known.get((key, None))
    if found is None:
        raise NotPublished(f"policy {key} has not been published")
    return found


def calendar_for(session: Session, organisation_id: UUID) -> UUID:
    """Return the present version of an organisation's calendar: its own, otherwise its division's.

    Raises:
        NotPublished: there is neither.
    """
    present = _present.find(session, _read_present)
    found = present.calendars.get(organisation_id)
    if found is None:
        found = present.of_divisions.get(organisation(session, organisation_id).division)
    if found is None:
        raise NotPublished(f"no calendar has been published for organisation {organisation_id}")
    return found


def policy(session: Session, policy_id: UUID) -> Policy:
    """Return the policy that a clock is pinned to."""
    found = _policies.get(policy_id)
    if found is None:
        found = parse(session.get_one(PolicyVersion, policy_id).document)
        _cache(_policies, policy_id, found)
    return found


def calendar(session: Session, calendar_id: UUID) -> Calendar:
    """Return the calendar that a clock is pinned to."""
    found = _calendars.get(calendar_id)
    if found is None:
        found = calendars.read(session.get_one(CalendarVersion, calendar_id).document)
        _cache(_calendars, calendar_id, found)
    return found


def schedule_of(session: Session, row: Clock) -> Schedule:
    """Return the schedule of a clock: its pinned policy and calendar, and its changes."""
    pinned = policy(session, row.policy_id)
    return Schedule(
        timer=pinned.timer(row.timer),
        calendar=calendar(session, row.calendar_id),
        anchor=row.anchor,
        urgency=cast("Urgency", row.first_urgency),
        hard_date=row.first_hard_date,
        pause=pinned.pause,
        changes=tuple(ClockChange.from_json(change) for change in row.changes),
        version=row.ladder,
    )


def fired_keys(session: Session, rows: Sequence[Clock]) -> dict[UUID, set[str]]:
    """Return, for each of some clocks by its id, the keys of its firings that have been recorded.

    Raises:
        LookupError: not all of them are visible; with fewer, the clock would fire one again.
    """
    keys: dict[UUID, set[str]] = {row.id: set() for row in rows}
    recorded = session.execute(
        select(ClockFiring.clock_id, ClockFiring.step_key, ClockFiring.kind).where(
            ClockFiring.clock_id.in_(keys)
        )
    )
    for clock_id, key, kind in recorded:
        # A repeat was called a tail, and what has fired keeps the key that it was recorded with.
        keys[clock_id].add(key.replace("tail_", "repeat_") if kind == "tail" else key)
    for row in rows:
        if (visible := len(keys[row.id])) < row.fired:
            raise LookupError(f"{row.fired} firings of clock {row.id} are recorded, and {visible} visible")
    return keys


@dataclass(frozen=True)
class _Present:
    """The present versions.

    policies: by key and responder; None for the general one.
    calendars: by organisation; of_divisions: for organisations without a calendar of their own.
    """

    policies: dict[tuple[str, UUID | None], UUID]
    calendars: dict[UUID, UUID]
    of_divisions: dict[str, UUID]


_present: Final = Cached[_Present](PUBLISHED)


def _read_present(session: Session) -> _Present:
    policies = session.execute(
        select(PolicyVersion.key, PolicyVersion.responder_id, PolicyVersion.id)
        .ext(distinct_on(PolicyVersion.key, PolicyVersion.responder_id))
        .order_by(PolicyVersion.key, PolicyVersion.responder_id, PolicyVersion.version.desc())
    )
    of = (CalendarVersion.organisation_id, CalendarVersion.division)
    kept = session.execute(
        select(*of, CalendarVersion.id).ext(distinct_on(*of)).order_by(*of, CalendarVersion.version.desc())
    ).all()
    return _Present(
        {(key, responder_id): version_id for key, responder_id, version_id in policies},
        {whose: version_id for whose, _, version_id in kept if whose is not None},
        {division: version_id for whose, division, version_id in kept if whose is None},
    )


# The limit bounds the memory of a worker where every agency has a version of its own.
_CACHE_SIZE = 200
_policies: dict[UUID, Policy] = {}
_calendars: dict[UUID, Calendar] = {}
Version = TypeVar("Version")


def _cache(cached: dict[UUID, Version], version_id: UUID, version: Version) -> None:
    if len(cached) >= _CACHE_SIZE:
        cached.clear()
    cached[version_id] = version
