"""Every red of the board, over HTTP: it comes about, its owner makes the move it names, and it is gone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from service import db
from service.arrangements.rules import ITEMS
from service.checks.actions import send_for_duty
from service.destinations.crs import DESIRED_OUTCOMES, of_another_category
from service.organisations.model import Responsibility
from service.referrals.actions.release import release_for_duty
from service.release_dates import follow_release_dates
from service.work.releases.rules import TABLE
from tests.cast import Caller, Cast
from tests.checks.factories import children_answer, police_answer
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, answers_also_for, ok
from tests.referrals.samples import MONDAY, asking, darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN = "X320741"
AP, CRS = "approved_premises", "crs"
RED = [
    (column, code)
    for column, rows in TABLE.items()
    for code, row in rows.items()
    if row.level == "red" or row.red_within is not None
]
"""Every row that can be red."""


@dataclass
class Release:
    """Somebody who is released in a few days, and everybody who prepares it."""

    story: Story
    referral: Json = field(default_factory=dict)

    @property
    def officer(self) -> Caller:
        return self.story.practitioner

    @property
    def ap(self) -> Caller:
        return self.story.cast.ap

    @property
    def crs(self) -> Caller:
        return self.story.cast.crs

    def day(self, number: int) -> str:
        """Return a day, counted from the first."""
        return (MONDAY + timedelta(days=number)).isoformat()

    def submit(self, kind: str, days: int = 2, **more: Any) -> str:
        """Refer to destinations of one kind; return the first part."""
        category = "accommodation" if kind == CRS else None
        document = asking(
            darren_and_toby(), lambda one: one["kind"] == kind and one.get("service_category") == category
        )
        document["release"] |= {"date": self.day(days)}
        self.referral = self.story.submit({**document, **more})
        return str(self.story.part(self.referral["id"], kind, category)["id"])

    def cell(self, column: str) -> Json:
        """Return what the board shows in a column."""
        (line,) = ok(self.officer.get("/v1/releases"))["items"]
        found: Json = line["columns"][column]
        return found

    def found(self, column: str) -> str | None:
        """Return what the board has found, None of somebody who is not on it any more."""
        items = ok(self.officer.get("/v1/releases"))["items"]
        return items[0]["columns"][column]["found"] if items else None

    def read(self, caller: Caller, part: str) -> None:
        """Read the document, as a destination."""
        self.story.document(caller, part)

    def adjust(self, caller: Caller, part: str, *, can_meet: bool) -> list[str]:
        """Say of each adjustment whether it can be met; return them."""
        self.read(caller, part)
        kinds: list[str] = ok(caller.get(f"/v1/destination-referrals/{part}"))["adjustments_to_answer"]
        answers = [{"kind": one, "can_meet": can_meet} for one in kinds]
        self.story.update(caller, part, "adjustments", answers=answers)
        return kinds

    def offer(self, part: str, first: int = 2) -> None:
        """Have the approved premises accept and offer a bed."""
        self.story.take_on(self.ap, part)
        days = {"expected_arrival": self.day(first), "expected_departure": self.day(first + 80)}
        ok(self.story.place(self.ap, part, "offer", **days))

    def cannot_go_on(self, caller: Caller, part: str) -> None:
        """Have a destination say that it cannot go on after a change of the risk."""
        self.story.take_on(caller, part)
        risen = {"group": "known_adult", "level": "very_high", "who": "Her.", "reason": "What is held."}
        self.story.report_change(CRN, "rosh_changed", rosh=risen)
        notice = ok(caller.get(f"/v1/destination-referrals/{part}"))["notices"][-1]
        said = {"version": notice["version"], "can_continue": False}
        ok(caller.post(f"/v1/destination-referrals/{part}/acknowledgements", json=said))

    def open_case(self, **facts: Any) -> None:
        """Open a case with no destination, of whom a prison sends the day of release."""
        person = {"crn": CRN, "name": {"given": "Larry", "family": "Penhallow"}}
        opened = {"because": "allocation", "person": person, **facts}
        ok(self.officer.post("/v1/people", json=opened), 201)
        sent = {
            "crn": CRN,
            "release_date": self.day(2),
            "kind": "confirmed",
            "as_of": self.story.clock.at.isoformat(),
        }
        ok(self.story.cast.prison.post("/v1/release-dates", json={"lines": [sent]}))
        follow_release_dates(self.story.clock.at)

    def supply_person(self, **details: str) -> None:
        """Supply details of the person."""
        person = person_at(CRN)
        tag = self.officer.get(person).headers["ETag"]
        ok(self.officer.patch(person, json=details, if_match=tag))

    def arrange(self, **items: Json) -> None:
        """Say how the arrangements stand."""
        ok(self.officer.post(f"{person_at(CRN)}/release-arrangements", json=items), 201)

    def propose_home(self) -> None:
        """Propose an address for the release."""
        home = {
            "ref": "a-home",
            "kind": "proposed_release",
            "lines": ["8 Canal Street"],
            "postcode": "LS1 4AP",
        }
        ok(self.officer.post(f"{person_at(CRN)}/addresses", json=home), 201)

    def agencies(self, kind: str) -> list[tuple[Caller, Json]]:
        """Return what is asked of each agency."""
        cast = self.story.cast
        callers = (cast.police, cast.other_police) if kind == "police_da" else (cast.council,)
        if kind == "childrens_safeguarding":
            self.supply_son()
        asked = [(caller, one) for caller in callers for one in self.story.inbox(caller)]
        return sorted(asked, key=lambda one: str(one[1]["area"]))

    def supply_son(self) -> None:
        """Supply who the child is about whom children's services are asked."""
        son = {"given_name": "Alfie", "family_name": "Marchbanks", "date_of_birth": "2017-05-30"}
        self.story.supply(CRN, self.story.contact(CRN, "son"), **son)

    def answer(self, caller: Caller, asked: Json, *, complete: bool = True) -> None:
        """Answer as an agency, in part or in full."""
        shown = ok(caller.get(f"/v1/check-requests/{asked['id']}"))
        open_ones = [one for one in shown["subjects"] if not one["answered"]]
        if asked["kind"] == "police_da":
            body = police_answer(question_version=shown["question_version"])
            body["subjects"] = [{"id": one["id"], "outcome": "nothing_found"} for one in open_ones]
            body["subjects"] = body["subjects"] if complete else body["subjects"][:1]
        else:
            children = [one["id"] for one in open_ones if one["kind"] == "contact"]
            body = children_answer(*(children if complete else children[:1]))
        body |= {} if complete else {"complete": False, "remaining": "The rest comes tomorrow."}
        ok(caller.post(f"/v1/check-requests/{asked['id']}/results", json=body), 201)


