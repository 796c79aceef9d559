"""Which clock runs while a destination referral is in a state. Writes nothing but clocks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.destinations.case import asks_by_key
from service.destinations.policies import (
    ADJUSTMENT_UNMET,
    CURFEW_ENDS,
    INCOMPLETE,
    REVIEW_AHEAD,
    SHARING_BASIS,
    SHARING_ENDS,
    UNMET,
)
from service.destinations.states import OPEN_WITH_DESTINATION, State
from service.document.paths import Document
from service.people import holding_queries
from service.people.model import Person
from service.referrals.document_queries import adjustments_of, whole_document
from service.referrals.model import ChangeNotice, DestinationReferral, Referral
from service.referrals.queries import ADJUSTMENT, DECISION, owes_decision
from service.referrals.shared import has_ended
from service.timers import ClockCase, Subject
from service.timers.model import Clock

Urgency = Literal["routine", "urgent"]

EMERGENCY: Final = "emergency"
"""The subject of the clock of a bed that is needed within days."""
ACKNOWLEDGE: Final = "acknowledge"
"""The timer of a change of which a destination must take note."""
REVIEW: Final = "agency_review"
"""The subject of the clock before a destination looks at a case again."""
COMPLETION: Final = "completion"
"""The subject and the timer of what an urgent referral still lacks for one destination."""


class Awaited(StrEnum):
    """What a destination referral waits for from outside."""

    DECISION = "decision"
    INFORMATION = "information"
    SECOND_DECISION = "second_decision"
    CONFIRMATION = "confirmation"
    UPDATE = "update"


AWAITED: dict[str | None, Awaited] = {
    State.SENT: Awaited.DECISION,
    State.RECEIVED: Awaited.DECISION,
    State.INFORMATION_REQUESTED: Awaited.INFORMATION,
    State.CHALLENGED: Awaited.SECOND_DECISION,
    State.WITHDRAWAL_REQUESTED: Awaited.CONFIRMATION,
    State.WAITLISTED: Awaited.UPDATE,
    State.DEFERRED: Awaited.UPDATE,
    State.ACCEPTED: Awaited.UPDATE,
    State.IN_PROGRESS: Awaited.UPDATE,
    State.ON_HOLD: Awaited.UPDATE,
}
"""In a state without an entry, nothing is awaited from outside."""

SILENCE, WITHDRAWAL, ACKNOWLEDGEMENT, WORDING = (
    "destination.silence",
    "withdrawal.confirmation",
    "change.acknowledgement",
    "wording.needed",
)

_BEFORE_DECISION = frozenset({Awaited.DECISION, Awaited.INFORMATION})

_DECISIONS = frozenset({Awaited.DECISION, Awaited.SECOND_DECISION})
_NOBODY_COMES = frozenset({"recalled", "died"})
"""The reasons to rest for which nobody comes to a bed meanwhile: whatever else rests, a danger never does."""
_ENDED_UNCONFIRMED = frozenset({"recalled", "sharing_ended"})
_UPDATED: Final = "updated"
"""Why a clock of silence is over that is counted from the next news."""
_CONFIRMED: Final = "confirmed"
"""Why an emergency is over to which a person has seen."""
_NO_EMERGENCY = frozenset({State.ACCEPTED, State.WITHDRAWN, State.ENTERED_IN_ERROR})
"""When nobody waits for a bed any more that was asked for at short notice."""

_OF_EVERY_KIND = {Awaited.UPDATE: SILENCE, Awaited.CONFIRMATION: WITHDRAWAL}
"""The policies that do not depend on the kind of destination."""

REFERRAL, SHARING_END, BASIS, CURFEW = "referral", "sharing_end", "sharing_basis", "curfew_end"
"""The subject and the timers of the clock before sharing ends, of the basis that is owed, and before a curfew
ends: apart from the clocks that a destination reads.
"""


def subject_of(part: DestinationReferral) -> Subject:
    """Name a part as the subject of its clocks."""
    return Subject("destination_referral", part.id)


def subjects_of(part: DestinationReferral) -> list[Subject]:
    """Name what stops when nothing more is wanted of a part."""
    return [subject_of(part), emergency_of(part), adjustments_of_part(part), completion_of(part)]


def case_of(session: Session, part: DestinationReferral) -> ClockCase:
    """Return what its clocks need to know of the case: whose it is, and who must answer."""
    referral = part.referral
    caretaker = holding_queries.caretaker_of(session, referral.person_id)
    return ClockCase(
        referral_id=referral.id,
        person_id=referral.person_id,
        probation_id=referral.probation_id,
        responder_id=part.organisation_id,
        practitioner=referral.practitioner,
        pdu=referral.pdu,
        label=part.key,
        caretaker=caretaker.id,
        caretaker_until=caretaker.until,
    )


def follow(session: Session, actor: Actor, part: DestinationReferral, was: str | None) -> datetime | None:
    """Arm, pause, resume or stop the clocks of a part whose state has just changed; return the next due time.

    Args:
        was: its state before, None when it is new.
    """
    before, after = AWAITED.get(was), AWAITED.get(part.state)
    subject = subject_of(part)
    if was is not None:
        _follow_emergency(session, part)
    if was == State.INCOMPLETE:
        timers.stop(session, completion_of(part), reason=part.state)
    await_completion(session, actor, part, fresh=was is None)
    stopping = [subject]
    if part.state not in OPEN_WITH_DESTINATION and was in OPEN_WITH_DESTINATION:
        stopping.append(adjustments_of_part(part))
    if has_ended(part):
        timers.stop_all(session, stopping, reason=part.state)
        return None
    if before is after and after is not Awaited.UPDATE:
        return part.next_update_due
    if (before, after) == (Awaited.DECISION, Awaited.INFORMATION):
        timers.pause(session, subject, "answer", reason=State.INFORMATION_REQUESTED)
        return _next_due(session, part)
    if (before, after) == (Awaited.INFORMATION, Awaited.DECISION):
        if not decision_owed(session, [part]):
            timers.resume(session, subject, "answer")
        return _next_due(session, part)
    if before:
        timers.stop_all(session, stopping, reason=part.state)
    return _start(session, actor, part, after, fresh=was is None, sent_now=not before) if after else None


def follow_notice(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    before: Document,
    document: Document,
    *,
    put_back: bool,
) -> datetime | None:
    """Bring an awaited answer in line with the notice that is given; return when it is due then.

    A shorter notice pulls it forward. A longer one takes nothing back, unless a practitioner has said why it
    may wait: then it is counted afresh, and an emergency that is none any more ends. Both are looked at by
    today, so that no day that merely passes counts as a change.

    Args:
        before, document: the version before and the current one, whole.
        put_back: whether a practitioner has said so, with a reason.
    """
    if AWAITED.get(part.state) not in _BEFORE_DECISION or has_ended(part):
        return None
    today = clock.today()
    was, now = (part.destination.case(one, asks_by_key(one)[part.key], today) for one in (before, document))
    policy, case, subject = part.destination.policy(now), case_of(session, part), subject_of(part)
    known = _answered_by(session, subject) if put_back and not part.rests else part.destination.policy(was)
    if policy == known:
        return None
    danger = part.destination.danger(now)
    if danger is not None and danger != part.destination.danger(was):
        _begin_emergency(session, actor, part, danger, case)
    if danger is None and put_back:
        timers.end_those_of(session, [emergency_of(part)], "later")
    if part.rests:
        return None
    urgency = _urgency_of(part)
    due = _next_due(session, part)
    by_then = timers.due_under(session, policy, case, urgency)
    if due is None or by_then == due or (by_then > due and not put_back):
        return None
    timers.stop(session, subject, reason="later" if by_then > due else "sooner", timer="answer")
    start_clock(session, actor, subject, "answer", policy=policy, case=case, urgency=urgency)
    return _wait_with_probation(session, part)


def _answered_by(session: Session, subject: Subject) -> str | None:
    """Return the key of the policy by which an answer is awaited."""
    last = timers.last_cycle(session, subject, "answer")
    return None if last is None else last.policy


def restart_silence(
    session: Session, actor: Actor, part: DestinationReferral, since: datetime | None = None
) -> datetime | None:
    """Count a destination's silence afresh, where the next news is awaited; return the next due time.

    Args:
        since: when it last said something; now when None.
    """
    if AWAITED.get(part.state) is not Awaited.UPDATE or has_ended(part):
        return part.next_update_due
    timers.stop(session, subject_of(part), reason=_UPDATED, timer="update")
    return _start(session, actor, part, Awaited.UPDATE, anchor=since)


def take_back_silence(
    session: Session, actor: Actor, part: DestinationReferral, withdrawn: Collection[datetime]
) -> datetime | None:
    """Count a destination's silence from what it said before what it withdraws; return the next due time.

    Args:
        withdrawn: when it said what stands no longer.
    """
    cycles = timers.every_cycle(session, subject_of(part), "update")
    if not cycles or cycles[-1].stopped is not None:
        return part.next_update_due
    before = len(cycles) - 1
    while cycles[before].anchor in withdrawn and before and cycles[before - 1].stopped == _UPDATED:
        before -= 1
    if cycles[before].anchor == cycles[-1].anchor:
        return part.next_update_due
    return restart_silence(session, actor, part, cycles[before].anchor)


def start_again(session: Session, actor: Actor, part: DestinationReferral) -> datetime | None:
    """Start the clock of what a destination owes, after it had owed nothing; return the next due time.

    It waits at once where probation owes an answer or a decision. What is an emergency by now is one from
    then on, unless a person has confirmed it before.
    """
    await_completion(session, actor, part)
    awaited = AWAITED.get(part.state)
    if awaited:
        _start(session, actor, part, awaited, sent_now=not _emergency_was_confirmed(session, part))
    if part.state == State.DECLINED:
        _search_again(session, actor, part)
    follow_adjustments(session, actor, [part])
    return _wait_with_probation(session, part)


def _wait_with_probation(session: Session, part: DestinationReferral) -> datetime | None:
    """Pause an answer that cannot be given before probation has acted; return when it is due then."""
    awaited = AWAITED.get(part.state)
    if awaited is Awaited.INFORMATION:
        timers.pause(session, subject_of(part), "answer", reason=State.INFORMATION_REQUESTED)
    elif awaited in _DECISIONS and decision_owed(session, [part]):
        timers.pause(session, subject_of(part), "answer", reason=UNMET)
    return _next_due(session, part)


def _emergency_was_confirmed(session: Session, part: DestinationReferral) -> bool:
    last = timers.last_cycle(session, emergency_of(part), "danger")
    return last is not None and last.stopped == _CONFIRMED


def _search_again(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Begin the emergency of who was declined a bed once more, where it ended since nobody came.

    By the day of release as it is now there may be time enough.
    """
    last = timers.last_cycle(session, emergency_of(part), "danger")
    if last is None or last.stopped not in _ENDED_UNCONFIRMED:
        return
    _, danger = _policies(session, part, Awaited.DECISION)
    if danger is not None:
        _begin_emergency(session, actor, part, danger, case_of(session, part))


