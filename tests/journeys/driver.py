"""Drives the journeys: each caller with real tokens over HTTP, one clock that is moved, and the worker.

What comes out is looked at from outside, as each caller sees it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any, Final

from werkzeug.test import TestResponse

from service import clock, db
from service.access.actor import Actor
from service.organisations.writes.organisations import set_responsibility
from service.timers.worker import work_once
from tests.cast import Caller, Cast, key_of
from tests.checks.factories import outcomes
from tests.conftest import TheClock
from tests.rows import person_at

Json = dict[str, Any]


def ok(answer: TestResponse, status: int = 200) -> Json:
    """Return what was answered, if that is what was expected."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    found: Json = answer.get_json()
    return found


@dataclass
class Story:
    """A case as everybody in it sees it."""

    cast: Cast
    clock: TheClock

    @property
    def practitioner(self) -> Caller:
        return self.cast.probation.as_practitioner()

    @property
    def spo(self) -> Caller:
        return self.cast.probation.as_practitioner("s.okafor", "spo")

    @property
    def pdu_head(self) -> Caller:
        return self.cast.probation.as_practitioner("h.grant", "pdu_head")

    def wait(self, **by: float) -> None:
        """Let time pass, the worker looking once an hour as it would every few seconds."""
        until = self.clock.at + timedelta(**by)
        while self.clock.at < until:
            self.clock.set(min(until, self.clock.at + timedelta(hours=6)))
            self.work()

    def wait_until(self, moment: str) -> None:
        """Let time pass up to a moment, the worker looking every few hours."""
        self.wait(seconds=(datetime.fromisoformat(moment) - self.clock.at).total_seconds())

    def work(self) -> None:
        """Let a worker do what is due."""
        work_once("worker", Event())

    def submit(self, document: Mapping[str, Any]) -> Json:
        """Submit a referral."""
        return ok(self.practitioner.post("/v1/referrals", json=document), 201)

    def referral(self, referral_id: str) -> Json:
        """Read a referral as its practitioner."""
        return ok(self.practitioner.get(f"/v1/referrals/{referral_id}"))

    def part(self, referral_id: str, kind: str, category: str | None = None) -> Json:
        """Return one destination's part of a referral, as probation sees it."""
        return next(
            part
            for part in self.referral(referral_id)["destinations"]
            if part["kind"] == kind and part["service_category"] == category
        )

    def checks(self, referral_id: str, kind: str) -> list[Json]:
        """Return the checks of a kind, cycle by cycle, each with its requests."""
        found = ok(self.practitioner.get("/v1/checks", referral_id=referral_id))["items"]
        return [ok(self.practitioner.get(f"/v1/checks/{one['id']}")) for one in found if one["kind"] == kind]

    def requests(self, referral_id: str, kind: str) -> list[Json]:
        """Return the check requests of a kind, as probation sees them, in the order in which they arose."""
        found = ok(self.practitioner.get("/v1/check-requests", referral_id=referral_id))["items"]
        return [one for one in found if one["kind"] == kind]

    def inbox(self, agency: Caller) -> list[Json]:
        """Return what an agency is asked and has not answered."""
        found = ok(agency.get("/v1/check-requests"))["items"]
        return [one for one in found if one["state"] in {"requested", "acknowledged"}]

    def answer(self, agency: Caller, request_id: str, findings: Json, *, nothing_found: bool = False) -> Json:
        """Return a full answer as an agency."""
        day = clock.today()
        body: Json = {
            "complete": True,
            "nothing_found": nothing_found,
            "valid_as_at": day.isoformat(),
            "searched": {"from": "2010-01-01", "until": day.isoformat(), "sources": ["Own records"]},
            "findings": findings,
        }
        if "children" not in findings:
            body["subjects"] = outcomes(request_id, nothing_found=nothing_found)
        return ok(agency.post(f"/v1/check-requests/{request_id}/results", json=body), 201)

    def move_request(self, caller: Caller, request_id: str, action: str, **members: Any) -> Json:
        """Move a check request as a caller who has just read it."""
        seen = caller.get(f"/v1/check-requests/{request_id}")
        return ok(
            caller.post(
                f"/v1/check-requests/{request_id}/transitions",
                json={"action": action, **members},
                if_match=seen.headers["ETag"],
            )
        )

    def review_answer(self, check_id: str, request_id: str, *changes: str, reason: str) -> Json:
        """Review what an agency answered."""
        seen = self.practitioner.get(f"/v1/checks/{check_id}")
        return ok(
            self.practitioner.post(
                f"/v1/checks/{check_id}/reviews",
                json={"check_request_id": request_id, "changes": list(changes), "reason": reason},
                if_match=seen.headers["ETag"],
            ),
        )

    def move(self, caller: Caller, destination_referral_id: str, action: str, **members: Any) -> Json:
        """Move a destination referral as a caller who has just read it."""
        seen = caller.get(f"/v1/destination-referrals/{destination_referral_id}")
        return ok(
            caller.post(
                f"/v1/destination-referrals/{destination_referral_id}/transitions",
                json={"action": action, **members},
                if_match=seen.headers["ETag"],
            )
        )

    def place(
        self, caller: Caller, destination_referral_id: str, action: str, **members: Any
    ) -> TestResponse:
        """Act on a placement as a caller who has just read it; return the response."""
        seen = caller.get(f"/v1/destination-referrals/{destination_referral_id}/placement")
        return caller.post(
            f"/v1/destination-referrals/{destination_referral_id}/placement",
            json={"action": action, **members},
            if_match=seen.headers["ETag"],
        )

    def take_on(self, caller: Caller, destination_referral_id: str) -> Json:
        """Read, say of every adjustment that it can be met, and accept."""
        document = self.document(caller, destination_referral_id)
        part = ok(caller.get(f"/v1/destination-referrals/{destination_referral_id}"))
        answers = [{"kind": kind, "can_meet": True} for kind in part["adjustments_to_answer"]]
        if answers:
            self.update(caller, destination_referral_id, "adjustments", answers=answers)
        self.move(caller, destination_referral_id, "accept")
        return document

    def update(self, caller: Caller, destination_referral_id: str, kind: str, **content: Any) -> Json:
        """Report something as a destination."""
        return ok(
            caller.post(
                f"/v1/destination-referrals/{destination_referral_id}/updates",
                json={"kind": kind, "content": content},
            ),
            201,
        )

    def document(self, caller: Caller, destination_referral_id: str) -> Json:
        """Read what a destination was sent, as that destination."""
        return ok(caller.get(f"/v1/destination-referrals/{destination_referral_id}/document"))

    def report_change(self, crn: str, kind: str, caller: Caller | None = None, **members: Any) -> Json:
        """Record a change of circumstance."""
        given = {
            "kind": kind,
            "occurred_on": clock.today().isoformat(),
            "source": "practitioner",
            "standing": "established",
            **members,
        }
        posted = (caller or self.practitioner).post(f"{person_at(crn)}/changes-of-circumstance", json=given)
        return ok(posted, 201)

    def refute(self, crn: str, alleged: Json, *, details: str, source: str = "prison") -> Json:
        """Record, as a manager, what evidence shows that an allegation was not so."""
        body = {
            "kind": alleged["kind"],
            "occurred_on": clock.today().isoformat(),
            "source": source,
            "standing": "refuted",
            "follows": alleged["id"],
            "details": details,
        }
        manager = self.practitioner.as_practitioner("s.spencer", "spo")
        return ok(manager.post(f"{person_at(crn)}/changes-of-circumstance", json=body), 201)

    def contact(self, crn: str, ref: str) -> Json:
        """Return a contact of a person, by the practitioner's own reference."""
        found = ok(self.practitioner.get(f"{person_at(crn)}/contacts"))["items"]
        return next(one for one in found if one["ref"] == ref)

    def supply(self, crn: str, contact: Json, **details: Any) -> Json:
        """Supply missing details of a contact."""
        return ok(
            self.practitioner.patch(
                f"{person_at(crn)}/contacts/{contact['id']}", json=details, if_match=contact["etag"]
            )
        )

    def complete_review(
        self, review_id: str, caller: Caller | None = None, **completion: Any
    ) -> TestResponse:
        """Complete a review as a caller who has just read it; return the response."""
        caller = caller or self.practitioner
        seen = caller.get(f"/v1/reviews/{review_id}")
        return caller.post(
            f"/v1/reviews/{review_id}/completion", json=completion, if_match=seen.headers["ETag"]
        )

    def agree_to_review(
        self, review_id: str, caller: Caller | None = None, *, agreed: bool, reason: str
    ) -> TestResponse:
        """Decide as a manager about a review that would change nothing; the response."""
        caller = caller or self.spo
        seen = caller.get(f"/v1/reviews/{review_id}")
        return caller.post(
            f"/v1/reviews/{review_id}/agreement",
            json={"agreed": agreed, "reason": reason},
            if_match=seen.headers["ETag"],
        )

    def tell(self, decision: str, action: str, caller: Caller | None = None, **members: Any) -> Any:
        """Take a step of a disclosure decision as a caller who has just read it; return the response."""
        who, path = caller or self.practitioner, f"/v1/disclosure-decisions/{decision}"
        return who.post(
            f"{path}/transitions",
            json={"action": action, **members},
            if_match=who.get(path).headers.get("ETag"),
        )

    def decide_telling(self, decision: str, *, agreed: bool = True, caller: Caller | None = None) -> Any:
        """Decide, as a manager, what was proposed of a disclosure decision; return the response."""
        manager = caller or self.spo
        asked = ok(manager.get("/v1/agreements", state="asked"))["items"]
        path = next(one["href"] for one in asked if one["subject"]["id"] == decision)
        return manager.post(
            f"{path}/decision",
            json={"agreed": agreed, "reason": "I have read the risk assessment."},
            if_match=manager.get(path).headers["ETag"],
        )

    def timeline(self, referral_id: str) -> list[Json]:
        """Read the whole story of a referral, however many pages it has."""
        told: list[Json] = []
        query: Json = {"limit": 500}
        while True:
            page = ok(self.practitioner.get(f"/v1/referrals/{referral_id}/timeline", **query))
            told += page["items"]
            if not page["next"]:
                return told
            query["after"] = page["next"]

    def feed(self, caller: Caller) -> list[Json]:
        """Read a caller's whole feed."""
        told: list[Json] = []
        query: Json = {"limit": 500}
        while True:
            page = ok(caller.get("/v1/events", **query))
            told += page["items"]
            if not page["more"]:
                return told
            query["after"] = page["next"]

    def told(self, caller: Caller, name: str) -> list[Json]:
        """Return the entries of a caller's feed with a name."""
        return [entry for entry in self.feed(caller) if entry["event"] == name]


def answers_also_for(caller: Caller, duty: str, area: str) -> None:
    """Register an organisation of the cast as answering for one more area."""
    with db.transaction("owner") as session:
        set_responsibility(session, Actor.for_service("registration"), caller.organisation_id, duty, area)


EMPLOYER: Final[Json] = {
    "recipient": "employer",
    "name": "Harehills Joinery",
    "reason": "He works with young people.",
}
"""Somebody who may have to be told something."""
NOTHING_KNOWN: Json = {
    sort: [] for sort in ("incidents", "convictions", "call_outs", "intelligence", "orders", "protective")
}
"""A force that searched and holds nothing."""

__all__ = ["NOTHING_KNOWN", "Json", "Story", "answers_also_for", "key_of", "ok"]