Walk = Iterator[Caller]
"""Brings the line to a red, gives who owns it, and makes the move as they do."""
WALKS: dict[tuple[str, str], Callable[[Release], Walk]] = {}


def walk(column: str, *codes: str) -> Callable[[Callable[[Release], Walk]], Callable[[Release], Walk]]:
    """Register how a red comes about and is settled."""

    def register(made: Callable[[Release], Walk]) -> Callable[[Release], Walk]:
        WALKS.update({(column, code): made for code in codes})
        return made

    return register


@walk("bed", "unopened")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    yield to.ap
    to.story.move(to.ap, part, "receive")


@walk("bed", "asked")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.story.move(to.ap, part, "receive")
    yield to.ap
    to.story.take_on(to.ap, part)


@walk("bed", "asked_back")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.read(to.ap, part)
    to.story.move(to.ap, part, "request_information", question="Which floor can he manage?")
    yield to.officer
    to.story.move(to.officer, part, "answer_information", answer="Any floor.")


@walk("bed", "adjustment_unmet")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    unmet = to.adjust(to.ap, part, can_meet=False)
    yield to.officer
    for one in unmet:
        given = {"adjustment": one, "reason": "It has passed.", "instead": "A quiet room."}
        to.story.move(to.officer, part, "go_on_without", **given)


@walk("bed", "declined")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.read(to.ap, part)
    to.story.move(to.ap, part, "decline", reason_code="information_not_provided")
    yield to.officer
    to.story.move(to.officer, part, "settle_decline", decision="seek_elsewhere", reason="Bolton asks.")


@walk("bed", "accepted")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.story.take_on(to.ap, part)
    yield to.ap
    days = {"expected_arrival": to.day(2), "expected_departure": to.day(82)}
    ok(to.story.place(to.ap, part, "offer", **days))


@walk("bed", "offered")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.offer(part)
    yield to.officer
    ok(to.story.place(to.officer, part, "confirm"))


@walk("bed", "confirmed_later")
def _(to: Release) -> Walk:
    part = to.submit(AP, addresses=[], household={"contacts": []})
    to.offer(part, first=9)
    ok(to.story.place(to.officer, part, "confirm"))
    yield to.officer
    to.propose_home()


