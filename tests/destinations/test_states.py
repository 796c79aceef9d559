"""The table of destination referrals says exactly what the domain says, and nothing gets out of an end."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.destinations.states import (
    BEFORE_RECEIVED,
    LIVE,
    MAY_BE_OCCUPIED,
    OPEN,
    TABLE,
    TERMINAL,
    WAITING,
    Action,
    Facts,
    Row,
    Side,
    State,
)
from service.transitions import NotAllowed

NO_FACTS = Facts()


def allowed(state: State, side: Side, facts: Facts = NO_FACTS) -> tuple[Action, ...]:
    return TABLE.allowed(state, side, facts)


def move(state: State, action: Action, side: Side, facts: Facts = NO_FACTS) -> Row:
    return TABLE.move(state, action, side, facts)


SIDES: tuple[Side, ...] = ("probation", "destination", "service")
UNDECIDED = "received information_requested waitlisted deferred"
UNDER_WAY = "accepted in_progress on_hold"
# The table of the design, written again by hand: side, from, action, to, the event it makes, what it needs.
DOMAIN = f"""
service | incomplete held blocked | send | sent | sent | -
service | held blocked | find_incomplete | incomplete | found_incomplete | -
service | incomplete blocked | hold | held | held | -
service | incomplete held | block | blocked | blocked | -
destination | sent | receive | received | received | -
destination | received | request_information | information_requested | information_requested | question
probation | information_requested | answer_information | received | information_answered | answer
destination | {UNDECIDED} challenged | accept | accepted | accepted | -
destination | received information_requested deferred | waitlist | waitlisted | waitlisted | reason
destination | {UNDECIDED} | defer | deferred | deferred | reason not_before
destination | {UNDECIDED} | decline | declined | declined | reason_code
probation | declined | challenge | challenged | challenged | reason
destination | challenged | uphold | declined | decline_upheld | reason
probation | declined | send_again | sent | sent_again | reason
probation | declined | settle_decline | declined | decline_settled | decision reason
destination | accepted | start | in_progress | started | -
destination | accepted in_progress | put_on_hold | on_hold | put_on_hold | reason
service | accepted in_progress | put_on_hold | on_hold | suspended | reason
service | withdrawal_requested | start | in_progress | started | -
destination | on_hold | resume | in_progress | resumed | -
destination | {UNDER_WAY} withdrawal_requested | complete | completed | completed | outcome_code
destination | {UNDER_WAY} | end_early | ended_early | ended_early | reason_code
probation | incomplete held blocked sent | withdraw | withdrawn | withdrawn | reason
service | incomplete held blocked sent {UNDECIDED} challenged withdrawal_requested | withdraw | withdrawn | closed | reason
probation | {UNDECIDED} challenged {UNDER_WAY} | request_withdrawal | withdrawal_requested | withdrawal_requested | reason
destination | withdrawal_requested | confirm_withdrawal | withdrawn | withdrawal_confirmed | -
"""  # noqa: E501 - a row of the table is one line


def _rows() -> set[tuple[str, ...]]:
    rows: set[tuple[str, ...]] = set()
    for line in DOMAIN.strip().splitlines():
        side, sources, *led = line.split(" | ")
        rows |= {(side, source, *led) for source in sources.split()}
    rows |= {
        ("probation", state, "go_on_without", state, "adjustment_settled", "adjustment reason instead")
        for state in f"{UNDECIDED} challenged {UNDER_WAY}".split()
    }
    rows |= {
        ("probation", state, f"settle_{about}", state, f"{about}_settled", "decision reason")
        for about in ("change", "complexity", "outcomes")
        for state in f"{UNDECIDED} challenged {UNDER_WAY}".split()
    }
    return rows | {
        ("probation", state, "enter_in_error", "entered_in_error", "entered_in_error", "reason")
        for state in State
        if state is not State.ENTERED_IN_ERROR
    }


def test_the_table_is_the_one_of_the_domain() -> None:
    written = {
        (
            side,
            source,
            rule.action,
            rule.target,
            rule.event.removeprefix("destination_referral."),
            " ".join(rule.needs) or "-",
        )
        for rule in TABLE.rows
        for side in rule.sides
        for source in rule.sources
    }
    assert written == _rows()


def test_what_waits_is_open_or_lives_is_so_by_name() -> None:
    waiting = {"incomplete", "held", "blocked"}
    with_destination = {*UNDECIDED.split(), *UNDER_WAY.split(), "challenged"}
    assert {state.value for state in WAITING} == waiting
    assert {state.value for state in BEFORE_RECEIVED} == {*waiting, "sent"}
    assert {state.value for state in LIVE} == {"sent", *with_destination}
    assert {state.value for state in TERMINAL} == {
        "completed",
        "ended_early",
        "withdrawn",
        "entered_in_error",
    }
    assert {state.value for state in OPEN} == {*waiting, "sent", *with_destination, "withdrawal_requested"}
    # Somebody stays there, also where the work has ended and the departure was said by mistake.
    ended = {"completed", "ended_early", "withdrawn"}
    assert {state.value for state in MAY_BE_OCCUPIED} == {*UNDER_WAY.split(), "withdrawal_requested", *ended}


@pytest.mark.parametrize("state", sorted(BEFORE_RECEIVED))
def test_what_nobody_has_received_is_withdrawn_at_once(state: State) -> None:
    assert move(state, Action.WITHDRAW, "probation").target is State.WITHDRAWN
    assert Action.REQUEST_WITHDRAWAL not in allowed(state, "probation")


@pytest.mark.parametrize("state", sorted(OPEN - BEFORE_RECEIVED - {State.WITHDRAWAL_REQUESTED}))
def test_what_a_destination_holds_is_withdrawn_only_when_it_confirms(state: State) -> None:
    assert Action.WITHDRAW not in allowed(state, "probation")
    assert move(state, Action.REQUEST_WITHDRAWAL, "probation").target is State.WITHDRAWAL_REQUESTED
    assert not any(Action.CONFIRM_WITHDRAWAL in allowed(each, "probation") for each in State)
    assert not any(Action.CONFIRM_WITHDRAWAL in allowed(each, "service") for each in State)


def test_a_withdrawal_that_comes_too_late_can_be_answered_with_the_completion() -> None:
    assert move(State.WITHDRAWAL_REQUESTED, Action.COMPLETE, "destination").target is State.COMPLETED


def test_a_decline_is_challenged_once() -> None:
    assert Action.CHALLENGE in allowed(State.DECLINED, "probation")
    again = Facts(challenged=True, of_quality=False, settled=True)
    assert allowed(State.DECLINED, "probation", again) == (Action.ENTER_IN_ERROR,)
    with pytest.raises(
        NotAllowed, match=r"^A decline can be challenged once, and this one has been\.$"
    ) as refusal:
        move(State.DECLINED, Action.CHALLENGE, "probation", again)
    assert refusal.value.allowed == (Action.ENTER_IN_ERROR,)


def test_only_a_decline_for_its_quality_is_sent_again_and_only_put_right() -> None:
    assert move(State.DECLINED, Action.SEND_AGAIN, "probation").target is State.SENT
    for facts, why in (
        (Facts(of_quality=False), r"^It was not declined for what the referral says"),
        (Facts(put_right=False), r"^The destination has this version: amend the referral first\.$"),
    ):
        with pytest.raises(NotAllowed, match=why):
            move(State.DECLINED, Action.SEND_AGAIN, "probation", facts)


def test_a_decline_is_settled_once() -> None:
    assert Action.SETTLE_DECLINE in allowed(State.DECLINED, "probation")
    assert Action.SETTLE_DECLINE not in allowed(State.DECLINED, "probation", Facts(settled=True))
    assert Action.SETTLE_DECLINE not in allowed(State.DECLINED, "destination")


def test_nobody_accepts_before_answering_for_each_adjustment() -> None:
    unanswered = Facts(unanswered_adjustments=1)
    assert Action.ACCEPT not in allowed(State.RECEIVED, "destination", unanswered)
    assert Action.DECLINE in allowed(State.RECEIVED, "destination", unanswered)
    with pytest.raises(NotAllowed, match=r"^Record for each adjustment whether it can be met before"):
        move(State.RECEIVED, Action.ACCEPT, "destination", unanswered)
    assert Action.ACCEPT in allowed(State.RECEIVED, "destination")


def test_nobody_accepts_before_it_is_decided_what_follows_from_what_cannot_be_met() -> None:
    undecided = Facts(undecided_adjustments=("group", "language"))
    assert Action.ACCEPT not in allowed(State.RECEIVED, "destination", undecided)
    assert Action.DECLINE in allowed(State.RECEIVED, "destination", undecided)
    with pytest.raises(NotAllowed, match=r"has not decided about what cannot be met: group, language\.$"):
        move(State.RECEIVED, Action.ACCEPT, "destination", undecided)
    assert move(State.RECEIVED, Action.GO_ON_WITHOUT, "probation", undecided).target is State.RECEIVED
    assert Action.GO_ON_WITHOUT not in allowed(State.RECEIVED, "probation")
    assert Action.GO_ON_WITHOUT not in allowed(State.RECEIVED, "destination", undecided)
    by_another = Facts(undecided_adjustments=("group",), goes_without=False)
    assert Action.GO_ON_WITHOUT not in allowed(State.RECEIVED, "probation", by_another)


def test_a_refusal_says_what_is_allowed_instead() -> None:
    with pytest.raises(NotAllowed) as refusal:
        move(State.SENT, Action.ACCEPT, "destination")
    assert refusal.value.state is State.SENT
    assert refusal.value.allowed == (Action.RECEIVE,)


def test_only_the_service_lets_go_of_what_waits() -> None:
    for state in WAITING:
        assert Action.SEND in allowed(state, "service")
        assert allowed(state, "destination") == ()
        assert Action.SEND not in allowed(state, "probation")


def test_a_destination_referral_begins_waiting_or_sent() -> None:
    assert set(TABLE.initial) == WAITING | {State.SENT}


STAYING = {
    Action.GO_ON_WITHOUT,
    Action.SETTLE_CHANGE,
    Action.SETTLE_COMPLEXITY,
    Action.SETTLE_OUTCOMES,
}
"""What is settled wherever the referral stands, and leaves it there."""


def test_every_event_is_named_once_for_each_meaning() -> None:
    leading_on = [rule for rule in TABLE.rows if rule.action not in STAYING]
    events = {rule.event: rule.target for rule in leading_on}
    assert all(rule.event.startswith("destination_referral.") for rule in TABLE.rows)
    assert len({(rule.event, rule.target) for rule in leading_on}) == len(events)


@pytest.mark.parametrize("action", ["complete", "end_early"])
def test_nothing_ends_while_somebody_is_staying_there(action: Action) -> None:
    occupied = Facts(occupied=True)
    assert action in allowed(State.IN_PROGRESS, "destination")
    with pytest.raises(
        NotAllowed, match=r"^The person is staying there. Record the departure first.$"
    ) as refusal:
        move(State.IN_PROGRESS, Action(action), "destination", occupied)
    assert (refusal.value.state, refusal.value.action) == (State.IN_PROGRESS, action)
    assert refusal.value.allowed == (Action.PUT_ON_HOLD,)
    with pytest.raises(NotAllowed) as refusal:
        move(State.IN_PROGRESS, Action.RECEIVE, "destination", occupied)
    assert (refusal.value.action, refusal.value.allowed) == (Action.RECEIVE, (Action.PUT_ON_HOLD,))


@pytest.mark.parametrize(
    "state", [State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD, State.WITHDRAWAL_REQUESTED]
)
def test_no_stay_is_completed_that_never_began(state: State) -> None:
    never = Facts(begun=False)
    with pytest.raises(NotAllowed, match=r"^Nobody has come to stay: ") as refusal:
        move(state, Action.COMPLETE, "destination", never)
    assert set(refusal.value.allowed) == set(allowed(state, "destination")) - {Action.COMPLETE}
    assert Action.COMPLETE in allowed(state, "destination", Facts(begun=True))


class DestinationReferrals(RuleBasedStateMachine):
    """Any number of callers try anything, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.INCOMPLETE
        self.before = [self.state]
        self.challenges = 0

    @rule(action=st.sampled_from(Action), side=st.sampled_from(SIDES), unanswered=st.integers(0, 2))
    def try_to(self, action: Action, side: Side, unanswered: int) -> None:
        facts = Facts(challenged=self.challenges > 0, unanswered_adjustments=unanswered)
        possible = allowed(self.state, side, facts)
        if action not in possible:
            with pytest.raises(NotAllowed) as refusal:
                move(self.state, action, side, facts)
            assert refusal.value.allowed == possible
            return
        found = move(self.state, action, side, facts)
        self.challenges += action is Action.CHALLENGE
        self.state = found.target
        self.before.append(self.state)

    @invariant()
    def challenged_at_most_once(self) -> None:
        assert self.challenges <= 1

    @invariant()
    def nothing_leaves_an_end_except_as_an_error(self) -> None:
        for earlier, later in zip(self.before, self.before[1:], strict=False):
            if earlier in TERMINAL:
                assert later is State.ENTERED_IN_ERROR

    @invariant()
    def an_error_stays_one(self) -> None:
        if State.ENTERED_IN_ERROR in self.before:
            assert self.before.index(State.ENTERED_IN_ERROR) == len(self.before) - 1

    @invariant()
    def every_open_state_has_a_way_on(self) -> None:
        if self.state in OPEN:
            assert any(allowed(self.state, side) for side in SIDES)


TestDestinationReferrals = DestinationReferrals.TestCase
TestDestinationReferrals.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
