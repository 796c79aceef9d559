"""What probation owes about a part: by the state that it is in, and by what its destination has said."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.destinations.policies import (
    ADJUSTMENT_UNMET,
    BLOCKED,
    CHANGE_UNDECIDED,
    COMPLEXITY_UNDECIDED,
    DECLINE_UNDECIDED,
    INCOMPLETE,
    INFORMATION_OWED,
    OUTCOMES_UNDECIDED,
    PROPOSED,
    REGISTRATION,
    REVIEW_AHEAD,
    UNMET,
)
from service.destinations.states import (
    CHANGE,
    COMPLEXITY,
    OPEN_WITH_DESTINATION,
    OUTCOMES,
    PROPOSED_ABOUT,
    State,
)
from service.referrals.deadlines.cases import (
    AWAITED,
    NOBODY_COMES,
    Awaited,
    case_of,
    next_due,
    owes_answer,
    start_clock,
    subject_of,
    urgency_of,
)
from service.referrals.document_queries import adjustments_of
from service.referrals.model import DestinationReferral
from service.referrals.queries import ADJUSTMENT, DECISION, owes_decision
from service.referrals.shared import has_ended
from service.timers import Subject

REVIEW: Final = "agency_review"
"""The subject of the clock before a destination looks at a case again."""
COMPLETION: Final = "completion"
"""The subject of what a referral lacks for one destination, and the timer of what probation supplies."""
MOVE: Final = "probation_move"
"""The subject of what probation owes about a part: apart from the clocks of the part itself, which its
destination reads.
"""
WORDING: Final = "wording.needed"


@dataclass(frozen=True, slots=True)
class Owed:
    """What probation owes about a part in a state: the kind of subject, the timer and the policy."""

    kind: str
    timer: str
    policy: str


OWED: Mapping[str, Owed] = MappingProxyType(
    {
        State.INCOMPLETE: Owed(COMPLETION, COMPLETION, INCOMPLETE),
        State.BLOCKED: Owed(MOVE, "block", BLOCKED),
        State.INFORMATION_REQUESTED: Owed(MOVE, "information", INFORMATION_OWED),
        State.DECLINED: Owed(MOVE, "decline", DECLINE_UNDECIDED),
    }
)
"""In a state without an entry, probation owes nothing because of the state alone."""
UNREGISTERED: Final = Owed(COMPLETION, "registration", REGISTRATION)
"""Of a part for which no organisation is registered: its region owes that, and nobody below could do it."""


def _owed_of(part: DestinationReferral) -> tuple[Owed, ...]:
    owed = OWED.get(part.state)
    if owed is None:
        return ()
    if part.waits_for_registration_alone:
        return (UNREGISTERED,)
    return (owed, UNREGISTERED) if part.waits_for_registration else (owed,)


def follow_owed(session: Session, actor: Actor, part: DestinationReferral, was: str | None) -> None:
    """Start and stop the clock of what probation owes about a part whose state has just changed.

    Args:
        was: its state before, None when it is new.
    """
    before = OWED.get(was) if was else None
    if before is not None and (was != part.state or part.decline_settled):
        timer = None if before.kind == COMPLETION else before.timer
        timers.stop(session, Subject(before.kind, part.id), part.state, timer)
    await_owed(session, actor, part, fresh=was is None)


def await_owed(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    *,
    fresh: bool = False,
    exposed_since: datetime | None = None,
) -> None:
    """Start the clocks of what probation owes about a part in its state, unless they run or are not needed.

    Args:
        fresh: the part is new.
        exposed_since: since when it has been owed; now when None.
    """
    if part.rests or part.stopped_because or part.decline_settled or has_ended(part):
        return
    for owed in _owed_of(part):
        subject = Subject(owed.kind, part.id)
        last = None if fresh else timers.last_cycle(session, subject, owed.timer)
        if last is None or last.stopped is not None:
            start_clock(
                session,
                actor,
                subject,
                owed.timer,
                policy=owed.policy,
                case=replace(case_of(session, part), responder_id=None),
                urgency=urgency_of(part),
                fresh=fresh,
                exposed_since=exposed_since,
            )


def follow_lacking(
    session: Session, actor: Actor, part: DestinationReferral, *, exposed_since: datetime | None = None
) -> None:
    """Have each owe what they can supply of what a part lacks by now, though its state is what it was.

    Args:
        exposed_since: as of `await_owed`.
    """
    if part.state == State.INCOMPLETE:
        over = {COMPLETION, UNREGISTERED.timer} - {one.timer for one in _owed_of(part)}
        timers.stop(session, Subject(COMPLETION, part.id), "superseded", over)
    await_owed(session, actor, part, exposed_since=exposed_since)


UNDECIDED: Mapping[str, str] = MappingProxyType(
    {CHANGE: CHANGE_UNDECIDED, COMPLEXITY: COMPLEXITY_UNDECIDED, OUTCOMES: OUTCOMES_UNDECIDED}
)
"""The policies of what a destination has said and probation has to decide about; each is a timer, too."""


def follow_undecided(
    session: Session, actor: Actor, part: DestinationReferral, *, exposed_since: datetime | None = None
) -> datetime | None:
    """Start and stop the clocks of what a destination has said and probation has not decided about.

    Nothing is accepted while something else is proposed: the clock of the destination's answer is paused.

    Args:
        exposed_since: since when it has been owed; now when None.

    Returns:
        When the next news of the destination is due then.
    """
    subject = Subject(MOVE, part.id)
    wanted = part.state in OPEN_WITH_DESTINATION and not part.rests and not has_ended(part)
    turned = False
    for timer, policy in UNDECIDED.items():
        last = timers.last_cycle(session, subject, timer)
        runs, owed = last is not None and last.stopped is None, wanted and timer in part.undecided
        if runs and not owed:
            timers.stop(session, subject, "decided" if wanted else part.state, timer)
        elif owed and not runs:
            start_clock(
                session,
                actor,
                subject,
                timer,
                policy=policy,
                case=replace(case_of(session, part), responder_id=None),
                urgency=urgency_of(part),
                exposed_since=exposed_since,
            )
        turned = turned or (timer in PROPOSED_ABOUT and runs != owed)
    if turned and owes_answer(part):
        return _turn_answer(session, part)
    return part.next_update_due


def _turn_answer(session: Session, part: DestinationReferral) -> datetime | None:
    if _proposes(part):
        timers.pause(session, subject_of(part), "answer", reason=PROPOSED)
    elif not decision_owed(session, [part]):
        timers.resume(session, subject_of(part), "answer")
    return next_due(session, part)


def stop_owed(session: Session, part: DestinationReferral, reason: str) -> None:
    """Stop the clocks of what probation owes about a part because of its state: nothing is wanted for now."""
    timers.stop_all(session, moves_of_probation(part), reason)


def moves_of_probation(part: DestinationReferral) -> list[Subject]:
    """Name what probation owes about a part as subjects of clocks: those are probation's alone."""
    return [Subject(COMPLETION, part.id), Subject(MOVE, part.id)]