@walk("bed", "unrecorded")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.offer(part)
    ok(to.story.place(to.officer, part, "confirm"))
    to.story.clock.move(timedelta(days=3))
    yield to.ap
    ok(to.story.place(to.ap, part, "record_arrival", arrived_on=to.day(2)))


@walk("bed", "left")
def _(to: Release) -> Walk:
    part = to.submit(AP, addresses=[], household={"contacts": []})
    to.offer(part)
    ok(to.story.place(to.officer, part, "confirm"))
    to.story.clock.move(timedelta(days=3))
    ok(to.story.place(to.ap, part, "record_arrival", arrived_on=to.day(2)))
    ok(
        to.story.place(
            to.ap, part, "record_departure", departed_on=to.day(3), reason="He left.", without_agreement=True
        )
    )
    yield to.officer
    to.propose_home()


@walk("bed", "none")
def _(to: Release) -> Walk:
    to.submit(CRS, addresses=[], household={"contacts": []})
    yield to.officer
    to.propose_home()


@walk("treatment", "unopened")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    yield to.crs
    to.story.move(to.crs, part, "receive")


@walk("treatment", "asked")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    to.story.move(to.crs, part, "receive")
    yield to.crs
    to.story.take_on(to.crs, part)


@walk("treatment", "asked_back")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    to.read(to.crs, part)
    to.story.move(to.crs, part, "request_information", question="Which floor can he manage?")
    yield to.officer
    to.story.move(to.officer, part, "answer_information", answer="Any floor.")


@walk("treatment", "declined")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    to.read(to.crs, part)
    to.story.move(to.crs, part, "decline", reason_code="no_capacity")
    yield to.officer
    to.story.move(to.officer, part, "settle_decline", decision="close", reason="It is not needed.")


@walk("treatment", "adjustment_unmet")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    unmet = to.adjust(to.crs, part, can_meet=False)
    yield to.officer
    for one in unmet:
        given = {"adjustment": one, "reason": "It has passed.", "instead": "A quiet room."}
        to.story.move(to.officer, part, "go_on_without", **given)


@walk("treatment", "complexity_proposed")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    to.adjust(to.crs, part, can_meet=True)
    to.story.update(to.crs, part, "complexity_proposal", complexity="high", reason="Two tenancies lost.")
    yield to.officer
    to.story.move(to.officer, part, "settle_complexity", decision="agree", reason="Both this year.")


@walk("curfew", "without_hours")
def _(to: Release) -> Walk:
    document = asking(darren_and_toby(), lambda one: one["kind"] == AP)
    licence = {**document.get("licence", {}), "conditions": [{"type": "curfew"}]}
    licence.pop("curfew", None)
    to.submit(AP, licence=licence)
    yield to.officer
    path = f"/v1/referrals/{to.referral['id']}"
    seen = to.officer.get(path)
    document["release"] |= {"date": to.day(2)}
    hours = {"starts_at": "19:00", "ends_at": "07:00"}
    whole = {**document, "licence": {**licence, "curfew": hours}}
    ok(to.officer.post(f"{path}/versions", json=whole, if_match=seen.headers["ETag"]))


