"""The states of a check request and of a check, as one table: what moves where, and who may move it.

Pure. It knows nothing of storage, and it has no state called overdue (a flag with a date) or "no response"
(never an outcome).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from service.transitions import StateTable, Transition

Side = Literal["service", "probation", "agency"]


class State(StrEnum):
    """The states of one agency's request."""

    REQUIRED = "required"
    AWAITING_DETAILS = "awaiting_details"
    REQUESTED = "requested"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_FOR_INFORMATION = "returned_for_information"
    PARTIALLY_RETURNED = "partially_returned"
    RETURNED = "returned"
    REVIEWED = "reviewed"
    REFUSED = "refused"
    MISDIRECTED = "misdirected"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


STATES: Mapping[str, str] = MappingProxyType(
    {
        State.REQUIRED: "an agency must be asked; not yet sent",
        State.AWAITING_DETAILS: "cannot be sent until probation supplies the details in `missing`",
        State.REQUESTED: "sent to the agency, which has not acknowledged it",
        State.ACKNOWLEDGED: "the agency has it, and has not answered",
        State.RETURNED_FOR_INFORMATION: "the agency waits for an answer from probation",
        State.PARTIALLY_RETURNED: "the agency has answered in part",
        State.RETURNED: "the agency has answered in full; probation must review the answer",
        State.REVIEWED: "probation has reviewed the answer",
        State.REFUSED: "the agency refuses to answer: probation asks again, or a manager decides",
        State.MISDIRECTED: "sent to the wrong agency; another request carries the question on",
        State.CANCELLED: "ended without an answer: by a manager, or because nobody is left to ask about",
        State.SUPERSEDED: "replaced by another request, which carries the question on",
    }
)
"""What each state means, as the API explains it."""


class Action(StrEnum):
    """What a side does about a request."""

    AWAIT_DETAILS = "await_details"
    SEND = "send"
    SUPPLY_DETAILS = "supply_details"
    ACKNOWLEDGE = "acknowledge"
    RETURN_FOR_INFORMATION = "return_for_information"
    ANSWER_INFORMATION = "answer_information"
    DROP_QUESTION = "drop_question"
    RETURN_PART = "return_part"
    RETURN_ALL = "return_all"
    COMPLETE = "complete"
    REFUSE = "refuse"
    SUPPLEMENT = "supplement"
    CORRECT_ALL = "correct_all"
    CORRECT_PART = "correct_part"
    TAKE_BACK = "take_back"
    LEAVE_NO_ANSWER = "leave_no_answer"
    MISDIRECT = "misdirect"
    ASK_BOTH = "ask_both"
    SETTLE_REDIRECT = "settle_redirect"
    REVIEW = "review"
    ASK_AGAIN = "ask_again"
    CANCEL = "cancel"
    STOP_WRONG_PERSON = "stop_wrong_person"
    SUPERSEDE = "supersede"


ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        Action.AWAIT_DETAILS: "the service waits for missing details",
        Action.SEND: "the service sends it",
        Action.SUPPLY_DETAILS: "probation sends it once the missing details are supplied",
        Action.ACKNOWLEDGE: "the agency confirms that it has the request, or a newer version of its question",
        Action.RETURN_FOR_INFORMATION: "the agency asks probation a `question`",
        Action.ANSWER_INFORMATION: "probation gives the `answer`",
        Action.DROP_QUESTION: "the service ends a question of the agency about what has been withdrawn",
        Action.RETURN_PART: "the agency answers in part",
        Action.RETURN_ALL: "the agency answers in full",
        Action.COMPLETE: "the service takes what was answered for the whole, once the rest is withdrawn, "
        "ended or asked of another agency",
        Action.REFUSE: "the agency refuses to answer, with a `reason_code` and a `reason`",
        Action.SUPPLEMENT: "the agency adds to an answer, or answers what is asked of it no longer",
        Action.CORRECT_ALL: "the agency puts an answer of its own right, and leaves nothing open",
        Action.CORRECT_PART: "the agency puts an answer of its own right or withdraws it, and the rest of "
        "what it said stands",
        Action.TAKE_BACK: "the agency withdraws all that it had answered: the question is open again",
        Action.LEAVE_NO_ANSWER: "the agency withdraws all that it had answered where it is asked no longer: "
        "another request asks, or nobody does",
        Action.MISDIRECT: "the agency names the area that should be asked in `to_area`, with a `reason`",
        Action.ASK_BOTH: "the service asks an agency again whose redirect the next one does not accept",
        Action.SETTLE_REDIRECT: "probation says in `area` who is asked, with a `reason`, where agencies "
        "redirect to each other",
        Action.REVIEW: "probation reviews the answer",
        Action.ASK_AGAIN: "probation asks again after a refusal, with a `reason`",
        Action.CANCEL: "a manager ends the request without an answer, with a `reason`",
        Action.STOP_WRONG_PERSON: "probation ends a question about the wrong person, with a `reason`; "
        "a manager confirms it afterwards",
        Action.SUPERSEDE: "the service replaces it with another request",
    }
)
"""What each action does, as the API explains it."""


