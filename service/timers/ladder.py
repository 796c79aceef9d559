"""The ladder: every firing of a clock in order, from its policy, its calendar and its changes.

Pure: it does not depend on what has fired or when a sweep ran, so the same record always gives the same due
times.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import count
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from uuid import UUID

from service.timers.clock_changes import ClockChange, Rules
from service.timers.policy import NOBODY, At, Pace, Pause, Side, Span, Timer, Unit, Urgency
from service.timers.working_time import (
    EVERY_HOUR,
    LONDON,
    ONE_DAY,
    Calendar,
    CalendarHorizonPassed,
    EveryHour,
)

Kind = Literal["chaser", "owner", "step", "repeat", "hard_date", "pause_review", "pause_ended"]

_FIRST_KINDS: Final[frozenset[Kind]] = frozenset(
    {"chaser", "owner", "step", "repeat", "pause_review", "pause_ended"}
)
VERSIONS: Final[Mapping[int, frozenset[Kind]]] = MappingProxyType(
    {1: _FIRST_KINDS, 2: _FIRST_KINDS | {"hard_date"}}
)
"""The kinds of firing in each version of the ladder. A new kind needs a new version: a clock that runs keeps
the version that it was started with, and fires nothing that nobody expected when it was started.

In version 1 what is raised counts from when the clock was started, and a hard date that has passed, or is
nearer than what is kept free before it, makes all of it due at once. Since version 2 nobody is late with what
they could not yet know: see `_Phase.hurried` and `_Phase.knowing`.
"""
_NOTHING = timedelta(0)
OWNER: Final = "practitioner"
"""Who is notified at a hard date on probation's side, where the policy names nobody who owns the timer."""
_RESPONDER: Mapping[Side, str | None] = MappingProxyType({"partner": None})


STARTED_WITH: Final = 2
"""The version that clocks are started with. Workers of a release that does not know it leave such a clock
alone for a while, and the watch names it, so that nothing fires by rules that are not its own.
"""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that decides when one cycle of a clock fires.

    Args:
        version: of the ladder, one of `VERSIONS`.
        moved_onto: the rules of each version of the policy that a change moves it onto.
    """

    timer: Timer
    calendar: Calendar
    anchor: datetime
    urgency: Urgency = "routine"
    hard_date: datetime | None = None
    pause: Pause | None = None
    changes: tuple[ClockChange, ...] = ()
    version: int = STARTED_WITH
    moved_onto: Mapping[UUID, Rules] = field(default_factory=dict)

    def rules_after(self, move: ClockChange) -> Rules:
        """Return the rules that govern the clock after a move.

        Raises:
            LookupError: they are not among those of `moved_onto`.
        """
        if move.policy is None or move.policy not in self.moved_onto:
            raise LookupError(f"nothing is known of the policy version {move.policy}")
        return self.moved_onto[move.policy]

    @property
    def counts_by(self) -> Calendar | EveryHour:
        """The calendar that its lengths are counted in: every hour, or the one that it is pinned to."""
        return EVERY_HOUR if self.timer.round_the_clock else self.calendar


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing to come: its key (unique in the cycle), when it is due, the role to notify on each side.

    A role of None is the organisation itself. `assumed`: it lies beyond the calendar's horizon,
    where weeks without bank holidays are assumed. `out_of_hours`: the role in its place on a side whose
    office is closed when it fires.
    """

    key: str
    kind: Kind
    due_at: datetime
    to: Mapping[Side, str | None]
    assumed: bool = False
    out_of_hours: Mapping[Side, str] = field(default_factory=lambda: NOBODY)


class _Moment(NamedTuple):
    """A moment, and whether it lies beyond the calendar's horizon; the earlier sorts first."""

    at: datetime
    assumed: bool = False


def firings(schedule: Schedule) -> Iterator[Firing]:
    """Return every firing of this cycle in order of its due time, without end.

    A clock change moves only the firings that are still to come. Earlier firings keep their times and their
    order. None is moved to before the change, but for a move onto another version of the policy: what is late
    by that version comes right after, with the time at which it was due by it.
    """
    kinds = VERSIONS[schedule.version]
    return (firing for firing in _every_firing(schedule) if firing.kind in kinds)


