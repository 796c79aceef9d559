"""Starts, pauses and stops the clocks of a check request as its state changes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from service import timers
from service.access.actor import Actor
from service.checks import asked
from service.checks.basis import has_ended
from service.checks.completeness import Asked
from service.checks.kinds import KINDS
from service.checks.model import AGENCY, Check, CheckRequest
from service.checks.policies import AWAITING_AGREEMENT, DUE, LATE_ANSWER, REGISTRATION
from service.checks.states import ANSWERED, SET_ASIDE, WITH_AGENCY, Action, Row, State
from service.people import holding_queries
from service.timers import ClockCase, Subject

_BeforeAsking = Literal["ask", "registration"]
_BEFORE_ASKING: Final[tuple[_BeforeAsking, ...]] = ("ask", "registration")
"""The timers of what must be done before an agency can be asked."""


def subject_of(request: CheckRequest) -> Subject:
    """Return a request as the subject of its clocks."""
    return Subject("check_request", request.id)


def follow_moves(session: Session, actor: Actor, moved: Iterable[tuple[CheckRequest, State, Row]]) -> None:
    """Start, pause, resume or stop the clocks of requests, each moved from a state by a row of the table."""
    moved = list(moved)
    # What has been answered in part keeps its review, and a meeting that the agency has named its reminder.
    answered = {request.id for request, before, _ in moved if before in SET_ASIDE}
    set_aside: dict[str, list[Subject]] = {}
    for request, before, row in moved:
        if row.target in SET_ASIDE and request.id not in answered:
            reason = "cancelled" if row.target is State.CANCELLED else "superseded"
            set_aside.setdefault(reason, []).append(subject_of(request))
        else:
            _FOLLOWS.get(row.action, _nothing)(session, actor, request, before)
            refused = request.state == State.REFUSED
            if refused != (before is State.REFUSED):
                timers.hand_back(session, subject_of(request), "answer", refused=refused)
    for reason, subjects in set_aside.items():
        timers.stop_all(session, subjects, reason)


@contextmanager
def following_the_first_due(session: Session, request: CheckRequest) -> Iterator[None]:
    """Count by the subject that is due next, whatever becomes of the others meanwhile.

    So what was added late is not late when it begins to count, and what was asked first does not wait for it.

    Args:
        request: its subjects change meanwhile; its check is locked.
    """
    asked_before = asked.to_answer(session, request)
    yield
    asked_now = asked.to_answer(session, request)
    keep_to_what_was_asked(request, asked_before, asked_now)
    count_by_the_first_due(session, request)
    if request.asks_about is not None:
        _follow_the_question_back(session, request, asked_now)


def keep_to_what_was_asked(request: CheckRequest, before: Iterable[Asked], now: Iterable[Asked]) -> None:
    """Let the agency's question about all of it be about what was left by then, and not about what joins.

    Args:
        before: what was asked about before something joined, or its answer was taken back.
    """
    there = {str(one.subject.id) for one in before if not one.answered}
    if request.asks_about == [] and {str(one.subject.id) for one in now if not one.answered} - there:
        request.asks_about = sorted(there)


def _follow_the_question_back(session: Session, request: CheckRequest, now: Iterable[Asked]) -> None:
    """Let the agency's clock wait only while all that is left to answer waits for probation."""
    left = {one.subject for one in now if not one.answered}
    if left - asked.waiting_for_reply(session, request):
        timers.resume(session, subject_of(request), "answer")
    elif left:
        timers.pause(session, subject_of(request), "answer", reason=State.RETURNED_FOR_INFORMATION)


def count_by_the_first_due(session: Session, request: CheckRequest) -> None:
    """Have the agency's clock say what the subjects without an answer say: due when the first of them is.

    Also a clock that waits for probation: it goes on waiting, and counts by what is left.
    """
    waits = asked.waits_of(session, request)
    now = {wait for each in waits.values() for wait in each}
    if not now or State(request.state) not in {*WITH_AGENCY, State.REFUSED}:
        return
    rows = asked.subjects_ever(session, request)
    timers.count_by_the_first_due(
        session,
        subject_of(request),
        "answer",
        now,
        exposed_since=min(rows[subject].exposed_since for subject in waits),
    )


def await_meeting(session: Session, actor: Actor, request: CheckRequest, at: datetime | None) -> None:
    """Remind probation before a meeting that an agency has named; of another one, the clock starts anew.

    Args:
        at: when the next one is; None when none is to come.
    """
    timers.stop(session, subject_of(request), reason="superseded", timer="meeting")
    if at is not None:
        _start(session, actor, request, "meeting", hard_date=at)


def alarm_of_meeting(session: Session, actor: Actor, request: CheckRequest) -> None:
    """Alarm probation of a meeting after the end of supervision, until the answer has been reviewed."""
    _start_once(session, actor, request, "meeting_after_end")


def end_alarm_of_meeting(session: Session, request: CheckRequest) -> None:
    """End the alarm of a meeting after the end of supervision, since there is none any more."""
    if _runs(session, request, "meeting_after_end"):
        timers.stop(session, subject_of(request), reason="superseded", timer="meeting_after_end")


