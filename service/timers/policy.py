"""The escalation policy as data: reads a policy document and refuses one whose clock could stop notifying.

Pure. A policy says which roles to notify and when; it never names a person.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from service.timers.policy_members import (
    PolicyInvalid,
    read_entries,
    read_flag,
    read_members,
    read_role,
    read_time_of_day,
    read_word,
)
from service.timers.roles import PARTNER_ROLES, PROBATION_ROLES

Urgency = Literal["routine", "urgent"]
URGENCIES: Mapping[str, str] = MappingProxyType(
    {"routine": "the usual target applies", "urgent": "the shorter target applies"}
)
"""What each urgency means, as the API explains it."""
Pace = Literal["routine", "urgent", "today"]
PACES: Mapping[str, str] = MappingProxyType(
    {**URGENCIES, "today": "an answer is needed on the very day, as for a hearing in court"}
)
"""Which target applies, as the API explains it: a policy may have one of its own for the same day."""
Side = Literal["probation", "partner"]
Base = Literal["target", "hard_date"]
CalendarOf = Literal["responder", "probation"]

Unit = Literal["wd", "wh", "d", "h", "m"]
BY_THE_CLOCK: frozenset[Unit] = frozenset({"h", "m"})
"""Hours and minutes of every day, for what cannot wait until somebody is at work."""

_SPAN = re.compile(r"(?P<count>[1-9][0-9]{0,3})(?P<unit>wd|wh|d|h|m)")
_AT = re.compile(r"(?P<base>[TH])(?:(?P<sign>[+-])(?P<span>[0-9]+(?:wd|wh|d|h|m)))?")
_OTHER_FIRINGS = frozenset({"chaser", "owner", "repeat", "tail", "pause", "hard"})
"""What the keys of other firings begin with."""
_PERCENT = re.compile(r"([1-9][0-9]?|100)%")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of working time (`wd`, `wh`), or of calendar days (`d`), hours (`h`) or minutes (`m`)."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


@dataclass(frozen=True, slots=True)
class At:
    """A moment in a policy: the target (`T`) or the hard date (`H`), with an offset."""

    base: Base
    offset: Span | None = None
    before: bool = False

    @property
    def counted(self) -> bool:
        """Whether it is counted in working time from the target."""
        return self.base == "target"


NOBODY: Mapping[Side, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a key that is unique in its timer, when it is due, and the role to notify on each side.

    `out_of_hours`: the role to notify in its place on a side whose office is closed.
    """

    key: str
    at: At
    to: Mapping[Side, str]
    out_of_hours: Mapping[Side, str] = field(default_factory=lambda: NOBODY)


@dataclass(frozen=True, slots=True)
class Repeat:
    """The step that repeats after the last one until there is an answer."""

    every: Span
    to: Mapping[Side, str]
    out_of_hours: Mapping[Side, str] = field(default_factory=lambda: NOBODY)


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer of a policy: its target for each urgency, its reminders, its ladder and its repeat.

    `owner` is notified when the target is missed, before the first step. A target of None is the hard date.
    `round_the_clock`: it counts every hour of every day, and ends only when a person says so.
    """

    targets: Mapping[Pace, Span | None]
    calendar: CalendarOf
    steps: tuple[Step, ...]
    repeat: Repeat
    reserves: tuple[Span, ...] = ()
    chasers: tuple[int, ...] = ()
    owner: str | None = None
    cut_off: time | None = None
    round_the_clock: bool = False

    @property
    def notifies_partner(self) -> bool:
        """Whether it ever notifies the responder; otherwise it runs inside probation."""
        return bool(self.chasers) or any(
            "partner" in to for to in (self.repeat.to, *(s.to for s in self.steps))
        )


@dataclass(frozen=True, slots=True)
class Pause:
    """What pauses a clock, when a pause must be reviewed, and how long all pauses may last."""

    on: frozenset[str]
    review_after: Span
    owner: str
    max_total: Span


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy: the `ask` timer, the `answer` timer, and what pauses and stops them."""

    key: str
    ask: Timer | None
    answer: Timer | None
    pause: Pause | None = None
    stop: frozenset[str] = field(default_factory=frozenset)

    def timer(self, name: str) -> Timer:
        """Return the part that governs a timer: `ask` has its own, every other is an `answer`.

        Raises:
            LookupError: the policy does not have that part.
        """
        part = self.ask if name == "ask" else self.answer
        if part is None:
            raise LookupError(f"policy {self.key} has no part for the timer {name}")
        return part

    def stops_on(self, reason: str) -> bool:
        """Return whether a reason stops this policy's clocks; a policy that lists none accepts any."""
        return not self.stop or reason in self.stop


