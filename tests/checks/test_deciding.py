"""What a practitioner and a manager decide about answers, and what both feeds say of it."""

from datetime import date
from typing import Any

import pytest

from service.checks import actions
from service.checks.model import Check
from service.people.model import Contact
from tests import rows
from tests.checks.factories import (
    Case,
    answer,
    clock_of,
    entries,
    move,
    police_answer,
    read,
    redirect,
    review,
)


def test_only_a_manager_ends_a_request_and_says_why(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    refused = move(case.practitioner, request.id, "cancel", reason="Changed my mind.")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    ended = move(case.manager, request.id, "cancel", reason="Person has died.")
    assert ended.get_json()["state"] == "cancelled"
    assert case.check().state == "cancelled"
    assert clock_of(request.id, "answer").state == "stopped"


def test_a_refusal_comes_in_the_order_of_the_api(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    path, police = f"/v1/check-requests/{request.id}/transitions", case.cast.police
    nonsense = {"action": "answer_information", "question": 7}
    assert case.cast.other_police.post(path, json=nonsense).status_code == 404
    assert police.post(path, json=nonsense).status_code == 428
    _, tag = read(police, request.id)
    assert police.post(path, json=nonsense, if_match='"stale"').status_code == 412
    state = police.post(path, json=nonsense, if_match=tag)
    assert (state.status_code, state.get_json()["state"]) == (409, "acknowledged")
    body = police.post(path, json={"action": "refuse", "question": 7}, if_match=tag)
    assert body.status_code == 422
    assert {each["pointer"] for each in body.get_json()["errors"]} == {
        "/question",
        "/reason_code",
        "/reason",
    }


def test_every_event_reaches_both_feeds_and_names_no_person(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    move(case.cast.police, request.id, "return_for_information", question="Secret words?")
    feeds = {}
    for caller in (case.cast.police, case.practitioner):
        entries_ = caller.get("/v1/events").get_json()
        feeds[caller.client_id] = str(entries_)
        assert "Secret" not in feeds[caller.client_id]
    assert "check_request.requested" in feeds[case.cast.police.client_id]
    assert "check_request.required" not in feeds[case.cast.police.client_id]
    assert "check.raised" not in feeds[case.cast.police.client_id]
    assert "check_request.returned_for_information" in feeds[case.practitioner.client_id]


def test_a_returned_answer_does_not_close_a_check_until_it_is_reviewed(case: Case) -> None:
    case.address()
    (check,) = case.raise_checks()
    request = case.request()
    assert review(case.practitioner, check.id, request.id, "nothing").status_code == 409
    answer(case.cast.police, request.id, police_answer())
    assert case.check().state == "answered"
    muddled = review(case.practitioner, check.id, request.id, "nothing", "risk")
    assert [each["pointer"] for each in muddled.get_json()["errors"]] == ["/changes"]
    done = review(case.practitioner, check.id, request.id, "risk", reason="Medium, not low.")
    assert done.get_json()["state"] == "reviewed"
    assert clock_of(request.id, "review").state == "stopped"


def test_at_high_risk_another_manager_countersigns_or_sends_it_back(case: Case) -> None:
    case.address()
    (check,) = case.raise_checks(rosh="high")
    request = case.request()
    answer(case.cast.police, request.id, police_answer())
    view = review(case.practitioner, check.id, request.id, "nothing").get_json()
    assert (view["state"], case.request().state) == ("answered", "returned")

    def sign(review_id: str, *, agreed: bool, who: str = "s.okafor") -> int:
        manager = case.cast.probation.as_practitioner(who, "spo")
        tag = manager.get(f"/v1/checks/{check.id}").headers["ETag"]
        path = f"/v1/checks/{check.id}/reviews/{review_id}/countersignature"
        body = {"agreed": agreed, "reason": "Read both."}
        return manager.post(path, json=body, if_match=tag, idempotency_key=None).status_code

    first = view["reviews"][0]["id"]
    assert sign(first, agreed=True, who="p.shah") == 403
    assert sign(first, agreed=False) == 200
    assert case.request().state == "returned"
    second = review(case.practitioner, check.id, request.id, "risk").get_json()["reviews"][1]["id"]
    assert sign(second, agreed=True) == 200
    assert (case.request().state, case.check().state) == ("reviewed", "reviewed")
    assert sign(second, agreed=True) == 409


def test_not_required_is_a_managers_decision_with_a_reason_and_on_the_trail(case: Case) -> None:
    case.address()
    (check,) = case.raise_checks()
    path, body = f"/v1/checks/{check.id}/decisions", {"decision": "not_required", "reason": "Duplicate case."}
    assert case.practitioner.post(path, json=body).status_code == 403
    tag = case.manager.get(f"/v1/checks/{check.id}").headers["ETag"]
    decided = case.manager.post(path, json=body, if_match=tag, idempotency_key=None)
    view = decided.get_json()
    assert (view["state"], view["not_required"]["by"]) == ("not_required", "s.okafor")
    assert case.request().state == "cancelled"
    assert len(entries(check.id, "override")) == 1
    (listed,) = case.practitioner.get("/v1/checks", referral_id=str(case.referral_id)).get_json()["items"]
    assert listed["state"] == "not_required"


def test_a_decision_about_a_child_without_a_name_does_not_cover_the_child_once_it_has_one(case: Case) -> None:
    home = case.address()
    child = case.contact("child", child=True, named=False, born=None, lives_at=home)
    case.raise_checks()
    (waiting,) = case.requests("childrens_safeguarding")
    cancelled = move(case.manager, waiting.id, "cancel", reason="Nobody knows of any child.")
    assert cancelled.status_code == 200
    case.change(Contact, child, phone="0113 496 0000")
    assert [one.state for one in case.requests("childrens_safeguarding")] == ["cancelled"]
    born = date(2015, 5, 1)
    names = {"given_name": "Robin", "family_name": "Testcase", "date_of_birth": born}
    case.change(Contact, child, named=True, dated=True, **names)
    states = sorted(one.state for one in case.requests("childrens_safeguarding"))
    assert states == ["cancelled", "requested"]


def test_what_is_not_required_is_so_for_whom_it_was_decided(case: Case) -> None:
    home = case.address()
    child = case.contact("child", child=True, named=False, born=None, lives_at=home)
    case.raise_checks()
    check = case.check("childrens_safeguarding")
    tag = case.manager.get(f"/v1/checks/{check.id}").headers["ETag"]
    decided = case.manager.post(
        f"/v1/checks/{check.id}/decisions",
        json={"decision": "not_required", "reason": "Nobody knows of any child."},
        if_match=tag,
    )
    assert decided.status_code in {200, 201}, decided.text
    case.change(
        Contact, child, named=True, given_name="Robin", family_name="Testcase", estimated_age=8, aged=True
    )
    states = sorted(one.state for one in case.requests("childrens_safeguarding"))
    assert states == ["cancelled", "requested"]


def not_required(case: Case, check: Check) -> Any:
    tag = case.manager.get(f"/v1/checks/{check.id}").headers["ETag"]
    body = {"decision": "not_required", "reason": "Duplicate case."}
    decided = case.manager.post(f"/v1/checks/{check.id}/decisions", json=body, if_match=tag)
    assert decided.status_code in {200, 201}, decided.text
    return decided.get_json()


@pytest.mark.parametrize("disputed", [False, True])
def test_what_has_been_asked_since_because_of_something_else_goes_on(case: Case, disputed: bool) -> None:
    home = case.address()
    (first,) = case.raise_checks(kinds=["police_da"])
    if disputed:
        redirect(case.cast.police, case.request(), "greater-manchester")
        there = case.request(area="greater-manchester")
        redirect(case.cast.other_police, there, "west-yorkshire")
    newcomer = case.contact("partner", lives_at=home, born=date(1990, 1, 1))
    with rows.transaction() as session:
        (since,) = actions.recheck(
            session, case.actor, case.person_id, "change:1", referral_id=case.referral_id, kinds=["police_da"]
        )
    assert not_required(case, first)["state"] == "not_required"
    assert case.practitioner.get(f"/v1/checks/{since.id}").get_json()["state"] == "open"
    asked = [one for one in case.requests("police_da") if one.state in {"requested", "acknowledged"}]
    assert len(asked) == (2 if disputed else 1)
    about = {one["id"] for each in asked for one in read(case.practitioner, each.id)[0]["subjects"]}
    assert str(newcomer) in about
    # Nothing is left of the first one to decide about, and the second one ends all of it.
    seen = case.manager.get(f"/v1/checks/{first.id}").get_json()
    assert "not_required" not in seen["allowed_transitions"]
    assert not_required(case, since)["state"] == "not_required"
    assert {one.state for one in case.requests("police_da")} == {"cancelled"}
