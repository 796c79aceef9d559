"""Whoever reports danger is told the same in every case: what to do now, whom to ring, what happens next."""

from typing import Any

import pytest

from service import db
from service.access.actor import Actor
from service.access.ringing import NEXT, NOT_TAKEN, NOW
from service.destinations import DESTINATIONS
from service.organisations.writes.staff import RoleEntry, StaffEntry, enter
from tests.cast import Caller, Cast
from tests.checks.factories import call_out
from tests.conftest import TheClock
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.referrals.samples import darren_and_toby, toby

pytestmark = pytest.mark.long

RECEIPT = {"id", "occurred_on", "received_at", "advice", "correction", "corrected_by"}
PHONE = "0113 496 0123"


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)


def on_call(caller: Caller) -> None:
    """Register somebody by whom the region can be rung at night."""
    roles = [RoleEntry(role="on_call_manager")]
    entry = StaffEntry(id="n.ight", name="Nora Night", phone=PHONE, roles=roles)
    with db.transaction("owner") as session:
        enter(session, Actor.for_service("registration"), caller.organisation_id, [entry], "register")


def provider_of(story: Story, document: Json, by: Caller | None = None) -> str:
    """Submit a referral and have the provider take it on; return the provider's part."""
    referral = ok((by or story.practitioner).post("/v1/referrals", json=document), 201)
    part = next(one for one in referral["destinations"] if one["service_category"] == "accommodation")
    story.take_on(story.cast.crs, part["id"])
    return str(part["id"])


def report(story: Story, part: str, caller: Caller | None = None, **said: Any) -> Json:
    seen = {"occurred_on": "2026-03-02", "details": "A threat.", "people": [], **said}
    path = f"/v1/destination-referrals/{part}/concerns"
    return ok((caller or story.cast.crs).post(path, json=seen), 201)


def a_plain_case(story: Story) -> str:
    return provider_of(story, toby("R-1"))


def a_limited_case(story: Story) -> str:
    document = toby("R-1")
    document["person"]["restricted_record"] = True
    return provider_of(story, document)


def no_children_on_record(story: Story) -> str:
    document = toby("R-1")
    document["household"] = {"children": "no", "contacts": []}
    document["addresses"] = document["addresses"][:1]
    return provider_of(story, document)


def a_case_with_a_report_already(story: Story) -> str:
    part = a_plain_case(story)
    report(story, part, people=["child"])
    return part


def a_case_that_mappa_has(story: Story) -> str:
    return provider_of(story, darren_and_toby("R-1"))


def an_ended_referral(story: Story) -> str:
    part = a_plain_case(story)
    story.move(story.cast.crs, part, "complete", outcome_code=next(iter(DESTINATIONS["crs"].outcomes)))
    return part


def a_case_of_another_practitioner(story: Story) -> str:
    return provider_of(story, toby("R-1"), story.cast.probation.as_practitioner("n.new"))


def one_entered_in_error(story: Story) -> str:
    part = a_plain_case(story)
    wrong = {"action": "enter_in_error", "reason": "The wrong person."}
    path = f"/v1/destination-referrals/{part}"
    tag = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{path}/transitions", json=wrong, if_match=tag))
    assert story.cast.crs.get(path).status_code == 404
    return part


