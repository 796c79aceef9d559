"""Which act takes whom, written out by hand, and the rule for everybody there is."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from service.access.actor import Actor, Practitioner
from service.access.case_acts import ACTS, NOT_ON_A_CASE, Act, may_act
from service.access.four_eyes import OwnWork
from service.access.permissions import MANAGERS, PERMISSIONS
from tests import tables
from tests.contract.conformance import operations

TABLE = tables.read("""
act               | takes
record            | anybody
supply            | anybody
ask               | anybody
chase             | anybody
rename            | acting
decide_proposal   | acting
stop_wrong_person | acting
end_referral      | acting
confirm_stay      | acting
change_team       | acting
agree_to_address  | accountable
share             | accountable
limit             | accountable
review_answer     | accountable
complete_review   | accountable
go_without_adjustment | accountable
decide_disclosure | accountable
lower_risk        | accountable
decide_risk       | accountable
ask_to_set_aside  | accountable
end_mappa         | accountable
offer_transfer    | accountable
decide_as_manager | manager
change_holding    | manager
""")
MAY = {
    "anybody": {"accountable", "caretaker", "colleague", "manager"},
    "acting": {"accountable", "caretaker", "manager"},
    "accountable": {"accountable", "manager"},
    "manager": {"manager"},
}
CASE = uuid4()


def caller(role: str) -> Actor:
    return Actor(
        client_id="n55-system",
        organisation_id=UUID(int=1),
        organisation_kind="probation_region",
        practitioner=Practitioner("p.shah", "Priya Shah", role, "N55"),
        scopes=frozenset(),
        request_id="r",
        address=None,
        strength="test",
    )


@pytest.mark.parametrize("act", Act)
def test_an_act_takes_whom_its_row_says(act: Act) -> None:
    assert ACTS[act].takes == TABLE[act]["takes"]
    standings = {
        "accountable": OwnWork(accountable=frozenset({CASE})),
        "caretaker": OwnWork(caretaking=frozenset({CASE})),
        "colleague": OwnWork(accountable=frozenset({uuid4()}), caretaking=frozenset({uuid4()})),
    }
    may = {who for who, own in standings.items() if may_act(caller("practitioner"), act, CASE, own)}
    for role in MANAGERS:
        if may_act(caller(role), act, CASE, OwnWork()):
            may.add("manager")
    assert may == MAY[TABLE[act]["takes"]]
    assert may_act(caller("on_call_manager"), act, CASE, OwnWork()) is (TABLE[act]["takes"] == "anybody")


def test_every_row_of_the_table_is_here() -> None:
    assert list(TABLE) == list(ACTS) == list(Act)


def test_every_call_by_which_probation_changes_something_is_in_the_table() -> None:
    called = {call for row in ACTS.values() for call in row.calls}
    spec = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
    changing = {
        operation["operationId"]
        for _, method, operation in operations(spec)
        if method != "get"
        and ("x-permission" not in operation or "probation" in PERMISSIONS[operation["x-permission"]].sides)
    }
    assert called | NOT_ON_A_CASE == changing
    assert called.isdisjoint(NOT_ON_A_CASE)
