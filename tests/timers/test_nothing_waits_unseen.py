"""Whatever is open has a clock, and words for it, or a reason why nobody owes anything."""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import pytest

import service
from service.agreements import states as agreements
from service.checks import states as checks
from service.circumstances import states as reviews
from service.db import Base
from service.destinations import states as referrals
from service.people import states as transfers
from service.referrals import placement_states as stays
from service.referrals.deadlines import AWAITED, AWAITED_OF_STAYS, OWED, PUT_OFF
from service.subject_access import states as subject_access
from service.third_parties import states as disclosures
from service.timers.subjects import WORDS
from service.transitions import StateTable

Clocks = set[tuple[str, str]]
Waits = Clocks | str
"""The clocks of whoever owes the next move; or, in a sentence, why nobody does."""

OVER = "It is over: what may still be found or said is nobody's to do by a day."
ANSWER: Clocks = {("destination_referral", "answer")}
NEWS: Clocks = {("destination_referral", "update")}

STATES: Mapping[str, Mapping[str, Waits]] = {
    "destination referral": {
        "incomplete": {("completion", "completion")},
        "held": "The service sends it by itself on the day the hold ends.",
        "blocked": {("probation_move", "block")},
        "sent": ANSWER,
        "received": ANSWER,
        "information_requested": ANSWER | {("probation_move", "information")},
        "waitlisted": NEWS | ANSWER,
        "deferred": NEWS | ANSWER,
        "accepted": NEWS,
        "declined": {("probation_move", "decline")},
        "challenged": ANSWER,
        "in_progress": NEWS,
        "on_hold": NEWS,
        "withdrawal_requested": ANSWER,
        "completed": OVER,
        "ended_early": "The work is over: the region hears of it at once.",
        "withdrawn": OVER,
        "entered_in_error": OVER,
    },
    "placement": {
        "offered": {("placement", "offer")},
        "confirmed": {("placement", "arrival")},
        "arrived": {("placement", "placement_end"), ("placement", "move_on")},
        "not_arrived": "Another bed is offered, or the work ends: its destination owes news of the work.",
        "departed": "A departure that nobody had agreed to is an alarm; otherwise nobody stays there.",
        "cancelled": "Another bed is offered, or the work ends: its destination owes news of the work.",
    },
    "check request": {
        "required": "It is asked, or waits for details, in the same transaction.",
        "awaiting_details": {("check_request", "ask"), ("check_request", "registration")},
        "requested": {("check_request", "answer")},
        "acknowledged": {("check_request", "answer")},
        "returned_for_information": {("check_request", "answer"), ("check_request", "reply")},
        "partially_returned": {("check_request", "answer"), ("check_request", "review")},
        "returned": {("check_request", "review")},
        "reviewed": OVER,
        "refused": {("check_request", "answer")},
        "misdirected": "Another request carries the question on.",
        "cancelled": OVER,
        "superseded": "Another request carries the question on.",
    },
    "review": {
        "open": {("review", "review")},
        "awaiting_agreement": {("agreement", "decision")},
        "completed": OVER,
        "closed": OVER,
    },
    "disclosure decision": {
        "open": {("disclosure_decision", "decision")},
        "proposed": {("agreement", "decision")},
        "with_police": {("disclosure_decision", "police"), ("right_to_know", "answer")},
        "to_be_told": {("disclosure_decision", "telling"), ("disclosure_decision", "chance")},
        "told": OVER,
        "not_told": OVER,
        "lapsed": OVER,
    },
    "request for subject access": {
        "open": {("subject_access", "copy")},
        "released": OVER,
        "withdrawn": OVER,
    },
    "transfer": {
        "requested": {("transfer", "answer")},
        **dict.fromkeys(("accepted", "declined", "withdrawn", "lapsed"), OVER),
    },
    "agreement": {
        "asked": {("agreement", "decision")},
        **dict.fromkeys(("agreed", "not_agreed", "withdrawn", "lapsed"), OVER),
    },
}