def _check(kind: str, column: str) -> None:  # noqa: C901 - walks, one after the other
    @walk(column, "unregistered")
    def _(to: Release) -> Walk:
        addresses = darren_and_toby()["addresses"]
        for one in addresses:
            one |= {"police_force": "north-yorkshire", "local_authority": "E06000010"}
        household = darren_and_toby()["household"]
        household["contacts"][1] |= {
            "given_name": "Alfie",
            "family_name": "Marchbanks",
            "date_of_birth": "2017-05-30",
            "details_status": "provided",
            "local_authority": "E06000010",
        }
        to.submit(AP, addresses=addresses, household=household)
        yield to.officer
        for agency, duty, area in (
            (to.story.cast.police, "police_da", "north-yorkshire"),
            (to.story.cast.council, "childrens_services", "E06000010"),
        ):
            answers_also_for(agency, duty, area)
            send_for_duty(duty, "worker")

    @walk(column, "requested")
    def _(to: Release) -> Walk:
        to.submit(AP)
        asked = to.agencies(kind)
        yield asked[0][0]
        for agency, one in asked:
            ok(agency.get(f"/v1/check-requests/{one['id']}"))  # to read it acknowledges it

    @walk(column, "acknowledged")
    def _(to: Release) -> Walk:
        to.submit(AP)
        asked = to.agencies(kind)
        for agency, one in asked:
            ok(agency.get(f"/v1/check-requests/{one['id']}"))  # to read it acknowledges it
        yield asked[0][0]
        for agency, one in asked:
            to.answer(agency, one)

    @walk(column, "returned")
    def _(to: Release) -> Walk:
        to.submit(AP)
        for agency, one in to.agencies(kind):
            to.answer(agency, one)
        yield to.officer
        for one in to.story.requests(to.referral["id"], kind):
            to.story.review_answer(one["check_id"], one["id"], "nothing", reason="Nothing new.")

    @walk(column, "countersignature")
    def _(to: Release) -> Walk:
        to.submit(AP)
        for agency, one in to.agencies(kind):
            to.answer(agency, one)
        for one in to.story.requests(to.referral["id"], kind):
            to.story.review_answer(one["check_id"], one["id"], "nothing", reason="Nothing new.")
        yield to.story.spo
        for one in ok(to.story.spo.get("/v1/agreements", state="asked"))["items"]:
            body = {"agreed": True, "reason": "I have read the answer."}
            tag = to.story.spo.get(one["href"]).headers["ETag"]
            ok(to.story.spo.post(f"{one['href']}/decision", json=body, if_match=tag))

    @walk(column, "returned_for_information")
    def _(to: Release) -> Walk:
        to.submit(AP)
        agency, one = to.agencies(kind)[0]
        to.story.move_request(agency, one["id"], "return_for_information", question="Which flat?")
        yield to.officer
        to.story.move_request(to.officer, one["id"], "answer_information", answer="The upper one.")

    @walk(column, "refused")
    def _(to: Release) -> Walk:
        to.submit(AP)
        agency, one = to.agencies(kind)[0]
        to.story.move_request(agency, one["id"], "refuse", reason_code="no_lawful_basis", reason="No basis.")
        yield to.officer
        to.story.move_request(to.officer, one["id"], "ask_again", reason="Section 325.")


_check("police_da", "police_check")
_check("childrens_safeguarding", "childrens_check")


@walk("childrens_check", "awaiting_details")
def _(to: Release) -> Walk:
    to.submit(AP)
    yield to.officer
    to.supply_son()


@walk("bed", "not_arrived")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.offer(part)
    ok(to.story.place(to.officer, part, "confirm"))
    to.story.clock.move(timedelta(days=2))
    ok(to.story.place(to.ap, part, "record_non_arrival", reason="He did not come."))
    yield to.officer
    to.story.report_change(CRN, "recalled", to.story.pdu_head)


@walk("bed", "change_refused")
def _(to: Release) -> Walk:
    part = to.submit(AP)
    to.cannot_go_on(to.ap, part)
    yield to.officer
    to.story.move(to.officer, part, "settle_change", decision="go_on", reason="Two workers, in the office.")


@walk("treatment", "change_refused")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    to.cannot_go_on(to.crs, part)
    yield to.officer
    to.story.move(to.officer, part, "settle_change", decision="go_on", reason="Two workers, in the office.")


@walk("treatment", "outcomes_proposed")
def _(to: Release) -> Walk:
    part = to.submit(CRS)
    to.adjust(to.crs, part, can_meet=True)
    other = [one for one in DESIRED_OUTCOMES if not of_another_category("accommodation", [one])][-1:]
    given = {"desired_outcomes": other, "reason": "He has a tenancy, and rent arrears."}
    to.story.update(to.crs, part, "outcome_proposal", **given)
    yield to.officer
    to.story.move(to.officer, part, "settle_outcomes", decision="agree", reason="The arrears come first.")


@walk("police_check", "awaiting_details")
def _(to: Release) -> Walk:
    home = {
        "ref": "home",
        "kind": "proposed_release",
        "lines": ["18 Tannery Fold", "Leeds"],
        "postcode": "LS11 5QX",
        "police_force": "west-yorkshire",
        "local_authority": "E08000035",
    }
    to.open_case(household={"children": "no", "contacts": []}, addresses=[home])
    yield to.officer
    to.supply_person(date_of_birth="1988-11-04", pnc_number="2008/0123456K")


@walk("police_check", "partially_returned")
def _(to: Release) -> Walk:
    to.submit(AP)
    asked = to.agencies("police_da")
    for agency, one in asked:
        to.answer(agency, one, complete=False)
    yield asked[0][0]
    for agency, one in asked:
        to.answer(agency, one)


