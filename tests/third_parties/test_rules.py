"""Whom probation may tell, of what and on which basis: every rule by value, and the clocks of each state."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from service.third_parties import policies, rules
from service.third_parties.states import ENDED, TABLE, TIMED, Action, State, Timing, clock_moves

TODAY = date(2026, 3, 2)
TELL: dict[str, Any] = {
    "tell": True,
    "reason": "She may be in danger.",
    "subjects": ["risk"],
    "words": "He has harmed a partner.",
    "legal_basis": "common_law",
    "told_by": "p.shah",
    "tell_by": date(2026, 3, 12),
    "person": {"informed": "not_told", "reason": "It would put her in danger."},
}
EVERYTHING = ["subjects", "words", "legal_basis", "tell_by", "told_by", "person"]
MEETING = {"decided_on": date(2026, 3, 1), "chair": "T. Reed", "present": ["Police"]}
OF_MAPPA = TELL | {"subjects": ["mappa"], "legal_basis": "mappa_arrangements", "mappa": MEETING}


@pytest.mark.parametrize(
    ("recipient", "named", "wrong"),
    [
        ("partner", ["contact_id"], []),
        ("partner", ["name"], []),
        ("partner", [], ["/contact_id"]),
        ("employer", ["name", "contact_id"], ["/contact_id"]),
        ("landlord", ["organisation_id"], ["/organisation_id", "/contact_id"]),
        ("agency", ["organisation_id"], []),
        ("agency", [], ["/organisation_id"]),
        ("agency", ["name"], ["/organisation_id", "/name"]),
        ("agency", ["organisation_id", "contact_id"], ["/contact_id"]),
    ],
)
def test_a_recipient_is_named_in_one_way(recipient: str, named: list[str], wrong: list[str]) -> None:
    assert [one.pointer for one in rules.naming_faults(recipient, named)] == wrong


@pytest.mark.parametrize(
    ("proposal", "agency", "ever", "wrong"),
    [
        (TELL, False, False, []),
        ({"tell": False, "reason": "He lives alone."}, False, False, []),
        ({"tell": False, "reason": "No.", "words": "It."}, False, False, ["words"]),
        ({"tell": True, "reason": "Yes."}, False, False, EVERYTHING),
        (TELL | {"tell_by": date(2026, 3, 1)}, False, False, ["tell_by"]),
        (TELL | {"tell_by": TODAY}, False, False, []),
        (TELL | {"mappa": MEETING}, False, False, ["mappa"]),
        (TELL | {"legal_basis": "child_sex_offender"}, False, False, ["mappa"]),
        (TELL | {"legal_basis": "child_sex_offender", "mappa": MEETING}, False, False, []),
        (OF_MAPPA, True, True, []),
        (OF_MAPPA, True, False, ["subjects"]),
        (OF_MAPPA, False, False, ["subjects"]),
        (TELL | {"subjects": ["risk", "mappa"]}, True, True, ["legal_basis"]),
    ],
)  # fmt: skip
def test_a_proposal_says_everything_that_a_manager_decides(
    proposal: dict[str, Any], agency: bool, ever: bool, wrong: list[str]
) -> None:
    found = rules.proposal_faults(proposal, TODAY, is_agency=agency, may_ever_know_of_mappa=ever)
    assert [one.pointer for one in found] == [f"/proposal/{name}" for name in wrong]


def test_a_day_that_has_not_come_is_refused() -> None:
    days = [("/today", TODAY), ("/tomorrow", date(2026, 3, 3))]
    assert [one.pointer for one in rules.future_days(days, TODAY)] == ["/tomorrow"]


def test_probation_has_28_days_and_so_have_the_police_but_one_where_somebody_is_in_danger() -> None:
    opened = datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert policies.decision_due(opened) == datetime(2026, 4, 2, 9, tzinfo=UTC)
    assert policies.police_due(TODAY, "routine") == datetime(2026, 3, 30, 23, tzinfo=UTC)
    assert policies.police_due(TODAY, "urgent") == datetime(2026, 3, 4, tzinfo=UTC)


CLOCKS = {
    Action.PROPOSE: (None, None),
    Action.SEND_BACK: (None, None),
    Action.REFER: ("decision", "police"),
    Action.AGREE_TO_TELL: ("decision", "telling"),
    Action.AGREE_NOT_TO_TELL: ("decision", None),
    Action.RECORD_TOLD: ("telling", None),
    Action.REOPEN: ("telling", "decision"),
    Action.RECORD_POLICE_TOLD: ("police", None),
    Action.RECORD_POLICE_DECLINED: ("police", None),
}
"""For each step the clock that stops and the one that starts."""


def test_each_step_stops_one_clock_and_starts_the_next() -> None:
    def timer(one: Timing | None) -> str | None:
        return one.timer if one else None

    found = {
        row.action: tuple(map(timer, clock_moves(source, row.target)))
        for row in TABLE.rows
        for source in row.sources
        if source is not None
    }
    assert found == CLOCKS


def test_every_state_is_timed_until_the_end() -> None:
    assert set(TIMED) == set(State) - ENDED


def test_nobody_ends_a_decision_without_a_manager_or_the_police() -> None:
    ends = {row.action for row in TABLE.rows if row.target in ENDED and not row.manager}
    assert ends == {Action.RECORD_TOLD, Action.RECORD_POLICE_TOLD, Action.RECORD_POLICE_DECLINED}
    assert {row.action for row in TABLE.rows if row.target is State.TO_BE_TOLD} == {Action.AGREE_TO_TELL}
    assert all(row.manager for row in TABLE.rows if row.target is State.TO_BE_TOLD)
