"""Who decides: a manager's decision is the manager's own call, and never about the manager's own case."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from service import clock, db
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import GROUNDS, held_meanwhile_by
from tests.people.holdings import change
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

AGREED: Json = {"agreed": True, "reason": "I have read both."}
OWN_CASE, ROLE = (403, "/problems/own-case"), (403, "/problems/role-required")
HOME: Json = {
    "lines": ["9 Weavers Row", "Leeds"],
    "postcode": "LS9 8AB",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}

NEW_HOME: Json = HOME | {"ref": "weavers-row", "kind": "current"}


@dataclass
class Office:
    """A region at work on one case: p.shah submitted it, a.boyle amended it."""

    story: Story
    document: Json = field(default_factory=darren_and_toby)
    referral: str = ""

    @property
    def crn(self) -> str:
        found: str = self.document["person"]["crn"]
        return found

    def practitioner(self, who: str) -> Caller:
        return self.story.cast.probation.as_practitioner(who)

    def manager(self, who: str) -> Caller:
        """Return a practitioner whom the case system vouches for as head of unit today."""
        return self.story.cast.probation.as_practitioner(who, "pdu_head")

    def amend(self, caller: Caller) -> None:
        path = f"/v1/referrals/{self.referral}"
        self.document["risk"]["additional_information"] = "See him in the afternoon."
        tag = caller.get(path).headers["ETag"]
        ok(caller.post(f"{path}/versions", json=self.document, if_match=tag))


@pytest.fixture
def office(cast: Cast, the_clock: TheClock) -> Office:
    office = Office(Story(cast, the_clock))
    office.referral = office.story.submit(office.document)["id"]
    office.amend(office.practitioner("a.boyle"))
    return office


def post(caller: Caller, seen_at: str, path: str, body: Json) -> TestResponse:
    """Post as a caller who has just read what is decided."""
    return caller.post(path, json=body, if_match=caller.get(seen_at).headers["ETag"])


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json().get("type", "")


def review_of(office: Office, recorder: Caller) -> Json:
    """Return the review of risk that a change opens, as recorded by a practitioner."""
    change = office.story.report_change(office.crn, "new_relationship", recorder)
    return next(one for one in change["reviews"] if one["kind"] == "risk")


def nothing(review: Json) -> Json:
    """Return a completion that would change nothing."""
    considered = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]
    return {"no_change_reason": "She knows, and lives alone.", "considered": considered}


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


def test_a_review_that_waits_for_a_manager_still_runs_late(office: Office) -> None:
    review = review_of(office, office.practitioner("p.shah"))
    officer = office.practitioner("p.shah")
    ok(post(officer, review["href"], f"{review['href']}/completion", nothing(review)))
    office.story.wait(days=10)
    late = ok(officer.get(review["href"]))
    assert (late["state"], late["waits_for"], late["overdue"]) == ("awaiting_agreement", "manager", True)
    feed = office.story.told(office.story.cast.probation, "review.agreement_needed")
    assert [entry["data"]["for"] for entry in feed] == [["manager"]]


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


@dataclass(frozen=True)
class Decision:
    """A decision that is ready to be made: where it is read and made, and as what it is shown as possible."""

    seen_at: str
    path: str
    body: Json
    shown: str

    def make(self, caller: Caller) -> TestResponse:
        return post(caller, self.seen_at, self.path, self.body)

    def is_shown(self, caller: Caller) -> bool:
        view = ok(caller.get(self.seen_at))
        allowed: list[str] = view[next(name for name in view if name.startswith("allowed_"))]
        return self.shown in allowed


def check_not_required(office: Office, proposer: Caller) -> Decision:
    change = office.story.report_change(office.crn, "new_relationship", proposer)
    path = f"/v1/checks/{change['checks'][0]}"
    return Decision(path, f"{path}/decisions", {"decision": "not_required", "reason": "No."}, "not_required")


def request_ended(office: Office, proposer: Caller) -> Decision:
    change = office.story.report_change(office.crn, "address_new", proposer, addresses=[NEW_HOME])
    request = next(
        one
        for one in office.story.requests(office.referral, "police_da")
        if one["check_id"] in change["checks"] and one["state"] == "requested"
    )
    body = {"action": "cancel", "reason": "The question was about somebody else."}
    return Decision(request["href"], f"{request['href']}/transitions", body, "cancel")


def request_asked_again_ended(office: Office, proposer: Caller) -> Decision:
    story = office.story
    first = next(one for one in story.requests(office.referral, "police_da") if one["state"] == "requested")
    force = story.cast.police if first["area"] == "west-yorkshire" else story.cast.other_police
    story.move_request(force, first["id"], "refuse", reason_code="no_lawful_basis", reason="No basis.")
    # Nobody is registered there: it waits, and only that it was asked says who asked.
    asked = story.move_request(proposer, first["id"], "ask_again", reason="Section 325.", area="cumbria")
    path = f"/v1/check-requests/{asked['succeeded_by']}"
    return Decision(path, f"{path}/transitions", {"action": "cancel", "reason": "Not needed."}, "cancel")


def request_sent_on_ended(office: Office, proposer: Caller) -> Decision:
    """The force redirects it to another: the practitioner who recorded the change still may not decide."""
    story, raised = office.story, request_ended(office, proposer)
    request = ok(office.practitioner("n.other").get(raised.seen_at))
    force = story.cast.police if request["area"] == "west-yorkshire" else story.cast.other_police
    elsewhere = {"to_area": "cumbria", "reason": "The address is theirs."}
    story.move_request(force, request["id"], "misdirect", **elsewhere)
    successor = ok(office.practitioner("n.other").get(raised.seen_at))["succeeded_by"]
    path = f"/v1/check-requests/{successor}"
    return Decision(path, f"{path}/transitions", raised.body, "cancel")


def request_supplied_and_ended(office: Office, proposer: Caller) -> Decision:
    story, somewhere = office.story, {name: NEW_HOME[name] for name in NEW_HOME if name != "police_force"}
    change = story.report_change(office.crn, "address_new", story.practitioner, addresses=[somewhere])
    waiting = next(
        one
        for one in story.requests(office.referral, "police_da")
        if one["check_id"] in change["checks"] and one["state"] == "awaiting_details"
    )
    sent = story.move_request(proposer, waiting["id"], "supply_details", area="west-yorkshire")
    assert sent["state"] == "requested"
    path = waiting["href"]
    return Decision(path, f"{path}/transitions", {"action": "cancel", "reason": "Not needed."}, "cancel")


@contextmanager
def accountable_for_a_while(office: Office, proposer: Caller) -> Iterator[None]:
    """Let somebody answer for the case, who then reviews in it, and hand it back."""
    assert proposer.practitioner is not None
    (crn,) = {one["crn"] for one in ok(office.story.practitioner.get("/v1/referrals"))["items"]}
    ok(change(office.story.spo, "holding", crn, practitioner=proposer.practitioner.id, pdu="Leeds"))
    yield
    ok(change(office.story.spo, "holding", crn, practitioner="p.shah", pdu="Leeds"))


def answer_countersigned(office: Office, proposer: Caller) -> Decision:
    story = office.story
    request = next(one for one in story.requests(office.referral, "police_da") if one["state"] == "requested")
    force = story.cast.police if request["area"] == "west-yorkshire" else story.cast.other_police
    story.answer(force, request["id"], dict(NOTHING_KNOWN), nothing_found=True)
    path = f"/v1/checks/{request['check_id']}"
    found = {"check_request_id": request["id"], "changes": ["nothing"], "reason": "Nothing is held."}
    with accountable_for_a_while(office, proposer):
        (review,) = ok(post(proposer, path, f"{path}/reviews", found))["reviews"]
    return Decision(path, f"{path}/reviews/{review['id']}/countersignature", AGREED, "countersign")


def gate_opened(office: Office, proposer: Caller) -> Decision:
    story, day = office.story, clock.today()
    part = story.part(office.referral, "approved_premises")["id"]
    story.take_on(story.cast.ap, part)
    until = day.replace(year=day.year + 1).isoformat()
    ok(story.place(story.cast.ap, part, "offer", expected_arrival=day.isoformat(), expected_departure=until))
    ok(story.place(story.practitioner, part, "confirm"))
    ok(story.place(story.cast.ap, part, "record_arrival", arrived_on=day.isoformat()))
    ok(story.place(proposer, part, "propose_move_on", address=HOME))
    path = f"/v1/destination-referrals/{part}/placement"
    return Decision(path, path, {"action": "override_gate", "reason": "Threats."}, "override_gate")


def review_agreed(office: Office, proposer: Caller) -> Decision:
    review = review_of(office, office.practitioner("p.shah"))
    with accountable_for_a_while(office, proposer):
        ok(post(proposer, review["href"], f"{review['href']}/completion", nothing(review)))
    return Decision(review["href"], f"{review['href']}/agreement", AGREED, "agree")


def review_of_own_news_agreed(office: Office, proposer: Caller) -> Decision:
    review = review_of(office, proposer)
    ok(post(office.practitioner("p.shah"), review["href"], f"{review['href']}/completion", nothing(review)))
    return Decision(review["href"], f"{review['href']}/agreement", AGREED, "agree")


DECISIONS: dict[str, Callable[[Office, Caller], Decision]] = {
    decision.__name__: decision
    for decision in (
        check_not_required,
        request_ended,
        request_asked_again_ended,
        request_sent_on_ended,
        request_supplied_and_ended,
        answer_countersigned,
        gate_opened,
        review_agreed,
        review_of_own_news_agreed,
    )
}
"""Every decision that only a manager may make, prepared with the practitioner who asked for it."""


@pytest.mark.parametrize("decision", DECISIONS)
def test_only_a_manager_who_is_not_on_the_case_decides(office: Office, decision: str) -> None:
    ready = DECISIONS[decision](office, office.practitioner("r.proposed"))
    for who in ("p.shah", "a.boyle", "r.proposed"):
        assert not ready.is_shown(office.manager(who)), who
        assert refusal(ready.make(office.manager(who))) == OWN_CASE, who
    colleague = office.practitioner("n.other")
    assert not ready.is_shown(colleague)
    assert refusal(ready.make(colleague)) == ROLE
    assert ready.is_shown(office.manager("h.grant"))
    assert ready.make(office.manager("h.grant")).status_code == 200


def lower(caller: Caller, crn: str, level: str = "medium") -> TestResponse:
    """Lower the risk to the public."""
    rosh = {
        "group": "public",
        "level": level,
        "reason": "Sober since May.",
        "evidence": "Tag and employer.",
        "grounds": GROUNDS,
        "override_reason": "The police answer within the week.",
    }
    body = {
        "kind": "rosh_changed",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "established",
        "rosh": rosh,
    }
    return caller.post(f"{person_at(crn)}/changes-of-circumstance", json=body)


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
