"""How an officer finds requests: what is open, urgent or overdue, and whom they are about."""

from datetime import timedelta
from typing import Any

from service.people.model import Person
from tests import rows
from tests.cast import Caller
from tests.checks.factories import Case, answer, move, police_answer
from tests.conftest import TheClock


def listed(caller: Caller, **query: str) -> list[str]:
    """Return the ids of the requests that a caller lists."""
    found = caller.get("/v1/check-requests", **query)
    assert found.status_code == 200, found.text
    return [one["id"] for one in found.get_json()["items"]]


def found(caller: Caller, **whom: Any) -> list[str]:
    """Return the ids of the requests that a caller finds."""
    answered = caller.post("/v1/check-requests/search", json=whom)
    assert answered.status_code == 200, answered.text
    return [one["id"] for one in answered.get_json()["found"]]


def test_only_what_wants_an_answer_is_listed_as_open(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    assert listed(case.cast.police, open="yes") == [str(request.id)]
    answer(case.cast.police, request.id, police_answer())
    assert listed(case.cast.police, open="yes") == []
    assert listed(case.cast.police) == [str(request.id)]


def test_only_urgent_requests_are_listed_as_urgent(case: Case) -> None:
    case.address()
    case.raise_checks()
    assert listed(case.cast.police, urgent="yes") == []
    case.raise_checks("change:1", urgency="urgent")
    assert listed(case.cast.police, urgent="yes") == [str(case.request().id)]


def test_only_what_is_past_its_target_is_listed_as_overdue_and_not_once_answered(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    assert listed(case.cast.police, overdue="yes") == []
    the_clock.move(timedelta(days=30))
    assert listed(case.cast.police, overdue="yes", open="yes") == [str(request.id)]
    counted = case.cast.police.get("/v1/check-requests", overdue="yes", counts="yes").get_json()["counts"]
    assert counted == {"requested": 1}
    assert listed(case.cast.other_police, overdue="yes") == []
    answer(case.cast.police, request.id, police_answer())
    assert listed(case.cast.police, overdue="yes") == []


def test_a_request_is_found_by_the_name_or_number_that_the_agency_was_told(case: Case) -> None:
    case.address()
    with rows.transaction() as session:
        session.get_one(Person, case.person_id).pnc_number = "2009/0187342Q"
    case.raise_checks()
    police, request = case.cast.police, str(case.request().id)
    assert found(police, name={"family": "TESTCASE"}) == [request]
    assert found(police, name={"family": "Testcase", "given": "Toby"}) == [request]
    assert found(police, pnc_number="2009/0187342q") == [request]
    assert found(police, name={"family": "Testcase", "given": "Tom"}) == []
    assert found(police, noms_number="A4417DX") == []
    assert found(case.cast.other_police, name={"family": "Testcase"}) == []
    # It goes by what was told, and not by what the record says since.
    with rows.transaction() as session:
        session.get_one(Person, case.person_id).family_name = "Otherwise"
    assert found(police, name={"family": "Testcase"}) == [request]
    assert found(police, name={"family": "Otherwise"}) == []


def test_a_request_that_was_redirected_is_not_found_by_whom_it_was_about(case: Case) -> None:
    case.address()
    case.raise_checks()
    move(case.cast.police, case.request().id, "misdirect", to_area="greater-manchester", reason="Not ours.")
    assert found(case.cast.police, name={"family": "Testcase"}) == []
    assert len(found(case.cast.other_police, name={"family": "Testcase"})) == 1


def test_a_search_is_by_one_thing(case: Case) -> None:
    for body in ({}, {"pnc_number": "1", "noms_number": "2"}, {"name": {"given": "Toby"}}):
        refused = case.cast.police.post("/v1/check-requests/search", json=body)
        assert refused.status_code == 422, body