def _waiting(kind: str, missing: str) -> Callable[[Release], Walk]:
    def made(to: Release) -> Walk:
        document = asking(darren_and_toby(), lambda one: one["kind"] == kind)
        lacking = [
            {**one, "annex": {name: said for name, said in one["annex"].items() if name != missing}}
            for one in document["destinations"]
        ]
        to.submit(kind, destinations=[one for one in lacking if one.get("service_category") in HOUSING])
        yield to.officer
        path = f"/v1/referrals/{to.referral['id']}"
        seen = to.officer.get(path)
        version = ok(to.officer.get(f"{path}/versions/1"))["document"]
        whole = [one for one in document["destinations"] if one.get("service_category") in HOUSING]
        said = {**version, "destinations": whole}
        ok(to.officer.post(f"{path}/versions", json=said, if_match=seen.headers["ETag"]))

    return made


HOUSING = (None, "accommodation")


def _unregistered(kind: str) -> Callable[[Release], Walk]:
    def walked(to: Release) -> Walk:
        provider, duty, area = (to.ap, AP, "N55") if kind == AP else (to.crs, "crs:accommodation", "N55")
        with db.transaction("owner") as session:
            session.execute(delete(Responsibility).where(Responsibility.duty == duty))
        to.submit(kind)
        yield to.officer
        answers_also_for(provider, duty, area)
        release_for_duty(duty, "worker")

    return walked


WALKS["bed", "unregistered"] = _unregistered(AP)
WALKS["treatment", "unregistered"] = _unregistered(CRS)
WALKS["bed", "waiting"] = _waiting(AP, "risk_rationale")
WALKS["treatment", "waiting"] = _waiting(CRS, "complexity")

SETTLED: dict[str, Json] = {
    "tag": {"state": "not_required"},
    "identification": {"state": "held"},
    "benefit": {"state": "claim_made"},
    "first_appointment": {"state": "attended", "day": MONDAY.isoformat()},
    "conditions_explained": {"state": "explained", "day": MONDAY.isoformat(), "by": "prison"},
}
"""How each arrangement is settled."""


def _arranged(item: str, code: str) -> Callable[[Release], Walk]:
    state = ITEMS[item].states.get(code.removesuffix("_passed"))

    def made(to: Release) -> Walk:
        to.submit(AP, licence={"conditions": [{"type": "alcohol_monitoring"}]})
        if state is not None:
            with_it = {"day": to.day(0), "time": "14:30", "office": "Trafford", "by": "prison"}
            taken = {name: with_it[name] for name in state.takes}
            to.arrange(**{item: {"state": code.removesuffix("_passed"), **taken}})
        if code.endswith("_passed"):
            to.story.clock.move(timedelta(days=1))
        yield to.officer
        to.arrange(**{item: SETTLED[item]})

    return made


WALKS.update({(item, code): _arranged(item, code) for item, code in RED if item in ITEMS})

NOT_WALKED: dict[tuple[str, str], str] = {
    ("childrens_check", "not_asked"): "a check that awaits it arises at once: only where that was set aside",
    ("childrens_check", "partially_returned"): "as of the police: a family of several children is needed",
}
"""Reds of which there is no walk yet, and why."""


@pytest.fixture
def release(cast: Cast, the_clock: TheClock) -> Release:
    return Release(Story(cast, the_clock))


def test_every_red_has_a_walk() -> None:
    assert sorted(RED) == sorted(WALKS.keys() | NOT_WALKED.keys())
    assert not WALKS.keys() & NOT_WALKED.keys()


@pytest.mark.parametrize(
    ("column", "code"), [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in RED if one in WALKS]
)
def test_a_red_is_gone_once_its_owner_has_made_the_move(release: Release, column: str, code: str) -> None:
    steps = WALKS[column, code](release)
    owner = next(steps)
    cell, row = release.cell(column), TABLE[column][code]
    assert (cell["level"], cell["found"], cell["move"]) == ("red", code, row.move)
    if row.owner == "practitioner":
        assert cell["owner"]["id"] == owner.practitioner.id if owner.practitioner else None
    elif row.owner == "manager":
        assert (cell["owner"]["kind"], cell["owner"]["id"]) == ("manager", "spo")
    elif row.owner == "region":
        assert (cell["owner"]["kind"], cell["owner"]["id"]) == ("manager", "region")
    else:
        assert (cell["owner"]["kind"], cell["owner"]["id"]) == ("organisation", str(owner.organisation_id))
    assert next(steps, None) is None
    assert release.found(column) != code, "it is still so"