def await_wording(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Start the clock of a text that probation must word for a destination that works with the rest.

    Where it runs, it goes on.
    """
    last = timers.last_cycle(session, _wording_of(part), "wording")
    if last is not None and last.stopped is None:
        return
    start_clock(
        session,
        actor,
        _wording_of(part),
        "wording",
        policy=WORDING,
        case=replace(case_of(session, part), responder_id=None),
        urgency=urgency_of(part),
    )


def worded(session: Session, part: DestinationReferral, reason: str) -> None:
    """Stop the clock of a text that has been worded or confirmed, or that nobody is sent any more."""
    timers.stop(session, _wording_of(part), reason=reason)


def follow_adjustments(
    session: Session, actor: Actor, parts: Collection[DestinationReferral]
) -> dict[UUID, datetime | None]:
    """Start or stop the clocks of what destinations cannot meet and probation has not decided about.

    Nothing is decided about somebody who does not come: it is asked for once the work goes on.
    Meanwhile a destination's answer waits for that decision: its own clock is paused.

    Returns:
        when the next news is due of each part for which that has changed, by its id.
    """
    standings, owing = adjustments_of(session, parts), _owing(session, parts)
    due = {}
    for part in parts:
        owed = part.id in standings and bool(standings[part.id].to_decide)
        owed = owed and part.state in OPEN_WITH_DESTINATION and NOBODY_COMES.isdisjoint(part.rests)
        if owed != (part.id in owing) and not has_ended(part):
            _turn_adjustments(session, actor, part, owed=owed)
            due[part.id] = next_due(session, part)
    return due


def _turn_adjustments(session: Session, actor: Actor, part: DestinationReferral, *, owed: bool) -> None:
    waits = owes_answer(part)
    if not owed:
        timers.stop(session, adjustments_of_part(part), reason="decided")
        if waits and not _proposes(part):
            timers.resume(session, subject_of(part), "answer")
        return
    start_clock(
        session,
        actor,
        adjustments_of_part(part),
        DECISION,
        policy=ADJUSTMENT_UNMET,
        case=replace(case_of(session, part), responder_id=None),
        urgency=urgency_of(part),
    )
    if waits:
        timers.pause(session, subject_of(part), "answer", reason=UNMET)


def answer_waits(part: DestinationReferral, owes_decision: Callable[[], bool]) -> str | None:
    """Return what of probation a destination's answer waits for, as its pause says it; None for nothing.

    Args:
        owes_decision: returns whether probation owes a decision about what the destination cannot meet; it
            is asked only where that matters.
    """
    awaited = AWAITED.get(part.state)
    if awaited is Awaited.INFORMATION:
        return State.INFORMATION_REQUESTED
    if not owes_answer(part):
        return None
    if _proposes(part):
        return PROPOSED
    return UNMET if owes_decision() else None


def _proposes(part: DestinationReferral) -> bool:
    return not PROPOSED_ABOUT.isdisjoint(part.undecided)


def decision_owed(session: Session, parts: Collection[DestinationReferral]) -> bool:
    """Tell whether probation owes a decision about what a destination of these cannot meet."""
    return bool(_owing(session, parts))


def _owing(session: Session, parts: Collection[DestinationReferral]) -> set[UUID]:
    of_these = DestinationReferral.id.in_([part.id for part in parts])
    return set(session.scalars(select(DestinationReferral.id).where(of_these, owes_decision())))


def adjustments_of_part(part: DestinationReferral) -> Subject:
    """Name what a destination cannot meet as a subject of clocks: those are probation's alone."""
    return Subject(ADJUSTMENT, part.id)


def await_review(session: Session, actor: Actor, part: DestinationReferral, day: date | None) -> None:
    """Remind probation of the day on which a destination looks at a case again; the last it named counts.

    Args:
        day: None where it has ended, or names none any more.
    """
    subject = _review_of(part)
    timers.stop(session, subject, "changed")
    if day is not None and day >= clock.today():
        start_clock(
            session,
            actor,
            subject,
            "review_day",
            policy=REVIEW_AHEAD,
            case=replace(case_of(session, part), responder_id=None),
            hard_date=clock.at(day, 9),
        )


def _review_of(part: DestinationReferral) -> Subject:
    # Apart from the clocks of the part itself, which its destination reads.
    return Subject(REVIEW, part.id)


def _wording_of(part: DestinationReferral) -> Subject:
    # Apart from the clocks of the part itself, which its destination reads.
    return Subject("wording", part.id)