def rest(session: Session, part: DestinationReferral, notices: Collection[ChangeNotice], reason: str) -> None:
    """Stop every clock of what a destination owes; an emergency only where nobody comes to the bed.

    Args:
        notices: what it has not acknowledged.
        reason: a code.
    """
    subjects = [subject_of(part), completion_of(part), *(_notice(notice) for notice in notices)]
    if reason in _NOBODY_COMES:
        subjects += [emergency_of(part), adjustments_of_part(part)]
    timers.end_those_of(session, subjects, reason)


def await_acknowledgements(
    session: Session, actor: Actor, part: DestinationReferral, notices: Collection[ChangeNotice]
) -> None:
    """Await what a destination has not acknowledged, and need not while it rested.

    Args:
        notices: what it has not acknowledged.
    """
    clocks = timers.clocks_of(session, [_notice(notice) for notice in notices]) if notices else {}
    for notice in notices:
        if all(one["state"] == "stopped" for one in clocks[_notice(notice)]):
            await_acknowledgement(session, actor, part, notice, fresh=False)


def restart(session: Session, actor: Actor, part: DestinationReferral) -> datetime | None:
    """Start the clock of what a destination owes, unless one runs; return when it is due if it was."""
    running = any(one["state"] != "stopped" for one in clocks_of(session, part))
    return None if running or has_ended(part) or part.rests else start_again(session, actor, part)


