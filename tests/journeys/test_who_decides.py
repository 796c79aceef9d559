"""Who decides: a manager's decision is the manager's own call, and never about the manager's own case."""

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from service import db
from service.access.actor import PRACTITIONER_ROLES
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.decisions import (
    AGREED,
    DECIDING,
    DECISIONS,
    Office,
    check_not_required,
    lowering,
    nothing,
    post,
    request_ended,
    review_of,
)
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import held_meanwhile_by
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

OWN_CASE, ROLE = (403, "/problems/own-case"), (403, "/problems/role-required")


@pytest.fixture
def office(cast: Cast, the_clock: TheClock) -> Office:
    office = Office(Story(cast, the_clock))
    office.referral = office.story.submit(office.document)["id"]
    office.amend(office.practitioner("a.boyle"))
    return office


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json().get("type", "")


def test_who_submitted_a_referral_does_not_decide_that_its_check_is_not_required(office: Office) -> None:
    (check, *_) = office.story.checks(office.referral, "police_da")
    path = f"/v1/checks/{check['id']}"
    body = {"decision": "not_required", "reason": "Nobody lives there."}
    as_spo = office.story.cast.probation.as_practitioner("p.shah", "spo")
    assert refusal(post(as_spo, path, f"{path}/decisions", body)) == OWN_CASE
    assert ok(as_spo.get(path))["state"] == "open"
    assert "not_required" not in ok(as_spo.get(path))["allowed_transitions"]


def test_nobody_in_a_body_agrees_that_a_review_changes_nothing(office: Office) -> None:
    review = review_of(office, office.practitioner("p.shah"))
    path, officer = f"/v1/reviews/{review['id']}", office.practitioner("p.shah")
    nobody = {"id": "nobody.at.all", "role": "regional_director"}
    refused = post(officer, path, f"{path}/completion", nothing(review) | {"agreed_by": nobody})
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/agreed_by"]

    proposed = ok(post(officer, path, f"{path}/completion", nothing(review)))
    assert (proposed["state"], proposed["outcome"]) == ("awaiting_agreement", None)
    done = ok(post(office.manager("h.grant"), path, f"{path}/agreement", AGREED))
    assert (done["state"], done["outcome"]["agreed_by"]["id"]) == ("completed", "h.grant")


def owed(caller: Caller) -> set[str]:
    return {one["kind"] for one in ok(caller.get("/v1/work"))["items"]}


def test_a_review_that_waits_for_a_manager_runs_late_for_the_manager_alone(office: Office) -> None:
    review = review_of(office, office.practitioner("p.shah"))
    officer = office.practitioner("p.shah")
    ok(post(officer, review["href"], f"{review['href']}/completion", nothing(review)))
    office.story.wait(days=10)
    waiting = ok(officer.get(review["href"]))
    assert (waiting["state"], waiting["waits_for"]) == ("awaiting_agreement", "manager")
    assert (waiting["overdue"], waiting["due_at"]) == (False, None)
    late = {one["kind"]: one["overdue"] for one in ok(office.manager("h.grant").get("/v1/work"))["items"]}
    assert late["decide_agreement"]
    assert "review_change" not in owed(officer) | set(late)
    feed = office.story.told(office.story.cast.probation, "review.agreement_needed")
    assert [entry["data"]["for"] for entry in feed] == [["manager"]]


def test_a_review_that_a_manager_sends_back_is_the_practitioners_again(office: Office) -> None:
    review = review_of(office, office.practitioner("p.shah"))
    officer, path = office.practitioner("p.shah"), f"{review['href']}/agreement"
    ok(post(officer, review["href"], f"{review['href']}/completion", nothing(review)))
    assert "review_change" not in owed(officer)
    back = ok(post(office.manager("h.grant"), review["href"], path, AGREED | {"agreed": False}))
    assert (back["state"], back["due_at"] is not None) == ("open", True)
    assert "review_change" in owed(officer)


def test_a_manager_who_is_not_on_the_case_completes_a_review_alone(office: Office) -> None:
    review = review_of(office, office.practitioner("p.shah"))
    path = f"{review['href']}/completion"
    done = ok(post(office.manager("h.grant"), review["href"], path, nothing(review)))
    assert (done["state"], done["outcome"]["agreed_by"]["id"]) == ("completed", "h.grant")


