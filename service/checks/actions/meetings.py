"""Reminds probation of the meetings about children that agencies name, and alarms of one that comes too late.

What is decided at a meeting after the licence or order has ended finds nobody who supervises: that is known
as soon as both days are (truth-over-time, "Endings").
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, timers
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.basis import asking_ends
from service.checks.model import Check, CheckRequest
from service.checks.states import ANSWERED, State

MEETING: Final = "meeting"
_TOLD: Final = ANSWERED | {State.REVIEWED}


@bypasses_row_security
def look_at_meetings(session: Session, actor: Actor, person_id: UUID) -> None:
    """Look again at the meetings about a person's children, after the end of supervision has moved."""
    checks = writes.lock_record(session, person_id)
    for request in queries.requests_of(session, list(checks)):
        if State(request.state) in _TOLD:
            follow_meetings(session, actor, checks[request.check_id], request)


def follow_meetings(session: Session, actor: Actor, check: Check, request: CheckRequest) -> None:
    """Bring the clocks of a request in line with the meetings that its agency has named.

    Args:
        request: its check is locked.
    """
    today = clock.today()
    named = {
        day for one in queries.standing_results_of(session, request) for day in meetings_in(one.findings)
    }
    ahead = sorted(day for day in named if day >= today)
    if not named and not queries.has_corrections(session, request):
        return
    writes.await_meeting(session, actor, request, clock.at(ahead[0], 9) if ahead else None)
    end = asking_ends(session, check.person_id, check.probation_id) if ahead else None
    if end is not None and ahead[-1] > end:
        writes.alarm_of_meeting(session, actor, request)
    elif ahead or not named:
        # The order goes on for longer, or the meeting was none. One that has been leaves the alarm.
        writes.end_alarm_of_meeting(session, request)


def meetings_in(findings: Any) -> Iterator[date]:
    """Find the days of all meetings in what an agency answered, wherever its kind of check keeps them."""
    if isinstance(findings, Mapping):
        for name, value in findings.items():
            if name == "conferences":
                yield from (date.fromisoformat(one["date"]) for one in value if one.get("date"))
            else:
                yield from meetings_in(value)
    elif isinstance(findings, list):
        for one in findings:
            yield from meetings_in(one)


timers.ends_with_last_step("check_request", MEETING, "held")