def await_completion(
    session: Session, actor: Actor, part: DestinationReferral, *, fresh: bool = False
) -> None:
    """Start the clock of what an urgent referral lacks for a destination, unless it runs or is not needed.

    Args:
        fresh: the part is new.
    """
    if part.state != State.INCOMPLETE or part.rests or part.stopped_because:
        return
    if _urgency_of(part) == "routine":
        return
    last = None if fresh else timers.last_cycle(session, completion_of(part), COMPLETION)
    if last is not None and last.stopped is None:
        return
    start_clock(
        session,
        actor,
        completion_of(part),
        COMPLETION,
        policy=INCOMPLETE,
        case=replace(case_of(session, part), responder_id=None),
        urgency="urgent",
        fresh=fresh,
    )


def stop_completion(session: Session, part: DestinationReferral, reason: str) -> None:
    """Stop the clock of what a referral lacks: it is not sent for now, whatever it has."""
    timers.stop(session, completion_of(part), reason)


def await_sharing_end(session: Session, actor: Actor, referral: Referral, ends_on: date) -> None:
    """Start the clock before sharing ends, for whoever is accountable.

    Args:
        ends_on: the last day; the steps before it are notified in the morning.
    """
    start_clock(
        session,
        actor,
        Subject(REFERRAL, referral.id),
        SHARING_END,
        policy=SHARING_ENDS,
        case=holding_queries.clock_case_of(session, referral.person_id, referral.probation_id, "sharing"),
        hard_date=clock.at(ends_on, 9),
    )


