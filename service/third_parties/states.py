"""The states of a disclosure decision as one table: who proposes, who decides, who asks the police. Pure.

It is decided in two ways only, and nobody reaches either alone: a manager decides, or the police do. It
lapses where what it was opened for was not so, or the person has died.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from service.transitions import StateTable, Transition

Side = Literal["probation", "agency", "service"]


class State(StrEnum):
    """The state of a disclosure decision."""

    OPEN = "open"
    PROPOSED = "proposed"
    WITH_POLICE = "with_police"
    TO_BE_TOLD = "to_be_told"
    TOLD = "told"
    NOT_TOLD = "not_told"
    LAPSED = "lapsed"


STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.OPEN: "whoever is accountable for the case must propose what is told, or ask the police",
        State.PROPOSED: "a manager must decide",
        State.WITH_POLICE: "the police were asked under the Right to Know, and decide",
        State.TO_BE_TOLD: "a manager decided that they are told, and nobody has told them yet",
        State.TOLD: "they were told",
        State.NOT_TOLD: "it was decided that they are not told",
        State.LAPSED: "nothing is to be decided: what it was opened for was not so, or the person has died",
    }
)
"""What each state means, as the API explains it."""


class Action(StrEnum):
    """What happens to a disclosure decision."""

    PROPOSE = "propose"
    REFER = "refer"
    AGREE_TO_TELL = "agree_to_tell"
    AGREE_NOT_TO_TELL = "agree_not_to_tell"
    SEND_BACK = "send_back"
    RECORD_TOLD = "record_told"
    REOPEN = "reopen"
    RECORD_POLICE_TOLD = "record_police_told"
    RECORD_POLICE_DECLINED = "record_police_declined"
    ADD_REFERENCE = "add_reference"
    RECORD_CHANCE_PASSED = "record_chance_passed"
    RAISE = "raise"
    ADD_OUTCOME = "add_outcome"
    ADD_POLICE_ANSWER = "add_police_answer"
    LAPSE = "lapse"
    RESUME = "resume"
    WITHDRAW_TOLD = "withdraw_told"
    WITHDRAW_POLICE_ANSWER = "withdraw_police_answer"
    WITHDRAW_LATE_ANSWER = "withdraw_late_answer"


TAKES_BACK: Final[Mapping[Action, frozenset[Action]]] = MappingProxyType(
    {
        Action.WITHDRAW_TOLD: frozenset({Action.RECORD_TOLD}),
        Action.WITHDRAW_POLICE_ANSWER: frozenset({Action.RECORD_POLICE_TOLD, Action.RECORD_POLICE_DECLINED}),
        Action.WITHDRAW_LATE_ANSWER: frozenset({Action.ADD_POLICE_ANSWER}),
    }
)
"""Which steps each step takes back that were recorded by mistake; what was so is recorded anew."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table must know besides the state.

    Args:
        manager: whether the caller is a manager who may decide.
        acts: whether the caller is accountable for the case, or a manager: see `service.access.case_acts`.
        urgent: whether it is urgent already.
        chance: whether the person has the chance to tell it first, and nobody has said what came of it.
        takes_back: by which steps the caller may take back what settled it: only whoever said it may.
    """

    manager: bool = False
    acts: bool = True
    urgent: bool = False
    chance: bool = True
    takes_back: Collection[Action] = tuple(TAKES_BACK)


Row = Transition[State, Action, Side]
MOVES: Final = "transitions"
DECISION: Final = "decision"


def _row(action: Action, sources: Collection[State], target: State, event: str, *needs: str) -> Row:
    sides: frozenset[Side] = frozenset({"probation"})
    name = f"disclosure_decision.{event}"
    return Row(action, frozenset(sources), target, sides, name, needs=needs, at=MOVES)


def _police_answer(action: Action, target: State, event: str) -> Row:
    """Return the row of what the police decided: the force says so itself, or probation for it."""
    sides: frozenset[Side] = frozenset({"probation", "agency"})
    name = f"disclosure_decision.{event}"
    return Row(action, frozenset({State.WITH_POLICE}), target, sides, name, needs=("answer",), at=MOVES)


def _late_answer(state: State) -> Row:
    """Return the row of a force's own answer once it was settled otherwise: it is information."""
    sides: frozenset[Side] = frozenset({"agency"})
    name = "disclosure_decision.answered_late"
    return Row(Action.ADD_POLICE_ANSWER, frozenset({state}), state, sides, name, at=MOVES)


