"""Every condition, over HTTP: it comes about, its owner makes the move that it names, and it has ended."""

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import delete

from service import clock, db
from service.cases.actions.nobody_home import follow_register
from service.cases.actions.sharing_ends import follow_sharing
from service.destinations.crs import DESIRED_OUTCOMES, of_another_category
from service.organisations.model import Responsibility
from service.people.actions.carried_over import follow_carried_over
from service.timers.conditions import BY_LABEL, CONDITIONS, HANDED_BACK, PRACTITIONER
from service.timers.sweep import sweep
from service.work.releases.actions import HandOver
from tests.cast import Caller, Cast
from tests.checks.factories import children_answer, police_answer
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.journeys.ending import GOES_ON, continuing, ending
from tests.people.factories import give_sight
from tests.people.two_records import NOMS, SECOND, submit_second
from tests.referrals.samples import MONDAY, asking, darren_and_toby, minimal, toby, urgent_from_court
from tests.release_dates.factories import follow, line
from tests.rows import person_at, person_id
from tests.third_parties.samples import opened, proposal
from tests.work.moving_case import ASIDE, MOVE_ON, OWNERS

pytestmark = pytest.mark.long

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
METHODS: Final = {
    operation["operationId"]: method
    for path in DOCUMENT["paths"].values()
    for method, operation in path.items()
    if method in {"get", "post", "put", "patch"}
}
EVERY: Final = {one.kind: one for one in (*CONDITIONS.values(), *HANDED_BACK.values(), *BY_LABEL.values())}
AP, CRS, TOBY, CRN, WHY = "approved_premises", "crs", "X320744", "X320741", "I have looked into it."
NOT_ENDED: Final = {
    "register_agency": "the administration registers an agency for the area",
    "register_destination": "the administration registers an organisation for the area",
    "prepare_meeting": "what is prepared is outside the service: it ends with the day of the meeting",
    "prepare_review_day": "it is asked how things stand: it ends with the day of the review",
    "settle_end_of_stay": "the destination extends the stay or records the departure",
    "make_release_ready": "each red of the board is a move of its own: it ends with the day of release",
}
"""What its move does not end, and what does."""
READ_ELSEWHERE: Final[Mapping[str, Callable[[str], str]]] = {
    "change_caretaker": lambda href: href.replace("caretaker", "holding"),
    "move_placement": lambda href: href,
    "reassign_case": lambda href: href,
}
"""Where the tag of a call is read, unless it is above the last step of its address."""


