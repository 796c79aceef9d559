"""The clocks of what a destination owes: its answer, news of its work, and a bed that is needed at once."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.destinations.case import asks_by_key
from service.destinations.policies import DECISION_PUT_OFF
from service.destinations.states import OPEN_WITH_DESTINATION, UNDER_WAY, Action, State
from service.document.paths import Document
from service.referrals.deadlines.cases import (
    AWAITED,
    NEWS,
    NOBODY_COMES,
    PUT_OFF,
    Awaited,
    case_of,
    clocks_of,
    earliest_due,
    is_news,
    next_due,
    start_clock,
    subject_of,
    urgency_of,
)
from service.referrals.deadlines.notices import notice_of
from service.referrals.deadlines.owed import (
    adjustments_of_part,
    answer_waits,
    await_owed,
    decision_owed,
    follow_adjustments,
    follow_owed,
    follow_undecided,
    moves_of_probation,
)
from service.referrals.deadlines.stays import (
    await_stay_again,
    follow_awaited_stay,
    stop_awaiting,
    stop_awaiting_in_vain,
)
from service.referrals.document_queries import whole_document
from service.referrals.model import ChangeNotice, DestinationReferral
from service.referrals.queries import DECISION, moves_of
from service.referrals.shared import has_ended
from service.timers import ClockCase, Subject
from service.timers.model import Clock

EMERGENCY: Final = "emergency"
"""The subject of the clock of a bed that is needed within days."""
SILENCE, WITHDRAWAL = "destination.silence", "withdrawal.confirmation"

_BEFORE_DECISION = frozenset({Awaited.DECISION, Awaited.INFORMATION})
_ENDED_UNCONFIRMED = frozenset({"recalled", "sharing_ended"})
_WITH_STATE: Final = (*NEWS, DECISION)
"""The timers that end with the state of a part: what else it was asked is owed in any."""
_PUTS_OFF: Final = frozenset({Action.WAITLIST, Action.DEFER})
_UPDATED: Final = "updated"
"""Why a clock of silence is over that is counted from the next news."""
_CONFIRMED: Final = "confirmed"
"""Why an emergency is over to which a person has seen."""
_NO_EMERGENCY = frozenset({State.ACCEPTED, State.WITHDRAWN, State.ENTERED_IN_ERROR})
"""When nobody waits for a bed any more that was asked for at short notice."""
_OF_EVERY_KIND = {Awaited.UPDATE: SILENCE, Awaited.CONFIRMATION: WITHDRAWAL}
"""The policies that do not depend on the kind of destination."""


def subjects_of(part: DestinationReferral) -> list[Subject]:
    """Name what stops when nothing more is wanted of a part."""
    return [subject_of(part), emergency_of(part), adjustments_of_part(part), *moves_of_probation(part)]


def follow(session: Session, actor: Actor, part: DestinationReferral, was: str | None) -> datetime | None:
    """Arm, pause, resume or stop the clocks of a part whose state has just changed; return the next due time.

    Args:
        was: its state before, None when it is new.
    """
    before, after = AWAITED.get(was), AWAITED.get(part.state)
    subject = subject_of(part)
    if was is not None:
        _follow_emergency(session, part)
    _follow_probation(session, actor, part, was)
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
        return next_due(session, part)
    if (before, after) == (Awaited.INFORMATION, Awaited.DECISION):
        if not answer_waits(part, lambda: decision_owed(session, [part])):
            timers.resume(session, subject, "answer")
        return next_due(session, part)
    if before:
        timers.stop_all(session, stopping, part.state, _WITH_STATE)
    if after is None:
        return None
    due = _start(session, actor, part, after, fresh=was is None, sent_now=not before)
    return _wait_with_probation(session, part) if part.state in PUT_OFF else due


def _follow_probation(session: Session, actor: Actor, part: DestinationReferral, was: str | None) -> None:
    follow_owed(session, actor, part, was)
    if part.undecided:
        follow_undecided(session, actor, part)
    stop_awaiting_in_vain(session, part, was)
    if was == State.ON_HOLD and part.state in UNDER_WAY:
        await_stay_again(session, actor, part)
        follow_adjustments(session, actor, [part])


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

    A shorter notice pulls it forward, also an answer that is put off. A longer one takes nothing back, unless
    a practitioner has said why it may wait: then it is counted afresh, and an emergency that is none any more
    ends. Both are looked at by
    today, so that no day that merely passes counts as a change.

    Args:
        before, document: the version before and the current one, whole.
        put_back: whether a practitioner has said so, with a reason.
    """
    put_off, challenged = part.state in PUT_OFF, part.state == State.CHALLENGED
    awaited = AWAITED.get(part.state) in _BEFORE_DECISION or put_off
    if not (awaited or challenged) or has_ended(part):
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
    if part.rests or challenged:
        return None
    urgency = urgency_of(part)
    due = earliest_due(one for one in clocks_of(session, part) if one["timer"] == "answer")
    by_then = timers.due_under(session, policy, case, urgency)
    # The day to which an answer is put off is the destination's own, and no longer notice moves it.
    may_wait = put_back and not put_off
    if due is None or by_then == due or (by_then > due and not may_wait):
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
    _start_one(session, actor, part, "update", SILENCE, anchor=since)
    return next_due(session, part)


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
    await_owed(session, actor, part)
    if part.undecided:
        follow_undecided(session, actor, part)
    if part.state in UNDER_WAY:
        stop_awaiting(session, part, "changed")
        follow_awaited_stay(session, actor, part)
    awaited = AWAITED.get(part.state)
    if awaited:
        _start(session, actor, part, awaited, sent_now=not _emergency_was_confirmed(session, part))
    if part.state == State.DECLINED:
        _search_again(session, actor, part)
    follow_adjustments(session, actor, [part])
    return _wait_with_probation(session, part)


