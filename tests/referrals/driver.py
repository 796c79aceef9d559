"""A probation office at work, over HTTP, with everybody it refers to: short words for what tests do often."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.referrals.samples import darren_and_toby

Json = dict[str, Any]


def said(answer: TestResponse, status: int = 200) -> Json:
    """Return what was answered, if that is how it was expected to be."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    told: Json = answer.get_json()
    return told


@dataclass
class Driver:
    """One office and one clock."""

    cast: Cast
    clock: TheClock

    @property
    def officer(self) -> Caller:
        return self.cast.probation.as_practitioner()

    @property
    def pdu_head(self) -> Caller:
        return self.cast.probation.as_practitioner("h.grant", "pdu_head")

    def submit(self, document: Json | None = None) -> Json:
        """Submit a referral; Darren's when none is given."""
        return said(self.officer.post("/v1/referrals", json=document or darren_and_toby()), 201)

    def amend(self, referral: Json, document: Json) -> Json:
        """Send a whole new version of a referral."""
        path = f"/v1/referrals/{referral['id']}"
        tag = self.officer.get(path).headers["ETag"]
        return said(self.officer.post(f"{path}/versions", json=document, if_match=tag))

    def document(self, referral: Json) -> Json:
        """Read the current version as it was submitted."""
        current = said(self.officer.get(f"/v1/referrals/{referral['id']}"))["current_version"]
        found: Json = said(self.officer.get(f"/v1/referrals/{referral['id']}/versions/{current}"))["document"]
        return found

    def move(self, caller: Caller, part: Json, action: str, **members: Any) -> Json:
        """Move a destination referral as somebody, with a fresh tag."""
        return said(self.try_to_move(caller, part, action, **members))

    def try_to_move(self, caller: Caller, part: Json, action: str, **members: Any) -> TestResponse:
        """Try to move a destination referral as somebody, with a fresh tag."""
        path = f"/v1/destination-referrals/{part['id']}"
        tag = caller.get(path).headers.get("ETag")
        return caller.post(f"{path}/transitions", json={"action": action, **members}, if_match=tag)

    def place(self, caller: Caller, part: Json, action: str, **members: Any) -> Json:
        """Do something about a stay as somebody, with a fresh tag."""
        return said(self.try_to_place(caller, part, action, **members))

    def try_to_place(self, caller: Caller, part: Json, action: str, **members: Any) -> TestResponse:
        """Try to do something about a stay as somebody, with a fresh tag."""
        path = f"/v1/destination-referrals/{part['id']}/placement"
        tag = caller.get(path).headers.get("ETag")
        return caller.post(path, json={"action": action, **members}, if_match=tag)

    def report(self, caller: Caller, part: Json, kind: str, **content: Any) -> Json:
        """Report as a destination."""
        path = f"/v1/destination-referrals/{part['id']}/updates"
        return said(caller.post(path, json={"kind": kind, "content": content}), 201)

    def try_to_correct(self, caller: Caller, part: Json, update: Json, **instead: Any) -> TestResponse:
        """Try to put right or withdraw a report as somebody."""
        path = f"/v1/destination-referrals/{part['id']}/updates/{update['id']}/corrections"
        return caller.post(path, json={"reason": "A mistake.", **instead})

    def correct(self, caller: Caller, part: Json, update: Json, **instead: Any) -> Json:
        """Put right or withdraw a report as its destination."""
        return said(self.try_to_correct(caller, part, update, **instead), 201)

    def try_to_correct_move(self, caller: Caller, part: Json, action: str, **instead: Any) -> TestResponse:
        """Try to put right or withdraw the last action of its kind on a whole referral, as somebody."""
        path = f"/v1/destination-referrals/{part['id']}"
        moves = said(self.officer.get(path))["moves"]
        last = [one for one in moves if one["action"] == action and one["corrected_by"] is None][-1]
        return caller.post(f"{path}/moves/{last['id']}/corrections", json={"reason": "A mistake.", **instead})

    def correct_move(self, caller: Caller, part: Json, action: str, **instead: Any) -> Json:
        """Put right or withdraw the last action of its kind on a whole referral."""
        return said(self.try_to_correct_move(caller, part, action, **instead))

    def try_to_correct_stay(self, caller: Caller, part: Json, action: str, **instead: Any) -> TestResponse:
        """Try to put right or withdraw the last thing of its kind that stands of a stay, as somebody."""
        placement = f"/v1/destination-referrals/{part['id']}/placement"
        moves = said(self.officer.get(placement))["moves"]
        last = [one for one in moves if one["action"] == action and one["stands"]][-1]
        path = f"{placement}/moves/{last['id']}/corrections"
        return caller.post(path, json={"reason": "A mistake.", **instead})

    def correct_stay(self, caller: Caller, part: Json, action: str, **instead: Any) -> Json:
        """Put right or withdraw the last thing of its kind that stands of a stay."""
        return said(self.try_to_correct_stay(caller, part, action, **instead))

    def look(self, caller: Caller, part: Json) -> Json:
        """Read a destination referral as somebody."""
        return said(caller.get(f"/v1/destination-referrals/{part['id']}"))

    def accept(self, caller: Caller, part: Json) -> Json:
        """Read, answer for each adjustment, and accept, as a destination does."""
        said(caller.get(f"/v1/destination-referrals/{part['id']}/document"))
        wanted = self.look(caller, part)["adjustments_to_answer"]
        if wanted:
            self.report(caller, part, "adjustments", answers=[{"kind": k, "can_meet": True} for k in wanted])
        return self.move(caller, part, "accept")


def part_of(referral: Json, kind: str, category: str | None = None) -> Json:
    """Return one destination's part as probation sees it."""
    parts: list[Json] = referral["destinations"]
    return next(
        part for part in parts if part["kind"] == kind and category in {None, part["service_category"]}
    )