class CheckState(StrEnum):
    """The states of a check, worked out from its requests."""

    OPEN = "open"
    ANSWERED = "answered"
    REVIEWED = "reviewed"
    NOT_REQUIRED = "not_required"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


CHECK_STATES: Mapping[str, str] = MappingProxyType(
    {
        CheckState.OPEN: "at least one agency has not answered",
        CheckState.ANSWERED: "every agency has answered; at least one answer must be reviewed",
        CheckState.REVIEWED: "every answer has been reviewed",
        CheckState.NOT_REQUIRED: "a manager decided that no answer is required",
        CheckState.CANCELLED: "every request was cancelled",
        CheckState.SUPERSEDED: "other requests carry the question on",
    }
)
"""What each state of a check means, as the API explains it."""

# No agency has answered these. A refusal is not an answer: it stays here until probation asks again or a
# manager decides, and its clock keeps running.
UNANSWERED = frozenset(
    {
        State.REQUIRED,
        State.AWAITING_DETAILS,
        State.REQUESTED,
        State.ACKNOWLEDGED,
        State.RETURNED_FOR_INFORMATION,
        State.PARTIALLY_RETURNED,
        State.REFUSED,
    }
)
# Another request carries the question on, or a manager has ended it.
SET_ASIDE = frozenset({State.MISDIRECTED, State.CANCELLED, State.SUPERSEDED})
# There is an answer in them, in whole or in part, that probation reviews.
ANSWERED = frozenset({State.PARTIALLY_RETURNED, State.RETURNED})
# Not sent yet: the agency must not learn that the request exists.
UNSENT = frozenset({State.REQUIRED, State.AWAITING_DETAILS})
# "A late answer is always accepted": from an agency that asked back, or refused and thought again, too.
_ANSWERABLE = frozenset(
    {
        State.REQUESTED,
        State.ACKNOWLEDGED,
        State.RETURNED_FOR_INFORMATION,
        State.PARTIALLY_RETURNED,
        State.REFUSED,
    }
)
WITH_AGENCY = frozenset(
    {State.REQUESTED, State.ACKNOWLEDGED, State.RETURNED_FOR_INFORMATION, State.PARTIALLY_RETURNED}
)
"""An agency has it and is to answer: what else it must be asked about the case joins it."""
_IN_HAND = frozenset({State.REQUESTED, State.ACKNOWLEDGED})
_SENT_ON: Final = frozenset({State.MISDIRECTED, State.RETURNED})
"""Where a redirect leads that is sent on: what has been answered by then stays answered."""
_OF_WHAT_IS_LEFT: Final = frozenset({Action.RETURN_FOR_INFORMATION, Action.REFUSE, Action.MISDIRECT})
"""What an agency does about all that it has not answered, and not while it waits for an answer itself."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table must know besides the state.

    Args:
        manager: whether a manager is behind the call who may decide about this request.
        acts: whether the caller acts for the case, and so may stop a question about the wrong person.
        asked_back: whether a question of the agency is open.
        redirected: whether the question has been redirected before.
        disputed: whether agencies redirect it to each other, and probation has not said who is asked.
        unread: whether the agency has not acknowledged the newest version of its question.
        without_answer: how it stands where no answer of it does and it is asked no longer; None where either
            is otherwise.
    """

    manager: bool = False
    acts: bool = False
    asked_back: bool = False
    redirected: bool = False
    disputed: bool = False
    unread: bool = False
    without_answer: State | None = None


Row = Transition[State, Action, Side]


def _row(
    action: Action,
    sources: Iterable[State],
    target: State,
    side: Side,
    event: str,
    *,
    manager: bool = False,
    at: Literal["transitions", "results", "corrections", "reviews"] = "transitions",
) -> Row:
    return Row(
        action,
        frozenset(sources),
        target,
        frozenset({side}),
        f"check_request.{event}",
        manager=manager,
        at=None if side == "service" else at,
    )


