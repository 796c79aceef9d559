"""Checks the draft of a policy, and makes the document of an override from it. Pure.

An override changes figures: targets, the offsets of steps, reminders. It cannot leave out a step or the
repeat, has no say in what pauses or stops a clock, and goes no further beyond the general version than its
ceilings allow.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from service.errors import Fault
from service.timers.policy import At, Policy, Span, Timer, parse, read_at, read_span
from service.timers.policy import approximate_minutes as minutes
from service.timers.policy_members import PolicyInvalid

CEILINGS: Final[Mapping[str, int]] = MappingProxyType({"routine": 2, "urgent": 2, "today": 2, "step": 2})
"""How many times as long as in the general version something may be in an override: the target of each
urgency, and the offset of a step from the target; before a hard date, by how much it may be divided. Our own
default.

What goes beyond takes a general version, which an operator publishes: one region alone does not decide that
an urgent question may wait for months.
"""
_OPERATOR: Final = "For more, an operator publishes a general version."
LONGEST_BEFORE_DAYS: Final = 366
"""The most days before the hard date at which a step of an override may be."""


class Draft(NamedTuple):
    """What a draft comes to: its document, or everything that is wrong with it."""

    document: dict[str, Any]
    faults: Sequence[Fault]


def override(base: Mapping[str, Any], figures: Mapping[str, Any]) -> Draft:
    """Return the document of an override: the general one with other figures.

    Args:
        base: the general document; what `figures` do not name stays as it is there.
        figures: for `ask` and `answer`, any of `targets` by urgency, `reminders` such as `50%`, and `steps`,
            each with its `key` and `at`; at least one figure.
    """
    general = parse(base)
    document, found = dict(base), list[Fault]()
    if not any("reminders" in part or any(part.values()) for part in figures.values()):
        found.append(Fault("/figures", "Name a figure: without one, this version would change nothing."))
    for part in sorted(figures):
        where, timer = f"/figures/{part}", general.ask if part == "ask" else general.answer
        if timer is None:
            found.append(Fault(where, "This policy has no such part."))
            continue
        paces = base[part].get("targets", {"routine": None}).keys()
        found += _of_targets(timer, figures[part].get("targets"), f"{where}/targets", paces)
        found += _of_reminders(timer, figures[part].get("reminders"), f"{where}/reminders")
        found += _of_steps(timer, figures[part].get("steps"), f"{where}/steps")
        document[part] = _with(base[part], figures[part])
    if not found:
        try:
            parse(document)
        except PolicyInvalid as invalid:
            found.append(Fault("/figures", str(invalid)))
    return Draft(document, found)


def replacement(base: Mapping[str, Any], document: Mapping[str, Any]) -> Draft:
    """Check a whole document that is to replace the general one.

    The service starts and stops clocks by what it knows of their policy, so that it keeps its parts, the
    reasons that stop it, and whether it counts from a hard date.

    Args:
        base: the document to be replaced.
        document: the new one.
    """
    try:
        new, old = parse(document), parse(base)
    except PolicyInvalid as invalid:
        return Draft({}, [Fault("", str(invalid))])
    return Draft({name: part for name, part in document.items() if name != "version"}, [*_lost(old, new)])


def _lost(old: Policy, new: Policy) -> Iterator[Fault]:
    if new.key != old.key:
        yield Fault("/key", f"Must be {old.key}.")
    for part, before, after in (("ask", old.ask, new.ask), ("answer", old.answer, new.answer)):
        if (before is None) != (after is None):
            yield Fault(f"/{part}", "This part must stay." if before else "This policy has no such part.")
        elif before is not None and after is not None and _from_hard_date(before) != _from_hard_date(after):
            yield Fault(f"/{part}", "Must go on to count from the hard date, or from the target alone.")
    if (old.stop and not new.stop >= old.stop and new.stop) or (not old.stop and new.stop):
        yield Fault("/stop", "Every reason that stops it now must stay.")


def _from_hard_date(timer: Timer) -> bool:
    return timer.targets["routine"] is None or any(not step.at.counted for step in timer.steps)


def _of_targets(
    timer: Timer, given: Mapping[str, str] | None, where: str, paces: Collection[str]
) -> Iterator[Fault]:
    if not given:
        return
    read = dict[str, Span | None](timer.targets.items())
    for pace in sorted(given):
        if pace not in paces:
            only = ", ".join(sorted(paces))
            yield Fault(f"{where}/{pace}", f"This part has no target of its own for it, only for: {only}.")
            continue
        span, wrong = _target(given[pace], read[pace], CEILINGS[pace])
        if wrong:
            yield Fault(f"{where}/{pace}", wrong)
        else:
            read[pace] = span
    for sooner, later in (("urgent", "routine"), ("today", "urgent")):
        if not {sooner, later} <= set(paces) or minutes(read[sooner]) <= minutes(read[later]):
            continue
        if sooner in given:
            yield Fault(f"{where}/{sooner}", f"Must not be later than {later}.")
        elif later in given:
            yield Fault(f"{where}/{later}", f"Must not be earlier than {sooner}, which is {read[sooner]}.")


def _target(given: str, general: Span | None, times: int) -> tuple[Span | None, str | None]:
    """Return a target, or what is wrong with it; None is the hard date.

    Args:
        general: the target of the general version.
        times: how many times as long it may be.
    """
    if general is None:
        return None, None if given == "H" else "Must stay the hard date: H."
    try:
        span = read_span(given)
    except PolicyInvalid:
        span = None
    if span is None or span.unit == "d":
        return None, "Must be working days or hours, such as 5wd or 4wh."
    if minutes(span) > times * minutes(general):
        return None, f"Must be at most {_times(general, times)}, {_compared(times)} {_OPERATOR}"
    return span, None


def _times(span: Span, times: int) -> Span:
    return Span(span.count * times, span.unit)


def _compared(times: int) -> str:
    return f"{times} times as long as in the general version."


def _of_reminders(timer: Timer, given: Sequence[str] | None, where: str) -> Iterator[Fault]:
    if given is None:
        return
    if not timer.chasers:
        yield Fault(where, "This part reminds nobody.")
        return
    if not given:
        yield Fault(where, "Must have at least one.")
    percents = [_percent(each) for each in given]
    for place, percent in enumerate(percents):
        if percent is None:
            yield Fault(f"{where}/{place}", "Must be a percentage of the target, from 1% to 100%.")
    for place, (earlier, later) in enumerate(pairwise(percents), start=1):
        if earlier is not None and later is not None and later <= earlier:
            yield Fault(f"{where}/{place}", "Must be later than the one before.")


def _percent(given: str) -> int | None:
    number = int(given[:-1]) if given.endswith("%") and given[:-1].isdecimal() and given.isascii() else 0
    return number if 1 <= number <= 100 and given == f"{number}%" else None  # noqa: PLR2004 - per cent


def _of_steps(timer: Timer, given: Sequence[Mapping[str, str]] | None, where: str) -> Iterator[Fault]:
    places: dict[str, int] = {}
    moments = {step.key: step.at for step in timer.steps}
    for place, step in enumerate(given or ()):
        if step["key"] not in moments:
            yield Fault(f"{where}/{place}/key", "This part has no such step.")
        elif step["key"] in places:
            yield Fault(f"{where}/{place}/key", "This step is given twice.")
        else:
            places[step["key"]] = place
            before = moments[step["key"]]
            at, wrong = _moment(step["at"], before)
            if wrong is not None or at is None:
                yield Fault(f"{where}/{place}/at", wrong or "")
            else:
                moments[step["key"]] = at
    for (earlier, first), (later, second) in pairwise(moments.items()):
        if first.base == second.base and _order(second) < _order(first):
            found = places.get(later, places.get(earlier))
            if found is not None:
                yield Fault(f"{where}/{found}/at", f"Must not put {later} before {earlier}.")


def _moment(given: str, before: At) -> tuple[At | None, str | None]:
    """Return when a step is due, or what is wrong with it."""
    try:
        at = read_at(given)
    except PolicyInvalid:
        return None, f"Must be like {'T or T+2wd' if before.counted else 'H or H-21d'}."
    if at.base != before.base:
        counted = "the target" if before.counted else "the hard date"
        return None, f"Must stay counted from {counted}."
    if wrong := _too_late(at, before, CEILINGS["step"]):
        return None, wrong
    if not at.counted and minutes(at.offset) > minutes(Span(LONGEST_BEFORE_DAYS, "d")):
        return None, f"Must be at most {LONGEST_BEFORE_DAYS} days before the hard date."
    return at, None


def _too_late(at: At, general: At, times: int) -> str | None:
    """Return what is wrong with a step that is due much later than in the general version."""
    if at.counted:
        if minutes(at.offset) <= times * minutes(general.offset):
            return None
        if general.offset is None:
            return f"Must stay at T, as in the general version. {_OPERATOR}"
        return f"Must be at most T+{_times(general.offset, times)}, {_compared(times)} {_OPERATOR}"
    if general.offset is None or minutes(at.offset) * times >= minutes(general.offset):
        return None
    earliest = Span(-(-general.offset.count // times), general.offset.unit)
    return f"Must be at least H-{earliest}, 1/{times} of the time in the general version. {_OPERATOR}"


def _order(at: At) -> int:
    return -minutes(at.offset) if at.before else minutes(at.offset)


def _with(part: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of a document with other figures."""
    made = dict(part)
    if targets := figures.get("targets"):
        if "targets" in part:
            made["targets"] = {**part["targets"], **targets}
        else:
            made["target"] = targets.get("routine", part["target"])
    if "reminders" in figures:
        made["chasers"] = list(figures["reminders"])
    moments = {step["key"]: step["at"] for step in figures.get("steps", ())}
    # A step of the `ask` part has the name of the role that it notifies.
    for steps, name in (("steps", "key"), ("missed", "to")):
        if steps in part:
            made[steps] = [{**step, "at": moments.get(step[name], step["at"])} for step in part[steps]]
    return made
