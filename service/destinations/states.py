"""The states of a destination referral as one table: who may do what, and what must be given with it.

Pure: it knows no database, no clock and no organisation, only states, sides and a few facts besides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NamedTuple

from service.transitions import StateTable, Transition


class State(StrEnum):
    """The state of a destination referral: who must act, and what is possible."""

    INCOMPLETE = "incomplete"
    HELD = "held"
    BLOCKED = "blocked"
    SENT = "sent"
    RECEIVED = "received"
    INFORMATION_REQUESTED = "information_requested"
    WAITLISTED = "waitlisted"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CHALLENGED = "challenged"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    WITHDRAWN = "withdrawn"
    ENTERED_IN_ERROR = "entered_in_error"


STATES: Mapping[str, str] = MappingProxyType(
    {
        State.INCOMPLETE: "waits for answers that the destination requires",
        State.HELD: "too early: it is sent on the day the hold ends",
        State.BLOCKED: "waits for something else, often another destination",
        State.SENT: "sent, and not yet received",
        State.RECEIVED: "received by the destination, and not decided",
        State.INFORMATION_REQUESTED: "the destination waits for an answer from probation",
        State.WAITLISTED: "on the destination's waiting list",
        State.DEFERRED: "the destination decides on or after a named day",
        State.ACCEPTED: "accepted; the work has not started",
        State.DECLINED: "declined, with a reason code",
        State.CHALLENGED: "probation disputes the decline; the destination decides again",
        State.IN_PROGRESS: "the work has started",
        State.ON_HOLD: "the work has stopped for now",
        State.COMPLETED: "the work is complete",
        State.ENDED_EARLY: "the work ended before it was complete",
        State.WITHDRAWAL_REQUESTED: "probation asks to withdraw; the destination confirms or completes",
        State.WITHDRAWN: "withdrawn by probation",
        State.ENTERED_IN_ERROR: "should never have been made",
    }
)
"""What each state means, as the API explains it."""


class Action(StrEnum):
    """What a side does to a destination referral; the event it makes is in the table."""

    FIND_INCOMPLETE = "find_incomplete"
    HOLD = "hold"
    BLOCK = "block"
    SEND = "send"
    RECEIVE = "receive"
    REQUEST_INFORMATION = "request_information"
    ANSWER_INFORMATION = "answer_information"
    ACCEPT = "accept"
    WAITLIST = "waitlist"
    DEFER = "defer"
    DECLINE = "decline"
    CHALLENGE = "challenge"
    UPHOLD = "uphold"
    SEND_AGAIN = "send_again"
    SETTLE_DECLINE = "settle_decline"
    START = "start"
    PUT_ON_HOLD = "put_on_hold"
    RESUME = "resume"
    COMPLETE = "complete"
    END_EARLY = "end_early"
    WITHDRAW = "withdraw"
    REQUEST_WITHDRAWAL = "request_withdrawal"
    CONFIRM_WITHDRAWAL = "confirm_withdrawal"
    GO_ON_WITHOUT = "go_on_without"
    SETTLE_CHANGE = "settle_change"
    SETTLE_COMPLEXITY = "settle_complexity"
    SETTLE_OUTCOMES = "settle_outcomes"
    ENTER_IN_ERROR = "enter_in_error"


ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        Action.FIND_INCOMPLETE: "the service finds a required answer missing",
        Action.HOLD: "the service holds it until a day",
        Action.BLOCK: "the service blocks it until something else is true",
        Action.SEND: "the service sends it",
        Action.RECEIVE: "the destination receives it",
        Action.REQUEST_INFORMATION: "the destination asks probation a `question`",
        Action.ANSWER_INFORMATION: "probation gives the `answer`",
        Action.ACCEPT: "the destination accepts it",
        Action.WAITLIST: "the destination puts it on the waiting list, with a `reason`",
        Action.DEFER: "the destination puts off the decision until `not_before`, with a `reason`",
        Action.DECLINE: "the destination declines it, with a `reason_code`",
        Action.CHALLENGE: "probation disputes a decline, once, with a `reason`",
        Action.UPHOLD: "the destination confirms its decline, with a `reason`",
        Action.SEND_AGAIN: "probation sends it again, put right after a decline for its quality, with a "
        "`reason` that says what is new",
        Action.SETTLE_DECLINE: "probation decides what follows from a decline, with a `decision` and a "
        "`reason`: it calls for attention no longer",
        Action.START: "the destination starts the work",
        Action.PUT_ON_HOLD: "the destination stops the work for now, with a `reason`",
        Action.RESUME: "the destination continues the work",
        Action.COMPLETE: "the destination completes the work, with an `outcome_code`",
        Action.END_EARLY: "the destination ends the work early, with a `reason_code`",
        Action.WITHDRAW: "probation withdraws it before it is received, with a `reason`",
        Action.REQUEST_WITHDRAWAL: "probation asks the destination to end it, with a `reason`",
        Action.CONFIRM_WITHDRAWAL: "the destination confirms the withdrawal",
        Action.GO_ON_WITHOUT: "probation decides to go on without an `adjustment` that cannot be met, with a "
        "`reason` that its destination does not read, and what is done `instead`, which it does",
        Action.SETTLE_CHANGE: "probation decides what follows from a change with which the destination "
        "cannot go on, with a `decision` and a `reason` that its destination does not read",
        Action.SETTLE_COMPLEXITY: "probation decides about another complexity that the destination proposes, "
        "with a `decision` and a `reason` that its destination does not read",
        Action.SETTLE_OUTCOMES: "probation decides about other desired outcomes that the destination "
        "proposes, with a `decision` and a `reason` that its destination does not read",
        Action.ENTER_IN_ERROR: "probation records that it should never have been made, with a `reason`",
    }
)
"""What each action does, as the API explains it."""

Side = Literal["probation", "destination", "service"]

WAITING = frozenset({State.INCOMPLETE, State.HELD, State.BLOCKED})
UNDECIDED = frozenset({State.RECEIVED, State.INFORMATION_REQUESTED, State.WAITLISTED, State.DEFERRED})
UNDER_WAY = frozenset({State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD})
BEFORE_RECEIVED = WAITING | {State.SENT}
OPEN_WITH_DESTINATION = UNDECIDED | UNDER_WAY | {State.CHALLENGED}
NOT_BEGUN = BEFORE_RECEIVED | UNDECIDED | {State.CHALLENGED, State.WITHDRAWAL_REQUESTED}
TERMINAL = frozenset({State.COMPLETED, State.ENDED_EARLY, State.WITHDRAWN, State.ENTERED_IN_ERROR})
"""No way out, except that anything may still be found to have been entered in error, and that a destination
may withdraw what it said by mistake. A decline is final in the same way once it has been challenged."""
OPEN = frozenset(State) - TERMINAL - {State.DECLINED}
READ_AFTER_ITS_END = frozenset({State.COMPLETED, State.ENDED_EARLY, State.DECLINED})
"""Its destination reads what it was sent for as long as that is shared, and is told of no change."""
MAY_BE_OCCUPIED = UNDER_WAY | {State.WITHDRAWAL_REQUESTED} | (TERMINAL - {State.ENTERED_IN_ERROR})
"""Somebody may stay there: also where the work has ended, and the departure was said by mistake."""
LIVE = frozenset({State.SENT, State.CHALLENGED}) | UNDECIDED | UNDER_WAY
"""A destination has it, and it has not ended: what another destination may wait for."""
WITH_DESTINATION = LIVE | {State.WITHDRAWAL_REQUESTED}
"""A destination has it, and has not ended it yet: somebody may stay there until it does."""


@dataclass(frozen=True)
class Facts:
    """What the table must know besides the state.

    Args:
        challenged: probation has challenged a decline of this destination referral before.
        unanswered_adjustments: adjustments for which the destination has not yet recorded whether it can meet
            them.
        undecided_adjustments: adjustments that it cannot meet, and about which probation has not decided.
        occupied: the person stays with the destination now: a departure is never skipped.
        begun: somebody has come to stay, or there are no stays: what never began is not completed.
        ends: whether the caller may decide for probation that it ends, or is challenged.
        goes_without: whether the caller may decide for probation to go on without an adjustment.
        of_quality: it was declined for what the referral said or lacked.
        put_right: the referral has a newer version than the destination was sent.
        settled: probation has decided what follows from the decline.
        died: the person is on record as having died: nothing goes on after a decline.
        undecided: what its destination has said and probation has not decided about, of `UNDECIDED_ABOUT`.
    """

    challenged: bool = False
    unanswered_adjustments: int = 0
    undecided_adjustments: tuple[str, ...] = ()
    occupied: bool = False
    begun: bool = True
    ends: bool = True
    goes_without: bool = True
    of_quality: bool = True
    put_right: bool = True
    settled: bool = False
    died: bool = False
    undecided: tuple[str, ...] = ()


CHANGE, COMPLEXITY, OUTCOMES = "change", "complexity", "outcomes"
UNDECIDED_ABOUT: Mapping[str, str] = MappingProxyType(
    {
        CHANGE: "the destination cannot go on as accepted after a change",
        COMPLEXITY: "the destination proposes another complexity, and does not accept before it is decided",
        OUTCOMES: "the destination proposes other outcomes, and does not accept before it is decided",
    }
)
"""What a destination can say about which probation has to decide, beside adjustments."""


class Proposal(NamedTuple):
    """Something that a destination proposes otherwise than it was referred.

    Args:
        about: of `UNDECIDED_ABOUT`.
        member: what is proposed, in the report and in what only this destination is asked.
    """

    about: str
    member: str


PROPOSALS: Mapping[str, Proposal] = MappingProxyType(
    {
        "complexity_proposal": Proposal(COMPLEXITY, "complexity"),
        "outcome_proposal": Proposal(OUTCOMES, "desired_outcomes"),
    }
)
"""By the kind of report, what probation agrees to or not; both are kept. Nothing is accepted meanwhile."""
PROPOSED_ABOUT = frozenset(each.about for each in PROPOSALS.values())

CHANGE_DECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "go_on": "the work goes on, as both sides have agreed",
        "seek_elsewhere": "another destination is sought, and this one goes on until then",
    }
)
"""What probation can decide where a destination cannot go on; to end it, it withdraws."""
COMPLEXITY_DECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "agree": "it is as the destination proposes",
        "keep_level": "the complexity is as referred",
    }
)
"""What probation can decide about another complexity."""
OUTCOME_DECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "agree": COMPLEXITY_DECISIONS["agree"],
        "keep_outcomes": "the desired outcomes are as referred",
    }
)
"""What probation can decide about other desired outcomes."""
DECLINE_DECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "seek_elsewhere": "another destination is sought for what this one declined",
        "close": "nothing is sought in its place",
    }
)
"""What probation can decide about a decline that stands."""


Row = Transition[State, Action, Side]


def _row(
    action: Action,
    sources: frozenset[State] | set[State],
    target: State,
    side: Side,
    event: str,
    *needs: str,
) -> Row:
    return Row(
        action,
        frozenset(sources),
        target,
        frozenset({side}),
        f"destination_referral.{event}",
        needs,
        at=None if side == "service" else "transitions",
    )


_S, _A = State, Action
_ROWS: tuple[Row, ...] = (
    # While it waits, the reason to wait may change; the service sends it when none is left.
    _row(_A.FIND_INCOMPLETE, {_S.HELD, _S.BLOCKED}, _S.INCOMPLETE, "service", "found_incomplete"),
    _row(_A.HOLD, {_S.INCOMPLETE, _S.BLOCKED}, _S.HELD, "service", "held"),
    _row(_A.BLOCK, {_S.INCOMPLETE, _S.HELD}, _S.BLOCKED, "service", "blocked"),
    _row(_A.SEND, WAITING, _S.SENT, "service", "sent"),
    _row(_A.RECEIVE, {_S.SENT}, _S.RECEIVED, "destination", "received"),
    _row(
        _A.REQUEST_INFORMATION,
        {_S.RECEIVED},
        _S.INFORMATION_REQUESTED,
        "destination",
        "information_requested",
        "question",
    ),
    _row(
        _A.ANSWER_INFORMATION,
        {_S.INFORMATION_REQUESTED},
        _S.RECEIVED,
        "probation",
        "information_answered",
        "answer",
    ),
    _row(_A.ACCEPT, UNDECIDED | {_S.CHALLENGED}, _S.ACCEPTED, "destination", "accepted"),
    _row(_A.WAITLIST, UNDECIDED - {_S.WAITLISTED}, _S.WAITLISTED, "destination", "waitlisted", "reason"),
    _row(_A.DEFER, UNDECIDED, _S.DEFERRED, "destination", "deferred", "reason", "not_before"),
    _row(_A.DECLINE, UNDECIDED, _S.DECLINED, "destination", "declined", "reason_code"),
    _row(_A.CHALLENGE, {_S.DECLINED}, _S.CHALLENGED, "probation", "challenged", "reason"),
    _row(_A.UPHOLD, {_S.CHALLENGED}, _S.DECLINED, "destination", "decline_upheld", "reason"),
    _row(_A.SEND_AGAIN, {_S.DECLINED}, _S.SENT, "probation", "sent_again", "reason"),
    _row(_A.SETTLE_DECLINE, {_S.DECLINED}, _S.DECLINED, "probation", "decline_settled", "decision", "reason"),
    _row(_A.START, {_S.ACCEPTED}, _S.IN_PROGRESS, "destination", "started"),
    # Somebody has come to stay: the withdrawal that was asked for lapses with the fact.
    _row(_A.START, {_S.WITHDRAWAL_REQUESTED}, _S.IN_PROGRESS, "service", "started"),
    _row(_A.PUT_ON_HOLD, {_S.ACCEPTED, _S.IN_PROGRESS}, _S.ON_HOLD, "destination", "put_on_hold", "reason"),
    # A recalled person cannot be worked with; the destination itself resumes the work.
    _row(_A.PUT_ON_HOLD, {_S.ACCEPTED, _S.IN_PROGRESS}, _S.ON_HOLD, "service", "suspended", "reason"),
    _row(_A.RESUME, {_S.ON_HOLD}, _S.IN_PROGRESS, "destination", "resumed"),
    _row(_A.COMPLETE, UNDER_WAY, _S.COMPLETED, "destination", "completed", "outcome_code"),
    _row(_A.END_EARLY, UNDER_WAY, _S.ENDED_EARLY, "destination", "ended_early", "reason_code"),
    _row(_A.WITHDRAW, BEFORE_RECEIVED, _S.WITHDRAWN, "probation", "withdrawn", "reason"),
    # The person has died: nothing is asked of anybody who has not begun.
    _row(_A.WITHDRAW, NOT_BEGUN, _S.WITHDRAWN, "service", "closed", "reason"),
    _row(
        _A.REQUEST_WITHDRAWAL,
        OPEN_WITH_DESTINATION,
        _S.WITHDRAWAL_REQUESTED,
        "probation",
        "withdrawal_requested",
        "reason",
    ),
    _row(
        _A.CONFIRM_WITHDRAWAL,
        {_S.WITHDRAWAL_REQUESTED},
        _S.WITHDRAWN,
        "destination",
        "withdrawal_confirmed",
    ),
    # What cannot be met is probation's to settle; where it stands stays as it is.
    *(
        _row(
            _A.GO_ON_WITHOUT,
            {state},
            state,
            "probation",
            "adjustment_settled",
            "adjustment",
            "reason",
            "instead",
        )
        for state in State
        if state in OPEN_WITH_DESTINATION
    ),
    *(
        _row(action, {state}, state, "probation", event, "decision", "reason")
        for action, event in (
            (_A.SETTLE_CHANGE, "change_settled"),
            (_A.SETTLE_COMPLEXITY, "complexity_settled"),
            (_A.SETTLE_OUTCOMES, "outcomes_settled"),
        )
        for state in State
        if state in OPEN_WITH_DESTINATION
    ),
    _row(_A.COMPLETE, {_S.WITHDRAWAL_REQUESTED}, _S.COMPLETED, "destination", "completed", "outcome_code"),
    _row(
        _A.ENTER_IN_ERROR,
        frozenset(_S) - {_S.ENTERED_IN_ERROR},
        _S.ENTERED_IN_ERROR,
        "probation",
        "entered_in_error",
        "reason",
    ),
)

_ENDS = frozenset({Action.COMPLETE, Action.END_EARLY, Action.CONFIRM_WITHDRAWAL})

CORRECTABLE = frozenset(
    {Action.ACCEPT, Action.DECLINE, Action.UPHOLD, Action.COMPLETE, Action.END_EARLY},
)
"""What a destination can put right or withdraw: by no other action does it come back from there."""


OF_WHO_ACTS = frozenset(
    {
        Action.CHALLENGE,
        Action.SEND_AGAIN,
        Action.SETTLE_DECLINE,
        Action.SETTLE_CHANGE,
        Action.SETTLE_COMPLEXITY,
        Action.SETTLE_OUTCOMES,
        Action.WITHDRAW,
        Action.REQUEST_WITHDRAWAL,
        Action.ENTER_IN_ERROR,
    }
)
"""What takes whoever acts for the case, and for MAPPA whoever is accountable."""


SETTLES: Mapping[str, str] = MappingProxyType(
    {
        Action.SETTLE_CHANGE: CHANGE,
        Action.SETTLE_COMPLEXITY: COMPLEXITY,
        Action.SETTLE_OUTCOMES: OUTCOMES,
    }
)
"""What an action decides, of `UNDECIDED_ABOUT`."""

DECISIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        Action.SETTLE_DECLINE: DECLINE_DECISIONS,
        Action.SETTLE_CHANGE: CHANGE_DECISIONS,
        Action.SETTLE_COMPLEXITY: COMPLEXITY_DECISIONS,
        Action.SETTLE_OUTCOMES: OUTCOME_DECISIONS,
    }
)
"""The decisions that belong to an action."""

OF_ADJUSTMENTS = frozenset({Action.ACCEPT, Action.GO_ON_WITHOUT})
"""What depends on the adjustments that a destination was asked for."""

PRIVATE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Action.GO_ON_WITHOUT: frozenset({"reason"}),
        Action.SETTLE_DECLINE: frozenset({"decision", "reason"}),
        Action.SETTLE_CHANGE: frozenset({"reason"}),
        Action.SETTLE_COMPLEXITY: frozenset({"reason"}),
        Action.SETTLE_OUTCOMES: frozenset({"reason"}),
    }
)
"""What is given with an action and stays with the side that takes it."""


def _adjustments_wait(facts: Facts) -> str | None:
    if facts.unanswered_adjustments:
        return "Record for each adjustment whether it can be met before you accept."
    if facts.undecided_adjustments:
        waiting = ", ".join(facts.undecided_adjustments)
        return f"Probation has not decided about what cannot be met: {waiting}."
    proposed = [about for about in facts.undecided if about in PROPOSED_ABOUT]
    return f"Probation has not decided about the {proposed[0]} that you propose." if proposed else None


_DIED = (
    "This person is on record as having died. Where that is wrong, record the change of circumstance "
    "`death_in_error` first."
)


def _nothing_put_right(facts: Facts) -> str | None:
    if facts.died:
        return _DIED
    if not facts.of_quality:
        return "It was not declined for what the referral says: challenge it, or settle it."
    return None if facts.put_right else "The destination has this version: amend the referral first."


def _nothing_to_decide(facts: Facts) -> str | None:
    if not facts.goes_without:
        return "It takes the accountable practitioner, or a manager."
    if not facts.undecided_adjustments:
        return "There is no adjustment that cannot be met and waits for a decision."
    return None


def _challenged(facts: Facts) -> str | None:
    if facts.died:
        return _DIED
    return "A decline can be challenged once, and this one has been." if facts.challenged else None


def _settled(facts: Facts) -> str | None:
    return "It has been decided what follows from the decline." if facts.settled else None


_REFUSED: Mapping[Action, Callable[[Facts], str | None]] = MappingProxyType(
    {
        Action.CHALLENGE: _challenged,
        Action.SEND_AGAIN: _nothing_put_right,
        Action.SETTLE_DECLINE: _settled,
        Action.ACCEPT: _adjustments_wait,
        Action.GO_ON_WITHOUT: _nothing_to_decide,
    }
)
"""What stands against an action besides the state."""


def _refuses(row: Row, facts: Facts) -> str | None:
    if row.action in OF_WHO_ACTS and not facts.ends:
        return "It takes whoever answers for the case."
    if row.action in {*_ENDS, Action.ENTER_IN_ERROR} and facts.occupied:
        return "The person is staying there. Record the departure first."
    if row.action is Action.COMPLETE and not facts.begun:
        return "Nobody has come to stay: record the arrival first, or end it early."
    if row.action in SETTLES and SETTLES[row.action] not in facts.undecided:
        return "There is nothing of the kind to decide about."
    refused = _REFUSED.get(row.action)
    return refused(facts) if refused else None


TABLE = StateTable[State, Action, Side, Facts](
    subject="destination referral",
    rows=_ROWS,
    initial=MappingProxyType(
        {
            State.INCOMPLETE: "destination_referral.found_incomplete",
            State.BLOCKED: "destination_referral.blocked",
            State.HELD: "destination_referral.held",
            State.SENT: "destination_referral.sent",
        }
    ),
    refuses=_refuses,
)
