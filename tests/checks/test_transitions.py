"""The table of states: who may move what, and when a check counts as answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.checks import writes
from service.checks.model import CheckRequest
from service.checks.schemas.requests import NEEDS
from service.checks.states import (
    SET_ASIDE,
    TABLE,
    UNANSWERED,
    UNSENT,
    Action,
    CheckState,
    Facts,
    Side,
    State,
    check_state,
)
from service.http.problems import Problem
from service.transitions import NotAllowed


def allowed(
    state: State, side: Side, *, manager: bool = False, acts: bool = False, at: str | None = "transitions"
) -> tuple[Action, ...]:
    return TABLE.allowed(state, side, Facts(manager, acts), at=at)


states = st.sampled_from(State)
WHO_CAN_ANSWER = "requested acknowledged returned_for_information partially_returned refused"
NOBODY_HAS_ANSWERED = f"required awaiting_details {WHO_CAN_ANSWER}"
# Every move, written out again by hand: who, in which states, what, where it leads, at which address.
MOVES = f"""
service | required | await_details | awaiting_details | -
service | required | send | requested | -
probation | awaiting_details | supply_details | requested | transitions
agency | requested | acknowledge | acknowledged | transitions
agency | acknowledged | acknowledge | acknowledged | transitions
agency | returned_for_information | acknowledge | returned_for_information | transitions
agency | partially_returned | acknowledge | partially_returned | transitions
agency | refused | acknowledge | refused | transitions
agency | requested acknowledged | return_for_information | returned_for_information | transitions
agency | partially_returned | return_for_information | partially_returned | transitions
probation | returned_for_information | answer_information | requested | transitions
agency | {WHO_CAN_ANSWER} | return_part | partially_returned | results
agency | {WHO_CAN_ANSWER} | return_all | returned | results
service | returned_for_information | drop_question | requested | -
service | partially_returned | drop_question | partially_returned | -
service | partially_returned refused cancelled superseded | complete | returned | -
agency | requested acknowledged partially_returned | refuse | refused | transitions
agency | returned reviewed misdirected cancelled superseded | supplement | returned | results
agency | partially_returned returned reviewed | correct_all | returned | corrections
agency | misdirected cancelled superseded | correct_all | returned | corrections
agency | partially_returned returned reviewed | correct_part | partially_returned | corrections
agency | refused | correct_part | refused | corrections
agency | partially_returned returned reviewed | take_back | acknowledged | corrections
agency | partially_returned | take_back | returned_for_information | corrections
agency | partially_returned returned reviewed misdirected | leave_no_answer | misdirected | corrections
agency | partially_returned returned reviewed cancelled | leave_no_answer | cancelled | corrections
agency | partially_returned returned reviewed superseded | leave_no_answer | superseded | corrections
agency | requested acknowledged | misdirect | misdirected | transitions
agency | requested acknowledged | misdirect | acknowledged | transitions
agency | partially_returned | misdirect | returned | transitions
agency | partially_returned | misdirect | partially_returned | transitions
service | misdirected superseded | ask_both | requested | -
service | returned reviewed | ask_both | partially_returned | -
probation | requested acknowledged | settle_redirect | requested | transitions
probation | partially_returned | settle_redirect | partially_returned | transitions
probation | returned_for_information | settle_redirect | returned_for_information | transitions
probation | partially_returned | answer_information | partially_returned | transitions
probation | partially_returned | review | partially_returned | reviews
probation | refused | review | refused | reviews
probation | returned | review | reviewed | reviews
probation | refused | ask_again | superseded | transitions
probation | {WHO_CAN_ANSWER} | stop_wrong_person | cancelled | transitions
manager of probation | {NOBODY_HAS_ANSWERED} | cancel | cancelled | transitions
service | {NOBODY_HAS_ANSWERED} | cancel | cancelled | -
service | {NOBODY_HAS_ANSWERED} | supersede | superseded | -
service | {NOBODY_HAS_ANSWERED} | cancel | cancelled | -
"""


def test_the_table_is_the_one_of_the_domain() -> None:
    assert {
        (f"manager of {side}" if row.manager else side, source, row.action, row.target, row.at or "-")
        for row in TABLE.rows
        for side in row.sides
        for source in row.sources
    } == {
        (who, source, action, target, at)
        for who, sources, action, target, at in (line.split(" | ") for line in MOVES.strip().splitlines())
        for source in sources.split()
    }


def test_what_is_unanswered_unsent_or_set_aside_is_so_by_name() -> None:
    assert {state.value for state in UNANSWERED} == set(NOBODY_HAS_ANSWERED.split())
    assert {state.value for state in UNSENT} == {"required", "awaiting_details"}
    assert {state.value for state in SET_ASIDE} == {"misdirected", "cancelled", "superseded"}


def test_the_agency_sees_no_move_in_a_request_that_was_never_sent() -> None:
    for state in (State.REQUIRED, State.AWAITING_DETAILS):
        assert allowed(state, "agency", at=None) == ()


def test_a_refusal_answers_nothing() -> None:
    assert State.REFUSED in UNANSWERED
    assert check_state([State.REFUSED, State.REVIEWED]) is CheckState.OPEN


def test_a_refusal_can_be_asked_again_answered_late_or_ended_by_a_manager() -> None:
    assert allowed(State.REFUSED, "probation") == ("ask_again",)
    assert allowed(State.REFUSED, "probation", acts=True) == ("ask_again", "stop_wrong_person")
    by_a_manager = allowed(State.REFUSED, "probation", manager=True, acts=True)
    assert by_a_manager == ("ask_again", "cancel", "stop_wrong_person")
    assert allowed(State.REFUSED, "agency") == ()
    assert allowed(State.REFUSED, "agency", at="results") == ("return_part", "return_all")


def test_only_a_manager_cancels() -> None:
    for state in UNANSWERED:
        assert "cancel" not in allowed(state, "probation")
        assert "cancel" in allowed(state, "probation", manager=True)


def test_a_caller_who_is_not_a_manager_is_refused_with_the_state() -> None:
    with pytest.raises(NotAllowed) as refused:
        TABLE.move(State.REQUESTED, Action.CANCEL, "probation", Facts())
    assert refused.value.state is State.REQUESTED
    by_manager = TABLE.move(State.REQUESTED, Action.CANCEL, "probation", Facts(manager=True))
    assert by_manager.target is State.CANCELLED


def test_an_answer_is_returned_where_results_are() -> None:
    returned = TABLE.move(State.ACKNOWLEDGED, Action.RETURN_ALL, "agency", Facts(manager=False))
    reviewed = TABLE.move(State.RETURNED, Action.REVIEW, "probation", Facts(manager=False))
    assert (returned.target, returned.at) == (State.RETURNED, "results")
    assert (reviewed.target, reviewed.at) == (State.REVIEWED, "reviews")


def test_an_answer_cannot_be_cancelled_away() -> None:
    with pytest.raises(NotAllowed) as refused:
        TABLE.move(State.RETURNED, Action.CANCEL, "probation", Facts(manager=True))
    assert refused.value.allowed == ("review",)
    assert allowed(State.RETURNED, "probation", manager=True) == ()
    assert allowed(State.RETURNED, "probation", manager=True, at="reviews") == ("review",)


def test_what_is_over_moves_only_by_what_an_agency_says_of_its_own_accord() -> None:
    for state in (State.REVIEWED, *SET_ASIDE):
        assert allowed(state, "probation", manager=True, at=None) == ()
        assert allowed(state, "agency", at="results") == ("supplement",)
        assert allowed(state, "agency", at="transitions") == ()
        assert set(allowed(state, "agency", at="corrections")) <= {"correct_all", "correct_part", "take_back"}


def test_only_the_first_redirect_sends_a_question_on() -> None:
    first, second = Facts(), Facts(redirected=True)
    for state in (State.REQUESTED, State.ACKNOWLEDGED):
        assert TABLE.move(state, Action.MISDIRECT, "agency", first).target is State.MISDIRECTED
        assert TABLE.move(state, Action.MISDIRECT, "agency", second).target is State.ACKNOWLEDGED


def test_only_a_version_that_the_agency_has_not_had_is_acknowledged_again() -> None:
    in_hand = ("acknowledged", "returned_for_information", "partially_returned", "refused")
    for state in map(State, in_hand):
        assert "acknowledge" not in allowed(state, "agency")
        row = TABLE.move(state, Action.ACKNOWLEDGE, "agency", Facts(unread=True))
        assert (row.target, row.event) == (state, "check_request.acknowledged")
    assert "acknowledge" not in TABLE.allowed(State.RETURNED, "agency", Facts(unread=True))


def test_who_is_asked_is_settled_only_where_a_redirect_is_disputed() -> None:
    assert "settle_redirect" not in allowed(State.ACKNOWLEDGED, "probation")
    disputed = Facts(redirected=True, disputed=True)
    assert "settle_redirect" in TABLE.allowed(State.ACKNOWLEDGED, "probation", disputed)


def test_a_question_beside_a_part_of_the_answer_is_answered_while_it_is_open() -> None:
    assert "answer_information" not in allowed(State.PARTIALLY_RETURNED, "probation")
    asked_back = Facts(asked_back=True)
    assert "answer_information" in TABLE.allowed(State.PARTIALLY_RETURNED, "probation", asked_back)


@given(states, st.sampled_from(("probation", "agency")), st.booleans())
def test_what_is_said_to_be_allowed_is_taken_where_transitions_are(
    state: State, side: Side, manager: bool
) -> None:
    assert set(allowed(state, side, manager=manager)) <= set(NEEDS)
    with pytest.raises(Problem) as refused:
        writes.require(
            CheckRequest(state=state, question_version=1, acknowledged_version=1),
            Action.SEND,
            side=side,
            manager=manager,
        )
    assert refused.value.extra["allowed"] == sorted(allowed(state, side, manager=manager))


def test_every_state_but_the_first_can_be_reached() -> None:
    assert {row.target for row in TABLE.rows} == set(State) - {State.REQUIRED}


def test_every_unanswered_state_has_a_transition() -> None:
    for state in UNANSWERED:
        moves = {row.action for row in TABLE.rows if state in row.sources and row.action != "cancel"}
        assert moves - {"supersede"}


@given(st.lists(states, min_size=1))
def test_a_check_is_answered_only_when_every_request_is(found: list[State]) -> None:
    answered = check_state(found) in (CheckState.ANSWERED, CheckState.REVIEWED)
    standing = [state for state in found if state not in SET_ASIDE]
    assert answered == (bool(standing) and all(s in (State.RETURNED, State.REVIEWED) for s in standing))


@given(st.lists(states, min_size=1))
def test_returned_does_not_close_a_check(found: list[State]) -> None:
    if State.RETURNED in found:
        assert check_state(found, not_required=True) in (CheckState.OPEN, CheckState.ANSWERED)


def test_not_required_counts_only_when_every_request_is_cancelled() -> None:
    assert check_state([State.CANCELLED], not_required=True) is CheckState.NOT_REQUIRED
    assert check_state([State.CANCELLED, State.REVIEWED], not_required=True) is CheckState.REVIEWED
    assert check_state([State.CANCELLED]) is CheckState.CANCELLED
    assert check_state([State.SUPERSEDED, State.CANCELLED]) is CheckState.SUPERSEDED
