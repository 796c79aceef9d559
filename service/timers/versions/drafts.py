"""Checks the draft of a policy, and makes the document of an override from it. Pure.

An override changes figures: targets, the offsets of steps, reminders. It cannot leave out a step or the
repeat, and has no say in what pauses or stops a clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from service.errors import Fault
from service.timers.policy import BY_THE_CLOCK, At, Policy, Span, Timer, parse, read_at, read_span
from service.timers.policy import approximate_minutes as minutes
from service.timers.policy_members import PolicyInvalid

LONGEST_DAYS: Final = 60
"""The most working days that a target or the offset of a step may have in an override. Our own default."""
LONGEST_IN_DANGER: Final = Span(24, "h")
"""The longest target, or offset of a step, of a clock that runs day and night. Our own default."""
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
            each with its `key` and `at`.
    """
    general = parse(base)
    document, found = dict(base), list[Fault]()
    for part in sorted(figures):
        where, timer = f"/figures/{part}", general.ask if part == "ask" else general.answer
        if timer is None:
            found.append(Fault(where, "This policy has no such part."))
            continue
        urgent = "urgent" in base[part].get("targets", {})
        found += _of_targets(timer, figures[part].get("targets"), f"{where}/targets", urgent=urgent)
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
    timer: Timer, given: Mapping[str, str] | None, where: str, *, urgent: bool
) -> Iterator[Fault]:
    read = dict[str, Span | None](timer.targets.items())
    for urgency in sorted(given or {}):
        span, wrong = _target(given[urgency], timer.targets["routine"]) if given else (None, None)
        if urgency == "urgent" and not urgent:
            wrong = "This part has one target, whatever the urgency."
        if wrong:
            yield Fault(f"{where}/{urgency}", wrong)
        else:
            read[urgency] = span
    if given and urgent and minutes(read["urgent"]) > minutes(read["routine"]):
        if "urgent" in given:
            yield Fault(f"{where}/urgent", "Must not be later than routine.")
        else:
            yield Fault(f"{where}/routine", f"Must not be earlier than urgent, which is {read['urgent']}.")


def longest(span: Span) -> Span:
    """Return the longest that a target or an offset may be, in the kind of time that it counts in."""
    return LONGEST_IN_DANGER if span.unit in BY_THE_CLOCK else Span(LONGEST_DAYS, "wd")


def _said(span: Span) -> str:
    return f"{span.count} hours" if span.unit == "h" else f"{span.count} working days"


def _target(given: str, now: Span | None) -> tuple[Span | None, str | None]:
    """Return a target, or what is wrong with it; None is the hard date."""
    if now is None:
        return None, None if given == "H" else "Must stay the hard date: H."
    try:
        span = read_span(given)
    except PolicyInvalid:
        span = None
    if span is None or span.unit == "d":
        return None, "Must be working days or hours, such as 5wd or 4wh."
    if minutes(span) > minutes(longest(span)):
        return None, f"Must be at most {_said(longest(span))}."
    return span, None


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
    if at.counted and at.offset and minutes(at.offset) > minutes(longest(at.offset)):
        return None, f"Must be at most {LONGEST_DAYS} working days after the target."
    if not at.counted and minutes(at.offset) > minutes(Span(LONGEST_BEFORE_DAYS, "d")):
        return None, f"Must be at most {LONGEST_BEFORE_DAYS} days before the hard date."
    return at, None


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