def parse(document: Mapping[str, Any]) -> Policy:
    """Read a policy document: `key`, `ask` or `answer` or both, and `pause` and `stop` if it has them.

    Raises:
        PolicyInvalid: it cannot be read, or a clock under it could fall silent or be later when urgent.
    """
    keys = {"key", "version", "ask", "answer", "pause", "stop"}
    top = read_members(document, "policy", required={"key"}, optional=keys)
    key = read_word(top["key"], "key")
    if "ask" not in top and "answer" not in top:
        raise PolicyInvalid(key, "has neither ask nor answer")
    return Policy(
        key=key,
        ask=_ask(top["ask"], f"{key}.ask") if "ask" in top else None,
        answer=_answer(top["answer"], f"{key}.answer") if "answer" in top else None,
        pause=_pause(top["pause"], f"{key}.pause") if "pause" in top else None,
        stop=frozenset(
            read_word(each, f"{key}.stop") for each in read_entries(top.get("stop", []), f"{key}.stop")
        ),
    )


# The repeat of an ask ladder whose document has none. Our own default.
ASK_REPEAT = Repeat(Span(10, "wd"), MappingProxyType({"probation": "regional_director"}))


def _ask(given: Any, where: str) -> Timer:
    part = read_members(
        given,
        where,
        required={"owner", "missed"},
        optional={"target", "targets", "needed_by_reserve", "tail"},
    )
    steps = tuple(
        _missed(each, f"{where}.missed[{n}]") for n, each in enumerate(read_entries(part["missed"], where))
    )
    return _checked(
        Timer(
            targets=_targets(part, where),
            calendar="probation",
            steps=steps,
            repeat=_repeat(part["tail"], f"{where}.tail") if "tail" in part else ASK_REPEAT,
            reserves=_reserves(part.get("needed_by_reserve", []), where),
            owner=read_role(part["owner"], PROBATION_ROLES, f"{where}.owner"),
        ),
        where,
    )


def _answer(given: Any, where: str) -> Timer:
    part = read_members(
        given,
        where,
        required={"steps", "tail"},
        optional={
            "target", "targets", "calendar", "needed_by_reserve", "chasers", "owner", "cut_off",
            "round_the_clock",
        },
    )  # fmt: skip
    calendar = part.get("calendar", "responder")
    if calendar not in get_args(CalendarOf):
        raise PolicyInvalid(f"{where}.calendar", "is neither responder nor probation")
    return _checked(
        Timer(
            targets=_targets(part, where),
            calendar=cast("CalendarOf", calendar),
            steps=tuple(
                _step(each, f"{where}.steps[{n}]")
                for n, each in enumerate(read_entries(part["steps"], where))
            ),
            repeat=_repeat(part["tail"], f"{where}.tail"),
            reserves=_reserves(part.get("needed_by_reserve", []), where),
            chasers=_chasers(part.get("chasers", []), f"{where}.chasers"),
            owner=read_role(part["owner"], PROBATION_ROLES, f"{where}.owner") if "owner" in part else None,
            cut_off=read_time_of_day(part["cut_off"], f"{where}.cut_off") if "cut_off" in part else None,
            round_the_clock=read_flag(part.get("round_the_clock", False), f"{where}.round_the_clock"),
        ),
        where,
    )


def _missed(given: Any, where: str) -> Step:
    part = read_members(given, where, required={"to", "at"}, optional=set())
    role = read_role(part["to"], PROBATION_ROLES, f"{where}.to")
    return Step(role, read_at(part["at"], f"{where}.at"), MappingProxyType({"probation": role}))