@dataclass
class Desk:
    """Everybody who has something to do in a case, each at their own list."""

    story: Story
    referral: Json = field(default_factory=dict)

    @property
    def cast(self) -> Cast:
        return self.story.cast

    @property
    def officer(self) -> Caller:
        return self.story.practitioner

    @property
    def stranger(self) -> Caller:
        return self.cast.stranger.as_practitioner("n.west", pdu="Central Lancashire")

    def day(self, days: int) -> str:
        return (clock.today() + timedelta(days=days)).isoformat()

    def moment(self, days: int) -> str:
        return (clock.now() + timedelta(days=days)).isoformat()

    def passes(self, **by: float) -> None:
        """Let time pass, and a worker look once at the end of it."""
        self.story.clock.move(timedelta(**by))
        follow_register(clock.now())
        follow_sharing(clock.now())
        sweep(clock.now())

    def refer(self, kind: str = AP, *, of: Json | None = None, beside: str = "", **more: Any) -> str:
        """Refer to one destination, and perhaps to another beside it; return the part of the first."""
        category = "accommodation" if kind == CRS else None
        whole, asked = of or darren_and_toby(), {(kind, category), (beside, None)}
        chosen = asking(whole, lambda one: (one["kind"], one.get("service_category")) in asked)
        self.referral = self.story.submit({**chosen, **more})
        return str(self.story.part(self.referral["id"], kind, category)["id"])

    def document(self) -> Json:
        found: Json = ok(self.officer.get(f"/v1/referrals/{self.referral['id']}/versions/1"))["document"]
        return found

    def adjust(self, caller: Caller, part: str, *, can_meet: bool) -> list[str]:
        self.story.document(caller, part)
        kinds: list[str] = ok(caller.get(f"/v1/destination-referrals/{part}"))["adjustments_to_answer"]
        self.story.update(caller, part, "adjustments",
                          answers=[{"kind": one, "can_meet": can_meet} for one in kinds])  # fmt: skip
        return kinds

    def offer(self, arrival: int = 2, **more: Any) -> str:
        part = self.refer(**more)
        self.story.take_on(self.cast.ap, part)
        days = {"expected_arrival": self.day(arrival), "expected_departure": self.day(arrival + 40)}
        ok(self.story.place(self.cast.ap, part, "offer", **days))
        return part

    def settle_in(self, **more: Any) -> str:
        part = self.offer(**more)
        ok(self.story.place(self.officer, part, "confirm"))
        self.story.clock.move(timedelta(days=2))
        ok(self.story.place(self.cast.ap, part, "record_arrival", arrived_on=self.day(0)))
        return part

    def asked_of_police(self) -> Json:
        self.refer()
        return self.story.inbox(self.cast.police)[0]

    def answered_by_police(self) -> Json:
        asked = self.asked_of_police()
        ok(self.cast.police.post(f"/v1/check-requests/{asked['id']}/results", json=self.nothing(asked)), 201)
        return asked

    def nothing(self, asked: Json) -> Json:
        shown = ok(self.cast.police.get(f"/v1/check-requests/{asked['id']}"))
        subjects = [{"id": one["id"], "outcome": "nothing_found"} for one in shown["subjects"]]
        return police_answer(question_version=shown["question_version"], subjects=subjects)

    def disputed(self) -> Json:
        """Have two forces redirect a question to each other."""
        asked = self.asked_of_police()
        other, reason = self.cast.other_police, "Not ours."
        there, here = "greater-manchester", asked["area"]
        self.story.move_request(self.cast.police, asked["id"], "misdirect", reason=reason, to_area=there)
        (second,) = self.story.inbox(other)
        self.story.move_request(other, second["id"], "misdirect", reason=reason, to_area=here)
        return asked

    def child_known(self, meeting: str, order_ends: str) -> None:
        document = toby()
        document["sentence"]["expiry_date"] = order_ends
        son = next(one for one in document["household"]["contacts"] if one["relationship"] == "child")
        son |= {"given_name": "Alfie", "family_name": "Ellershaw", "date_of_birth": "2019-02-11"}
        son |= {"details_status": "provided"}
        self.referral = self.story.submit(document)
        asked = self.story.inbox(self.cast.council)[0]
        shown = ok(self.cast.council.get(asked["href"]))
        body = children_answer(*(one["id"] for one in shown["subjects"] if one["kind"] == "contact"))
        for child in body["findings"]["children"]:
            child |= {"status": "child_in_need", "source": "LCS", "verified": "verified"}
            child["conferences"] = [{"kind": "initial_child_protection", "date": meeting}]
        body |= {"nothing_found": False}
        ok(self.cast.council.post(f"{asked['href']}/results", json=body), 201)

    def change(self, kind: str, caller: Caller | None = None, **more: Any) -> Json:
        return self.story.report_change(CRN, kind, caller, **more)

    def told(self, decision: str, action: str, **given: Any) -> None:
        ok(self.story.tell(decision, action, **given))

    def to_be_told(self, **given: Any) -> None:
        decision = opened(self.story)["id"]
        self.told(decision, "propose", proposal=proposal(**given))
        ok(self.story.decide_telling(decision))

    def verified(self, sort: str, ref: str, **changed: Any) -> None:
        """Verify somebody or some place of the household, and have it put right after that."""
        self.refer()
        items = {
            name: ok(self.officer.get(f"{person_at(CRN)}/{name}", limit=100))["items"]
            for name in ("contacts", "addresses")
        }
        one = next(each for each in items[sort] if each["ref"] == ref)
        mother = next(each for each in items["contacts"] if each["ref"] == "mother")
        visit = {"how": "home_visit", "on": "2026-02-27", "seen": [mother["id"]]}
        for body in ({"verification": visit}, changed):
            tag = self.officer.get(one["href"]).headers["ETag"]
            ok(self.officer.patch(one["href"], json=body, if_match=tag))

    def stated_elsewhere(self) -> str:
        """Have another region state a danger; return its own record of the person."""
        self.refer()
        document = minimal("T-1", CRN)
        document["person"]["name"] = {"given": "Darren", "family": "Ellershaw"}
        document["risk"] = {"rosh": {"public": {"level": "very_high"}}}
        found: str = ok(self.stranger.post("/v1/referrals", json=document), 201)["person"]["href"]
        return found

    def enter(self, member: str, **entry: Any) -> None:
        register = self.cast.probation.keeper()
        tag = register.get(f"/v1/staff/{member}").headers.get("ETag")
        ok(register.put(f"/v1/staff/{member}", json={"name": member, **entry}, if_match=tag))
        follow_register(clock.now())

    def name_caretaker(self, days: int) -> None:
        self.refer()
        person = person_at(CRN)
        body = {"action": "name", "practitioner": "c.taker", "until": self.moment(days)}
        tag = self.story.spo.get(f"{person}/holding").headers["ETag"]
        ok(self.story.spo.post(f"{person}/caretaker", json=body, if_match=tag))

    # The lists.

    def lists(self, kind: str) -> list[tuple[Caller, Json]]:
        """Return all that is owed of a kind, with the system of the organisation that has it."""
        found = list[tuple[Caller, Json]]()
        for name, caller in self.cast.callers.items():
            if name not in ASIDE:
                regional = name in ("probation", "stranger")
                reader = caller.as_practitioner("z.office", "region") if regional else caller
                found += [(caller, one) for one in ok(reader.get("/v1/work", kind=kind, limit=500))["items"]]
        return found

    def owner_of(self, caller: Caller, item: Json) -> Caller:
        role = item["owner"]["role"]
        if role is None:
            return caller
        return caller.as_practitioner(item["practitioner"] if role == PRACTITIONER else OWNERS[role], role)

    def make(self, who: Caller, item: Json, body: Json | None, at: str | None) -> None:
        """Make the call that an item names: at its address, or, where it has none, at that of its subject."""
        move = item["move"]
        href = move["href"] or at
        assert href is not None
        method = METHODS[move["operation"]]
        if method == "get":
            ok(who.get(href))
            return
        above = href if method in {"patch", "put"} else href.rpartition("/")[0]
        elsewhere = READ_ELSEWHERE.get(move["operation"])
        read = elsewhere(href) if elsewhere else above
        tag = who.get(read).headers.get("ETag")
        answer = getattr(who, method)(href, json=body, if_match=tag)
        assert answer.status_code in {200, 201}, (answer.status_code, answer.text)


