"""The engine of every table of states, and what must be true of each of the five tables that it runs."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.agreements import states as agreements
from service.checks import states as checks
from service.circumstances import states as reviews
from service.destinations import states as referrals
from service.people import states as transfers
from service.referrals import placement_states as stays
from service.subject_access import states as subject_access
from service.third_parties import states as disclosures
from service.transitions import NotAllowed, StateTable, Transition


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OUT = "out"


class Deed(StrEnum):
    PUT_UP = "put_up"
    SWITCH = "switch"
    BREAK = "break"


Who = Literal["council", "vandal"]
Row = Transition[Light, Deed, Who]
COUNCIL: frozenset[Who] = frozenset({"council"})
PUT_UP = Row(Deed.PUT_UP, frozenset({None}), Light.RED, COUNCIL, "light.put_up", ("where",), at="lights")
TO_GREEN = Row(Deed.SWITCH, frozenset({Light.RED}), Light.GREEN, COUNCIL, "light.green", at="switches")
BY_NIGHT = Row(Deed.SWITCH, frozenset({Light.RED}), Light.OUT, COUNCIL, "light.off", at="switches")
BROKEN = Row(
    Deed.BREAK, frozenset({Light.RED, Light.GREEN}), Light.OUT, frozenset({"vandal"}), "light.broken"
)


def by_daylight(row: Row, night: bool) -> str | None:
    """Red turns green by day, goes out by night, and a vandal sees nothing in the dark."""
    refused: Mapping[Row, str] = (
        {TO_GREEN: "It is night.", BROKEN: "It is dark."} if night else {BY_NIGHT: "It is day."}
    )
    return refused.get(row)


LIGHTS = StateTable[Light, Deed, Who, bool](
    subject="traffic light",
    rows=(PUT_UP, BROKEN, TO_GREEN, BY_NIGHT),
    initial={Light.GREEN: "light.found"},
    refuses=by_daylight,
)


def test_a_row_is_open_by_state_side_facts_and_place() -> None:
    assert LIGHTS.permitted(None, "council", False) == (PUT_UP,)
    assert LIGHTS.permitted(Light.RED, "council", False) == (TO_GREEN,)
    assert LIGHTS.permitted(Light.RED, "council", False, at="switches") == (TO_GREEN,)
    assert LIGHTS.permitted(Light.RED, "council", False, at="lights") == ()
    assert LIGHTS.permitted(Light.RED, "vandal", False) == (BROKEN,)
    assert LIGHTS.permitted(Light.RED, "vandal", True) == ()
    assert LIGHTS.permitted(Light.OUT, "council", False) == ()


def test_facts_distinguish_two_rows_of_the_same_action() -> None:
    assert LIGHTS.move(Light.RED, Deed.SWITCH, "council", False) is TO_GREEN
    assert LIGHTS.move(Light.RED, Deed.SWITCH, "council", True) is BY_NIGHT


def test_an_action_of_two_rows_is_listed_once() -> None:
    both = StateTable[Light, Deed, Who, None]("light", (TO_GREEN, BY_NIGHT, BROKEN), {})
    assert both.allowed(Light.RED, "council", None) == (Deed.SWITCH,)


def test_a_refusal_says_which_fact_refuses_it() -> None:
    with pytest.raises(NotAllowed) as refusal:
        LIGHTS.move(Light.RED, Deed.BREAK, "vandal", True)
    assert (refusal.value.state, refusal.value.action) == (Light.RED, Deed.BREAK)
    assert (refusal.value.allowed, refusal.value.why) == ((), "It is dark.")


def test_a_refusal_says_what_is_allowed_instead() -> None:
    with pytest.raises(NotAllowed) as refusal:
        LIGHTS.move(Light.RED, Deed.PUT_UP, "council", False)
    assert refusal.value.allowed == (Deed.SWITCH,)
    assert refusal.value.why == "put_up is not possible for council while it is red."
    with pytest.raises(
        NotAllowed, match="switch is not possible for council while there is no traffic light"
    ):
        LIGHTS.move(None, Deed.SWITCH, "council", False)


def test_the_diagram_has_every_arrow_once_and_leaves_out_what_leads_from_anywhere() -> None:
    assert list(LIGHTS.arrows()) == [
        ("[*]", "green", ""),
        ("[*]", "red", "put_up"),
        ("red", "green", "switch"),
        ("red", "out", "switch"),
    ]
    assert LIGHTS.from_anywhere(BROKEN)
    twice = StateTable[Light, Deed, Who, None]("light", (TO_GREEN, TO_GREEN, BROKEN), {})
    assert list(twice.arrows()) == [("red", "green", "switch")]


TABLES: dict[str, tuple[StateTable[Any, Any, Any, Any], type[StrEnum], type[StrEnum], list[Any]]] = {
    "destination referral": (
        referrals.TABLE,
        referrals.State,
        referrals.Action,
        [
            referrals.Facts(challenged, unanswered, undecided, occupied)
            for challenged in (False, True)
            for unanswered in (0, 1)
            for undecided in ((), ("group",))
            for occupied in (False, True)
        ],
    ),
    "placement": (stays.TABLE, stays.PlacementState, stays.PlacementAction, [None]),
    "check request": (
        checks.TABLE,
        checks.State,
        checks.Action,
        [
            checks.Facts(manager, acts, asked_back, redirected, disputed)
            for manager, acts, asked_back in product((False, True), repeat=3)
            for redirected, disputed in ((False, False), (True, False), (True, True))
        ],
    ),
    "agreement": (agreements.TABLE, agreements.State, agreements.Action, [None]),
    "transfer": (transfers.TRANSFERS, transfers.TransferState, transfers.TransferAction, [None]),
    "review": (
        reviews.TABLE,
        reviews.State,
        reviews.Action,
        [reviews.Facts(manager) for manager in (False, True)],
    ),
    "disclosure decision": (
        disclosures.TABLE,
        disclosures.State,
        disclosures.Action,
        [
            disclosures.Facts(manager, acts, urgent, chance)
            for manager in (False, True)
            for acts in (False, True)
            for urgent in (False, True)
            for chance in (False, True)
        ],
    ),
    "request for subject access": (
        subject_access.TABLE,
        subject_access.State,
        subject_access.Action,
        [subject_access.Facts(independent) for independent in (False, True)],
    ),
}
ENDS = {
    # A decline that was challenged once and what has ended may still turn out to have been an error.
    "destination referral": {"entered_in_error"},
    # Another stay may be offered after every end.
    "placement": set(),
    # What an agency says of its own accord is taken after every end.
    "check request": set(),
    "review": {"closed", "completed"},
    "disclosure decision": set(),  # what was recorded by mistake is taken back
    "request for subject access": {"released", "withdrawn"},
    "transfer": {"accepted", "declined", "withdrawn", "lapsed"},
    "agreement": {"agreed", "not_agreed", "withdrawn", "lapsed"},
}
INITIAL = {
    "destination referral": {
        "incomplete": "destination_referral.found_incomplete",
        "blocked": "destination_referral.blocked",
        "held": "destination_referral.held",
        "sent": "destination_referral.sent",
    },
    "placement": {},
    "check request": {"required": "check_request.required"},
    "review": {"open": "review.opened"},
    "disclosure decision": {"open": "disclosure_decision.opened"},
    "request for subject access": {"open": "subject_access.opened"},
    "transfer": {"requested": "transfer.requested"},
    "agreement": {"asked": "agreement.asked"},
}
EVENTS = {
    "destination referral": {
        "find_incomplete": "destination_referral.found_incomplete",
        "hold": "destination_referral.held",
        "block": "destination_referral.blocked",
        "send": "destination_referral.sent",
        "receive": "destination_referral.received",
        "request_information": "destination_referral.information_requested",
        "answer_information": "destination_referral.information_answered",
        "accept": "destination_referral.accepted",
        "waitlist": "destination_referral.waitlisted",
        "defer": "destination_referral.deferred",
        "decline": "destination_referral.declined",
        "challenge": "destination_referral.challenged",
        "uphold": "destination_referral.decline_upheld",
        "start": "destination_referral.started",
        "put_on_hold": "destination_referral.put_on_hold",
        "put_on_hold by the service": "destination_referral.suspended",
        "start by the service": "destination_referral.started",
        "resume": "destination_referral.resumed",
        "complete": "destination_referral.completed",
        "end_early": "destination_referral.ended_early",
        "withdraw": "destination_referral.withdrawn",
        "withdraw by the service": "destination_referral.closed",
        "request_withdrawal": "destination_referral.withdrawal_requested",
        "confirm_withdrawal": "destination_referral.withdrawal_confirmed",
        "go_on_without": "destination_referral.adjustment_settled",
        "settle_change": "destination_referral.change_settled",
        "settle_complexity": "destination_referral.complexity_settled",
        "settle_outcomes": "destination_referral.outcomes_settled",
        "enter_in_error": "destination_referral.entered_in_error",
        "send_again": "destination_referral.sent_again",
        "settle_decline": "destination_referral.decline_settled",
    },
    "check request": {
        "await_details": "check_request.awaiting_details",
        "send": "check_request.requested",
        "supply_details": "check_request.requested",
        "acknowledge": "check_request.acknowledged",
        "return_for_information": "check_request.returned_for_information",
        "answer_information": "check_request.requested",
        "answer_information to partially_returned": "check_request.information_given",
        "drop_question": "check_request.requested",
        "drop_question to partially_returned": "check_request.information_given",
        "return_part": "check_request.partially_returned",
        "return_all": "check_request.returned",
        "complete": "check_request.returned",
        "supplement": "check_request.supplemented",
        "refuse": "check_request.refused",
        "misdirect": "check_request.misdirected",
        "misdirect to acknowledged": "check_request.redirect_disputed",
        "misdirect to partially_returned": "check_request.redirect_disputed",
        "ask_both": "check_request.requested",
        "ask_both to partially_returned": "check_request.redirect_disputed",
        "settle_redirect": "check_request.requested",
        "settle_redirect to partially_returned": "check_request.redirect_settled",
        "settle_redirect to returned_for_information": "check_request.redirect_settled",
        "review": "check_request.reviewed",
        "review to partially_returned": "check_request.part_reviewed",
        "review to refused": "check_request.part_reviewed",
        "ask_again": "check_request.superseded",
        "cancel": "check_request.cancelled",
        "cancel by the service": "check_request.cancelled",
        "stop_wrong_person": "check_request.cancelled",
        "supersede": "check_request.superseded",
        "take_back": "check_request.answer_corrected",
        "leave_no_answer": "check_request.answer_corrected",
        "correct_part": "check_request.answer_corrected",
        "correct_all": "check_request.answer_corrected",
    },
    "placement": {
        "offer": "placement.offered",
        "confirm": "placement.confirmed",
        "record_arrival": "placement.arrived",
        "record_non_arrival": "placement.not_arrived",
        "extend": "placement.extended",
        "record_departure": "placement.departed",
        "cancel": "placement.cancelled",
    },
    "agreement": {
        "agree": "agreement.decided",
        "disagree": "agreement.decided",
        "withdraw": "agreement.withdrawn",
        "lapse": "agreement.lapsed",
    },
    "transfer": {
        "accept": "transfer.accepted",
        "decline": "transfer.declined",
        "withdraw": "transfer.withdrawn",
        "lapse": "transfer.lapsed",
    },
    "review": {
        "complete": "review.completed",
        "propose": "review.agreement_needed",
        "agree": "review.completed",
        "send_back": "review.sent_back",
        "put_right": "review.put_right",
        "close": "review.closed",
    },
    "disclosure decision": {
        "propose": "disclosure_decision.proposed",
        "refer": "disclosure_decision.referred",
        "agree_to_tell": "disclosure_decision.agreed",
        "agree_not_to_tell": "disclosure_decision.closed",
        "send_back": "disclosure_decision.sent_back",
        "record_told": "disclosure_decision.told",
        "reopen": "disclosure_decision.reopened",
        "record_police_told": "disclosure_decision.told",
        "record_police_declined": "disclosure_decision.closed",
        "add_reference": "disclosure_decision.referenced",
        "record_chance_passed": "disclosure_decision.chance_passed",
        "raise": "disclosure_decision.raised",
        "add_outcome": "disclosure_decision.outcome_added",
        "add_police_answer": "disclosure_decision.answered_late",
        "withdraw_told": "disclosure_decision.corrected",
        "withdraw_police_answer": "disclosure_decision.corrected",
        "withdraw_late_answer": "disclosure_decision.corrected",
        "lapse": "disclosure_decision.lapsed",
        "resume": "disclosure_decision.reopened",
    },
    "request for subject access": {
        "decide_texts": "subject_access.texts_decided",
        "release": "subject_access.released",
        "withdraw": "subject_access.withdrawn",
    },
}
every_table = pytest.mark.parametrize("subject", sorted(TABLES))


def sides_of(table: StateTable[Any, Any, Any, Any]) -> list[str]:
    return sorted({side for row in table.rows for side in row.sides})


@every_table
def test_a_table_has_every_state_and_every_action_and_no_other(subject: str) -> None:
    table, states, actions, _ = TABLES[subject]
    assert table.subject == subject
    assert table.states() == set(states)
    assert {row.action for row in table.rows} == set(actions)


@every_table
def test_a_table_names_the_event_that_begins_each_first_state(subject: str) -> None:
    assert dict(TABLES[subject][0].initial) == INITIAL[subject]


@every_table
def test_each_row_names_its_event(subject: str) -> None:
    rows = TABLES[subject][0].rows
    both = {row.action for row in rows if row.at} & {row.action for row in rows if not row.at}
    found = {
        (
            f"{row.action} by the service"
            if row.action in both and not row.at
            else f"{row.action} to {row.target}"
            if f"{row.action} to {row.target}" in EVENTS[subject]
            else str(row.action),
            row.event,
        )
        for row in rows
    }
    assert found == set(EVENTS[subject].items())


@every_table
@given(data=st.data())
def test_what_is_listed_as_allowed_is_exactly_what_moves(subject: str, data: st.DataObject) -> None:
    table, states, actions, facts = TABLES[subject]
    state = data.draw(st.sampled_from([None, *states]))
    action, side = data.draw(st.sampled_from([*actions])), data.draw(st.sampled_from(sides_of(table)))
    known = data.draw(st.sampled_from(facts))
    allowed = table.allowed(state, side, known)
    if action in allowed:
        row = table.move(state, action, side, known)
        assert row.action is action
        assert state in row.sources
        assert side in row.sides
        return
    with pytest.raises(NotAllowed) as refused:
        table.move(state, action, side, known)
    refusal = refused.value
    assert (refusal.state, refusal.action, refusal.allowed) == (state, action, allowed)
    assert refusal.why.endswith(".")


@every_table
def test_every_state_can_be_reached_from_a_first_one(subject: str) -> None:
    table, states, _, facts = TABLES[subject]
    reached: set[Any] = {None, *table.initial}
    while True:
        further = {
            row.target
            for state in reached
            for side in sides_of(table)
            for known in facts
            for row in table.permitted(state, side, known)
        } | reached
        if further == reached:
            break
        reached = further
    assert reached == {None, *states}


@every_table
def test_every_state_has_a_way_out_unless_it_is_an_end(subject: str) -> None:
    table, states, _, facts = TABLES[subject]
    left = {
        state
        for state in states
        for side in sides_of(table)
        for known in facts
        if any(row.target is not state for row in table.permitted(state, side, known))
    }
    assert set(states) - left == ENDS[subject]


@every_table
def test_one_action_of_one_side_leads_to_one_state_unless_facts_decide(subject: str) -> None:
    table, states, _, facts = TABLES[subject]
    for state in (None, *states):
        for side in sides_of(table):
            for known in facts:
                actions = [row.action for row in table.permitted(state, side, known)]
                assert len(actions) == len(set(actions)), (state, side, known)


@every_table
def test_only_what_the_service_does_by_itself_has_no_address(subject: str) -> None:
    for row in TABLES[subject][0].rows:
        assert (row.at is None) == (row.sides == {"service"}), row


def test_an_action_of_a_manager_is_refused_to_others() -> None:
    for table, manager in (
        (TABLES["check request"][0], checks.Facts(manager=True)),
        (TABLES["review"][0], reviews.Facts(manager=True)),
        (TABLES["disclosure decision"][0], disclosures.Facts(manager=True)),
    ):
        decisions = [row for row in table.rows if row.manager]
        assert decisions
        for row in decisions:
            state = next(iter(row.sources))
            assert table.move(state, row.action, "probation", manager) is row
            with pytest.raises(NotAllowed, match=r"^It takes a manager who is not on the case\.$"):
                table.move(state, row.action, "probation", type(manager)())


@pytest.mark.parametrize("action", [referrals.Action.COMPLETE, referrals.Action.END_EARLY])
def test_nothing_ends_while_the_person_is_staying(action: referrals.Action) -> None:
    occupied = referrals.Facts(occupied=True)
    assert action not in referrals.TABLE.allowed(referrals.State.ACCEPTED, "destination", occupied)
    with pytest.raises(NotAllowed, match="Record the departure first"):
        referrals.TABLE.move(referrals.State.ACCEPTED, action, "destination", occupied)


def test_nothing_was_in_error_while_the_person_is_staying() -> None:
    """The destination would not find its own resident any more."""
    in_error = referrals.Action.ENTER_IN_ERROR
    with pytest.raises(NotAllowed, match="Record the departure first"):
        referrals.TABLE.move(referrals.State.ACCEPTED, in_error, "probation", referrals.Facts(occupied=True))
    assert referrals.TABLE.move(referrals.State.ACCEPTED, in_error, "probation", referrals.Facts())
