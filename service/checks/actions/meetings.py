"""Reminds probation of the meetings about children that agencies name, and alarms of one that comes too late.

What is decided at a meeting after the licence or order has ended finds nobody who supervises: that is known
as soon as both days are (truth-over-time, "Endings").
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, timers
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.basis import asking_ends
from service.checks.model import Check, CheckRequest, CheckResult
from service.checks.states import ANSWERED, State
from service.timers import Subject

MEETING: Final = "meeting"
AFTER_END: Final = "meeting_after_end"
_TOLD: Final = ANSWERED | {State.REVIEWED}


_PLAN: Final = "child_protection_plan"
_OF_A_PLAN: Final = frozenset({"review", "core_group"})
"""The meetings that there are only while a child is on a child protection plan."""
_NOT_WORKED_WITH: Final = frozenset({"not_known", "closed"})


class Meeting(NamedTuple):
    """A meeting that an agency names: about which child, and of what kind."""

    about: str
    kind: str


@bypasses_row_security
def look_at_meetings(session: Session, actor: Actor, person_id: UUID) -> None:
    """Look again at the meetings about a person's children, after the end of supervision may have moved.

    Of a meeting that is to come there is a clock, which goes on as it was.
    """
    if not timers.is_open_about(session, person_id, (MEETING, AFTER_END)):
        return
    checks = writes.lock_record(session, person_id)
    for request in queries.requests_of(session, list(checks)):
        if State(request.state) in _TOLD and not _has_been_reviewed(session, request):
            named = meetings_now(queries.standing_results_of(session, request))
            _follow_alarm(session, actor, checks[request.check_id], request, named)


def _has_been_reviewed(session: Session, request: CheckRequest) -> bool:
    """Return whether somebody has read of a meeting after the end already: that is no news again."""
    last = timers.last_cycle(session, Subject("check_request", request.id), AFTER_END)
    return last is not None and last.stopped == "reviewed"


def follow_meetings(session: Session, actor: Actor, check: Check, request: CheckRequest) -> None:
    """Bring the clocks of a request in line with the meetings that its agency has named.

    Args:
        request: its check is locked.
    """
    today = clock.today()
    results = queries.standing_results_of(session, request)
    named = meetings_now(results)
    ahead = sorted(day for day in named if day >= today)
    ever = any(next(meetings_in(one.findings), None) for one in results)
    if not ever and not queries.has_corrections(session, request):
        return
    writes.await_meeting(session, actor, request, clock.at(ahead[0], 9) if ahead else None)
    _follow_alarm(session, actor, check, request, named)


def _follow_alarm(
    session: Session, actor: Actor, check: Check, request: CheckRequest, named: Iterable[date]
) -> None:
    named = sorted(named)
    ahead = [day for day in named if day >= clock.today()]
    end = asking_ends(session, check.person_id, check.probation_id) if ahead else None
    if end is not None and ahead[-1] > end:
        writes.alarm_of_meeting(session, actor, request)
    elif ahead or not named:
        # The order goes on for longer, or the meeting was none. One that has been leaves the alarm.
        writes.end_alarm_of_meeting(session, request)


def meetings_now(results: Iterable[CheckResult]) -> set[date]:
    """Return the days of all meetings that results name, each as the newest of them says it.

    A newer result that is silent about a child's meetings leaves them as they were. They fall when it says
    that there are none, or that nobody works with the child any more; those of a plan, when that has ended.

    Args:
        results: oldest first; a meeting of one kind about one child is the same, whatever its day is by then.
    """
    said: dict[Meeting, set[date]] = {}
    before: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        children: dict[str, list[Mapping[str, Any]]] = {}
        for one in _children_in(result.findings):
            children.setdefault(_whom(one), []).append(one)
        said = {
            meeting: days
            for meeting, days in said.items()
            if meeting.about not in children
            or not _falls(meeting, children[meeting.about], before.get(meeting.about, []))
        }
        before |= children
        newest: dict[Meeting, set[date]] = {}
        for meeting, day in meetings_in(result.findings):
            newest.setdefault(meeting, set()).add(day)
        said |= newest
    return {day for days in said.values() for day in days}


def _falls(meeting: Meeting, now: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a meeting is none any more by what is said of its child now, and was before."""
    if any(one.get("conferences") == [] for one in now):
        return True
    statuses = {one.get("status") for one in now}
    plan_ended = _PLAN in {one.get("status") for one in before} - statuses
    return statuses <= _NOT_WORKED_WITH or (plan_ended and meeting.kind in _OF_A_PLAN)


def meetings_in(findings: Any) -> Iterator[tuple[Meeting, date]]:
    """Find all meetings in what an agency answered."""
    for child in _children_in(findings):
        for one in child.get("conferences") or ():
            yield Meeting(_whom(child), one["kind"]), date.fromisoformat(one["date"])


def tells_of_children(findings: Any) -> bool:
    """Return whether an answer says anything of a child, and so perhaps of its meetings."""
    return next(_children_in(findings), None) is not None


def _whom(child: Mapping[str, Any]) -> str:
    return str(child.get("child_id") or child.get("who"))


def _children_in(findings: Any) -> Iterator[Mapping[str, Any]]:
    """Find what is said of each child, wherever a kind of check keeps it."""
    if isinstance(findings, Mapping):
        if "status" in findings and findings.keys() & {"child_id", "who"}:
            yield findings
        for value in findings.values():
            yield from _children_in(value)
    elif isinstance(findings, list):
        for one in findings:
            yield from _children_in(one)


timers.ends_with_last_step("check_request", MEETING, "held")