Walk = Generator[None, Json, tuple[Json | None, str | None] | Json | None]
"""Brings a condition about, is given its item, and returns the content of the move (and an address)."""
WALKS: Final[dict[str, Callable[[Desk], Walk]]] = {}


def walk(*kinds: str) -> Callable[[Callable[[Desk], Walk]], Callable[[Desk], Walk]]:
    """Register how a condition comes about, and what is said with its move."""

    def register(made: Callable[[Desk], Walk]) -> Callable[[Desk], Walk]:
        WALKS.update(dict.fromkeys(kinds, made))
        return made

    return register


# Checks.


@walk("complete_check")
def _(to: Desk) -> Walk:
    to.refer()
    yield
    son = to.story.contact(CRN, "son")
    details = {"given_name": "Alfie", "family_name": "Marchbanks", "date_of_birth": "2017-05-30"}
    return details, f"{person_at(CRN)}/contacts/{son['id']}"


@walk("register_agency")
def _(to: Desk) -> Walk:
    whole = darren_and_toby()
    for address in whole["addresses"]:
        address["police_force"] = "north-yorkshire"
    to.refer(of=whole)
    yield
    return None


@walk("answer_check")
def _(to: Desk) -> Walk:
    asked = to.asked_of_police()
    yield
    return to.nothing(asked)


@walk("review_answer")
def _(to: Desk) -> Walk:
    asked = to.answered_by_police()
    yield
    return {"check_request_id": asked["id"], "changes": ["risk"], "reason": WHY}