def notify_heads(session: Session, actor: Actor, parties: Sequence[CheckRequest]) -> None:
    """Notify the head of each agency that is part of a dispute, and ours, unless they have been.

    Args:
        parties: the requests of the dispute; their checks are locked.
    """
    known = timers.clocks_of(session, list(map(subject_of, parties)))
    for party in parties:
        runs = any(
            one["timer"] == "dispute" and one["state"] != "stopped" for one in known[subject_of(party)]
        )
        if not runs:
            _start(session, actor, party, "dispute")


def end_dispute(session: Session, request_id: UUID, parties: Iterable[CheckRequest]) -> None:
    """Stop the clocks of a disputed redirect.

    Args:
        request_id: of the request whose redirect began the dispute.
        parties: the requests that were part of it.
    """
    subjects = {Subject("check_request", request_id), *map(subject_of, parties)}
    timers.stop_all(session, subjects, reason="settled", timer=("redirect", "dispute"))


def _nothing(_session: Session, _actor: Actor, _request: CheckRequest, _before: State) -> None:
    pass


def _await_details(session: Session, actor: Actor, request: CheckRequest, _before: State) -> None:
    for timer in _owed_before_asking(request):
        _start(session, actor, request, timer, anchor=request.exposed_since, fresh=True)


def follow_missing(session: Session, actor: Actor, request: CheckRequest) -> None:
    """Have what a waiting request lacks be owed by whoever can supply it, from now on; its check is locked.

    Nothing is late that begins to be owed now; what was owed already keeps its deadline.
    """
    known = timers.clocks_of(session, [subject_of(request)])[subject_of(request)]
    runs = {clock["timer"] for clock in known if clock["state"] != "stopped"}
    owed = _owed_before_asking(request)
    for timer in _BEFORE_ASKING:
        if timer in owed and timer not in runs:
            _start(session, actor, request, timer)
        elif timer in runs and timer not in owed:
            timers.stop(session, subject_of(request), reason="superseded", timer=timer)


def _owed_before_asking(request: CheckRequest) -> list[_BeforeAsking]:
    """Return what is owed before a request can be sent: details, and by its region a registration."""
    if request.waits_for_registration_alone:
        return ["registration"]
    return ["ask", "registration"] if AGENCY in request.lacking else ["ask"]


def _ask(session: Session, actor: Actor, request: CheckRequest, before: State) -> None:
    if before is State.AWAITING_DETAILS:
        timers.stop(session, subject_of(request), reason="asked", timer=_BEFORE_ASKING)
    _start(session, actor, request, "answer", fresh=before is State.REQUIRED)


def _redirect(session: Session, actor: Actor, request: CheckRequest, before: State) -> None:
    if request.state == State.RETURNED:
        _review_the_whole(session, actor, request, before)
        return
    # One clock for a dispute, however often the question goes to and fro.
    _start_once(session, actor, session.get_one(CheckRequest, request.disputed_by_id), "redirect")


def _ask_both(session: Session, _actor: Actor, request: CheckRequest, _before: State) -> None:
    timers.take_up_again(session, subject_of(request), "answer")


def _wait_for_probation(session: Session, actor: Actor, request: CheckRequest, _before: State) -> None:
    if request.asks_about == []:
        timers.pause(session, subject_of(request), "answer", reason=State.RETURNED_FOR_INFORMATION)
    else:
        count_by_the_first_due(session, request)
    _start(session, actor, request, "reply")


def _go_on(session: Session, _actor: Actor, request: CheckRequest, _before: State) -> None:
    timers.resume(session, subject_of(request), "answer")
    timers.stop(session, subject_of(request), reason="replied", timer="reply")
    count_by_the_first_due(session, request)


def _review(session: Session, actor: Actor, request: CheckRequest, before: State) -> None:
    # What has not been reviewed keeps its deadline: who adds every day does not put the review off.
    # Who has refused, or is asked no longer, may have answered a part before.
    policy = _policy(session, session.get_one(Check, request.check_id), "review")
    if before in {*ANSWERED, *SET_ASIDE, State.REFUSED}:
        if policy == LATE_ANSWER:
            # The SPO reads it at once, whatever was owed of the answer that came in time.
            timers.stop(session, subject_of(request), reason="late_answer", timer="review")
        elif _runs(session, request, "review"):
            # What a manager is asked to countersign says nothing of what has come since.
            timers.resume(session, subject_of(request), "review")
            return
    _start(session, actor, request, "review", policy=policy)


def _review_the_whole(session: Session, actor: Actor, request: CheckRequest, before: State) -> None:
    timers.stop(session, subject_of(request), reason="answered", timer="answer")
    if before in {State.RETURNED_FOR_INFORMATION, State.PARTIALLY_RETURNED, *SET_ASIDE}:
        timers.stop(session, subject_of(request), reason="answered", timer="reply")
    _review(session, actor, request, before)