def follow_curfew(session: Session, actor: Actor, referral: Referral, ends_on: date | None) -> None:
    """Start the clock before a curfew ends, or stop it; of another day, it starts anew.

    Args:
        ends_on: its last day; None where there is none to come.
    """
    stop_curfew(session, referral, "changed")
    if ends_on is not None:
        start_clock(
            session,
            actor,
            Subject(REFERRAL, referral.id),
            CURFEW,
            policy=CURFEW_ENDS,
            case=holding_queries.clock_case_of(session, referral.person_id, referral.probation_id, "curfew"),
            hard_date=clock.at(ends_on, 9),
        )


def stop_curfew(session: Session, referral: Referral, reason: str) -> None:
    """Stop the clock before a curfew ends."""
    timers.stop(session, Subject(REFERRAL, referral.id), reason, CURFEW)


def curfew_stopped_for(session: Session, referral: Referral) -> str | None:
    """Return why the clock before a curfew ends was stopped last; None where it runs, or never did."""
    last = timers.last_cycle(session, Subject(REFERRAL, referral.id), CURFEW)
    return None if last is None else last.stopped


def await_basis(session: Session, actor: Actor, referral: Referral, urgency: Urgency) -> None:
    """Start the clock of a referral that has no end of sharing that is known, or whose basis has ended."""
    start_clock(
        session,
        actor,
        Subject(REFERRAL, referral.id),
        BASIS,
        policy=SHARING_BASIS,
        case=holding_queries.clock_case_of(session, referral.person_id, referral.probation_id, "sharing"),
        urgency=urgency,
    )


def basis_given(session: Session, referral_id: UUID) -> None:
    """Stop the clock of the basis that was owed: it has been given, or nobody needs it any more."""
    timers.stop(session, Subject(REFERRAL, referral_id), "basis_given", BASIS)


def stop_sharing_end(session: Session, referral_id: UUID, reason: str) -> None:
    """Stop the clock before sharing ends: it has ended, or ends on another day."""
    timers.stop(session, Subject(REFERRAL, referral_id), reason, SHARING_END)


def clocks_of(session: Session, part: DestinationReferral) -> list[dict[str, Any]]:
    """Return the views of a part's own clocks; see `timers.clocks_of`."""
    return timers.clocks_of(session, [subject_of(part)])[subject_of(part)]