def still_to_fire(schedule: Schedule, fired: Collection[str]) -> Iterator[Firing]:
    """Yield the firings that have not been recorded, in order of their due times, without end.

    Args:
        fired: the keys of those that have been.
    """
    return (firing for firing in firings(schedule) if firing.key not in fired)


def _every_firing(schedule: Schedule) -> Iterator[Firing]:
    phase = _first_phase(schedule)
    done: set[str] = set()
    for change in schedule.changes:
        for firing in phase.to_come(done):
            if firing.due_at > change.at:
                break
            done.add(firing.key)
            yield firing
        phase = phase.after(change)
        if change.kind == "moved":
            phase = replace(phase, repeated=_repeats_in(done))
    yield from phase.to_come(done)


def _repeats_in(done: Collection[str]) -> int:
    """Return the highest number of a repeat among some keys."""
    return max((int(key.removeprefix("repeat_")) for key in done if key.startswith("repeat_")), default=0)


def target(schedule: Schedule) -> datetime:
    """Return the moment from which the clock is overdue; once passed, only another policy moves it."""
    return _last_phase(schedule).target().at


def target_is_assumed(schedule: Schedule) -> bool:
    """Return whether the target lies beyond the calendar's horizon."""
    return _last_phase(schedule).target().assumed


def is_paused(schedule: Schedule, now: datetime) -> bool:
    """Return whether the clock is paused at `now`; a pause ends when its allowance is used up."""
    return _last_phase(schedule).settled(now).paused_at is not None


def pauses_for(schedule: Schedule, reason: str, now: datetime) -> bool:
    """Return whether a reason would pause the clock at `now`: its policy names it and allowance is left."""
    if schedule.pause is None or reason not in schedule.pause.on:
        return False
    phase = _last_phase(schedule).settled(now)
    return phase.paused_at is None and phase.allowance() > _NOTHING


def hard_date(schedule: Schedule) -> datetime | None:
    """Return the last hard date that was given, whether or not it had passed by then."""
    known = schedule.hard_date
    for change in schedule.changes:
        if change.kind == "later" or is_sooner(change.hard_date, known):
            known = change.hard_date
    return known


def is_hurried(schedule: Schedule) -> bool:
    """Return whether a shorter target than the routine one applies."""
    return bool(_last_phase(schedule).hurries)


def _last_phase(schedule: Schedule) -> "_Phase":
    phase = _first_phase(schedule)
    for change in schedule.changes:
        phase = phase.after(change)
    return phase


def _first_phase(schedule: Schedule) -> "_Phase":
    phase = _Phase(schedule, floor=schedule.anchor, known_at=schedule.anchor)
    if schedule.urgency != "routine":
        phase = phase.hurried(schedule.urgency, schedule.anchor)
    return phase.knowing(schedule.hard_date, schedule.anchor)


class _Hurry(NamedTuple):
    """From when a shorter target counts, how long pauses had lasted by then, and if a passed date is why."""

    pace: Pace
    since: datetime
    shift: timedelta
    by_date: bool = False


