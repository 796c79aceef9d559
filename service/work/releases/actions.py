"""Hands over, at 09:00 on the day of a release or an arrival, what is still red on the line of the board.

The clock of a release follows the day: a worker starts it when somebody comes onto the board, moves it with
the day and stops it where nobody is released any more. A release that is recorded after that is due at once,
for as long as it is on the board. When it is due, a line with nothing red ends it before
anybody is notified; otherwise the manager owes what the practitioner owed until then.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, db, events, timers
from service.access.actor import UPGRADE, Actor
from service.people import holding_queries
from service.timers import Subject
from service.timers.model import Clock
from service.work.releases import queries
from service.work.releases.cells import cells_of
from service.work.releases.policies import HANDOVER
from service.work.releases.queries import READY, TIMER, Line, Release
from service.work.releases.rules import AHEAD, BEHIND, HANDED_OVER_AT, MANAGER

LOOKS_EVERY: Final = timedelta(minutes=5)
"""How often a worker looks for days of release that have come or have changed. Our own default."""
BATCH: Final = 100
"""The most people looked at in one transaction."""
SHOWN: Final = 50
"""The most people that an event lists; the others are on the board."""


class HandOver:
    """The chore of a worker that follows the days of release, and hands over what is red on the day.

    It runs before the sweep, which fires what it has left running.
    """

    def __init__(self) -> None:
        """Look for days at the first pass."""
        self.looked: datetime | None = None

    def __call__(self, now: datetime) -> None:
        """Follow the days now and then, and at every pass judge the lines whose clock is due."""
        looks = self.looked is None or now - self.looked >= LOOKS_EVERY
        if looks:
            _follow_days(first=self.looked is None)
            self.looked = now
        after: UUID | None = None
        while (after := _judge(now, after, all_handed_over=looks)) is not None:
            pass


def _follow_days(*, first: bool) -> None:
    """Start, move and stop the clocks of releases by the days that are on record.

    Args:
        first: whether this worker has not looked yet: where there has never been a clock of a release, what
            is there was there before the upgrade.
    """
    today = clock.today()
    with db.transaction("worker") as session:
        by = Actor.for_service(UPGRADE if first and not queries.was_ever_followed(session) else "releases")
        every = queries.releases(session, today - _days(BEHIND), today + _days(AHEAD))
        ended: dict[UUID, list[Clock]] = defaultdict(list)
        for person_id, row in queries.found_ready(session, _nine(today - _days(BEHIND))):
            ended[person_id].append(row)
        to_follow = queries.first_of_each(
            [one for one in every if not _is_settled(one, ended.get(one.person_id, ()))]
        )
        running = dict[UUID, Clock]()
        beside = list[Subject]()
        for person_id, row in queries.handovers(session):
            if running.setdefault(person_id, row) is not row:
                beside.append(Subject(row.subject_kind, row.subject_id))
        # What was handed over is the manager's until nothing is red, whatever day of release comes next.
        goes_on = {one.person_id for one in every if _is_handed_over(one, running.get(one.person_id))}
        changed = [
            person_id
            for person_id in sorted(to_follow.keys() | running.keys())
            if person_id not in goes_on and _is_out_of_line(to_follow.get(person_id), running.get(person_id))
        ]
        # Of the day itself, only where something is red: what was all green is not taken up again.
        late = [to_follow[one] for one in changed if one in to_follow and to_follow[one].day == today]
        green = set() if clock.now() < _nine(today) else _all_green(session, late)
        timers.stop_all(session, beside, "changed", TIMER)
    for start in range(0, len(changed), BATCH):
        with db.transaction("worker") as session:
            if not queries.follows_alone(session):
                return
            # Another worker may have followed the same days since they were read.
            now_running = dict(reversed(queries.handovers(session)))
            for person_id in changed[start : start + BATCH]:
                still, read = now_running.get(person_id), running.get(person_id)
                if (still and still.id) == (read and read.id):
                    release = None if person_id in green else to_follow.get(person_id)
                    _start_anew(session, by, person_id, still, release, first=first)


def _is_settled(release: Release, ended: Collection[Clock]) -> bool:
    """Return whether nobody is to take up a day: it was handed over, or has passed and was found ready.

    An arrival whose day has passed is the destination's to record. A release is taken up late, because it
    may be recorded late.
    """
    today = clock.today()
    if release.day < today and not release.is_release:
        return True
    return release.day <= today and any(
        _day_of(row) >= release.day and (row.owner_role == MANAGER or release.day < today) for row in ended
    )


def _is_handed_over(release: Release, running: Clock | None) -> bool:
    """Return whether a clock came due for a day of release that is still named, and has passed."""
    return running is not None and clock.today() > release.day and _is_of(running, release)


def _is_of(running: Clock, release: Release) -> bool:
    """Return whether a clock is of a day: it is due then, or later where it was started late."""
    day, today = _day_of(running), clock.today()
    return day == release.day or release.day < day <= today


def _day_of(running: Clock) -> date:
    return running.due_at.astimezone(clock.LONDON).date()


def _is_out_of_line(release: Release | None, running: Clock | None) -> bool:
    if running is None:
        return release is not None
    if release is None:
        # What was handed over stays with the manager until nothing is red, or the line is gone.
        return running.due_at > clock.now()
    return not _is_of(running, release) or running.probation_id != release.region_id


def _start_anew(
    session: Session,
    by: Actor,
    person_id: UUID,
    running: Clock | None,
    release: Release | None,
    *,
    first: bool,
) -> None:
    subject = Subject("person", person_id)
    if running is not None:
        # It may be of a record for which another has stood since.
        of = Subject(running.subject_kind, running.subject_id)
        timers.stop(session, of, "changed" if release else "not_released", TIMER)
    if release is not None:
        now, nine, minute = clock.now(), _nine(release.day), timedelta(minutes=1)
        # It is due a minute later: the first sweep after an upgrade sends nothing of what was there before.
        late = now if first else now - minute
        timers.start(
            session,
            by if nine < now else Actor.for_service("releases"),
            subject,
            TIMER,
            policy=HANDOVER,
            case=holding_queries.clock_case_of(session, person_id, release.region_id, "release"),
            anchor=max(nine - minute, late),
            exposed_since=now,
        )


def _judge(now: datetime, after: UUID | None, *, all_handed_over: bool) -> UUID | None:
    """End the clocks of some lines on which nothing is red, and hand over the others.

    Returns:
        The last clock that was looked at, None at the end.
    """
    with db.transaction("worker") as session:
        found = queries.due_handovers(session, now, after, BATCH, all_handed_over=all_handed_over)
        stands_for = queries.standing_for(session, [row.subject_id for row in found])
        reds = _reds(session, set(stands_for.values()))
        handed_over = list[tuple[UUID, Clock]]()
        for row in found:
            subject, person_id = Subject(row.subject_kind, row.subject_id), stands_for[row.subject_id]
            if not reds.get(person_id):
                timers.stop(session, subject, READY if person_id in reds else "not_released", TIMER)
            elif row.next_fires_at is not None and row.next_fires_at <= now:
                if row.owner_role != MANAGER:  # what climbs on was announced when it was handed over
                    handed_over.append((person_id, row))
                timers.hand_over(session, subject, TIMER, MANAGER)
        _notify(session, handed_over, reds)
    return found[-1].id if len(found) == BATCH else None


def _all_green(session: Session, releases: Collection[Release]) -> set[UUID]:
    reds = _reds(session, [one.person_id for one in releases])
    return {one.person_id for one in releases if not reds.get(one.person_id)}


def _reds(session: Session, people: Collection[UUID]) -> dict[UUID, list[str]]:
    """Return what is red on the lines of some people, as codes; nothing of whoever is on no line."""
    today = clock.today()
    days = queries.releases(session, today - _days(BEHIND), today, people=people) if people else []
    found = list(queries.first_of_each(days).values())
    seen = queries.around(session, [one.person_id for one in found])
    return {
        one.person_id: [
            f"{cell.column}.{cell.found.code}"
            for cell in cells_of(Line(one.person_id, one.day, one.is_release), seen)
            if cell.level == "red"
        ]
        for one in found
    }


def _notify(session: Session, handed_over: Sequence[tuple[UUID, Clock]], reds: dict[UUID, list[str]]) -> None:
    """Tell each region in one event what is red of whom; of somebody not all may know of, in one apart."""
    guarded = queries.guarded(session, [person_id for person_id, _ in handed_over])
    of_region: dict[tuple[UUID, UUID | None], list[dict[str, Any]]] = defaultdict(list)
    for person_id, row in handed_over:
        apart = person_id if person_id in guarded else None
        item = {"person": person_id, "clock": row.id, "red": reds[person_id]}
        of_region[row.probation_id, apart].append(item)
    for (region_id, alone), items in of_region.items():
        events.append(
            session,
            Actor.for_service("releases"),
            "releases.handed_over",
            subject_kind="release_dates",
            subject_id=db.new_id(),
            audience=[region_id],
            person_id=alone,
            data={"role": MANAGER, "count": len(items), "items": items[:SHOWN]},
        )


def _nine(day: date) -> datetime:
    return clock.at(day, HANDED_OVER_AT)


def _days(number: int) -> timedelta:
    return timedelta(days=number)