CASES = (
    a_plain_case,
    a_limited_case,
    no_children_on_record,
    a_case_with_a_report_already,
    a_case_that_mappa_has,
    an_ended_referral,
    a_case_of_another_practitioner,
    one_entered_in_error,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_words_are_the_same_in_every_case(story: Story, case: Any) -> None:
    on_call(story.cast.probation)
    part = case(story)
    path = f"/v1/destination-referrals/{part}/concerns"
    for said in ({}, {"immediate_danger": True}, {"people": ["child", "partner", "unborn"]}):
        receipt = report(story, part, **said)
        assert set(receipt) == RECEIPT
        advice = receipt["advice"]
        assert (advice["now"], advice["afterwards"]) == (NOW, NEXT)
        assert [(one["when"], one["phone"]) for one in advice["ring"]] == [
            ("office_hours", "0113 496 0000"),
            ("any_time", PHONE),
        ]
    listed = ok(story.cast.crs.get(path))["items"]
    assert {str(one["advice"]) for one in listed} == {str(advice)}


def test_a_report_sent_twice_has_the_same_answer(story: Story) -> None:
    part = a_plain_case(story)
    seen = {"occurred_on": "2026-03-02", "details": "A threat.", "people": []}
    path = f"/v1/destination-referrals/{part}/concerns"
    first = story.cast.crs.post(path, json=seen, idempotency_key="the-same")
    assert story.cast.crs.post(path, json=seen, idempotency_key="the-same").data == first.data


def test_a_case_held_elsewhere_says_what_one_that_nobody_holds_says(story: Story) -> None:
    theirs = story.cast.stranger.as_practitioner("t.jones")
    a_plain_case(story)
    held, unknown = toby("S-1"), toby("S-2", crn="X320799")
    said = [report(story, provider_of(story, one, theirs))["advice"] for one in (held, unknown)]
    assert said[0] == said[1]
    office, at_night = (one["phone"] for one in said[0]["ring"])
    assert at_night == office, "nobody of that region is registered as on call"


def test_premises_are_told_the_same(story: Story) -> None:
    part = story.part(story.submit(darren_and_toby("R-2"))["id"], "approved_premises")
    story.document(story.cast.ap, part["id"])
    advice = report(story, part["id"], story.cast.ap, immediate_danger=True)["advice"]
    assert advice == report(story, a_plain_case(story))["advice"]


REPORTS: dict[str, Json] = {
    "visitor": {"seen_at": "2026-03-02T08:00:00Z", "with_child": "no", "status": "alleged"},
    "progress": {"summary": "He says that he will kill her."},
    "curfew_breach": {"noticed_at": "2026-03-02T08:00:00Z", "status": "alleged"},
}


@pytest.mark.parametrize("kind", REPORTS)
def test_premises_are_told_the_same_after_whatever_they_report(story: Story, kind: str) -> None:
    part = story.part(story.submit(darren_and_toby("R-2"))["id"], "approved_premises")
    story.take_on(story.cast.ap, part["id"])
    path = f"/v1/destination-referrals/{part['id']}/updates"
    said = ok(story.cast.ap.post(path, json={"kind": kind, "content": REPORTS[kind]}), 201)
    assert said["advice"] == report(story, part["id"], story.cast.ap)["advice"]
    assert all("advice" not in one for one in ok(story.cast.ap.get(path))["items"])


def test_a_provider_is_told_the_same_after_a_session(story: Story) -> None:
    part = a_plain_case(story)
    held = {"on": "2026-03-02T08:00:00Z", "summary": "He has threatened her again."}
    path = f"/v1/destination-referrals/{part}/updates"
    said = ok(story.cast.crs.post(path, json={"kind": "session", "content": held}), 201)
    assert said["advice"] == report(story, part)["advice"]


def test_whoever_writes_to_probation_is_told_the_same_whatever_the_text_says(story: Story) -> None:
    part = a_plain_case(story)
    path = f"/v1/destination-referrals/{part}/messages"
    expected = report(story, part)["advice"]
    for text in ("He says that he will kill her.", "Thank you."):
        said = story.cast.crs.post(path, json={"body": text}, idempotency_key=text.split()[0])
        assert ok(said, 201)["advice"] == expected
        again = story.cast.crs.post(path, json={"body": text}, idempotency_key=text.split()[0])
        assert again.data == said.data
    assert "advice" not in ok(story.practitioner.post(path, json={"body": "We ring you."}), 201)
    assert all("advice" not in one for one in ok(story.cast.crs.get(path))["items"])


@pytest.mark.parametrize("found", [True, False])
def test_a_force_is_told_the_same_whatever_it_has_found(story: Story, *, found: bool) -> None:
    expected = report(story, a_plain_case(story))["advice"]
    asked = story.inbox(story.cast.police)[0]
    findings = NOTHING_KNOWN | ({"call_outs": [call_out()]} if found else {})
    said = story.answer(story.cast.police, asked["id"], findings, nothing_found=not found)
    assert said["advice"] == expected
    shown = ok(story.cast.police.get(f"/v1/check-requests/{asked['id']}"))
    assert all("advice" not in one for one in shown["results"])


@pytest.mark.parametrize(
    "left",
    [{"departed_to": "whereabouts_unknown"}, {"without_agreement": True}, {"departed_to": "hospital"}],
    ids=str,
)
def test_premises_are_told_the_same_however_somebody_left(story: Story, left: Json) -> None:
    part = story.part(story.submit(darren_and_toby("R-2"))["id"], "approved_premises")["id"]
    ap = story.cast.ap
    story.take_on(ap, part)
    ok(story.place(ap, part, "offer", expected_arrival="2026-03-02", expected_departure="2026-05-25"))
    ok(story.place(story.practitioner, part, "confirm"))
    assert "advice" not in ok(story.place(ap, part, "record_arrival", arrived_on="2026-03-02"))
    said = ok(story.place(ap, part, "record_departure", departed_on="2026-03-02", reason="Left.", **left))
    assert said["advice"] == report(story, part, ap)["advice"]
    assert "advice" not in ok(ap.get(f"/v1/destination-referrals/{part}/placement"))


def test_a_practitioner_who_records_a_threat_is_told_the_same(story: Story) -> None:
    advice = report(story, a_plain_case(story))["advice"]
    change = story.report_change("X320744", "threat")
    assert change["advice"] == advice
    assert ok(story.practitioner.get(change["href"]))["advice"] == advice
    assert "advice" not in story.report_change("X320744", "home_settled")


def test_the_regions_own_number_stands_in_for_an_on_call_manager(story: Story) -> None:
    office = StaffEntry(id="office", name="The office", phone=PHONE, roles=[RoleEntry(role="region")])
    with db.transaction("owner") as session:
        by = Actor.for_service("registration")
        enter(session, by, story.cast.probation.organisation_id, [office], "register")
    ring = report(story, a_plain_case(story))["advice"]["ring"]
    assert [one["phone"] for one in ring] == [PHONE, PHONE]


def test_news_after_the_end_is_read_by_the_last_units_manager(story: Story) -> None:
    part = an_ended_referral(story)
    assert ok(story.cast.crs.get(f"/v1/destination-referrals/{part}"))["state"] == "completed"
    report(story, part, immediate_danger=True)
    (heard,) = story.told(story.cast.probation, "change_of_circumstance.recorded")
    (review,) = ok(story.practitioner.get(heard["subject"]["href"]))["reviews"]
    assert (review["owner"], review["waits_for"]) == ("spo", "spo")
    story.wait(hours=6)
    roles = {one["data"]["role"] for one in story.told(story.cast.probation, "escalation.notified")}
    assert {"practitioner", "spo"} <= roles


def what_was_said(answer: Any, status: int) -> tuple[str, str, list[tuple[str, str | None]]]:
    advice = ok(answer, status)["advice"]
    return advice["now"], advice["afterwards"], [(one["when"], one["phone"]) for one in advice["ring"]]


def test_whoever_is_refused_is_told_what_to_do_and_that_nothing_was_taken(story: Story) -> None:
    referral = ok(story.practitioner.post("/v1/referrals", json=toby("R-1")), 201)
    part = next(one for one in referral["destinations"] if one["service_category"] == "accommodation")
    at = f"/v1/destination-referrals/{part['id']}"
    crs = story.cast.crs
    held = {"on": "2026-03-02T08:00:00Z", "summary": "He says that he will kill her."}
    session: Json = {"kind": "session", "content": held}
    elsewhere = "/v1/destination-referrals/00000000-0000-4000-8000-000000000000"
    expected = (NOW, NOT_TAKEN, [("office_hours", None), ("any_time", None)])
    for answer, status in (
        (crs.post(f"{at}/updates", json=session), 409),
        (crs.post(f"{at}/concerns", json={"details": "A threat."}), 422),
        (crs.post(f"{at}/messages", json={"body": 7}), 422),
        (crs.post(f"{at}/messages", data=b"{", content_type="application/json"), 400),
        (crs.post(f"{at}/messages", data=b"A threat.", content_type="text/plain"), 415),
        (crs.post(f"{elsewhere}/concerns", json={"details": "A threat."}), 404),
        (story.cast.police.post(f"{at}/concerns", json={"details": "A threat."}), 403),
        (story.cast.police.post(f"/v1/check-requests/{elsewhere[-36:]}/results", json={}), 404),
    ):
        assert what_was_said(answer, status) == expected
    assert "advice" not in ok(story.practitioner.post(f"{at}/messages", json={"body": 7}), 422)
    assert "advice" not in ok(crs.get(f"{elsewhere}/concerns"), 404)


def test_an_agency_that_asks_back_is_told_the_same(story: Story) -> None:
    expected = report(story, a_plain_case(story))["advice"]
    asked = story.inbox(story.cast.police)[0]
    path = f"/v1/check-requests/{asked['id']}"
    why = {"action": "return_for_information", "question": "Why now? He is at her house with a knife."}
    tag = story.cast.police.get(path).headers["ETag"]
    assert ok(story.cast.police.post(f"{path}/transitions", json=why, if_match=tag))["advice"] == expected
    stale = story.cast.police.post(f"{path}/transitions", json=why, if_match=tag)
    assert ok(stale, 412)["advice"]["afterwards"] == NOT_TAKEN
    assert "advice" not in ok(story.cast.police.get(path))


def test_a_provider_that_declines_is_told_the_same(story: Story) -> None:
    expected = report(story, a_plain_case(story))["advice"]
    referral = ok(story.practitioner.post("/v1/referrals", json=toby("R-9", crn="X320799")), 201)
    part = next(one for one in referral["destinations"] if one["service_category"] == "accommodation")
    ok(story.cast.crs.get(f"/v1/destination-referrals/{part['id']}/document"))
    no = {"reason_code": next(iter(DESTINATIONS["crs"].decline_reasons)), "reason": "He will kill her."}
    assert story.move(story.cast.crs, part["id"], "decline", **no)["advice"] == expected
    assert "advice" not in ok(story.cast.crs.get(f"/v1/destination-referrals/{part['id']}"))