@dataclass(frozen=True)
class _Phase:
    """The state of a clock between two changes.

    floor: nothing still to come is due before it; shift: the working time that pauses have taken so far.
    hard_date: still ahead when it became known, at `known_at`; hard_dates: how many there have been.
    moved_at: when it was last moved onto another version; repeated: the number of its last repeat before.
    """

    schedule: Schedule
    floor: datetime
    known_at: datetime
    hurries: tuple[_Hurry, ...] = ()
    hard_date: datetime | None = None
    hard_dates: int = 0
    shift: timedelta = _NOTHING
    pauses: int = 0
    paused_at: datetime | None = None
    passed_target: _Moment | None = None
    moved_at: datetime | None = None
    repeated: int = 0

    def after(self, change: ClockChange) -> "_Phase":
        """Return the phase after a change; resuming a running clock changes nothing."""
        phase = self.settled(change.at)
        if change.kind == "moved":
            return phase.under(self.schedule.rules_after(change), change.at)
        # Of the stage before: a target that was passed during a pause stays, also when the pause ended since.
        if phase.passed_target is None and (reached := self.target()).at <= change.at:
            phase = replace(phase, passed_target=reached)
        if change.kind == "paused":
            if phase.paused_at is not None or phase.allowance() <= _NOTHING:
                return phase
            return replace(phase, paused_at=change.at, pauses=phase.pauses + 1, floor=change.at)
        if change.kind == "resumed":
            return phase.running_from(change.at)
        if change.kind == "raised":
            phase = phase.hurried("urgent", change.at)
        if change.eases:
            phase = replace(phase, hurries=tuple(one for one in phase.hurries if not one.by_date))
        if change.kind == "later" or is_sooner(change.hard_date, phase.hard_date):
            phase = phase.knowing(change.hard_date, change.at)
        return replace(phase, floor=max(phase.floor, change.at))

    def hurried(self, pace: Pace, at: datetime, *, by_date: bool = False) -> "_Phase":
        """Return the phase in which a shorter target applies, too: counted from when that was said."""
        if self.schedule.version == 1:
            return replace(self, hurries=(_Hurry(pace, self.schedule.anchor, _NOTHING),))
        return replace(self, hurries=(*self.hurries, _Hurry(pace, at, self.shift, by_date)))

    def knowing(self, hard_date: datetime | None, at: datetime) -> "_Phase":
        """Return the phase after a hard date has become known.

        One that has passed by then cannot be kept: the answer is urgent, and on the very day wanted today.
        """
        if self.schedule.version > 1 and self._counts and hard_date is not None and hard_date <= at:
            same_day = hard_date.astimezone(LONDON).date() == at.astimezone(LONDON).date()
            pace: Pace = "today" if same_day else "urgent"
            return replace(self.hurried(pace, at, by_date=True), hard_date=None)
        return replace(self, hard_date=hard_date, hard_dates=self.hard_dates + 1, known_at=at)

    @property
    def _counts(self) -> bool:
        """Whether the target is counted, rather than the hard date itself."""
        return self.schedule.timer.targets["routine"] is not None

    def under(self, rules: Rules, at: datetime) -> "_Phase":
        """Return the phase in which other rules govern the same clock, which keeps its pauses and raises."""
        schedule = replace(self.schedule, timer=rules.timer, pause=rules.pause)
        return replace(self, schedule=schedule, passed_target=None, moved_at=at)

    def settled(self, at: datetime) -> "_Phase":
        """Return the phase at a moment: a pause that has used its allowance is over."""
        if self.paused_at is not None and (end := self._pause_end().at) <= at:
            return self.running_from(end)
        return self

    def allowance(self) -> timedelta:
        """Return the working time that may still be spent in pauses."""
        pause = self.schedule.pause
        return max(self._length(pause.max_total) - self.shift, _NOTHING) if pause else _NOTHING

    def target(self) -> _Moment:
        """Return when the answer is due; a pause is counted as if it lasted its whole allowance."""
        if self.passed_target is not None:
            return self.passed_target
        held = self.allowance() if self.paused_at is not None else _NOTHING
        return max(self._target(self.shift + held), _Moment(self.floor))

    def to_come(self, done: set[str]) -> Iterator[Firing]:
        """Yield the firings still to come without further changes, in order; `done` holds the keys already
        past.
        """
        if self.paused_at is None:
            ladder = sorted(self._ladder(), key=lambda firing: firing.due_at)
            to_come = [firing for firing in ladder if firing.key not in done]
            # A hard date may lie far beyond the last step.
            yield from merge(to_come, self._repeat(done), key=lambda firing: firing.due_at)
            return
        end = self._pause_end()
        held = [firing for firing in self._pause_firings(end) if firing.key not in done]
        yield from held
        yield from self.running_from(end.at).to_come(done | {firing.key for firing in held})

    def running_from(self, at: datetime) -> "_Phase":
        """Return the phase in which the clock runs again from `at`; the same phase if it was running."""
        if self.paused_at is None:
            return self
        # A machine whose time was set back meanwhile ends a pause before it began: that took no time.
        taken = min(max(self._between(self.paused_at, at), _NOTHING), self.allowance())
        return replace(self, shift=self.shift + taken, paused_at=None, floor=max(at, self.floor))

    def _ladder(self) -> Iterator[Firing]:
        timer, floor = self.schedule.timer, _Moment(self.floor)
        aim = self._target(self.shift)
        bare = self._target(_NOTHING)
        whole = max(self._between(self._start, bare.at), _NOTHING)
        for percent in timer.chasers:
            reminder = min(self._add(self._start, whole * percent // 100 + self.shift), aim)
            yield _firing(f"chaser_{percent}", "chaser", max(reminder, floor), _RESPONDER)
        if timer.owner:
            yield _firing("owner", "owner", max(aim, floor), {"probation": timer.owner})
        for step, due in zip(timer.steps, self._steps_due(), strict=True):
            yield _firing(step.key, "step", max(due, floor), step.to, step.out_of_hours)
        yield from self._at_hard_date()

    def _at_hard_date(self) -> Iterator[Firing]:
        """Yield what fires at the hard date itself, where the target is another moment."""
        if self.hard_date is None or not self._counts:
            return
        to = {**self.schedule.timer.steps[0].to, "probation": self.schedule.timer.owner or OWNER}
        due = _Moment(max(self.hard_date, self.floor))
        yield _firing(f"hard_date_{self.hard_dates}", "hard_date", due, to)

    def _steps_due(self) -> Iterator[_Moment]:
        """Yield when each step is due; none before the step below it."""
        reached = _Moment(self.schedule.anchor)
        for place, step in enumerate(self.schedule.timer.steps):
            due = self._step_due(step.at)
            latest = self._latest(place)
            reached = max(reached, due if latest is None else min(due, latest))
            yield reached

    def _step_due(self, at: At) -> _Moment:
        if not at.counted:
            return self._before_hard_date(at.offset)
        offset = self._length(at.offset) if at.offset else _NOTHING
        if self.schedule.version == 1:
            target, offset = self._target(_NOTHING), offset + self.shift
        else:
            target = self._target(self.shift)
        moment = self._add(target.at, offset)
        return _Moment(moment.at, moment.assumed or target.assumed)

    def _repeat(self, done: set[str]) -> Iterator[Firing]:
        repeat = self.schedule.timer.repeat
        last = max([self._target(self.shift), _Moment(self.schedule.anchor), *self._steps_due()])
        every = self._length(repeat.every)
        for number in count(1):
            due = self._add(last.at, every * number)
            key = f"repeat_{self.repeated + number}"
            if due.at < self.floor or key in done or self._is_outrun(last, every, number):
                continue
            yield _firing(key, "repeat", due, repeat.to, repeat.out_of_hours)

    def _is_outrun(self, last: _Moment, every: timedelta, number: int) -> bool:
        """Return whether a repeat lies before a move and is not made up for: at most the last of them is."""
        if self.moved_at is None or self._add(last.at, every * number).at > self.moved_at:
            return False
        return self.repeated > 0 or self._add(last.at, every * (number + 1)).at <= self.moved_at

    def _pause_firings(self, end: _Moment) -> list[Firing]:
        """List the firings of a pause: its reviews, its end, and the steps a hard date requires."""
        pause, since = self.schedule.pause, self.paused_at
        if pause is None or since is None:
            return []
        name = f"pause_{self.pauses}"
        owner: Mapping[Side, str] = {"probation": pause.owner}
        found = []
        for number in count(1):
            due = self._add(since, self._length(pause.review_after) * number)
            if due.at >= end.at:
                break
            found.append(_firing(f"{name}_review_{number}", "pause_review", due, owner))
        for place, step in enumerate(self.schedule.timer.steps):
            latest = self._latest(place) if step.at.counted else self._before_hard_date(step.at.offset)
            if latest is not None and latest.at < end.at:
                found.append(
                    _firing(step.key, "step", max(latest, _Moment(self.floor)), step.to, step.out_of_hours)
                )
        found += [firing for firing in self._at_hard_date() if firing.due_at < end.at]
        found.sort(key=lambda firing: firing.due_at)
        return [*found, _firing(f"{name}_ended", "pause_ended", end, owner)]

    def _pause_end(self) -> _Moment:
        return self._add(self.paused_at or self.floor, self.allowance())

    @property
    def _start(self) -> datetime:
        return self._counted_from(self.schedule.anchor)

    def _counted_from(self, moment: datetime) -> datetime:
        """When working time starts to count: what comes in after the cut-off waits for the next day."""
        cut_off = self.schedule.timer.cut_off
        local = moment.astimezone(LONDON)
        if cut_off is None or local.time() <= cut_off:
            return moment
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + ONE_DAY
        return midnight.astimezone(UTC)

    def _target(self, shift: timedelta) -> _Moment:
        """Return the earlier of the target and the hard date less its reserve, never before the anchor.

        Args:
            shift: the working time that pauses take.
        """
        targets, floor = self.schedule.timer.targets, _Moment(self.schedule.anchor)
        routine = targets["routine"]
        if routine is None:
            return max(self._before_hard_date(None), floor)
        dues = [self._add(self._start, self._length(routine) + shift)]
        for hurry in self.hurries:
            length = self._length(targets.get(hurry.pace) or targets["urgent"] or routine)
            since = self._counted_from(hurry.since)
            dues.append(self._add(since, length + max(shift - hurry.shift, _NOTHING)))
        latest = self._latest(0) if self.schedule.timer.reserves else self._hard_moment()
        return max(min([*dues, latest] if latest else dues), floor)

    def _latest(self, place: int) -> _Moment | None:
        """Return the latest moment for a step that a hard date leaves, or None.

        Where less time is left than is to be kept free, the steps share what is left: nobody is late at once.
        """
        reserves = self.schedule.timer.reserves
        if self.hard_date is None or place >= len(reserves):
            return None
        latest = self._before_hard_date(reserves[place])
        if self.schedule.version == 1 or latest.at > self.known_at:
            return latest
        left = self._between(self.known_at, self.hard_date)
        if left <= _NOTHING:
            return _Moment(self.hard_date)
        return self._add(self.known_at, left * (place + 1) // (len(reserves) + 1))

    def _hard_moment(self) -> _Moment | None:
        return None if self.hard_date is None else _Moment(self.hard_date)

    def _before_hard_date(self, span: Span | None) -> _Moment:
        if self.hard_date is None:
            raise ValueError("this timer counts from a hard date, and was given none")
        if self.hard_date <= self.schedule.anchor:
            return _Moment(self.schedule.anchor)
        if span is None:
            return _Moment(self.hard_date)
        if span.unit == "d":
            return _Moment((self.hard_date.astimezone(LONDON) - ONE_DAY * span.count).astimezone(UTC))
        amount = self._length(span)
        try:
            return _Moment(self.schedule.counts_by.less_working(self.hard_date, amount))
        except CalendarHorizonPassed:
            return _Moment(self.schedule.counts_by.assumed.less_working(self.hard_date, amount), assumed=True)

    def _add(self, start: datetime, amount: timedelta) -> _Moment:
        try:
            return _Moment(self.schedule.counts_by.add_working(start, amount))
        except CalendarHorizonPassed:
            return _Moment(self.schedule.counts_by.assumed.add_working(start, amount), assumed=True)

    def _between(self, start: datetime, end: datetime) -> timedelta:
        try:
            return self.schedule.counts_by.between(start, end)
        except CalendarHorizonPassed:
            return self.schedule.counts_by.assumed.between(start, end)

    def _length(self, span: Span) -> timedelta:
        if span.unit == "wd":
            return self.schedule.counts_by.working_day * span.count
        return _LENGTHS[span.unit] * span.count


_LENGTHS: Final[Mapping[Unit, timedelta]] = MappingProxyType(
    {"d": ONE_DAY, "wh": timedelta(hours=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
)


def is_sooner(hard_date: datetime | None, than: datetime | None) -> bool:
    """Return whether a hard date comes before another, which may not be known."""
    return hard_date is not None and (than is None or hard_date < than)


def _firing(
    key: str,
    kind: Kind,
    due: _Moment,
    to: Mapping[Side, str] | Mapping[Side, str | None],
    out_of_hours: Mapping[Side, str] = NOBODY,
) -> Firing:
    return Firing(key, kind, due.at, MappingProxyType(dict(to)), due.assumed, out_of_hours)