_REFUSED: Final[tuple[tuple[Callable[[Row, Facts], bool], str], ...]] = (
    (lambda row, facts: row.manager and not facts.manager, "It takes a manager who is not on the case."),
    (
        lambda row, facts: row.action is Action.STOP_WRONG_PERSON and not facts.acts,
        "It takes whoever acts for the case.",
    ),
    (
        lambda row, facts: row.action is Action.MISDIRECT and facts.redirected == (row.target in _SENT_ON),
        "Only the first redirect of a question sends it on.",
    ),
    (
        lambda row, facts: row.action is Action.LEAVE_NO_ANSWER and row.target is not facts.without_answer,
        "An answer of it stands, or it is asked.",
    ),
    (
        lambda row, facts: (
            row.action is Action.TAKE_BACK
            and facts.asked_back is not (row.target is State.RETURNED_FOR_INFORMATION)
        ),
        "A question of the agency that is open stays so.",
    ),
    (
        lambda row, facts: row.action is Action.SETTLE_REDIRECT and not facts.disputed,
        "No redirect is disputed.",
    ),
    (
        lambda row, facts: (
            row.action is Action.ACKNOWLEDGE and State.REQUESTED not in row.sources and not facts.unread
        ),
        "The newest version of the question has been acknowledged.",
    ),
    (
        lambda row, facts: row.event == "check_request.information_given" and not facts.asked_back,
        "No question of the agency is open.",
    ),
    (
        lambda row, facts: row.action in _OF_WHAT_IS_LEFT and facts.asked_back,
        "A question of the agency is open.",
    ),
)
"""What stands against a move besides the state, and why; the first that holds refuses it."""


def _refuses(row: Row, facts: Facts) -> str | None:
    return next((why for stands_against, why in _REFUSED if stands_against(row, facts)), None)