FACTS: Mapping[str, Waits] = {
    "agencies redirect a check to each other": {("check_request", "redirect"), ("check_request", "dispute")},
    "an agency has named a meeting about a child": {
        ("check_request", "meeting"),
        ("check_request", "meeting_after_end"),
    },
    "a destination was told of a change": {("change_notice", "acknowledge")},
    "a destination cannot go on after a change": {("probation_move", "change")},
    "a provider proposes another complexity": {("probation_move", "complexity")},
    "a provider proposes other outcomes": {("probation_move", "outcomes")},
    "a destination cannot meet an adjustment": {("adjustment", "decision")},
    "a destination has named the day on which it looks again": {("agency_review", "review_day")},
    "an address to move on to is proposed": {
        ("destination_referral", "agreement"),
        ("placement", "agreement"),
    },
    "a text gives away what its reader may not know": {("wording", "wording")},
    "somebody needs a bed within days": {("emergency", "danger")},
    "somebody has left a bed and nobody had agreed": {("placement", "danger")},
    "the licence or order is about to end": {("referral", "sharing_end")},
    "a referral is shared with no end that is known": {("referral", "sharing_basis")},
    "a curfew is about to end": {("referral", "curfew_end")},
    "somebody is released on a day that is known": {("person", "handover")},
    "somebody was recalled": {("recall", "release_day")},
    "somebody may be in danger": {("change_of_circumstance", "danger"), ("person", "danger")},
    "another region states something": {("person", "proposals")},
    "two records may be one person's": {("person", "same_person")},
    "two contacts may be the same": {("contact", "same")},
    "a child was due": {("contact", "birth")},
    "what was verified has changed": {("contact", "verification"), ("address", "verification")},
    "another region asks to read a record": {("share_request", "answer")},
    "a share of a record is to be looked at": {("sight", "review")},
    "a case has a caretaker": {("case_holding", "caretaker"), ("case_holding", "cover")},
    "a case has nobody": {("case_holding", "owner"), ("case_holding", "away")},
    "a message has been sent": "It asks for nothing by a day: a question that stops the work is a state.",
    "no organisation is registered for a referral": {("completion", "registration")},
    "a submission repeats what is open": "Both have clocks of their own; the repeat is shown as one.",
}
"""What waits beside the states of a table."""

TABLES: Mapping[str, tuple[StateTable[Any, Any, Any, Any], str]] = {
    "destination referral": (referrals.TABLE, "destination_referral"),
    "placement": (stays.TABLE, "placement"),
    "check request": (checks.TABLE, "check_request"),
    "review": (reviews.TABLE, "review"),
    "disclosure decision": (disclosures.TABLE, "disclosure_decision"),
    "request for subject access": (subject_access.TABLE, "subject_access"),
    "transfer": (transfers.TRANSFERS, "transfer"),
    "agreement": (agreements.TABLE, "agreement"),
}
"""Each table of states, and the rows that are in one of them."""
NOBODYS = {"clock", "release_arrangement", "safety_check", "webhook_delivery", "webhook_endpoint"}
"""Rows with a state that is no move of anybody: a check's is worked out from its requests."""
SAID_LATER = {
    "ask_both",
    "complete",
    "correct_all",
    "correct_part",
    "enter_in_error",
    "leave_no_answer",
    "resume",
    "supplement",
    "take_back",
    "withdraw_late_answer",
    "withdraw_police_answer",
    "withdraw_told",
}
"""What is still done with what is over: found to be wrong, put right, said late, or undone by the service."""


def modules_of_the_service() -> list[Any]:
    names = (one.name for one in pkgutil.walk_packages(service.__path__, "service."))
    return [importlib.import_module(name) for name in names if not name.endswith("__main__")]


def test_every_table_of_states_of_the_code_stands_here() -> None:
    found = {
        each.subject
        for module in modules_of_the_service()
        for each in vars(module).values()
        if isinstance(each, StateTable)
    }
    assert found == TABLES.keys() == STATES.keys()
    with_a_state = {name for name, table in Base.metadata.tables.items() if "state" in table.columns}
    assert with_a_state == {name for _, name in TABLES.values()} | NOBODYS


@pytest.mark.parametrize("subject", TABLES)
def test_what_is_over_is_nobodys_to_move(subject: str) -> None:
    table, _ = TABLES[subject]
    for state, waits in STATES[subject].items():
        if waits == OVER:
            leads_on = {row.action.value for row in table.rows if state in row.sources}
            assert leads_on <= SAID_LATER | {row.action.value for row in table.rows if row.target == state}


@pytest.mark.parametrize("subject", TABLES)
def test_every_state_of_a_table_has_a_clock_or_a_reason(subject: str) -> None:
    table, _ = TABLES[subject]
    assert set(STATES[subject]) == {state.value for state in type(next(iter(table.states())))}


def test_every_clock_has_words_and_everything_that_has_words_waits_for_something() -> None:
    every = [*(waits for states in STATES.values() for waits in states.values()), *FACTS.values()]
    clocks = {clock for waits in every if not isinstance(waits, str) for clock in waits}
    assert clocks == set(WORDS)


def test_what_runs_in_a_state_of_a_destination_referral_is_what_stands_here() -> None:
    for state in referrals.State:
        runs: Clocks = set()
        if awaited := AWAITED.get(state):
            runs |= NEWS if awaited == "update" else ANSWER
        if state in PUT_OFF:
            runs |= ANSWER
        if owed := OWED.get(state):
            runs.add((owed.kind, owed.timer))
        waits = STATES["destination referral"][state]
        assert runs == (set() if isinstance(waits, str) else waits), state


def test_what_is_awaited_before_somebody_comes_is_what_stands_here() -> None:
    found = {state: {("placement", timer)} for state, timer in AWAITED_OF_STAYS.items()}
    for state, clocks in found.items():
        assert STATES["placement"][state] == clocks