def _withdrawn_late_answer(state: State) -> Row:
    """Return the row by which a force takes back an answer that settled nothing."""
    sides: frozenset[Side] = frozenset({"agency"})
    name = "disclosure_decision.corrected"
    return Row(Action.WITHDRAW_LATE_ANSWER, frozenset({state}), state, sides, name, at="corrections")


def _by_the_service(action: Action, sources: Collection[State], target: State, event: str) -> Row:
    name = f"disclosure_decision.{event}"
    return Row(action, frozenset(sources), target, frozenset({"service"}), name, at=None)


def _decides(action: Action, target: State, event: str) -> Row:
    return Row(
        action,
        frozenset({State.PROPOSED}),
        target,
        frozenset({"probation"}),
        f"disclosure_decision.{event}",
        manager=True,
        at=DECISION,
    )


def _refuses(row: Row, facts: Facts) -> str | None:
    if row.manager and not facts.manager:
        return "It takes a manager who is not on the case."
    if not row.manager and not facts.acts:
        return "It takes whoever is accountable for the case."
    if row.action is Action.RAISE and facts.urgent:
        return "It is urgent already."
    if row.action is Action.RECORD_CHANCE_PASSED and not facts.chance:
        return "The person has no chance to tell it that is still open."
    if row.action in TAKES_BACK and row.action not in facts.takes_back:
        return "It was not you who recorded it, or nothing of the kind was recorded."
    return None


_S, _A = State, Action
_OPEN: Final = (_S.OPEN, _S.PROPOSED, _S.WITH_POLICE, _S.TO_BE_TOLD)
TABLE: Final = StateTable[State, Action, Side, Facts](
    subject="disclosure decision",
    rows=(
        _row(_A.PROPOSE, [_S.OPEN], _S.PROPOSED, "proposed", "proposal"),
        # The wrong force was asked, or will not decide it: another one is.
        _row(_A.REFER, [_S.OPEN, _S.WITH_POLICE], _S.WITH_POLICE, "referred", "referral"),
        _decides(_A.AGREE_TO_TELL, _S.TO_BE_TOLD, "agreed"),
        _decides(_A.AGREE_NOT_TO_TELL, _S.NOT_TOLD, "closed"),
        _decides(_A.SEND_BACK, _S.OPEN, "sent_back"),
        _row(_A.RECORD_TOLD, [_S.TO_BE_TOLD], _S.TOLD, "told", "told"),
        _row(_A.REOPEN, [_S.TO_BE_TOLD, _S.WITH_POLICE], _S.OPEN, "reopened", "reason"),
        _police_answer(_A.RECORD_POLICE_TOLD, _S.TOLD, "told"),
        _police_answer(_A.RECORD_POLICE_DECLINED, _S.NOT_TOLD, "closed"),
        _row(_A.ADD_REFERENCE, [_S.WITH_POLICE], _S.WITH_POLICE, "referenced", "reference"),
        _row(_A.RECORD_CHANCE_PASSED, [_S.TO_BE_TOLD], _S.TO_BE_TOLD, "chance_passed", "reason"),
        *(_row(_A.RAISE, [state], state, "raised", "reason") for state in _OPEN),
        _row(_A.ADD_OUTCOME, [_S.TOLD], _S.TOLD, "outcome_added", "outcome"),
        *(_late_answer(state) for state in _S),
        # It was recorded by mistake, such as of somebody else: it is as it was before.
        _row(_A.WITHDRAW_TOLD, [_S.TOLD], _S.TO_BE_TOLD, "corrected", "reason"),
        Row(
            _A.WITHDRAW_POLICE_ANSWER,
            frozenset({_S.TOLD, _S.NOT_TOLD}),
            _S.WITH_POLICE,
            frozenset({"probation", "agency"}),
            "disclosure_decision.corrected",
            needs=("reason",),
            at=MOVES,
        ),
        *(_withdrawn_late_answer(state) for state in _S),
        _by_the_service(_A.LAPSE, _OPEN, _S.LAPSED, "lapsed"),
        # The person has not died after all.
        _by_the_service(_A.RESUME, [_S.LAPSED], _S.OPEN, "reopened"),
    ),
    initial={State.OPEN: "disclosure_decision.opened"},
    refuses=_refuses,
)

