"""Reads versions of policies and calendars: the present ones, and those that a clock is pinned to.

A published version never changes, so parsed versions are cached in memory. Publishes nothing itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service import clock
from service.cache_invalidation import Cached
from service.organisations.queries import organisation
from service.timers import calendars
from service.timers.clock_changes import ClockChange, Rules
from service.timers.ladder import Schedule
from service.timers.model import CalendarVersion, Clock, ClockFiring, PolicyVersion
from service.timers.policy import Policy, Urgency, parse
from service.timers.scopes import Scope, Validity, governing, scopes_of
from service.timers.subjects import ClockCase
from service.timers.working_time import Calendar

PUBLISHED: Final = "policies"
"""The name under which the present versions of policies and calendars are invalidated."""


class NotPublished(LookupError):  # noqa: N818 - it says what is the matter
    """A policy or calendar that a clock needs has not been published: `referrals prepare` does it."""


def policy_for(session: Session, key: str, responder_id: UUID | None = None, area: str | None = None) -> UUID:
    """Return the version of a policy that a clock starts with now: the most specific that is in force.

    That for the responder in the region comes before that for the responder, that before the one of the
    region, and the general one last.

    Args:
        responder_id: who must answer.
        area: the code of the region whose case it is.

    Raises:
        NotPublished: there is none.
    """
    known, now = _present.find(session, _read_present).policies.get(key, {}), clock.now()
    for scope in scopes_of(responder_id, area):
        if found := governing(known.get(scope, ()), now):
            return found
    raise NotPublished(f"policy {key} has not been published")


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


def versions_for(session: Session, key: str, timer: str, case: ClockCase) -> tuple[UUID, UUID]:
    """Return the versions of the policy and the calendar that a clock of a case starts with now.

    Raises:
        NotPublished: one is missing.
    """
    area = organisation(session, case.probation_id).code
    policy_id = policy_for(session, key, case.responder_id, area)
    responders = policy(session, policy_id).timer(timer).calendar == "responder"
    keeper = case.responder_id if responders else None
    return policy_id, calendar_for(session, keeper or case.probation_id)


def policy(session: Session, policy_id: UUID) -> Policy:
    """Return a version of a policy."""
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


def policy_of(session: Session, row: Clock) -> Policy:
    """Return the policy that a clock goes by: the one it was moved onto last, or started with."""
    return policy(session, row.moved_onto_id or row.policy_id)


def schedule_of(session: Session, row: Clock) -> Schedule:
    """Return the schedule of a clock: the policy and calendar it was started with, and its changes."""
    changes = tuple(ClockChange.from_json(change) for change in row.changes)
    onto = {each.policy for each in changes if each.policy is not None}
    started_with = rules_of(policy(session, row.policy_id), row.timer)
    return Schedule(
        timer=started_with.timer,
        calendar=calendar(session, row.calendar_id),
        anchor=row.anchor,
        urgency=cast("Urgency", row.first_urgency),
        hard_date=row.first_hard_date,
        pause=started_with.pause,
        changes=changes,
        version=row.ladder,
        moved_onto={version: rules_of(policy(session, version), row.timer) for version in onto},
    )


def rules_of(version: Policy, timer: str) -> Rules:
    """Return what a policy says of one timer.

    Raises:
        LookupError: it says nothing of it.
    """
    return Rules(version.timer(timer), version.pause)


def preload(session: Session, rows: Iterable[Clock]) -> None:
    """Read the versions that some clocks go by, each kind in one statement, for `schedule_of`."""
    versions: set[UUID] = set()
    kept: set[UUID] = set()
    for row in rows:
        versions |= {row.policy_id, *(UUID(each["policy"]) for each in row.changes if "policy" in each)}
        kept.add(row.calendar_id)
    if versions := {one for one in versions if one not in _policies}:
        found = select(PolicyVersion.id, PolicyVersion.document).where(PolicyVersion.id.in_(versions))
        for version_id, document in session.execute(found):
            _cache(_policies, version_id, parse(document))
    if kept := {one for one in kept if one not in _calendars}:
        stored = select(CalendarVersion.id, CalendarVersion.document).where(CalendarVersion.id.in_(kept))
        for calendar_id, document in session.execute(stored):
            _cache(_calendars, calendar_id, calendars.read(document))


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

    policies: by key and scope, those of each the last published first.
    calendars: by organisation; of_divisions: for organisations without a calendar of their own.
    """

    policies: dict[str, dict[Scope, list[Validity]]]
    calendars: dict[UUID, UUID]
    of_divisions: dict[str, UUID]


_present: Final = Cached[_Present](PUBLISHED)


def _read_present(session: Session) -> _Present:
    policies: dict[str, dict[Scope, list[Validity]]] = defaultdict(lambda: defaultdict(list))
    version = PolicyVersion
    every = select(
        version.key,
        version.responder_id,
        version.area,
        version.id,
        version.valid_from,
        version.valid_until,
    ).order_by(version.version.desc())
    for key, responder_id, area, version_id, begins, ends in session.execute(every):
        policies[key][Scope(responder_id, area)].append(Validity(version_id, begins, ends))
    of = (CalendarVersion.organisation_id, CalendarVersion.division)
    kept = session.execute(
        select(*of, CalendarVersion.id).ext(distinct_on(*of)).order_by(*of, CalendarVersion.version.desc())
    ).all()
    return _Present(
        policies,
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