@walk("answer_agency")
def _(to: Desk) -> Walk:
    asked = to.asked_of_police()
    to.story.move_request(to.cast.police, asked["id"], "return_for_information", question="Which flat?")
    yield
    return {"action": "answer_information", "answer": "The upper one."}


@walk("settle_redirect", "settle_dispute")
def _(to: Desk) -> Walk:
    to.disputed()
    yield
    return {"action": "settle_redirect", "area": "west-yorkshire", "reason": WHY}


@walk("settle_refusal")
def _(to: Desk) -> Walk:
    asked = to.asked_of_police()
    to.story.move_request(
        to.cast.police, asked["id"], "refuse", reason_code="no_lawful_basis", reason="No basis."
    )
    yield
    return {"action": "ask_again", "reason": "Section 325."}


@walk("prepare_meeting")
def _(to: Desk) -> Walk:
    to.child_known("2026-04-20", "2027-07-15")
    yield
    return None


@walk("settle_meeting")
def _(to: Desk) -> Walk:
    to.child_known("2026-06-20", "2026-05-31")
    item = yield
    return {"check_request_id": item["subject"]["id"], "changes": ["risk"], "reason": WHY}


# Referrals.


@walk("decide_referral")
def _(to: Desk) -> Walk:
    part = to.refer()
    to.story.move(to.cast.ap, part, "receive")
    to.adjust(to.cast.ap, part, can_meet=True)
    yield
    return {"action": "accept"}


@walk("report_update")
def _(to: Desk) -> Walk:
    to.story.take_on(to.cast.crs, to.refer(CRS))
    yield
    return {"kind": "progress", "content": {"summary": "He attends."}}


@walk("acknowledge_change")
def _(to: Desk) -> Walk:
    part = to.refer()
    to.story.take_on(to.cast.ap, part)
    risen = {"group": "known_adult", "level": "very_high", "who": "Her.", "reason": "What is held."}
    to.change("rosh_changed", rosh=risen)
    yield
    notice = ok(to.cast.ap.get(f"/v1/destination-referrals/{part}"))["notices"][-1]
    return {"version": notice["version"], "can_continue": True}


@walk("plan_end_of_sharing")
def _(to: Desk) -> Walk:
    to.refer(of=ending())
    to.passes(days=110)
    yield
    return to.document() | continuing(GOES_ON)


@walk("give_basis")
def _(to: Desk) -> Walk:
    to.referral = to.story.submit(minimal(crn=CRN))
    yield
    return to.document() | {"sentence": toby()["sentence"]}


@walk("plan_end_of_curfew")
def _(to: Desk) -> Walk:
    document = darren_and_toby()
    document["licence"]["curfew"] = {"until": to.day(40)}
    to.refer(of=document)
    yield
    said = to.document()
    return said | {"licence": said["licence"] | {"curfew": {"until": to.day(90)}}}


@walk("word_text")
def _(to: Desk) -> Walk:
    whole = darren_and_toby()
    worded = whole.pop("wordings")
    to.referral = to.story.submit(whole | {"urgency": "urgent", "urgency_reason": "Released today."})
    yield
    return to.document() | {"wordings": worded}


@walk("complete_referral")
def _(to: Desk) -> Walk:
    whole = darren_and_toby()
    asked = next(one for one in whole["destinations"] if one["kind"] == AP)
    whole_annex = asked["annex"]
    asked["annex"] = {name: said for name, said in whole_annex.items() if name != "risk_rationale"}
    to.refer(of=whole)
    yield
    return to.document() | {"destinations": [asked | {"annex": whole_annex}]}


@walk("register_destination")
def _(to: Desk) -> Walk:
    with db.transaction("owner") as session:
        session.execute(delete(Responsibility).where(Responsibility.duty == AP))
    to.refer()
    yield
    return None


@walk("complete_blocked")
def _(to: Desk) -> Walk:
    whole = darren_and_toby()
    agreed = whole["consent"]
    to.referral = to.story.submit(whole | {"consent": agreed | {"cas3": False}})
    yield
    return to.document() | {"consent": agreed}


