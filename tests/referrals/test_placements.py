"""A placement: who may move it, that it ends, and that no night too many goes unseen."""

from datetime import date

import pytest

from service.destinations.states import Side
from service.referrals.placement_states import (
    TABLE,
    PlacementAction,
    PlacementRow,
    PlacementState,
    overstay,
)
from service.transitions import NotAllowed


def allowed(state: PlacementState | None, side: Side) -> tuple[PlacementAction, ...]:
    return TABLE.allowed(state, side, None)


def move(state: PlacementState | None, action: PlacementAction, side: Side) -> PlacementRow:
    return TABLE.move(state, action, side, None)


# Every move, written out again by hand: who, in which states, what, where it leads, its event, what it needs.
MOVES = """
destination | none cancelled not_arrived departed | offer | offered | offered | expected_arrival expected_departure
probation | offered | confirm | confirmed | confirmed | -
destination | confirmed not_arrived | record_arrival | arrived | arrived | arrived_on
destination | confirmed | record_non_arrival | not_arrived | not_arrived | reason
destination | arrived | extend | arrived | extended | expected_departure reason
destination | arrived | record_departure | departed | departed | departed_on reason
destination | offered confirmed | cancel | cancelled | cancelled | reason
probation | offered confirmed | cancel | cancelled | cancelled | reason
"""  # noqa: E501 - a row of the table is one line


def test_the_table_is_the_one_of_the_domain() -> None:
    assert {
        (side, source or "none", rule.action, rule.target, rule.event, " ".join(rule.needs) or "-")
        for rule in TABLE.rows
        for side in rule.sides
        for source in rule.sources
    } == {
        (side, source, action, target, f"placement.{event}", needs)
        for side, sources, action, target, event, needs in (
            line.split(" | ") for line in MOVES.strip().splitlines()
        )
        for source in sources.split()
    }


def test_a_stay_runs_from_an_offer_to_a_departure() -> None:
    state: PlacementState | None = None
    for action, side in (
        (PlacementAction.OFFER, "destination"),
        (PlacementAction.CONFIRM, "probation"),
        (PlacementAction.RECORD_ARRIVAL, "destination"),
        (PlacementAction.EXTEND, "destination"),
        (PlacementAction.RECORD_DEPARTURE, "destination"),
    ):
        state = move(state, action, side).target  # type: ignore[arg-type]  # sides of a literal table
    assert state is PlacementState.DEPARTED


def test_probation_confirms_and_cancels_and_records_nothing_for_the_premises() -> None:
    assert allowed(PlacementState.OFFERED, "probation") == (PlacementAction.CONFIRM, PlacementAction.CANCEL)
    assert allowed(PlacementState.ARRIVED, "probation") == ()
    with pytest.raises(NotAllowed) as refusal:
        move(PlacementState.CONFIRMED, PlacementAction.RECORD_ARRIVAL, "probation")
    assert refusal.value.allowed == (PlacementAction.CANCEL,)


def test_somebody_who_came_late_has_arrived() -> None:
    assert move(PlacementState.NOT_ARRIVED, PlacementAction.RECORD_ARRIVAL, "destination").target == "arrived"


def test_nobody_departs_who_has_not_arrived() -> None:
    for state in (None, PlacementState.OFFERED, PlacementState.CONFIRMED, PlacementState.NOT_ARRIVED):
        with pytest.raises(NotAllowed):
            move(state, PlacementAction.RECORD_DEPARTURE, "destination")


def test_the_service_moves_no_placement_by_itself() -> None:
    assert not any(allowed(state, "service") for state in (None, *PlacementState))


def test_a_night_beyond_the_most_is_an_overstay() -> None:
    assert overstay(date(2026, 6, 1), date(2026, 8, 24), 84) == 0
    assert overstay(date(2026, 6, 1), date(2026, 8, 25), 84) == 1
    assert overstay(date(2026, 6, 1), date(2027, 6, 1), None) == 0
