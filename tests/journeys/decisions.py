"""Every decision that only a manager may make, ready to be made in the work of one region."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.test import TestResponse

from service import clock
from service.access.permissions import MANAGERS, MAY_OVERRIDE_GATE
from tests.cast import Caller
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import GROUNDS
from tests.people.holdings import change
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

AGREED: Json = {"agreed": True, "reason": "I have read both."}
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

    def manager(self, who: str, role: str = "pdu_head") -> Caller:
        """Return a practitioner whom the case system vouches for in a role today."""
        return self.story.cast.probation.as_practitioner(who, role)

    def amend(self, caller: Caller) -> None:
        path = f"/v1/referrals/{self.referral}"
        self.document["risk"]["additional_information"] = "See him in the afternoon."
        tag = caller.get(path).headers["ETag"]
        ok(caller.post(f"{path}/versions", json=self.document, if_match=tag))


def post(caller: Caller, seen_at: str, path: str, body: Json) -> TestResponse:
    """Post as a caller who has just read what is decided."""
    return caller.post(path, json=body, if_match=caller.get(seen_at).headers["ETag"])


def review_of(office: Office, recorder: Caller) -> Json:
    """Return the review of risk that a change opens, as recorded by a practitioner."""
    change = office.story.report_change(office.crn, "new_relationship", recorder)
    return next(one for one in change["reviews"] if one["kind"] == "risk")


def nothing(review: Json) -> Json:
    """Return a completion that would change nothing."""
    considered = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]
    return {"no_change_reason": "She knows, and lives alone.", "considered": considered}


def lowering(level: str) -> Json:
    """Return a change that lowers the risk to the public."""
    rosh = {
        "group": "public",
        "level": level,
        "reason": "Sober since May.",
        "evidence": "Tag and employer.",
        "grounds": GROUNDS,
        "override_reason": "The police answer within the week.",
    }
    return {
        "kind": "rosh_changed",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "established",
        "rosh": rosh,
    }


@dataclass(frozen=True)
class Decision:
    """A decision that is ready to be made: where it is read and made, and as what it is shown as possible.

    Args:
        shown: None where what is read does not say who may decide.
    """

    seen_at: str
    path: str
    body: Json
    shown: str | None

    def make(self, caller: Caller) -> TestResponse:
        return post(caller, self.seen_at, self.path, self.body)

    def shows(self, caller: Caller, *, may: bool) -> bool:
        """Return whether what a caller reads says that they may decide, or that they may not."""
        view = ok(caller.get(self.seen_at))
        if self.shown is None:
            return True
        allowed: list[str] = view[next(name for name in view if name.startswith("allowed_"))]
        return (self.shown in allowed) is may


def check_not_required(office: Office, proposer: Caller) -> Decision:
    change = office.story.report_change(office.crn, "new_relationship", proposer)
    path = f"/v1/checks/{change['checks'][0]}"
    return Decision(path, f"{path}/decisions", {"decision": "not_required", "reason": "No."}, "not_required")


def request_ended(office: Office, proposer: Caller) -> Decision:
    """The force has been asked about the person already: the change joins that request."""
    office.story.report_change(office.crn, "address_new", proposer, addresses=[NEW_HOME])
    request = next(
        one
        for one in office.story.requests(office.referral, "police_da")
        if (one["area"], one["state"]) == (NEW_HOME["police_force"], "requested")
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
    assert sent["state"] == "superseded", "the force has an open request, which carries it from now on"
    path = f"/v1/check-requests/{sent['succeeded_by']}"
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


def limit_lifted(office: Office, proposer: Caller) -> Decision:
    at = person_at(office.crn)
    named = [{"practitioner": who} for who in ("n.other", "r.proposed")]
    body = {"named": named, "reason": "The case is in the newspapers."}
    ok(post(office.manager(_id(proposer)), f"{at}/access", f"{at}/limit", body))
    return Decision(f"{at}/access", f"{at}/lift", {"reason": "It no longer is."}, None)


def exclusion_ended(office: Office, proposer: Caller) -> Decision:
    at = person_at(office.crn)
    body = {"practitioner": "r.sister", "reason": "She is his sister."}
    (made,) = ok(office.manager(_id(proposer)).post(f"{at}/exclusions", json=body))["excluded"]
    return Decision(
        f"{at}/access", f"{at}/exclusions/{made['id']}/end", {"reason": "They are not related."}, None
    )


def risk_lowered(office: Office, proposer: Caller) -> Decision:
    """Who judged a risk to be high may lower it again; who asks a manager to lower it may not."""
    at = person_at(office.crn)
    asked = {
        "kind": "rosh_lowered",
        "subject_id": at.rpartition("/")[2],
        "role": "pdu_head",
        "reason": "He is sober.",
        "proposal": {"group": "public", "level": "medium", "evidence": "Tag.", "grounds": GROUNDS},
    }
    ok(office.manager(_id(proposer)).post("/v1/agreements", json=asked), 201)
    return Decision(at, f"{at}/changes-of-circumstance", lowering("medium"), None)


def _id(caller: Caller) -> str:
    assert caller.practitioner is not None
    return caller.practitioner.id


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
        limit_lifted,
        exclusion_ended,
        risk_lowered,
    )
}
"""Every decision that only a manager may make, prepared with the practitioner who asked for it."""
DECIDING: dict[str, tuple[str, ...]] = {
    decision: MAY_OVERRIDE_GATE if decision == "gate_opened" else MANAGERS for decision in DECISIONS
}
"""The roles that decide each."""
