"""What each thing that is found before a release means, row by row."""

import json
from pathlib import Path

import pytest

from service.checks.states import Action as RequestAction
from service.destinations.states import Action as DestinationAction
from service.destinations.states import State
from service.referrals.placement_states import PlacementAction
from service.work.releases.rules import (
    BEST_BED,
    COLUMNS,
    DECISIONS,
    OF_A_BED,
    TABLE,
    Found,
    bed_of,
    judged,
    service_of,
    worst,
)
from tests import tables

ROWS = """
found                              | level   | red from | owner        | move
bed arrived                        | green   | -        | -            | -
bed confirmed                      | green   | -        | -            | -
bed own_address                    | green   | -        | -            | -
bed confirmed_later                | amber   | 7        | practitioner | propose_address
bed unrecorded                     | red     | -        | organisation | record_arrival
bed offered                        | amber   | 7        | practitioner | confirm
bed accepted                       | amber   | 7        | organisation | offer
bed unopened                       | amber   | 7        | organisation | receive
bed asked                          | amber   | 7        | organisation | accept
bed asked_back                     | amber   | 14       | practitioner | answer_information
bed adjustment_unmet               | amber   | 14       | practitioner | go_on_without
bed change_refused                 | amber   | 14       | practitioner | settle_change
bed waiting                        | amber   | 14       | practitioner | amend_referral
bed unregistered                   | amber   | 14       | region       | read_destination_referral
bed resting                        | unknown | -        | -            | -
bed not_arrived                    | red     | -        | practitioner | record_change
bed declined                       | red     | -        | practitioner | settle_decline
bed left                           | amber   | 0        | practitioner | propose_address
bed none                           | red     | -        | practitioner | propose_address
police_check refused               | red     | -        | practitioner | ask_again
police_check awaiting_details      | amber   | 14       | practitioner | supply_details
police_check unregistered          | amber   | 14       | region       | read_check_request
police_check returned_for_information | amber | 14      | practitioner | answer_information
police_check requested             | amber   | 7        | organisation | acknowledge
police_check acknowledged          | amber   | 7        | organisation | return_check_result
police_check partially_returned    | amber   | 7        | organisation | return_check_result
police_check returned              | amber   | 7        | practitioner | review_check
police_check countersignature      | amber   | 7        | manager      | countersign_check_review
police_check reviewed              | green   | -        | -            | -
police_check none                  | green   | -        | -            | -
police_check not_shared            | unknown | -        | -            | -
childrens_check refused            | red     | -        | practitioner | ask_again
childrens_check awaiting_details   | amber   | 14       | practitioner | supply_details
childrens_check unregistered       | amber   | 14       | region       | read_check_request
childrens_check returned_for_information | amber | 14   | practitioner | answer_information
childrens_check requested          | amber   | 7        | organisation | acknowledge
childrens_check acknowledged       | amber   | 7        | organisation | return_check_result
childrens_check partially_returned | amber   | 7        | organisation | return_check_result
childrens_check returned           | amber   | 7        | practitioner | review_check
childrens_check countersignature   | amber   | 7        | manager      | countersign_check_review
childrens_check reviewed           | green   | -        | -            | -
childrens_check none               | green   | -        | -            | -
childrens_check not_shared         | unknown | -        | -            | -
childrens_check not_asked          | amber   | 14       | practitioner | supply_person_details
treatment resting                  | unknown | -        | -            | -
treatment under_way                | green   | -        | -            | -
treatment none                     | green   | -        | -            | -
treatment unopened                 | amber   | 3        | organisation | receive
treatment asked                    | amber   | 3        | organisation | accept
treatment asked_back               | amber   | 7        | practitioner | answer_information
treatment adjustment_unmet         | amber   | 7        | practitioner | go_on_without
treatment change_refused           | amber   | 7        | practitioner | settle_change
treatment complexity_proposed      | amber   | 7        | practitioner | settle_complexity
treatment outcomes_proposed        | amber   | 7        | practitioner | settle_outcomes
treatment waiting                  | amber   | 7        | practitioner | amend_referral
treatment unregistered             | amber   | 7        | region       | read_destination_referral
treatment declined                 | amber   | 7        | practitioner | settle_decline
curfew hours                       | green   | -        | -            | -
curfew none                        | green   | -        | -            | -
curfew without_hours               | amber   | 7        | practitioner | amend_referral
tag not_said                       | amber   | 3        | practitioner | record_release_arrangements
tag not_asked                      | green   | -        | -            | -
tag fitted                         | green   | -        | -            | -
tag fitting_booked                 | green   | -        | -            | -
tag fitting_booked_passed          | red     | -        | practitioner | record_release_arrangements
tag not_required                   | green   | -        | -            | -
identification not_said            | amber   | 3        | practitioner | record_release_arrangements
identification held                | green   | -        | -            | -
identification applied_for         | amber   | 3        | practitioner | record_release_arrangements
identification not_held            | amber   | 3        | practitioner | record_release_arrangements
benefit not_said                   | amber   | 7        | practitioner | record_release_arrangements
benefit claim_made                 | green   | -        | -            | -
benefit appointment_booked         | green   | -        | -            | -
benefit appointment_booked_passed  | red     | -        | practitioner | record_release_arrangements
benefit not_eligible               | green   | -        | -            | -
benefit not_claimed                | amber   | 7        | practitioner | record_release_arrangements
first_appointment not_said         | amber   | 3        | practitioner | record_release_arrangements
first_appointment booked           | green   | -        | -            | -
first_appointment booked_passed    | red     | -        | practitioner | record_release_arrangements
first_appointment attended         | green   | -        | -            | -
first_appointment missed           | amber   | 3        | practitioner | record_release_arrangements
conditions_explained not_said      | amber   | 3        | practitioner | record_release_arrangements
conditions_explained explained     | green   | -        | -            | -
conditions_explained explained_refused_to_sign | green   | -        | -            | -
"""