def clocks_and_notices(
    session: Session, part: DestinationReferral, notices: Sequence[ChangeNotice]
) -> tuple[list[dict[str, Any]], list[tuple[ChangeNotice, datetime | None]]]:
    """Return what `clocks_of` does, and each notice with when it must be acknowledged, if it must.

    Args:
        notices: of changes to what the part was sent.
    """
    clocks = timers.clocks_of(session, [subject_of(part), *map(_notice, notices)])
    return clocks[subject_of(part)], [(notice, _earliest_due(clocks[_notice(notice)])) for notice in notices]


def raise_urgency(
    session: Session, actor: Actor, parts: Iterable[DestinationReferral]
) -> dict[UUID, datetime | None]:
    """Make the clocks of some parts urgent; return, by each one's id, when it is due now."""
    parts = list(parts)
    for part in parts:
        await_completion(session, actor, part)
    subjects = {subject_of(part): part.id for part in parts}
    timers.raise_urgency(session, dict.fromkeys(subjects))
    clocks = timers.clocks_of(session, subjects)
    return {part_id: _earliest_due(clocks[subject]) for subject, part_id in subjects.items()}


def _next_due(session: Session, part: DestinationReferral) -> datetime | None:
    return _earliest_due(clocks_of(session, part))


def _earliest_due(clocks: Iterable[Mapping[str, Any]]) -> datetime | None:
    return min((one["due_at"] for one in clocks if one["state"] != "stopped"), default=None)


def await_acknowledgement(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    notice: ChangeNotice,
    *,
    fresh: bool = True,
) -> None:
    """Start the clock of a change that a destination must say it has taken note of, once it owes anything.

    Args:
        fresh: the notice is new.
    """
    if part.rests:
        return
    start_clock(
        session,
        actor,
        _notice(notice),
        ACKNOWLEDGE,
        policy=ACKNOWLEDGEMENT,
        case=case_of(session, part),
        urgency="urgent" if "risk" in notice.sections else "routine",
        fresh=fresh,
    )


def acknowledged(session: Session, notice: ChangeNotice) -> None:
    """Stop the clock of a change that has been taken note of, or no longer needs to be."""
    timers.stop(session, _notice(notice), reason="acknowledged")


def _notice(notice: ChangeNotice) -> Subject:
    return Subject("change_notice", notice.id)