def _step(given: Any, where: str) -> Step:
    part = read_members(
        given, where, required={"key", "at"}, optional={"probation", "partner", "out_of_hours"}
    )
    notified = _notified_roles(part, where)
    key, at = read_word(part["key"], f"{where}.key"), read_at(part["at"], f"{where}.at")
    return Step(key, at, notified, _out_of_hours(part, notified, where))


def _repeat(given: Any, where: str) -> Repeat:
    part = read_members(given, where, required={"every", "to"}, optional={"partner", "out_of_hours"})
    every = read_span(part["every"], f"{where}.every")
    notified = _notified_roles(
        {"probation": part["to"]} | {k: part[k] for k in part if k == "partner"}, where
    )
    return Repeat(every, notified, _out_of_hours(part, notified, where))


def _out_of_hours(part: Mapping[str, Any], notified: Mapping[Side, str], where: str) -> Mapping[Side, str]:
    if "out_of_hours" not in part:
        return NOBODY
    where = f"{where}.out_of_hours"
    sides: set[str] = set(notified)
    given = read_members(part["out_of_hours"], where, required=set(), optional=sides)
    return _notified_roles(given, where)


def _notified_roles(part: Mapping[str, Any], where: str) -> Mapping[Side, str]:
    notified: dict[Side, str] = {}
    if "probation" in part:
        notified["probation"] = read_role(part["probation"], PROBATION_ROLES, f"{where}.probation")
    if "partner" in part:
        notified["partner"] = read_role(part["partner"], PARTNER_ROLES, f"{where}.partner")
    if not notified:
        raise PolicyInvalid(where, "notifies no role")
    return MappingProxyType(notified)


def _pause(given: Any, where: str) -> Pause:
    part = read_members(given, where, required={"on", "review_after", "owner", "max_total"}, optional=set())
    return Pause(
        on=frozenset(read_word(each, f"{where}.on") for each in read_entries(part["on"], f"{where}.on")),
        review_after=_of_office_hours(part["review_after"], f"{where}.review_after"),
        owner=read_role(part["owner"], PROBATION_ROLES, f"{where}.owner"),
        max_total=_of_office_hours(part["max_total"], f"{where}.max_total"),
    )


def _targets(part: Mapping[str, Any], where: str) -> Mapping[Pace, Span | None]:
    if ("target" in part) == ("targets" in part):
        raise PolicyInvalid(where, "has one of target and targets")
    given = part["targets"] if "targets" in part else {"routine": part["target"]}
    given = read_members(given, f"{where}.targets", required={"routine"}, optional={"urgent", "today"})
    urgent = {"urgent": given["routine"]} | dict(given)
    read: dict[Pace, Span | None] = {
        pace: _target(urgent[pace], f"{where}.targets.{pace}") for pace in get_args(Pace) if pace in urgent
    }
    return MappingProxyType(read)


def _target(given: Any, where: str) -> Span | None:
    return None if given == "H" else _working(given, where)


def _reserves(given: Any, where: str) -> tuple[Span, ...]:
    where = f"{where}.needed_by_reserve"
    return tuple(read_span(each, f"{where}[{n}]") for n, each in enumerate(read_entries(given, where)))


def _chasers(given: Any, where: str) -> tuple[int, ...]:
    found = []
    for each in read_entries(given, where):
        match = _PERCENT.fullmatch(each) if isinstance(each, str) else None
        if match is None:
            raise PolicyInvalid(where, f"{each!r} is not a percentage from 1% to 100%")
        found.append(int(match[1]))
    if found != sorted(set(found)):
        raise PolicyInvalid(where, "the percentages do not rise")
    return tuple(found)


