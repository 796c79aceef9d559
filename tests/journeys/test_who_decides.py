"""Who decides: a manager's decision is the manager's own call, and never about the manager's own case."""

from dataclasses import dataclass, field

import pytest
from werkzeug.test import TestResponse

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.stage import Json, Story, ok
from tests.referrals.samples import darren_and_toby

OWN_CASE, ROLE = (403, "/problems/own-case"), (403, "/problems/role-required")
HOME: Json = {
    "lines": ["9 Weavers Row", "Leeds"],
    "postcode": "LS9 8AB",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}


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
        """Return somebody for whose role as head of unit the case system vouches today."""
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
    """Post as somebody who has just read what is decided."""
    return caller.post(path, json=body, if_match=caller.get(seen_at).headers["ETag"])


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