@walk("decide_adjustment")
def _(to: Desk) -> Walk:
    part = to.refer()
    *others, last = to.adjust(to.cast.ap, part, can_meet=False)
    said = {"reason": WHY, "instead": "A quiet room."}
    for one in others:
        to.story.move(to.officer, part, "go_on_without", adjustment=one, **said)
    yield
    return {"action": "go_on_without", "adjustment": last, **said}


@walk("prepare_review_day")
def _(to: Desk) -> Walk:
    part = to.refer(CRS)
    to.story.take_on(to.cast.crs, part)
    to.story.move(to.cast.crs, part, "put_on_hold", reason="In hospital.", review_on=to.day(18))
    yield
    return {"body": "How is he?"}


@walk("answer_destination")
def _(to: Desk) -> Walk:
    part = to.refer()
    to.story.document(to.cast.ap, part)
    to.story.move(to.cast.ap, part, "request_information", question="Which floor can he manage?")
    yield
    return {"action": "answer_information", "answer": "Any floor."}


@walk("settle_decline")
def _(to: Desk) -> Walk:
    part = to.refer()
    to.story.document(to.cast.ap, part)
    to.story.move(to.cast.ap, part, "decline", reason_code="information_not_provided")
    yield
    return {"action": "settle_decline", "decision": "seek_elsewhere", "reason": WHY}


@walk("settle_change")
def _(to: Desk) -> Walk:
    part = to.refer()
    to.story.take_on(to.cast.ap, part)
    risen = {"group": "known_adult", "level": "very_high", "who": "Her.", "reason": "What is held."}
    to.change("rosh_changed", rosh=risen)
    notice = ok(to.cast.ap.get(f"/v1/destination-referrals/{part}"))["notices"][-1]
    said = {"version": notice["version"], "can_continue": False}
    ok(to.cast.ap.post(f"/v1/destination-referrals/{part}/acknowledgements", json=said))
    yield
    return {"action": "settle_change", "decision": "go_on", "reason": WHY}


@walk("settle_complexity")
def _(to: Desk) -> Walk:
    part = to.refer(CRS)
    to.adjust(to.cast.crs, part, can_meet=True)
    to.story.update(to.cast.crs, part, "complexity_proposal", complexity="high", reason=WHY)
    yield
    return {"action": "settle_complexity", "decision": "agree", "reason": WHY}


@walk("settle_outcomes")
def _(to: Desk) -> Walk:
    part = to.refer(CRS)
    to.adjust(to.cast.crs, part, can_meet=True)
    other = [one for one in DESIRED_OUTCOMES if not of_another_category("accommodation", [one])][-1:]
    to.story.update(to.cast.crs, part, "outcome_proposal", desired_outcomes=other, reason=WHY)
    yield
    return {"action": "settle_outcomes", "decision": "agree", "reason": WHY}


# Beds.


@walk("confirm_offer")
def _(to: Desk) -> Walk:
    to.offer()
    yield
    return {"action": "confirm"}


@walk("record_arrival")
def _(to: Desk) -> Walk:
    part = to.offer()
    ok(to.story.place(to.officer, part, "confirm"))
    to.story.clock.move(timedelta(days=2))
    yield
    return {"action": "record_arrival", "arrived_on": to.day(0)}


@walk("settle_end_of_stay")
def _(to: Desk) -> Walk:
    part = to.settle_in()
    ok(to.story.place(to.officer, part, "propose_move_on", address=MOVE_ON))
    yield
    return {"kind": "gate_override", "subject_id": part, "reason": WHY}


@walk("name_move_on")
def _(to: Desk) -> Walk:
    to.settle_in()
    yield
    return {"action": "propose_move_on", "address": MOVE_ON}


@walk("agree_to_address")
def _(to: Desk) -> Walk:
    part = to.settle_in(beside="mappa")
    asked = to.story.part(to.referral["id"], "mappa")["id"]
    to.story.take_on(to.cast.mappa, asked)
    ok(to.story.place(to.officer, part, "propose_move_on", address=MOVE_ON))
    yield
    (about,) = ok(to.cast.mappa.get(f"/v1/destination-referrals/{asked}"))["agreements_to_give"]
    said = {"address_id": about["address_id"], "agreed": True, "decided_on": to.day(0)}
    return {"kind": "move_on_agreement", "content": said}