def test_every_row_says_how_ready_it_is_and_whose_move_it_is() -> None:
    written = {
        f"{column} {code}": {
            "level": row.level,
            "red from": "" if row.red_within is None else str(row.red_within),
            "owner": row.owner or "",
            "move": row.move or "",
        }
        for column, rows in TABLE.items()
        for code, row in rows.items()
    }
    expected = {
        found: {name: cell for name, cell in row.items() if name != "found"}
        for found, row in tables.read(ROWS).items()
    }
    assert written == expected


def test_whatever_is_not_ready_has_an_owner_and_a_move() -> None:
    for column, rows in TABLE.items():
        for code, row in rows.items():
            owed = row.level in {"amber", "red"}
            assert (row.owner is not None, row.move is not None) == (owed, owed), (column, code)
    assert TABLE.keys() == COLUMNS.keys()


def test_a_move_is_a_call_of_the_document_or_an_action_of_one() -> None:
    document = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
    calls = {
        operation["operationId"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }
    moves = {row.move for rows in TABLE.values() for row in rows.values() if row.move}
    actions = {*DestinationAction, *PlacementAction, *RequestAction}
    assert moves - calls - {str(one) for one in actions} == set()


@pytest.mark.parametrize(
    ("days", "overdue", "level"),
    [(8, False, "amber"), (7, False, "red"), (-3, False, "red"), (20, True, "red")],
)
def test_amber_turns_red_near_the_release_and_when_an_answer_is_overdue(
    days: int, overdue: bool, level: str
) -> None:
    assert judged("bed", Found("asked", overdue=overdue), days).level == level


def test_nothing_that_is_ready_turns_red() -> None:
    assert judged("bed", Found("arrived", overdue=True), -20).level == "green"


def test_what_nobody_knows_decides_nothing() -> None:
    assert worst(["unknown"]) == "green"
    assert worst(["unknown", "amber", "green"]) == "amber"
    assert worst(["green", "red", "amber"]) == "red"


@pytest.mark.parametrize(
    ("state", "placement", "passed", "found"),
    [
        ("accepted", "confirmed", False, "confirmed"),
        ("accepted", "confirmed", True, "unrecorded"),
        ("accepted", "offered", True, "offered"),
        ("accepted", "arrived", True, "arrived"),
        ("accepted", "not_arrived", True, "not_arrived"),
        ("completed", "departed", True, "left"),
        ("accepted", "cancelled", False, "accepted"),
        ("on_hold", None, False, "accepted"),
        ("information_requested", None, False, "asked_back"),
        ("declined", None, False, "declined"),
        ("held", None, False, "waiting"),
        ("sent", None, False, "unopened"),
        ("received", None, False, "asked"),
        ("withdrawal_requested", "offered", False, None),
        ("withdrawal_requested", "arrived", False, "arrived"),
        ("ended_early", None, False, None),
    ],
)
def test_how_a_bed_stands(state: str, placement: str | None, passed: bool, found: str | None) -> None:
    assert bed_of(state, placement, passed=passed) == found


@pytest.mark.parametrize("state", ["received", "accepted"])
def test_a_destination_that_waits_for_a_decision_owes_nothing(state: str) -> None:
    for code in OF_A_BED:
        assert bed_of(state, None, passed=False, to_decide=code) == code
    for code in DECISIONS.values():
        assert service_of(state, to_decide=code) == code


def test_every_state_of_a_destination_referral_says_something_of_a_bed_and_of_a_service() -> None:
    for state in State:
        for waits in (None, *OF_A_BED):
            bed = bed_of(state, None, passed=False, to_decide=waits)
            assert bed is None or bed in TABLE["bed"], state
        for waits in (None, *DECISIONS.values()):
            found = service_of(state, to_decide=waits)
            assert found is None or found in TABLE["treatment"], state
    assert {state for state in State if service_of(state) is None} == {
        State.COMPLETED,
        State.ENDED_EARLY,
        State.WITHDRAWN,
        State.WITHDRAWAL_REQUESTED,
        State.ENTERED_IN_ERROR,
    }


def test_what_became_of_a_bed_counts_before_an_address_that_is_only_proposed() -> None:
    """An address settles what it is proposed for, and hides no bed that was sought and has not come about."""
    assert BEST_BED == (
        "arrived",
        "confirmed",
        "unrecorded",
        "offered",
        "accepted",
        "unopened",
        "asked",
        "asked_back",
        "adjustment_unmet",
        "change_refused",
        "waiting",
        "unregistered",
        "resting",
        "not_arrived",
        "declined",
        "own_address",
        "confirmed_later",
        "left",
        "none",
    )


def test_a_bed_that_is_confirmed_for_a_later_day_is_none_for_that_night() -> None:
    assert bed_of("accepted", "confirmed", passed=False, later=True) == "confirmed_later"
    assert bed_of("accepted", "offered", passed=False, later=True) == "offered"