@pytest.mark.parametrize("who", ["p.shah", "a.boyle", "r.recorded"])
def test_a_manager_who_is_on_the_case_needs_another_to_complete_a_review(office: Office, who: str) -> None:
    review = review_of(office, office.practitioner("r.recorded"))
    path = f"{review['href']}/completion"
    proposed = ok(post(office.manager(who), review["href"], path, nothing(review)))
    assert (proposed["state"], proposed["allowed_transitions"]) == ("awaiting_agreement", [])


@pytest.mark.parametrize("decision", DECISIONS)
def test_only_a_manager_who_is_not_on_the_case_decides(office: Office, decision: str) -> None:
    ready, may = DECISIONS[decision](office, office.practitioner("r.proposed")), DECIDING[decision]
    for role in PRACTITIONER_ROLES:
        for who in ("p.shah", "a.boyle", "r.proposed"):
            caller = office.manager(who, role)
            assert ready.shows(caller, may=False), (who, role)
            assert refusal(ready.make(caller)) == (OWN_CASE if role in may else ROLE), (who, role)
        if role not in may:
            colleague = office.manager("n.other", role)
            assert ready.shows(colleague, may=False), role
            assert refusal(ready.make(colleague)) == ROLE, role
    for role in may:
        assert ready.shows(office.manager("h.grant", role), may=True), role
    assert ready.make(office.manager("h.grant", may[-1])).status_code in {200, 201}


def lower(caller: Caller, crn: str, level: str = "medium") -> TestResponse:
    """Lower the risk to the public."""
    return caller.post(f"{person_at(crn)}/changes-of-circumstance", json=lowering(level))


def test_a_high_risk_is_lowered_only_by_a_manager_who_is_not_on_the_case(office: Office) -> None:
    for who in ("p.shah", "a.boyle"):
        assert refusal(lower(office.manager(who), office.crn)) == OWN_CASE, who
    assert refusal(lower(office.practitioner("n.other"), office.crn)) == ROLE
    ok(lower(office.manager("h.grant"), office.crn), 201)
    ok(lower(office.practitioner("p.shah"), office.crn, "low"), 201)


def test_a_manager_who_lowered_a_risk_is_not_on_the_case_for_that(office: Office) -> None:
    ok(lower(office.manager("h.grant"), office.crn), 201)
    ready = check_not_required(office, office.practitioner("r.proposed"))
    assert ready.make(office.manager("h.grant")).status_code == 200


def test_the_same_id_in_another_region_is_somebody_else(office: Office) -> None:
    stranger = office.story.cast.stranger.as_practitioner("h.grant")
    with held_meanwhile_by(stranger):
        ok(stranger.post("/v1/referrals", json=darren_and_toby("N51-1", crn=office.crn)), 201)
    ready = check_not_required(office, office.practitioner("r.proposed"))
    assert ready.make(office.manager("h.grant")).status_code == 200


def test_a_decision_is_refused_after_the_state_and_before_the_body(office: Office) -> None:
    ready = check_not_required(office, office.practitioner("r.proposed"))
    nonsense: Json = {"decision": 7}
    own = office.manager("p.shah")
    assert own.post(ready.path, json=nonsense).status_code == 428
    assert own.post(ready.path, json=nonsense, if_match='"stale"').status_code == 412
    assert refusal(post(own, ready.seen_at, ready.path, nonsense)) == OWN_CASE
    ok(ready.make(office.manager("h.grant")))
    late = post(own, ready.seen_at, ready.path, nonsense)
    assert (late.status_code, late.get_json()["allowed"]) == (409, [])


def test_a_decision_that_is_not_refused_as_ones_own_is_listed(office: Office) -> None:
    """A list shows each caller what it may do, as the thing itself does."""
    request_ended(office, office.practitioner("r.proposed"))
    for who, may in (("p.shah", False), ("a.boyle", False), ("h.grant", True)):
        listed = ok(office.manager(who).get("/v1/check-requests"))["items"]
        checks = ok(office.manager(who).get("/v1/checks", referral_id=office.referral))["items"]
        assert any("cancel" in one["allowed_transitions"] for one in listed) is may, who
        assert any("not_required" in one["allowed_transitions"] for one in checks) is may, who


def test_a_refusal_of_ones_own_case_is_on_the_trail(office: Office) -> None:
    ready = check_not_required(office, office.practitioner("r.proposed"))
    ready.make(office.manager("p.shah"))
    with db.transaction("owner") as session:
        refused = session.scalars(text("SELECT body FROM audit_entry WHERE verb = 'denied'")).all()
    assert any("own-case" in body and "p.shah" in body for body in refused)