@walk("settle_move_on")
def _(to: Desk) -> Walk:
    part = to.settle_in()
    ok(to.story.place(to.officer, part, "propose_move_on", address=MOVE_ON))
    for asked in to.story.inbox(to.cast.police):
        ok(to.cast.police.post(f"/v1/check-requests/{asked['id']}/results", json=to.nothing(asked)), 201)
    yield
    return {"action": "agree_move_on"}


# Danger.


@walk("confirm_departure")
def _(to: Desk) -> Walk:
    part = to.settle_in()
    left = {"departed_on": to.day(0), "departed_to": "whereabouts_unknown", "without_agreement": True}
    ok(to.story.place(to.cast.ap, part, "record_departure", reason="He left.", **left))
    to.passes(minutes=2)
    yield
    return {"done": WHY}


@walk("find_bed")
def _(to: Desk) -> Walk:
    to.referral = to.story.submit(urgent_from_court(crn=CRN))
    to.passes(hours=5)
    yield
    return {"done": WHY}


@walk("confirm_danger")
def _(to: Desk) -> Walk:
    to.refer()
    for kind in ("died", "death_in_error"):
        to.change(kind, to.story.pdu_head)
    to.passes(minutes=2)
    yield
    return {"done": WHY}


@walk("confirm_stated_danger")
def _(to: Desk) -> Walk:
    to.stated_elsewhere()
    to.passes(minutes=2)
    yield
    return {"done": WHY}


# What follows for the person.


@walk("record_release")
def _(to: Desk) -> Walk:
    to.refer()
    to.change("recalled")
    to.story.clock.move(timedelta(days=1))
    follow(to.story, line(to.day(30), "earliest", as_of=to.moment(0)))
    yield
    today = {"occurred_on": to.day(0), "source": "practitioner", "standing": "established"}
    return {"kind": "released", **today}


@walk("review_change")
def _(to: Desk) -> Walk:
    to.refer()
    to.change("arrest")
    item = yield
    shown = ok(to.officer.get(item["subject"]["href"]))
    considered = [{"what": one, "outcome": "not_needed", "reason": WHY} for one in shown["consider"]]
    return {"considered": considered, "changes": ["risk_assessment"], "reason": WHY}


@walk("decide_agreement")
def _(to: Desk) -> Walk:
    asked = to.asked_of_police()
    check = ok(to.officer.get(f"/v1/check-requests/{asked['id']}"))["check_id"]
    wanted = {"kind": "check_not_required", "subject_id": check, "reason": "He lives elsewhere by now."}
    ok(to.officer.post("/v1/agreements", json=wanted), 201)
    yield
    return {"agreed": True, "reason": WHY}


@walk("decide_disclosure")
def _(to: Desk) -> Walk:
    to.refer()
    opened(to.story)
    yield
    return {"action": "propose", "proposal": proposal()}


@walk("record_told")
def _(to: Desk) -> Walk:
    to.refer()
    to.to_be_told()
    yield
    told = {"told_on": to.day(0), "by": "p.shah", "means": "in_person", "words": proposal()["words"]}
    return {"action": "record_told", "told": told}


@walk("record_chance")
def _(to: Desk) -> Walk:
    to.refer()
    own = {"informed": "tells_it", "by": to.day(2), "reason": WHY}
    to.to_be_told(tell_by=to.day(9), person=own)
    to.passes(days=3)
    yield
    return {"action": "record_chance_passed", "reason": WHY}


def asked_of_force(to: Desk, force: str) -> None:
    to.refer()
    decision = opened(to.story, recipient="partner", name="Joanne Threlfall")["id"]
    given = {"force": force, "sent_on": to.day(0), "reason": WHY}
    to.told(decision, "refer", referral=given)


@walk("record_police_answer")
def _(to: Desk) -> Walk:
    asked_of_force(to, "north-yorkshire")  # which has no system here
    yield
    return {"action": "record_police_told", "answer": {"answered_on": to.day(0), "reason": WHY}}


