"""A region at work on one case, and all that a manager may be asked for in it. Everybody is invented."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.test import TestResponse

from service import clock
from tests.cast import Caller
from tests.journeys.driver import EMPLOYER, NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import GROUNDS
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

ASKER, SUBMITTER, AMENDER, CARETAKER = "r.asked", "p.shah", "a.boyle", "c.taker"
INDEPENDENT, EXCLUDED = "h.grant", "x.sister"
HOME: Final[Json] = {
    "lines": ["3 Bond Court", "Leeds"],
    "postcode": "LS1 2JZ",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}
WHY: Final = "It need not wait."


@dataclass
class Office:
    """p.shah submitted the case and answers for it, a.boyle amended it, and c.taker was its caretaker."""

    story: Story
    document: Json = field(default_factory=darren_and_toby)
    referral: str = ""

    def open(self) -> "Office":
        """Submit the case, and let the others do their part."""
        self.referral = self.story.submit(self.document)["id"]
        path = f"/v1/referrals/{self.referral}"
        self.document["risk"]["additional_information"] = "See him in the afternoon."
        ok(self.post(self.staff(AMENDER), path, f"{path}/versions", self.document))
        until = (clock.now().replace(microsecond=0)).isoformat().replace("2026", "2027", 1)
        named = {"action": "name", "practitioner": CARETAKER, "until": until}
        ok(self.post(self.staff("b.lowe", "spo"), self.at("holding"), self.at("caretaker"), named))
        ended = {"action": "end"}
        ok(self.post(self.staff("b.lowe", "spo"), self.at("holding"), self.at("caretaker"), ended))
        return self

    @property
    def crn(self) -> str:
        crn: str = self.document["person"]["crn"]
        return crn

    @property
    def person(self) -> str:
        return person_at(self.crn).rpartition("/")[2]

    def at(self, place: str) -> str:
        return f"/v1/people/{self.person}/{place}"

    def staff(self, who: str, role: str = "practitioner") -> Caller:
        return self.story.cast.probation.as_practitioner(who, role)

    def post(self, caller: Caller, seen_at: str, path: str, body: Json) -> TestResponse:
        """Post as a caller who has just read what it is about."""
        return caller.post(path, json=body, if_match=caller.get(seen_at).headers["ETag"])

    def exclude(self) -> None:
        """Exclude a relative from the record."""
        body = {"practitioner": EXCLUDED, "reason": "Her brother."}
        ok(self.staff(SUBMITTER).post(self.at("exclusions"), json=body))

    def ask(self, kind: str, subject_id: str, **more: Any) -> TestResponse:
        """Ask a manager as another manager, of whom nothing else is known in the case."""
        body = {"kind": kind, "subject_id": subject_id, "reason": WHY, **more}
        return self.staff(ASKER, "spo").post("/v1/agreements", json=body)

    def asked(self, kind: str, by: str = ASKER) -> Json:
        """Return what one of them has asked of this kind, and nobody has decided."""
        found = ok(self.staff(by).get("/v1/agreements", asked="by_me", state="asked"))["items"]
        one: Json
        (one,) = [each for each in found if each["kind"] == kind]
        return one

    def decide(self, caller: Caller, agreement: Json, *, agreed: bool = True, **more: Any) -> TestResponse:
        """Decide as a caller who has just read it."""
        body = {"agreed": agreed, "reason": "I have looked into it.", **more}
        seen = caller.get(agreement["href"])
        tag = seen.headers["ETag"] if seen.status_code == 200 else '"unseen"'
        return caller.post(f"{agreement['href']}/decision", json=body, if_match=tag)

    def request(self) -> Json:
        """Return a request that a force has been sent and has not answered."""
        found = self.story.requests(self.referral, "police_da")
        return next(one for one in found if one["state"] in {"requested", "acknowledged"})

    def force_of(self, request: Json) -> Caller:
        cast = self.story.cast
        return cast.police if request["area"] == "west-yorkshire" else cast.other_police

    def answered(self) -> Json:
        """Let a force answer that it has found nothing; return the request."""
        request = self.request()
        known = dict(NOTHING_KNOWN)
        self.story.answer(self.force_of(request), request["id"], known, nothing_found=True)
        return request

    def reviewed(self, caller: Caller, *changes: str) -> Json:
        """Review an answer of a force; return the review."""
        request = self.answered()
        path = f"/v1/checks/{request['check_id']}"
        found = {"check_request_id": request["id"], "changes": list(changes or ["nothing"]), "reason": WHY}
        reviews: list[Json] = ok(self.post(caller, path, f"{path}/reviews", found))["reviews"]
        return next(one for one in reviews if one["check_request_id"] == request["id"])

    def review(self) -> Json:
        """Return the review of risk that a change opens."""
        change = self.story.report_change(self.crn, "new_relationship")
        return next(one for one in change["reviews"] if one["kind"] == "risk")

    def completed(self, review: Json, caller: Caller, **completion: Any) -> Json:
        """Complete a review, with all that it must consider."""
        outcomes = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]
        answer = self.story.complete_review(review["id"], caller, considered=outcomes, **completion)
        return ok(answer)

    def staying(self) -> str:
        """Let the person stay at the approved premises, and plan where he goes; return the id of the part."""
        story, day = self.story, clock.today()
        part: str = story.part(self.referral, "approved_premises")["id"]
        story.take_on(story.cast.ap, part)
        until = day.replace(year=day.year + 1).isoformat()
        arrival = day.isoformat()
        ok(story.place(story.cast.ap, part, "offer", expected_arrival=arrival, expected_departure=until))
        ok(story.place(story.practitioner, part, "confirm"))
        ok(story.place(story.cast.ap, part, "record_arrival", arrived_on=arrival))
        ok(story.place(story.practitioner, part, "propose_move_on", address=HOME))
        return part

    def limit(self) -> None:
        """Limit the case to those who are on it, and to managers who might decide."""
        named = [
            {"practitioner": who} for who in (ASKER, INDEPENDENT, "b.lowe", "s.okafor", AMENDER, CARETAKER)
        ]
        body = {"named": named, "reason": "The case is in the newspapers."}
        ok(self.post(self.staff(SUBMITTER), self.at("access"), self.at("limit"), body))


LOWERED: Final[Json] = {"group": "public", "level": "medium", "evidence": "Tag.", "grounds": GROUNDS}


def _not_required(office: Office) -> Json:
    return ok(office.ask("check_not_required", office.request()["check_id"]), 201)


def _cancelled(office: Office) -> Json:
    return ok(office.ask("check_request_cancelled", office.request()["id"]), 201)


def _wrong_person(office: Office) -> Json:
    request = office.request()
    stopped = office.story.move_request(
        office.staff(ASKER, "spo"),
        request["id"],
        "stop_wrong_person",
        reason="She is another Kirsty Holdsworth.",
    )
    assert stopped["state"] == "cancelled"
    return office.asked("wrong_person_stopped")


def _countersigned(office: Office) -> Json:
    office.reviewed(office.staff(ASKER, "spo"), "risk")
    return office.asked("review_countersigned")


def _nil_return_drawn(office: Office) -> Json:
    review = office.reviewed(office.staff(ASKER, "spo"))
    asked = office.asked("nil_return_drawn")
    assert asked["subject"]["id"] == review["id"]
    return asked


def _check_review_endorsed(office: Office) -> Json:
    review = office.reviewed(office.story.practitioner)
    return ok(office.ask("check_review_endorsed", review["id"]), 201)


def _rosh_lowered(office: Office) -> Json:
    return ok(office.ask("rosh_lowered", office.person, role="pdu_head", proposal=LOWERED), 201)


def _gate(office: Office) -> Json:
    return ok(office.ask("gate_override", office.staying()), 201)


def _lifted(office: Office) -> Json:
    office.limit()
    return ok(office.ask("restriction_lifted", office.person), 201)


def _no_change(office: Office) -> Json:
    review = office.review()
    # A manager who is not on the case would complete it at once.
    office.completed(review, office.staff(SUBMITTER), no_change_reason="She knows, and lives alone.")
    return office.asked("review_no_change", by=SUBMITTER)


def _third_party_told(office: Office) -> Json:
    decision = ok(office.story.practitioner.post(office.at("disclosure-decisions"), json=EMPLOYER), 201)
    proposal = {"tell": False, "reason": "He works alone."}
    ok(office.story.tell(decision["id"], "propose", office.staff(ASKER, "spo"), proposal=proposal))
    return office.asked("third_party_told")


def _endorsed(office: Office) -> Json:
    review = office.review()
    office.completed(review, office.story.practitioner, changes=["risk_management_plan"])
    return ok(office.ask("review_endorsed", review["id"]), 201)


ASKED: Final[Mapping[str, Callable[[Office], Json]]] = {
    "check_not_required": _not_required,
    "check_request_cancelled": _cancelled,
    "wrong_person_stopped": _wrong_person,
    "review_countersigned": _countersigned,
    "nil_return_drawn": _nil_return_drawn,
    "check_review_endorsed": _check_review_endorsed,
    "rosh_lowered": _rosh_lowered,
    "gate_override": _gate,
    "restriction_lifted": _lifted,
    "review_no_change": _no_change,
    "third_party_told": _third_party_told,
    "review_endorsed": _endorsed,
}
"""How each kind comes to be asked."""
OF_LOW_RISK: Final = frozenset({"nil_return_drawn"})
"""The kinds that arise only in a case of low risk; at a higher one a manager signs every review."""
REGARDLESS: Final[Mapping[str, Json]] = {"rosh_lowered": {"override_reason": "The force answers this week."}}
"""What a head of unit adds, where something is outstanding in this case."""