def _checked(timer: Timer, where: str) -> Timer:
    """Refuse a timer whose ladder does not climb, or that would be later for being urgent."""
    keys = [step.key for step in timer.steps]
    if len(set(keys)) != len(keys):
        raise PolicyInvalid(where, "two steps have the same key")
    if taken := {key.partition("_")[0] for key in keys} & _OTHER_FIRINGS:
        raise PolicyInvalid(where, f"a step has the name of something else: {', '.join(sorted(taken))}")
    counted = [step.at for step in timer.steps if step.at.counted]
    for earlier, later in pairwise([approximate_minutes(at.offset) for at in counted]):
        if later < earlier:
            raise PolicyInvalid(where, "the steps do not climb")
    for earlier, later in pairwise([approximate_minutes(span) for span in timer.reserves]):
        if later > earlier:
            raise PolicyInvalid(where, "a later step keeps a longer reserve")
    _check_units(timer, where)
    routine, urgent = timer.targets["routine"], timer.targets["urgent"]
    if routine and urgent and approximate_minutes(urgent) > approximate_minutes(routine):
        raise PolicyInvalid(where, "urgent is later than routine")
    if (routine is None) != (urgent is None):
        raise PolicyInvalid(where, "only one of routine and urgent is the hard date")
    _check_today(timer, where)
    return timer


def _check_today(timer: Timer, where: str) -> None:
    today = timer.targets.get("today", timer.targets["urgent"])
    if approximate_minutes(today) > approximate_minutes(timer.targets["urgent"]):
        raise PolicyInvalid(where, "today is later than urgent")


def _check_units(timer: Timer, where: str) -> None:
    """Refuse working time in a clock that counts day and night, and hours of every day in any other."""
    spans = [
        *timer.targets.values(),
        timer.repeat.every,
        *timer.reserves,
        *(s.at.offset for s in timer.steps),
    ]
    units = {span.unit for span in spans if span is not None}
    if timer.round_the_clock and not units <= BY_THE_CLOCK:
        raise PolicyInvalid(where, "runs round the clock, so that it counts in h and m")
    if not timer.round_the_clock and units & BY_THE_CLOCK:
        raise PolicyInvalid(where, "counts in h or m, which only a clock that runs round the clock can")
    by_hours = timer.repeat.out_of_hours or any(step.out_of_hours for step in timer.steps)
    if by_hours and not timer.round_the_clock:
        raise PolicyInvalid(where, "notifies somebody out of hours, and does not run round the clock")
    if timer.round_the_clock and (timer.chasers or timer.cut_off or None in timer.targets.values()):
        raise PolicyInvalid(where, "runs round the clock, with a chaser, a cut-off or no target")


def approximate_minutes(span: Span | None) -> int:
    """Give a span in minutes, for comparing two of them: a working day here has eight hours."""
    return 0 if span is None else span.count * {"wh": 60, "wd": 480, "d": 480, "h": 60, "m": 1}[span.unit]


def read_at(given: Any, where: str = "at") -> At:
    """Read the moment of a step, such as `T+2wd` or `H-21d`.

    Raises:
        PolicyInvalid: it is none.
    """
    match = _AT.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise PolicyInvalid(where, f"{given!r} is not like T, T+2wd, H or H-21d")
    base: Base = "target" if match["base"] == "T" else "hard_date"
    offset = read_span(match["span"], where) if match["span"] else None
    before = match["sign"] == "-"
    if base == "target" and (before or (offset and offset.unit == "d")):
        raise PolicyInvalid(where, "a step counted from the target comes at or after it, in working time")
    if base == "hard_date" and offset and not before:
        raise PolicyInvalid(where, "a step counted from the hard date comes at or before it")
    return At(base, offset, before)


def _of_office_hours(given: Any, where: str) -> Span:
    span = _working(given, where)
    if span.unit in BY_THE_CLOCK:
        raise PolicyInvalid(where, f"{given!r} is not in working days or hours")
    return span


def _working(given: Any, where: str) -> Span:
    span = read_span(given, where)
    if span.unit == "d":
        raise PolicyInvalid(where, f"{given!r} is not in working days or hours")
    return span


def read_span(given: Any, where: str = "span") -> Span:
    """Read a length of time, such as `5wd`.

    Raises:
        PolicyInvalid: it is none.
    """
    match = _SPAN.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise PolicyInvalid(where, f"{given!r} is not like 5wd, 4wh or 21d")
    return Span(int(match["count"]), cast("Literal['wd', 'wh', 'd']", match["unit"]))
