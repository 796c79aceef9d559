"""A version of a policy in plain words, for whoever reads it; no figure is decided here. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from service.timers.policy import At, Policy, Repeat, Side, Span, Step, Timer

ROLES: Final[Mapping[str, str]] = {
    "practitioner": "the accountable practitioner",
    "spo": "the senior probation officer",
    "pdu_head": "the head of the probation delivery unit",
    "region": "the region's office",
    "head_of_public_protection": "the head of public protection",
    "regional_director": "the regional probation director",
    "on_call_manager": "the manager on call",
    "court_duty_officer": "the duty officer at court",
    "records_manager": "the records manager",
    "ap_duty_officer": "the officer on duty in approved premises",
    "duty_manager": "the duty manager",
    "on_call_officer": "the officer on call",
    "unit_manager": "the manager of the unit",
    "head_of_service": "the head of service",
    "partnership_board": "the partnership board",
}
"""The roles of escalation policies."""

SIDES: Final[Mapping[Side, str]] = {"probation": "probation", "partner": "the organisation that must answer"}

CALENDARS: Final[Mapping[str, str]] = {
    "responder": "the working time of the organisation that must answer",
    "probation": "the working time of the probation region",
}

_UNITS: Final = {"wd": "working day", "wh": "working hour", "d": "day", "h": "hour", "m": "minute"}
HARD_DATE: Final = "the hard date: the hearing, release, move or end that it is for"


def span(length: Span | None) -> str:
    """Return a length of time in words; the hard date for None."""
    if length is None:
        return HARD_DATE
    return f"{length.count} {_UNITS[length.unit]}{'' if length.count == 1 else 's'}"


def moment(at: At) -> str:
    """Return when a step is due, in words."""
    point = "the target" if at.counted else "the hard date"
    if at.offset is None:
        return f"when {point} passes" if at.counted else f"on {point}"
    return f"{span(at.offset)} {'before' if at.before else 'after'} {point}"


def written(at: At) -> str:
    """Return the moment of a step as a document writes it, such as `T+2wd`."""
    base = "T" if at.counted else "H"
    return base if at.offset is None else f"{base}{'-' if at.before else '+'}{at.offset}"


def document(policy: Policy, sides: frozenset[Side]) -> dict[str, Any]:
    """Return what a policy says, to readers of some sides.

    Args:
        policy: of any version.
        sides: whose steps they may know. What probation asks of itself, and when a pause is reviewed, is for
            probation alone.
    """
    own = "probation" in sides
    pause = policy.pause
    return {
        "ask": _timer(policy.ask, sides) if policy.ask and own else None,
        "answer": _timer(policy.answer, sides) if policy.answer else None,
        "pause": pause
        and {
            "on": sorted(pause.on),
            "at_most": str(pause.max_total),
            "words": f"The clock stops for at most {span(pause.max_total)} in all.",
            "review_after": str(pause.review_after) if own else None,
            "owner": pause.owner if own else None,
        },
        "stops_on": sorted(policy.stop),
    }


def _timer(timer: Timer, sides: frozenset[Side]) -> dict[str, Any]:
    own = "probation" in sides
    return {
        "targets": [
            {"urgency": urgency, "target": "H" if length is None else str(length), "words": span(length)}
            for urgency, length in timer.targets.items()
        ],
        "calendar": timer.calendar,
        "cut_off": timer.cut_off.isoformat("minutes") if timer.cut_off else None,
        "reserves": [str(each) for each in timer.reserves],
        "reminders": [
            {"at": f"{each}%", "words": f"a reminder after {each}% of the time"} for each in timer.chasers
        ],
        "owner": timer.owner if own else None,
        "steps": [_step(step, sides) for step in timer.steps if own or "partner" in step.to],
        "repeat": _repeat(timer.repeat, sides),
    }


def _step(step: Step, sides: frozenset[Side]) -> dict[str, Any]:
    return {
        "key": step.key,
        "at": written(step.at),
        "words": moment(step.at),
        "notifies": _notified(step.to, sides),
    }


def _repeat(repeat: Repeat, sides: frozenset[Side]) -> dict[str, Any]:
    return {
        "every": str(repeat.every),
        "words": f"every {span(repeat.every)} after the last step, until there is an answer",
        "notifies": _notified(repeat.to, sides),
    }


def _notified(to: Mapping[Side, str], sides: frozenset[Side]) -> list[dict[str, str]]:
    return [{"side": side, "role": role, "words": ROLES[role]} for side, role in to.items() if side in sides]