def _wait_with_probation(session: Session, part: DestinationReferral) -> datetime | None:
    """Pause an answer that cannot be given before probation has acted; return when it is due then."""
    if reason := answer_waits(part, lambda: decision_owed(session, [part])):
        timers.pause(session, subject_of(part), "answer", reason=reason)
    return next_due(session, part)


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
    subjects = [subject_of(part), *moves_of_probation(part), *(notice_of(notice) for notice in notices)]
    if reason in NOBODY_COMES:
        subjects += [emergency_of(part), adjustments_of_part(part)]
    stop_awaiting(session, part, reason)
    timers.end_those_of(session, subjects, reason)


def restart(session: Session, actor: Actor, part: DestinationReferral) -> datetime | None:
    """Start the clock of what a destination owes, unless one runs; return when it is due if it was."""
    running = any(map(is_news, clocks_of(session, part)))
    return None if running or has_ended(part) or part.rests else start_again(session, actor, part)


def raise_urgency(
    session: Session, actor: Actor, parts: Iterable[DestinationReferral]
) -> dict[UUID, datetime | None]:
    """Make the clocks of some parts urgent; return, by each one's id, when it is due now."""
    parts = list(parts)
    for part in parts:
        await_owed(session, actor, part)
    subjects = {subject_of(part): part.id for part in parts}
    owed = [subject for part in parts for subject in moves_of_probation(part)]
    timers.raise_urgency(session, dict.fromkeys([*subjects, *owed]))
    clocks = timers.clocks_of(session, subjects)
    return {part_id: earliest_due(filter(is_news, clocks[subject])) for subject, part_id in subjects.items()}


def emergency_of(part: DestinationReferral) -> Subject:
    """Name the emergency of a part as a subject of clocks, apart from its answer: a decline gives no bed."""
    return Subject(EMERGENCY, part.id)


def _follow_emergency(session: Session, part: DestinationReferral) -> None:
    if part.state in _NO_EMERGENCY:
        timers.stop(session, emergency_of(part), reason=part.state)


def _start(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    awaited: Awaited,
    *,
    fresh: bool = False,
    sent_now: bool = False,
) -> datetime | None:
    if part.rests and not sent_now:
        return None
    timer = "update" if awaited is Awaited.UPDATE else "answer"
    policy, danger = _policies(session, part, awaited)
    started = None
    if not part.rests:
        started = _start_one(session, actor, part, timer, policy, fresh=fresh)
        if part.state in PUT_OFF:
            await_decision(session, actor, part)
    if danger is not None and sent_now:
        _begin_emergency(session, actor, part, danger, case_of(session, part), fresh=fresh)
    return None if started is None else started.due_at


def await_decision(
    session: Session, actor: Actor, part: DestinationReferral, *, exposed_since: datetime | None = None
) -> None:
    """Start the clock of a decision that is put off: due on the day that the destination named, if it did.

    Args:
        exposed_since: since when it has been put off, where no clock ran; now when None.
    """
    put_off = [one for one in moves_of(session, part, "referral") if one.action in _PUTS_OFF]
    named = put_off[-1].detail.get(PUT_OFF[part.state])
    policy, danger = _policies(session, part, Awaited.DECISION)
    # No day counts for which somebody would have no bed.
    if named is None or danger is not None:
        _start_one(session, actor, part, "answer", policy, exposed_since=exposed_since)
        return
    # The day itself is the destination's; the morning after, probation should have its decision.
    day = max(date.fromisoformat(named), clock.today()) + timedelta(days=1)
    _start_one(
        session,
        actor,
        part,
        "answer",
        DECISION_PUT_OFF,
        hard_date=clock.at(day, 9),
        exposed_since=exposed_since,
    )


def _start_one(
    session: Session, actor: Actor, part: DestinationReferral, timer: str, policy: str, **more: Any
) -> Clock | None:
    """Start one clock of what a destination owes; `more` as of `timers.start`."""
    return start_clock(
        session,
        actor,
        subject_of(part),
        timer,
        policy=policy,
        case=case_of(session, part),
        urgency=urgency_of(part),
        **more,
    )


def _begin_emergency(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    policy: str,
    case: ClockCase,
    *,
    fresh: bool = False,
) -> None:
    if not NOBODY_COMES.isdisjoint(part.rests):
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
