"""Who is waited for in each state of a destination referral, by value."""

import pytest

from service.access.permissions import MAY_OVERRIDE_GATE
from service.destinations.states import State
from service.people.actions.limiting import MANAGERS_OF_A_UNIT
from service.referrals.deadlines import AWAITED

WAITED_FOR = {
    "sent": "decision",
    "received": "decision",
    "information_requested": "information",
    "challenged": "second_decision",
    "withdrawal_requested": "confirmation",
    "waitlisted": "update",
    "deferred": "update",
    "accepted": "update",
    "in_progress": "update",
    "on_hold": "update",
}


@pytest.mark.parametrize("state", State)
def test_each_state_waits_for_what_the_table_says(state: State) -> None:
    assert AWAITED.get(state) == WAITED_FOR.get(state)


def test_the_head_of_the_pdu_and_those_above_override_the_gate() -> None:
    assert MAY_OVERRIDE_GATE == ("pdu_head", "head_of_public_protection", "region", "regional_director")


def test_the_managers_of_a_unit_work_on_its_cases() -> None:
    assert MANAGERS_OF_A_UNIT == ("spo", "pdu_head")