@walk("answer_right_to_know")
def _(to: Desk) -> Walk:
    asked_of_force(to, "west-yorkshire")
    yield
    return {"told": True, "answered_on": to.day(0), "reason": WHY}


@walk("release_copy")
def _(to: Desk) -> Walk:
    to.refer()
    keeper = to.cast.probation.as_practitioner("r.keeper", "records_manager")
    asked = {"asked_by": "person", "identity_confirmed": "Passport seen.", "received_on": to.day(0)}
    ok(keeper.post(f"{person_at(CRN)}/subject-access", json=asked), 201)
    yield
    return {"action": "withdraw", "reason": "He has asked for nothing more."}


# Who somebody is, and where.

KIRSTY: Final[Json] = {
    "ref": "c1",
    "relationship": "other_child",
    "given_name": "Kirsty",
    "family_name": "Holdsworth",
    "date_of_birth": "2014-07-19",
    "local_authority": "E08000035",
    "details_status": "provided",
}


@walk("decide_same_contact")
def _(to: Desk) -> Walk:
    document = toby()
    document["addresses"] = [document["addresses"][1] | {"kind": "current"}]
    household = {"children": "yes", "contacts": [KIRSTY]}
    to.referral = to.story.submit(document | {"household": household})
    path = f"/v1/referrals/{to.referral['id']}"
    jade = KIRSTY | {"given_name": "Jade", "date_of_birth": "2011-03-04"}
    said = to.document() | {"household": household | {"contacts": [jade]}}
    tag = to.officer.get(path).headers["ETag"]
    ok(to.officer.post(f"{path}/versions", json=said, if_match=tag))
    yield
    return {"same": False, "reason": "The school says so."}


@walk("say_whether_born")
def _(to: Desk) -> Walk:
    document = toby()
    mother = {
        "ref": "mum",
        "relationship": "partner",
        "given_name": "Imelda",
        "family_name": "Vance",
        "date_of_birth": "1995-01-01",
        "details_status": "provided",
    }
    unborn = {
        "ref": "baby",
        "relationship": "unborn_child",
        "due_date": to.day(49),
        "mother_ref": "mum",
        "details_status": "provided",
        "local_authority": "E08000035",
    }
    document["household"]["contacts"] = [mother, unborn]
    document["addresses"] = [one for one in document["addresses"] if "contact_ref" not in one]
    to.story.submit(document)
    to.passes(days=60)
    yield
    return {"given_name": "Ivy", "date_of_birth": to.day(-11), "due_date": None}


@walk("verify_contact")
def _(to: Desk) -> Walk:
    to.verified("contacts", "mother", family_name="Ellershaw-Boyd")
    item = yield
    return {"verification": {"how": "home_visit", "on": to.day(0), "seen": [item["subject"]["id"]]}}


@walk("verify_address")
def _(to: Desk) -> Walk:
    to.verified("addresses", "mothers-home", because="correction", postcode="LS11 5QY")
    yield
    mother = to.story.contact(CRN, "mother")["id"]
    return {"verification": {"how": "home_visit", "on": to.day(0), "seen": [mother]}}


# Other regions, and whose case it is.


@walk("decide_proposals")
def _(to: Desk) -> Walk:
    to.stated_elsewhere()
    item = yield
    (stated,) = [one for one in ok(to.officer.get(item["subject"]["href"]))["items"]
                 if one["section"] == "risk"]  # fmt: skip
    return {"taken": True, "reason": WHY}, f"{stated['href']}/decision"


@walk("decide_same_person")
def _(to: Desk) -> Walk:
    to.refer()
    submit_second(to.story, noms_number=NOMS)
    item = yield
    own, other = person_id(CRN), person_id(SECOND)
    return {"other": str(other if str(own) in item["move"]["href"] else own), "same": False, "reason": WHY}


@walk("answer_share_request")
def _(to: Desk) -> Walk:
    side = to.stated_elsewhere()
    wanted = {"basis": "joint", "sections": ["risk"], "until": to.moment(60), "reason": WHY}
    ok(to.stranger.post(f"{side}/share-requests", json=wanted), 201)
    yield
    return {"given": False, "reason": WHY}