def _correct_part(session: Session, actor: Actor, request: CheckRequest, before: State) -> None:
    if before in {State.RETURNED, State.REVIEWED}:
        _start(session, actor, request, "answer")
    _review(session, actor, request, before)


def _take_back(session: Session, actor: Actor, request: CheckRequest, before: State) -> None:
    # Nothing is late that begins to be owed now: whoever answered in good faith is asked from now on.
    if before in {State.RETURNED, State.REVIEWED}:
        _start(session, actor, request, "answer")
    _reviewed(session, actor, request, before)


def _reviewed(session: Session, _actor: Actor, request: CheckRequest, _before: State) -> None:
    timers.stop(session, subject_of(request), reason="reviewed", timer="review")
    timers.stop(session, subject_of(request), reason="reviewed", timer="meeting_after_end")


_Follow = Callable[[Session, Actor, CheckRequest, State], None]
_FOLLOWS: Final[Mapping[Action, _Follow]] = {
    Action.AWAIT_DETAILS: _await_details,
    Action.SEND: _ask,
    Action.SUPPLY_DETAILS: _ask,
    Action.MISDIRECT: _redirect,
    Action.ASK_BOTH: _ask_both,
    Action.RETURN_FOR_INFORMATION: _wait_for_probation,
    Action.ANSWER_INFORMATION: _go_on,
    Action.DROP_QUESTION: _go_on,
    Action.RETURN_PART: _review,
    Action.RETURN_ALL: _review_the_whole,
    Action.COMPLETE: _review_the_whole,
    Action.SUPPLEMENT: _review,
    Action.CORRECT_ALL: _review_the_whole,
    Action.CORRECT_PART: _correct_part,
    Action.TAKE_BACK: _take_back,
    Action.REVIEW: _reviewed,
}
"""What each action does to the clocks of a request that it does not set aside; the others do nothing."""


def await_review(session: Session, actor: Actor, request: CheckRequest) -> None:
    """Start the clock of an answer that nobody has reviewed, unless it runs; its check is locked."""
    _start_once(session, actor, request, "review")


def wait_for_signature(session: Session, request: CheckRequest) -> None:
    """Let the clock of a review wait while a manager is asked to countersign it; its check is locked."""
    timers.pause(session, subject_of(request), "review", reason=AWAITING_AGREEMENT)


def go_on_reviewing(session: Session, request: CheckRequest) -> None:
    """Let the clock of a review that a manager has sent back go on; its check is locked."""
    timers.resume(session, subject_of(request), "review")


_Once = Literal["review", "redirect", "meeting_after_end"]


def _start_once(session: Session, actor: Actor, request: CheckRequest, timer: _Once) -> None:
    """Start a clock of probation's own, unless it runs."""
    if not _runs(session, request, timer):
        _start(session, actor, request, timer)


def _runs(session: Session, request: CheckRequest, timer: str) -> bool:
    known = timers.clocks_of(session, [subject_of(request)])[subject_of(request)]
    return any(clock["timer"] == timer and clock["state"] != "stopped" for clock in known)


_OF_PROBATION: Final[Mapping[str, str]] = {
    "registration": REGISTRATION,
    "review": DUE,
    "reply": "check.reply",
    "redirect": "check.redirect",
    "dispute": "check.dispute",
    "meeting": "meeting.ahead",
    "meeting_after_end": "meeting.after_end",
}
"""The policies of what probation owes, whatever the kind of check.

No hard date hurries them, but for a registration, without which the agency cannot be asked.
"""


_NOTIFY_THE_AGENCY: Final = frozenset({"answer", "dispute"})


def _policy(session: Session, check: Check, timer: str) -> str:
    if timer == "review" and has_ended(session, check):
        # What is answered now comes after the end of all that it was asked for.
        return LATE_ANSWER
    return _OF_PROBATION.get(timer, KINDS[check.kind].policy_key)


def _start(
    session: Session,
    actor: Actor,
    request: CheckRequest,
    timer: _BeforeAsking
    | Literal["answer", "review", "reply", "redirect", "dispute", "meeting", "meeting_after_end"],
    *,
    anchor: datetime | None = None,
    hard_date: datetime | None = None,
    fresh: bool = False,
    policy: str | None = None,
) -> None:
    check = session.get_one(Check, request.check_id)
    caretaker = holding_queries.caretaker_of(session, check.person_id)
    timers.start(
        session,
        actor,
        subject_of(request),
        timer,
        policy=policy or _policy(session, check, timer),
        case=ClockCase(
            referral_id=check.referral_id,
            person_id=check.person_id,
            probation_id=check.probation_id,
            responder_id=request.agency_id if timer in _NOTIFY_THE_AGENCY else None,
            practitioner=check.practitioner,
            pdu=check.pdu,
            label=check.kind,
            caretaker=caretaker.id,
            caretaker_until=caretaker.until,
        ),
        anchor=anchor,
        exposed_since=request.exposed_since,
        hard_date=request.hard_date if timer not in _OF_PROBATION or timer in _BEFORE_ASKING else hard_date,
        urgency="urgent" if request.urgency == "urgent" else "routine",
        fresh=fresh,
    )