def await_wording(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Start the clock of a text that probation must word for a destination that works with the rest."""
    start_clock(
        session,
        actor,
        _wording_of(part),
        "wording",
        policy=WORDING,
        case=replace(case_of(session, part), responder_id=None),
        urgency=_urgency_of(part),
    )


def worded(session: Session, part: DestinationReferral, reason: str) -> None:
    """Stop the clock of a text that has been worded or confirmed, or that nobody is sent any more."""
    timers.stop(session, _wording_of(part), reason=reason)


def follow_adjustments(
    session: Session, actor: Actor, parts: Collection[DestinationReferral]
) -> dict[UUID, datetime | None]:
    """Start or stop the clocks of what destinations cannot meet and probation has not decided about.

    Meanwhile a destination's answer waits for that decision: its own clock is paused.

    Returns:
        when the next news is due of each part for which that has changed, by its id.
    """
    standings, owing = adjustments_of(session, parts), _owing(session, parts)
    due = {}
    for part in parts:
        owed = part.id in standings and bool(standings[part.id].to_decide)
        owed = owed and part.state in OPEN_WITH_DESTINATION
        if owed != (part.id in owing) and not has_ended(part):
            _turn_adjustments(session, actor, part, owed=owed)
            due[part.id] = _next_due(session, part)
    return due


def _turn_adjustments(session: Session, actor: Actor, part: DestinationReferral, *, owed: bool) -> None:
    waits = AWAITED.get(part.state) in _DECISIONS
    if not owed:
        timers.stop(session, adjustments_of_part(part), reason="decided")
        if waits:
            timers.resume(session, subject_of(part), "answer")
        return
    start_clock(
        session,
        actor,
        adjustments_of_part(part),
        DECISION,
        policy=ADJUSTMENT_UNMET,
        case=replace(case_of(session, part), responder_id=None),
        urgency=_urgency_of(part),
    )
    if waits:
        timers.pause(session, subject_of(part), "answer", reason=UNMET)


def decision_owed(session: Session, parts: Collection[DestinationReferral]) -> bool:
    """Tell whether probation owes a decision about what a destination of these cannot meet."""
    return bool(_owing(session, parts))


def _owing(session: Session, parts: Collection[DestinationReferral]) -> set[UUID]:
    of_these = DestinationReferral.id.in_([part.id for part in parts])
    return set(session.scalars(select(DestinationReferral.id).where(of_these, owes_decision())))


def adjustments_of_part(part: DestinationReferral) -> Subject:
    """Name what a destination cannot meet as a subject of clocks: those are probation's alone."""
    return Subject(ADJUSTMENT, part.id)


def completion_of(part: DestinationReferral) -> Subject:
    """Name what a part lacks as a subject of clocks: those are probation's alone."""
    return Subject(COMPLETION, part.id)


def emergency_of(part: DestinationReferral) -> Subject:
    """Name the emergency of a part as a subject of clocks, apart from its answer: a decline gives no bed."""
    return Subject(EMERGENCY, part.id)


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


def _urgency_of(part: DestinationReferral) -> Urgency:
    return "urgent" if part.referral.urgency == "urgent" else "routine"


def _review_of(part: DestinationReferral) -> Subject:
    # Apart from the clocks of the part itself, which its destination reads.
    return Subject(REVIEW, part.id)


def _follow_emergency(session: Session, part: DestinationReferral) -> None:
    if part.state in _NO_EMERGENCY:
        timers.stop(session, emergency_of(part), reason=part.state)


def _wording_of(part: DestinationReferral) -> Subject:
    # Apart from the clocks of the part itself, which its destination reads.
    return Subject("wording", part.id)


def _start(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    awaited: Awaited,
    *,
    fresh: bool = False,
    sent_now: bool = False,
    anchor: datetime | None = None,
) -> datetime | None:
    if part.rests and not sent_now:
        return None
    timer = "update" if awaited is Awaited.UPDATE else "answer"
    policy, danger = _policies(session, part, awaited)
    urgency = _urgency_of(part)
    case = case_of(session, part)
    started = None
    if not part.rests:
        started = start_clock(
            session, actor, subject_of(part), timer, policy=policy, case=case, urgency=urgency, fresh=fresh,
            anchor=anchor,
        )  # fmt: skip
    if danger is not None and sent_now:
        _begin_emergency(session, actor, part, danger, case, fresh=fresh)
    return None if started is None else started.due_at


def _begin_emergency(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    policy: str,
    case: ClockCase,
    *,
    fresh: bool = False,
) -> None:
    if not _NOBODY_COMES.isdisjoint(part.rests):
        return
    last = None if fresh else timers.last_cycle(session, emergency_of(part), "danger")
    if last is not None and last.stopped is None:
        return
    start_clock(
        session,
        actor,
        emergency_of(part),
        "danger",
        policy=policy,
        case=case,
        urgency="urgent",
        fresh=fresh,
    )


def _policies(session: Session, part: DestinationReferral, awaited: Awaited) -> tuple[str, str | None]:
    """Return the policies of what is awaited: of the answer, and of the danger that runs beside it."""
    if awaited in _OF_EVERY_KIND:
        return _OF_EVERY_KIND[awaited], None
    document = whole_document(session, part.referral)
    case = part.destination.case(document, asks_by_key(document)[part.key], clock.today())
    danger = part.destination.danger(case) if awaited is Awaited.DECISION else None
    return part.destination.policy(case), danger


def start_clock(session: Session, actor: Actor, subject: Subject, timer: str, **given: Any) -> Clock | None:
    """Start a clock about a referral; nothing starts about somebody who has died, by whatever it is asked.

    Args:
        given: as of `timers.start`.
    """
    person = session.get(Person, given["case"].person_id)
    if person is not None and person.died_on is not None:
        return None
    return timers.start(session, actor, subject, timer, **given)


timers.ends_with_last_step(REVIEW, "review_day", "held")