@walk("review_share")
def _(to: Desk) -> Walk:
    to.refer()
    give_sight(to.cast.stranger, CRN, basis="carried_over")
    follow_carried_over(clock.now())
    yield
    return {"basis": "joint", "sections": ["risk"], "until": to.moment(200), "reason": WHY}


@walk("review_emergency_access")
def _(to: Desk) -> Walk:
    to.refer()
    head = to.cast.stranger.as_practitioner("h.else", "pdu_head", pdu="Central Lancashire")
    ok(head.post("/v1/people/emergency-access", json={"crn": CRN, "reason": WHY}), 201)
    yield
    return {"outcome": "justified", "reason": WHY}


@walk("answer_transfer")
def _(to: Desk) -> Walk:
    to.refer()
    offer = {"person_id": str(person_id(CRN)), "to_region": "N51", "reason": "He moves there."}
    ok(to.officer.post("/v1/transfers", json=offer), 201)
    yield
    return {"action": "decline", "reason": WHY}


@walk("replace_caretaker")
def _(to: Desk) -> Walk:
    to.name_caretaker(9)
    yield
    return {"action": "name", "practitioner": "d.dale", "until": to.moment(15)}


@walk("end_long_cover")
def _(to: Desk) -> Walk:
    to.name_caretaker(60)
    yield
    return {"practitioner": "j.moss"}


@walk("name_practitioner")
def _(to: Desk) -> Walk:
    to.refer()
    to.enter("p.shah", ended=to.day(0))
    to.passes(days=1)
    yield
    return {"practitioner": "j.moss"}


@walk("find_cover")
def _(to: Desk) -> Walk:
    to.refer(urgency="urgent", urgency_reason="He is released on Friday.")
    to.enter("p.shah", absences=[{"from": to.day(0), "until": to.day(9)}])
    yield
    return {"action": "name", "practitioner": "c.taker", "until": to.moment(9)}


@walk("make_release_ready")
def _(to: Desk) -> Walk:
    to.refer(release=darren_and_toby()["release"] | {"date": (MONDAY + timedelta(days=2)).isoformat()})
    HandOver()(clock.now())
    yield
    return None


@pytest.fixture
def desk(cast: Cast, the_clock: TheClock) -> Desk:
    return Desk(Story(cast, the_clock))


def test_every_condition_has_a_walk() -> None:
    assert WALKS.keys() == EVERY.keys()
    assert NOT_ENDED.keys() <= EVERY.keys()


@pytest.mark.parametrize("kind", EVERY)
def test_whoever_owes_something_makes_the_move_that_their_list_names_and_it_has_ended(
    desk: Desk, kind: str
) -> None:
    steps, condition = WALKS[kind](desk), EVERY[kind]
    next(steps)
    (caller, item), *others = desk.lists(kind)
    assert item["id"] not in {one["id"] for _, one in others}, "two organisations owe the same"
    owner, move = desk.owner_of(caller, item), item["move"]
    assert (item["owner"]["side"] == "probation") == (condition.owed_by == "probation")
    assert (move["operation"], tuple(move["transitions"])) == (
        condition.move.operation,
        condition.move.transitions,
    )
    at = condition.move.at
    assert (move["href"] is None) == (at is None)
    if at is not None:
        assert re.fullmatch(re.sub(r"\{[a-z]+\}", "[0-9a-f-]{36}", at), move["href"])
    if owner.practitioner:
        own = ok(owner.get("/v1/work", kind=kind, mine="yes", limit=500))["items"]
        assert item["id"] in {one["id"] for one in own}
    with pytest.raises(StopIteration) as said:
        steps.send(item)
    body, elsewhere = said.value.value if isinstance(said.value.value, tuple) else (said.value.value, None)
    if move["transitions"]:
        assert body["action"] in move["transitions"]
    desk.make(owner, item, body, elsewhere)
    left = {one["id"]: one for _, one in desk.lists(kind)}
    assert (left.get(item["id"]) == item) == (kind in NOT_ENDED), left