_S, _A = State, Action
TABLE = StateTable[State, Action, Side, Facts](
    subject="check request",
    rows=(
        _row(_A.AWAIT_DETAILS, {_S.REQUIRED}, _S.AWAITING_DETAILS, "service", "awaiting_details"),
        _row(_A.SEND, {_S.REQUIRED}, _S.REQUESTED, "service", "requested"),
        _row(_A.SUPPLY_DETAILS, {_S.AWAITING_DETAILS}, _S.REQUESTED, "probation", "requested"),
        _row(_A.ACKNOWLEDGE, {_S.REQUESTED}, _S.ACKNOWLEDGED, "agency", "acknowledged"),
        # A newer version of a question in hand.
        *(
            _row(_A.ACKNOWLEDGE, {state}, state, "agency", "acknowledged")
            for state in (_S.ACKNOWLEDGED, _S.RETURNED_FOR_INFORMATION, _S.PARTIALLY_RETURNED, _S.REFUSED)
        ),
        _row(
            _A.RETURN_FOR_INFORMATION,
            _IN_HAND,
            _S.RETURNED_FOR_INFORMATION,
            "agency",
            "returned_for_information",
        ),
        # After a part, what is left can be asked back about, refused and redirected, too.
        _row(
            _A.RETURN_FOR_INFORMATION,
            {_S.PARTIALLY_RETURNED},
            _S.PARTIALLY_RETURNED,
            "agency",
            "returned_for_information",
        ),
        _row(_A.ANSWER_INFORMATION, {_S.RETURNED_FOR_INFORMATION}, _S.REQUESTED, "probation", "requested"),
        # A part was returned while its question was open, or before it asked.
        _row(
            _A.ANSWER_INFORMATION,
            {_S.PARTIALLY_RETURNED},
            _S.PARTIALLY_RETURNED,
            "probation",
            "information_given",
        ),
        _row(_A.DROP_QUESTION, {_S.RETURNED_FOR_INFORMATION}, _S.REQUESTED, "service", "requested"),
        _row(
            _A.DROP_QUESTION, {_S.PARTIALLY_RETURNED}, _S.PARTIALLY_RETURNED, "service", "information_given"
        ),
        _row(
            _A.RETURN_PART,
            _ANSWERABLE,
            _S.PARTIALLY_RETURNED,
            "agency",
            "partially_returned",
            at="results",
        ),
        _row(_A.RETURN_ALL, _ANSWERABLE, _S.RETURNED, "agency", "returned", at="results"),
        # The rest was withdrawn, or is another's to answer: nothing is left to wait for.
        _row(_A.COMPLETE, {_S.PARTIALLY_RETURNED, _S.REFUSED}, _S.RETURNED, "service", "returned"),
        # A part that nobody has reviewed stays an answer, whatever becomes of the rest.
        _row(_A.COMPLETE, {_S.CANCELLED, _S.SUPERSEDED}, _S.RETURNED, "service", "returned"),
        # What comes unawaited reaches the check as information, and has its review. It ends nothing else.
        _row(
            _A.SUPPLEMENT,
            {_S.RETURNED, _S.REVIEWED, *SET_ASIDE},
            _S.RETURNED,
            "agency",
            "supplemented",
            at="results",
        ),
        # What was answered about the wrong person, or wrongly: an answer that is withdrawn is none.
        _row(
            _A.CORRECT_ALL,
            {*ANSWERED, _S.REVIEWED, *SET_ASIDE},
            _S.RETURNED,
            "agency",
            "answer_corrected",
            at="corrections",
        ),
        _row(
            _A.CORRECT_PART,
            {*ANSWERED, _S.REVIEWED},
            _S.PARTIALLY_RETURNED,
            "agency",
            "answer_corrected",
            at="corrections",
        ),
        _row(_A.CORRECT_PART, {_S.REFUSED}, _S.REFUSED, "agency", "answer_corrected", at="corrections"),
        _row(
            _A.TAKE_BACK,
            {*ANSWERED, _S.REVIEWED},
            _S.ACKNOWLEDGED,
            "agency",
            "answer_corrected",
            at="corrections",
        ),
        _row(
            _A.TAKE_BACK,
            {_S.PARTIALLY_RETURNED},
            _S.RETURNED_FOR_INFORMATION,
            "agency",
            "answer_corrected",
            at="corrections",
        ),
        # Without an answer it stands as if there never had been one.
        *(
            _row(
                _A.LEAVE_NO_ANSWER,
                {*ANSWERED, _S.REVIEWED, state},
                state,
                "agency",
                "answer_corrected",
                at="corrections",
            )
            for state in (_S.MISDIRECTED, _S.CANCELLED, _S.SUPERSEDED)
        ),
        _row(_A.REFUSE, {*_IN_HAND, _S.PARTIALLY_RETURNED}, _S.REFUSED, "agency", "refused"),
        _row(_A.MISDIRECT, _IN_HAND, _S.MISDIRECTED, "agency", "misdirected"),
        _row(_A.MISDIRECT, {_S.PARTIALLY_RETURNED}, _S.RETURNED, "agency", "misdirected"),
        # Sent on for a second time it would go round for ever: all who were asked stay asked.
        _row(_A.MISDIRECT, _IN_HAND, _S.ACKNOWLEDGED, "agency", "redirect_disputed"),
        _row(_A.MISDIRECT, {_S.PARTIALLY_RETURNED}, _S.PARTIALLY_RETURNED, "agency", "redirect_disputed"),
        # Also after the other one had answered, which it has taken back.
        _row(_A.ASK_BOTH, {_S.MISDIRECTED, _S.SUPERSEDED}, _S.REQUESTED, "service", "requested"),
        # It has said something of its own accord, or had answered a part.
        _row(_A.ASK_BOTH, {_S.RETURNED, _S.REVIEWED}, _S.PARTIALLY_RETURNED, "service", "redirect_disputed"),
        _row(_A.SETTLE_REDIRECT, _IN_HAND, _S.REQUESTED, "probation", "requested"),
        # Its question stays open, and what it has answered stays answered.
        *(
            _row(_A.SETTLE_REDIRECT, {state}, state, "probation", "redirect_settled")
            for state in (_S.RETURNED_FOR_INFORMATION, _S.PARTIALLY_RETURNED)
        ),
        _row(_A.REVIEW, {_S.RETURNED}, _S.REVIEWED, "probation", "reviewed", at="reviews"),
        _row(
            _A.REVIEW,
            {_S.PARTIALLY_RETURNED},
            _S.PARTIALLY_RETURNED,
            "probation",
            "part_reviewed",
            at="reviews",
        ),
        _row(_A.REVIEW, {_S.REFUSED}, _S.REFUSED, "probation", "part_reviewed", at="reviews"),
        _row(_A.ASK_AGAIN, {_S.REFUSED}, _S.SUPERSEDED, "probation", "superseded"),
        _row(_A.CANCEL, UNANSWERED, _S.CANCELLED, "probation", "cancelled", manager=True),
        _row(_A.STOP_WRONG_PERSON, UNANSWERED - UNSENT, _S.CANCELLED, "probation", "cancelled"),
        # The case has ended: the person died, or never was meant.
        _row(_A.CANCEL, UNANSWERED, _S.CANCELLED, "service", "cancelled"),
        _row(_A.SUPERSEDE, UNANSWERED, _S.SUPERSEDED, "service", "superseded"),
    ),
    initial={State.REQUIRED: "check_request.required"},
    refuses=_refuses,
)
DECISIONS = frozenset(row.action for row in TABLE.rows if row.manager)
"""What takes a manager."""


def check_state(requests: Iterable[State], *, not_required: bool = False) -> CheckState:
    """Count a check's state from its requests: it is answered only when every request is.

    Args:
        requests: the states of all its requests; those set aside count for nothing while others stand.
        not_required: a manager has decided that no answer is needed.
    """
    states = list(requests)
    if any(state in UNANSWERED for state in states):
        return CheckState.OPEN
    standing = [state for state in states if state not in SET_ASIDE]
    if standing:
        return (
            CheckState.REVIEWED if all(state is State.REVIEWED for state in standing) else CheckState.ANSWERED
        )
    if not_required:
        return CheckState.NOT_REQUIRED
    return CheckState.SUPERSEDED if State.SUPERSEDED in states else CheckState.CANCELLED
