"""Who may review, decide and lower on a case: each act, tried by everybody who stands to it in some way."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import pytest
from werkzeug.test import TestResponse

from service import clock
from service.people.actions.handing_over import PARTS
from tests.agreements.office import AMENDER, INDEPENDENT, SUBMITTER, Office
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.holdings import leave

pytestmark = pytest.mark.long

CARETAKER, COLLEAGUE = "d.deputy", "n.other"
TEAM: Final = {f"t.{part}": part for part in PARTS}
STANDINGS: Final = {
    "accountable": (SUBMITTER, "practitioner"),
    "caretaker": (CARETAKER, "practitioner"),
    **{part: (who, "practitioner") for who, part in TEAM.items()},
    "colleague": (COLLEAGUE, "practitioner"),
    "on_call": ("x.oncall", "on_call_manager"),
    "manager_on_the_case": (AMENDER, "spo"),
    "independent_manager": (INDEPENDENT, "pdu_head"),
}
MANAGERS: Final = ("manager_on_the_case", "independent_manager")
REFUSED: Final = (403, "/problems/not-accountable")
NEWS: Final = {"occurred_on": "2026-01-05", "source": "practitioner", "standing": "established"}

Attempt = Callable[[Caller], TestResponse]
Prepare = Callable[[Office], tuple[Attempt, Callable[[Caller], bool] | None]]


def _shows(path: str, name: str, member: str = "allowed_transitions") -> Callable[[Caller], bool]:
    return lambda caller: name in ok(caller.get(path))[member]


def _review_answer(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    request = office.answered()
    path = f"/v1/checks/{request['check_id']}"
    found = {"check_request_id": request["id"], "changes": ["nothing"], "reason": "Nothing is held."}
    return lambda caller: office.post(caller, path, f"{path}/reviews", found), _shows(path, "review")


def _complete_review(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    review = office.review()
    considered = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]

    def complete(caller: Caller) -> TestResponse:
        return office.story.complete_review(
            review["id"], caller, changes=["risk_management_plan"], considered=considered
        )

    return complete, _shows(f"/v1/reviews/{review['id']}", "complete")


def _decide_disclosure(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    employer = {"recipient": "employer", "name": "Harehills Joinery", "reason": "He works with young people."}
    opened = ok(office.story.practitioner.post(office.at("disclosure-decisions"), json=employer), 201)
    proposal = {"tell": False, "reason": "He works alone."}

    def propose(caller: Caller) -> TestResponse:
        answer: TestResponse = office.story.tell(opened["id"], "propose", caller, proposal=proposal)
        return answer

    return propose, _shows(opened["href"], "propose")


def _lower_risk(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    raised = {"group": "staff", "level": "medium", "reason": "He shouted."}
    office.story.report_change(office.crn, "rosh_changed", rosh=raised)
    lower = {**raised, "level": "low", "reason": "He was ill.", "evidence": "His doctor."}
    body = {"kind": "rosh_changed", **_today(), "rosh": lower}
    return lambda caller: caller.post(office.at("changes-of-circumstance"), json=body), None


def _ask(kind: str) -> Prepare:
    def prepare(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
        request = office.request()
        subject = request["check_id"] if kind == "check_not_required" else request["id"]
        body = {"kind": kind, "subject_id": subject, "reason": "It need not wait."}
        return lambda caller: caller.post("/v1/agreements", json=body), None

    return prepare


def _stop_wrong_person(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    path = f"/v1/check-requests/{office.request()['id']}"
    body = {"action": "stop_wrong_person", "reason": "Another of the same name."}
    return lambda caller: office.post(caller, path, f"{path}/transitions", body), _shows(
        path, "stop_wrong_person"
    )


def _end(kind: str, category: str | None) -> Prepare:
    def prepare(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
        path = office.story.part(office.referral, kind, category)["href"]
        body = {"action": "withdraw", "reason": "Not needed."}
        return lambda caller: office.post(caller, path, f"{path}/transitions", body), _shows(path, "withdraw")

    return prepare


def _confirm_stay(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    story, today = office.story, clock.today()
    part = story.part(office.referral, "approved_premises")
    story.take_on(story.cast.ap, part["id"])
    until = (today + timedelta(days=60)).isoformat()
    days = {"expected_arrival": today.isoformat(), "expected_departure": until}
    ok(story.place(story.cast.ap, part["id"], "offer", **days))
    path = f"{part['href']}/placement"
    return lambda caller: story.place(caller, part["id"], "confirm"), _shows(
        path, "confirm", "allowed_actions"
    )


def _share(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    until = (clock.now() + timedelta(days=30)).isoformat()
    region = office.story.cast.stranger.code
    body = {"organisation": region, "basis": "joint", "until": until, "reason": "They house him."}
    return lambda caller: caller.post(office.at("shares"), json=body), None


def _limit(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    named = [{"practitioner": who} for who, _ in STANDINGS.values()]
    body = {"named": named, "reason": "The case is in the newspapers."}
    return lambda caller: office.post(caller, office.at("access"), office.at("limit"), body), None


def _exclude(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    body = {"practitioner": "r.sister", "reason": "Her brother."}
    return lambda caller: caller.post(office.at("exclusions"), json=body), None


def _change_team(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    body = {"action": "add", "practitioner": "q.brown", "part": "cover"}
    return lambda caller: office.post(caller, office.at("holding"), office.at("team"), body), None


def _offer_transfer(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    region = office.story.cast.stranger.code
    body = {"person_id": office.person, "to_region": region, "reason": "He has moved."}
    return lambda caller: caller.post("/v1/transfers", json=body), None


def _record(office: Office) -> tuple[Attempt, Callable[[Caller], bool] | None]:
    raised = {"group": "staff", "level": "high", "reason": "He threatened staff."}
    body = {"kind": "rosh_changed", **_today(), "rosh": raised}
    return lambda caller: caller.post(office.at("changes-of-circumstance"), json=body), None


def _today() -> Json:
    return {**NEWS, "occurred_on": clock.today().isoformat()}


ACTING, ACCOUNTABLE = ("accountable", "caretaker", *MANAGERS), ("accountable", *MANAGERS)
TRIED: Final[Mapping[str, tuple[Prepare, tuple[str, ...]]]] = {
    "review_answer": (_review_answer, ACCOUNTABLE),
    "complete_review": (_complete_review, ACCOUNTABLE),
    "decide_disclosure": (_decide_disclosure, ACCOUNTABLE),
    "lower_risk": (_lower_risk, ACCOUNTABLE),
    "ask_not_required": (_ask("check_not_required"), ACCOUNTABLE),
    "ask_to_cancel": (_ask("check_request_cancelled"), ACCOUNTABLE),
    "end_mappa": (_end("mappa", None), ACCOUNTABLE),
    "offer_transfer": (_offer_transfer, ACCOUNTABLE),
    "stop_wrong_person": (_stop_wrong_person, ACTING),
    "end_referral": (_end("crs", "accommodation"), ACTING),
    "confirm_stay": (_confirm_stay, ACTING),
    "share": (_share, ACCOUNTABLE),
    "limit": (_limit, ACCOUNTABLE),
    "exclude": (_exclude, ACCOUNTABLE),
    "change_team": (_change_team, ACTING),
    "record": (_record, tuple(STANDINGS)),
}


@pytest.fixture
def office(cast: Cast, the_clock: TheClock) -> Office:
    """A case with a team and a caretaker, which a manager has amended."""
    office = Office(Story(cast, the_clock))
    office.referral = office.story.submit(office.document)["id"]
    path = f"/v1/referrals/{office.referral}"
    office.document["risk"]["additional_information"] = "See him in the afternoon."
    ok(office.post(office.staff(AMENDER, "spo"), path, f"{path}/versions", office.document))
    manager = office.staff(INDEPENDENT, "pdu_head")
    for who, part in TEAM.items():
        body = {"action": "add", "practitioner": who, "part": part}
        office.staff(who, "court_duty_officer")  # so that the register has them
        ok(office.post(manager, office.at("holding"), office.at("team"), body))
    until = (clock.now() + timedelta(days=20)).isoformat()
    named = {"action": "name", "practitioner": CARETAKER, "until": until}
    ok(office.post(manager, office.at("holding"), office.at("caretaker"), named))
    return office


def caller(office: Office, standing: str) -> Caller:
    return office.staff(*STANDINGS[standing])


def said(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.get_json() or {}).get("type", "")


@pytest.mark.parametrize("act", TRIED)
def test_who_does_not_answer_for_the_case_is_refused_and_who_does_is_not(office: Office, act: str) -> None:
    prepare, may = TRIED[act]
    attempt, shown = prepare(office)
    for standing in STANDINGS.keys() - may:
        assert said(attempt(caller(office, standing))) == REFUSED, standing
    for standing in STANDINGS:
        assert shown is None or shown(caller(office, standing)) is (standing in may), standing
    done = attempt(caller(office, may[0]))
    assert done.status_code in {200, 201}, done.text
    for standing in may[1:]:
        assert said(attempt(caller(office, standing))) != REFUSED, standing


@pytest.mark.long
@pytest.mark.parametrize("act", TRIED)
@pytest.mark.parametrize("standing", MANAGERS)
def test_a_manager_of_the_region_does_it_too(office: Office, act: str, standing: str) -> None:
    attempt, _ = TRIED[act][0](office)
    done = attempt(caller(office, standing))
    assert done.status_code in {200, 201}, done.text


@pytest.mark.parametrize("act", [act for act, (_, may) in TRIED.items() if may is ACTING])
def test_a_caretaker_does_what_concerns_contact_and_details(
    office: Office, the_clock: TheClock, act: str
) -> None:
    attempt, _ = TRIED[act][0](office)
    the_clock.move(timedelta(days=21))
    assert said(attempt(caller(office, "caretaker"))) == REFUSED, "the time has passed"
    the_clock.move(timedelta(days=-21))
    done = attempt(caller(office, "caretaker"))
    assert done.status_code in {200, 201}, done.text


@pytest.mark.long
@pytest.mark.parametrize("act", [act for act, (_, may) in TRIED.items() if may is not tuple(STANDINGS)])
def test_while_nobody_is_accountable_a_manager_does_it(office: Office, act: str) -> None:
    prepare, may = TRIED[act]
    attempt, _ = prepare(office)
    assert leave(office.story, SUBMITTER) == 1
    accountable = said(attempt(caller(office, "accountable")))
    if len(may) == len(STANDINGS):
        assert accountable[0] == 201
        return
    assert accountable == REFUSED
    done = attempt(caller(office, "independent_manager"))
    assert done.status_code in {200, 201}, done.text


@pytest.mark.parametrize("ref", ["mother", "ex-partner"])
def test_a_colleague_does_not_change_who_somebody_is_whom_agencies_were_asked_about(
    office: Office, ref: str
) -> None:
    story = office.story
    (crn,) = {one["crn"] for one in ok(story.practitioner.get("/v1/referrals"))["items"]}
    known = story.contact(crn, ref)
    somebody_else = {"given_name": "Zed", "family_name": "Zed", "date_of_birth": "1999-09-09"}
    colleague = story.cast.probation.as_practitioner(COLLEAGUE)
    refused = colleague.patch(known["href"], json=somebody_else, if_match=known["etag"])
    assert (refused.status_code, refused.get_json()["type"]) == REFUSED
    assert story.contact(crn, ref) == known
    # What was missing, anybody of the region supplies; who somebody is, whoever acts for the case puts right.
    son = story.contact(crn, "son")
    ok(colleague.patch(son["href"], json={"given_name": "Alfie"}, if_match=son["etag"]))
    ok(story.practitioner.patch(known["href"], json={"given_name": "Zoe"}, if_match=known["etag"]))
