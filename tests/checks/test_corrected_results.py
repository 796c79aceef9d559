"""An agency puts an answer of its own right, or withdraws it: what it had answered is owed again."""

from datetime import timedelta
from typing import Any

import pytest

from service.checks.model import CheckRequest
from tests import rows
from tests.cast import Caller
from tests.checks.factories import (
    LEEDS,
    Case,
    answer,
    call_out,
    children_answer,
    outcomes,
    police_answer,
    read,
    review,
)
from tests.conftest import TheClock

pytestmark = pytest.mark.long

GRAVE = police_answer(
    nothing_found=False,
    findings=police_answer()["findings"] | {"call_outs": [call_out("2026-02-01")]},
)
PART = {**GRAVE, "complete": False, "remaining": "PND comes tomorrow."}


def asked(case: Case) -> CheckRequest:
    case.address()
    case.raise_checks()
    return case.request()


def states_of(case: Case, request: CheckRequest) -> tuple[str, str]:
    with rows.transaction() as session:
        return session.get_one(CheckRequest, request.id).state, case.check().state


def correct(caller: Caller, request: CheckRequest, result: str, **instead: Any) -> Any:
    path = f"/v1/check-requests/{request.id}/results/{result}/corrections"
    return caller.post(path, json={"reason": "Another man of that name.", **instead})


def clocks(case: Case, request: CheckRequest) -> dict[str, tuple[str, bool]]:
    shown = read(case.practitioner, request.id)[0]["clocks"]
    return {one["timer"]: (one["state"], one["overdue"]) for one in shown if one["state"] != "stopped"}


def told(caller: Caller) -> list[dict[str, Any]]:
    events = caller.get("/v1/events", limit=500).get_json()["items"]
    return [one for one in events if one["event"] == "check_request.answer_corrected"]


@pytest.mark.parametrize("reviewed", [False, True])
def test_an_answer_about_the_wrong_person_is_no_answer(
    case: Case, the_clock: TheClock, reviewed: bool
) -> None:
    request = asked(case)
    first = answer(case.cast.police, request.id, police_answer()).get_json()
    if reviewed:
        review(case.practitioner, request.check_id, request.id, "nothing")
    the_clock.move(timedelta(days=60))
    gone = correct(case.cast.police, request, first["id"], withdrawn=True)
    assert gone.status_code == 201, gone.text
    assert gone.get_json()["correction"] == {
        "corrects": first["id"], "withdrawn": True, "reason": "Another man of that name.",
    }  # fmt: skip
    assert states_of(case, request) == ("acknowledged", "open")
    assert clocks(case, request) == {"answer": ("running", False)}, "it is owed from now on, and not late"
    old, new = read(case.practitioner, request.id)[0]["results"]
    assert (old["corrected_by"], old["nothing_found"]) == (new["id"], True), "it can be read as it was"
    assert ("findings" in new, new["nothing_found"], new["corrected_by"]) == (False, False, None)
    for reader in (case.practitioner, case.cast.police):
        (news,) = told(reader)
        assert news["data"] | {"kind": "", "urgency": ""} == {
            "result": new["id"], "number": 2, "corrects": first["id"], "withdrawn": True, "kind": "",
            "urgency": "",
        }  # fmt: skip
    # The right one comes, and is reviewed.
    assert answer(case.cast.police, request.id, GRAVE).status_code == 201
    assert states_of(case, request) == ("returned", "answered")
    assert review(case.practitioner, request.check_id, request.id, "risk").status_code in {200, 201}
    assert states_of(case, request) == ("reviewed", "reviewed")


def test_an_answer_put_right_reopens_its_review(case: Case) -> None:
    request = asked(case)
    first = answer(case.cast.police, request.id, police_answer()).get_json()
    review(case.practitioner, request.check_id, request.id, "nothing")
    right = correct(
        case.cast.police,
        request,
        first["id"],
        said=GRAVE | {"subjects": outcomes(request.id, nothing_found=False)},
    )
    assert right.status_code == 201, right.text
    assert states_of(case, request) == ("returned", "answered")
    assert clocks(case, request) == {"review": ("running", False)}
    assert [one["number"] for one in read(case.practitioner, request.id)[0]["results"]] == [1, 2]
    review(case.practitioner, request.check_id, request.id, "risk")
    assert states_of(case, request) == ("reviewed", "reviewed")


