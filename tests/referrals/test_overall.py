"""The overall status: a pure function of the parts, in which nothing that went wrong is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.destinations.states import OPEN, State
from service.referrals.overall import NEEDS_ATTENTION, TABLE, overall_status

STATES = st.lists(st.sampled_from(State), max_size=8)


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ("", "entered_in_error"),
        ("entered_in_error", "entered_in_error"),
        ("withdrawn withdrawn", "withdrawn"),
        ("declined", "declined"),
        ("completed declined", "closed_with_declines"),
        ("in_progress declined", "open_with_declines"),
        ("completed ended_early withdrawn", "closed"),
        ("incomplete held completed", "waiting"),
        ("sent accepted", "awaiting_decisions"),
        ("challenged", "awaiting_decisions"),
        ("accepted on_hold completed", "under_way"),
        ("withdrawal_requested", "under_way"),
    ],
)
def test_the_status_says_how_it_stands(states: str, status: str) -> None:
    assert overall_status(states.split()).status == status


@given(STATES)
def test_of_any_states_one_row_of_the_table_is_true_and_no_other(states: list[State]) -> None:
    assert len([rule for rule in TABLE if rule.holds(frozenset(states))]) == 1


@given(STATES)
def test_a_decline_is_never_hidden(states: list[State]) -> None:
    overall = overall_status(states)
    if State.DECLINED in states:
        assert overall.status in {"declined", "closed_with_declines", "open_with_declines"}
        assert State.DECLINED in overall.needs_attention
        assert overall.counts[State.DECLINED] == states.count(State.DECLINED)


@given(STATES.flatmap(lambda states: st.tuples(st.just(states), st.permutations(states))))
def test_the_order_of_the_parts_does_not_matter(pair: tuple[list[State], list[State]]) -> None:
    assert overall_status(pair[0]) == overall_status(pair[1])


@given(STATES)
def test_every_part_is_counted_unless_it_was_an_error(states: list[State]) -> None:
    overall = overall_status(states)
    assert sum(overall.counts.values()) == sum(state is not State.ENTERED_IN_ERROR for state in states)
    assert overall == overall_status([*states, State.ENTERED_IN_ERROR])


@given(STATES)
def test_nothing_open_is_called_closed(states: list[State]) -> None:
    if OPEN & set(states):
        assert "closed" not in overall_status(states).status
        assert overall_status(states).status not in {"withdrawn", "declined"}


@given(STATES)
def test_what_probation_must_act_on_is_listed_most_pressing_first(states: list[State]) -> None:
    listed = overall_status(states).needs_attention
    assert list(listed) == [state for state in NEEDS_ATTENTION if state in states]
