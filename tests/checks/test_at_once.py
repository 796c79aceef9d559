"""Two calls at the same moment: one is done, the other is refused, and nothing is stored twice."""

import threading
from typing import Any

import pytest

from service.checks import actions, writes
from service.checks.actions import CheckCase
from service.checks.model import CheckRequest
from service.demo.cast import PDU
from service.people.model import Person
from tests import rows
from tests.checks.factories import (
    LEEDS,
    MANCHESTER,
    Case,
    answer,
    at_once,
    children_answer,
    police_answer,
    read,
)
from tests.referrals.samples import minimal

pytestmark = pytest.mark.long


def test_of_two_returns_at_once_one_is_the_answer_and_the_other_a_supplement(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    case.cast.police.token()
    statuses = at_once(
        lambda: answer(case.cast.police, request.id, police_answer(), "one").status_code,
        lambda: answer(case.cast.police, request.id, police_answer(), "two").status_code,
    )
    assert statuses == [201, 201]
    results = read(case.practitioner, request.id)[0]["results"]
    assert [(each["number"], each["supplement"]) for each in results] == [(1, False), (2, True)]


def test_a_refusal_and_a_question_at_once_leave_one_of_them(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    _, tag = read(case.cast.police, request.id)

    def move(**body: Any) -> int:
        path = f"/v1/check-requests/{request.id}/transitions"
        return case.cast.police.post(path, json=body, if_match=tag).status_code

    statuses = at_once(
        lambda: move(action="refuse", reason_code="other", reason="No grounds."),
        lambda: move(action="return_for_information", question="Which flat?"),
    )
    assert sorted(statuses) == [200, 412]


def test_the_last_two_answers_at_once_make_the_check_answered(case: Case) -> None:
    case.address()
    here = case.contact("child", child=True, authority=LEEDS)
    there = case.contact("child", child=True, authority=MANCHESTER)
    case.raise_checks()
    mine = case.request("childrens_safeguarding", LEEDS)
    other = case.request("childrens_safeguarding", MANCHESTER)
    case.cast.council.token(), case.cast.other_council.token()
    statuses = at_once(
        lambda: answer(case.cast.council, mine.id, children_answer(here)).status_code,
        lambda: answer(case.cast.other_council, other.id, children_answer(there)).status_code,
    )
    assert statuses == [201, 201]
    assert case.check("childrens_safeguarding").state == "answered"


def test_one_trigger_raised_by_two_at_once_raises_one_check(case: Case) -> None:
    case.address()

    def raise_() -> list[Any]:
        with rows.transaction() as session:
            person = session.get_one(Person, case.person_id)
            on = CheckCase(
                referral_id=case.referral_id,
                person=person,
                probation_id=case.cast.probation.organisation_id,
                practitioner="p.shah",
                pdu=PDU,
            )
            return [check.id for check in actions.raise_checks(session, case.actor, on, "change:1")]

    first, second = at_once(raise_, raise_)
    assert first == second
    assert len(case.requests()) == 1


def test_a_further_referral_of_somebody_waits_for_an_agency_that_says_something(case: Case) -> None:
    """Its checks are served by the open requests: it reads them as the agency has left them."""
    case.address()
    case.raise_checks()
    document = minimal("FUR-1", "X320741")
    case.practitioner.token()
    sent: list[int] = []
    further = threading.Thread(
        target=lambda: sent.append(case.practitioner.post("/v1/referrals", json=document).status_code)
    )
    with rows.transaction() as session:
        writes.lock_record(session, case.person_id)
        further.start()
        further.join(timeout=2)
        actions.acknowledge(session, case.actor, session.get_one(CheckRequest, case.request().id))
    further.join()
    assert (sent, case.request().state) == ([201], "acknowledged")