def test_an_answer_put_right_that_leaves_something_open_is_a_part(case: Case) -> None:
    case.address()
    first, second = (case.contact("child", child=True, authority=LEEDS) for _ in range(2))
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    whole = answer(case.cast.council, request.id, children_answer(first, second)).get_json()
    part = {**children_answer(first), "complete": False, "remaining": "The other child is another one."}
    assert correct(case.cast.council, request, whole["id"], said=part).status_code == 201
    assert states_of(case, request)[0] == "partially_returned"
    assert {"answer", "review"} <= clocks(case, request).keys()
    assert answer(case.cast.council, request.id, children_answer(second)).status_code == 201
    assert states_of(case, request)[0] == "returned"


def test_what_another_part_answers_stays_answered(case: Case) -> None:
    case.address()
    first, second = (case.contact("child", child=True, authority=LEEDS) for _ in range(2))
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    part = {**children_answer(first), "complete": False, "remaining": "The other child."}
    answer(case.cast.council, request.id, part)
    whole = answer(case.cast.council, request.id, children_answer(second)).get_json()
    assert states_of(case, request)[0] == "returned"
    assert correct(case.cast.council, request, whole["id"], withdrawn=True).status_code == 201
    assert states_of(case, request)[0] == "partially_returned"
    answered = {one["id"]: one["answered"] for one in read(case.practitioner, request.id)[0]["subjects"]}
    assert (answered[str(first)], answered[str(second)]) == (True, False)


def test_what_a_later_answer_says_too_stays_answered(case: Case) -> None:
    case.address()
    first, second = (case.contact("child", child=True, authority=LEEDS) for _ in range(2))
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    part = {**children_answer(first), "complete": False, "remaining": "The other child."}
    earlier = answer(case.cast.council, request.id, part).get_json()
    answer(case.cast.council, request.id, children_answer(first, second))
    assert correct(case.cast.council, request, earlier["id"], withdrawn=True).status_code == 201
    assert states_of(case, request)[0] == "returned"
    assert all(one["answered"] for one in read(case.practitioner, request.id)[0]["subjects"])


def test_a_part_that_is_withdrawn_leaves_the_clock_as_it_runs(case: Case) -> None:
    request = asked(case)
    part = answer(case.cast.police, request.id, PART).get_json()
    before = clocks(case, request)["answer"]
    assert correct(case.cast.police, request, part["id"], withdrawn=True).status_code == 201
    assert states_of(case, request)[0] == "acknowledged"
    assert clocks(case, request) == {"answer": before}


def test_only_the_agency_that_said_it_corrects_it_and_once(case: Case) -> None:
    request = asked(case)
    first = answer(case.cast.police, request.id, police_answer()).get_json()
    assert correct(case.cast.council, request, first["id"], withdrawn=True).status_code == 404
    other = case.cast.police
    assert correct(other, request, str(request.id), withdrawn=True).status_code == 404
    gone = correct(case.cast.police, request, first["id"], withdrawn=True).get_json()
    again = correct(case.cast.police, request, first["id"], withdrawn=True)
    assert (again.status_code, again.get_json()["corrected_by"]) == (409, gone["id"])
    assert correct(case.cast.police, request, gone["id"], withdrawn=True).status_code == 409
    assert len(told(case.practitioner)) == 1


def test_what_is_said_instead_is_an_answer(case: Case) -> None:
    request = asked(case)
    first = answer(case.cast.police, request.id, police_answer()).get_json()
    wrong = {**GRAVE, "nothing_found": "no", "findings": {"call_outs": "x"}}
    refused = correct(case.cast.police, request, first["id"], said=wrong)
    pointers = {one["pointer"] for one in refused.get_json()["errors"]}
    assert {"/said/nothing_found", "/said/findings/call_outs"} <= pointers
    assert states_of(case, request) == ("returned", "answered")