ENDED: Final = frozenset({State.TOLD, State.NOT_TOLD, State.LAPSED})
"""Where nothing more is to be decided."""


def taken_back_by(state: State, steps: Sequence[tuple[str, bool]]) -> Collection[Action]:
    """Return the steps by which probation may take back what it recorded itself, and what settled a decision.

    Args:
        steps: each action so far, and whether a force took it.
    """
    if state not in {State.TOLD, State.NOT_TOLD}:
        return ()
    settles = {row.action for row in TABLE.rows if row.target is state and state not in row.sources}
    settled, by_force = next(one for one in reversed(steps) if one[0] in settles)
    return () if by_force else tuple(by for by, back in TAKES_BACK.items() if settled in back)


ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Action.PROPOSE: "propose to a manager that they are told, and exactly what, or that they are not",
        Action.REFER: "record that the police were asked to decide, under the Right to Know; or another one "
        "in place of the first",
        Action.RECORD_TOLD: "record that they were told, what and by whom",
        Action.REOPEN: "record that they could not be told as agreed, or that the police do not decide it "
        "after all, so that it is decided again",
        Action.RECORD_POLICE_TOLD: "record that the police told them",
        Action.RECORD_POLICE_DECLINED: "record that the police decided not to tell them",
        Action.ADD_REFERENCE: "add the reference that the police gave it",
        Action.RECORD_CHANCE_PASSED: "record that the person could have told it and did not: you tell them",
        Action.RAISE: "record that somebody is in danger now: it is decided, told or answered at once",
        Action.ADD_OUTCOME: "add how they took it and what followed, once they were told",
        Action.WITHDRAW_TOLD: "take back that they were told: it was recorded by mistake, and they are "
        "still to be told",
        Action.WITHDRAW_POLICE_ANSWER: "take back what you recorded of the police: it was recorded by "
        "mistake, and they still decide",
    }
)
"""What a caller does at `.../transitions`; a manager decides at `POST /v1/agreements/{id}/decision`."""


LAPSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "refuted": "the allegation that opened it was refuted",
        "entered_in_error": "whoever would be told was entered in error, or the whole case",
        "died": "the person has died",
    }
)
"""Why a decision lapses, as its last step says."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock that runs in a state.

    Args:
        timer: what is timed.
        reason: why it stops when the state is left.
    """

    timer: str
    reason: str


TIMED: Final[Mapping[State, Timing]] = MappingProxyType(
    {
        State.OPEN: Timing("decision", "decided"),
        State.PROPOSED: Timing("decision", "decided"),
        State.TO_BE_TOLD: Timing("telling", "told"),
        State.WITH_POLICE: Timing("police", "answered"),
    }
)
"""The clock of each state that is not the end."""


CHANCE: Final = "chance"
"""The clock of the person's own chance to tell it, beside that of the telling."""

_ANEW: Final[Mapping[Action, str]] = MappingProxyType({Action.REFER: "redirected", Action.RAISE: "raised"})
"""The steps that start the same clock again, by why it stops first."""


def clock_moves(source: State, target: State, action: Action) -> tuple[Timing | None, Timing | None]:
    """Return the clock that stops and the one that starts with a move; None where none does.

    A decision that waits for a manager, or was sent back, keeps the same clock, which pauses meanwhile.
    Another force, or a danger, starts it again.
    """
    was, now = TIMED.get(source), TIMED.get(target)
    if was is not None and was == now and action in _ANEW:
        return Timing(was.timer, _ANEW[action]), now
    return (None, None) if was == now else (was, now)
