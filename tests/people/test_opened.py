"""A case that is opened with no destination: its checks arise, and it is completed before any referral."""

from typing import Any
from uuid import UUID

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.people.holdings import told_of
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at

CRN = "X320741"
OPENING: Json = {
    "because": "curfew",
    "person": {
        "crn": CRN,
        "name": {"given": "Darren", "family": "Ellershaw"},
        "date_of_birth": "1988-11-04",
        "pnc_number": "2008/0123456K",
    },
    "household": {
        "children": "no",
        "contacts": [
            {
                "ref": "partner",
                "relationship": "partner",
                "given_name": "Kirsty",
                "family_name": "Holdsworth",
                "date_of_birth": "1991-07-19",
                "details_status": "provided",
                "lives_at": "home",
            }
        ],
    },
    "addresses": [
        {
            "ref": "home",
            "kind": "proposed_release",
            "lines": ["18 Tannery Fold", "Leeds"],
            "postcode": "LS11 5QX",
            "police_force": "west-yorkshire",
            "local_authority": "E08000035",
        }
    ],
}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case with a referral, which p.shah submitted."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def test_a_case_is_opened_with_no_destination_and_its_checks_arise(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    opened = story.practitioner.post("/v1/people", json=OPENING)
    case = ok(opened, 201)
    assert opened.headers["Location"] == case["href"] == person_at(CRN)
    assert (case["held"]["because"], case["held"]["practitioner"]) == ("opened", "p.shah")
    assert (case["held_elsewhere"], case["crn"]) == (False, CRN)
    (check,) = case["checks"]
    assert (check["kind"], check["trigger_event"], check["referral_id"]) == ("police_da", "case.opened", None)
    assert [one["state"] for one in check["requests"]] == ["requested"]
    assert len(story.inbox(cast.police)) == 1
    listed = ok(story.practitioner.get(f"{person_at(CRN)}/checks"))["items"]
    assert [one["id"] for one in listed] == [check["id"]]
    assert ok(story.practitioner.get(check["href"]))["referral_id"] is None
    assert [one["data"]["because"] for one in story.told(story.practitioner, "person.opened")] == ["curfew"]


def test_missing_details_of_an_opened_case_have_a_clock_and_are_supplied(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    document = {**OPENING, "person": {k: v for k, v in OPENING["person"].items() if k != "date_of_birth"}}
    document["household"] = {
        "children": "yes",
        "contacts": [
            {
                "ref": "son",
                "relationship": "child",
                "details_status": "not_asked",
                "local_authority": "E08000035",
            }
        ],
    }
    ok(story.practitioner.post("/v1/people", json=document), 201)
    story.wait(days=4)
    assert ("practitioner", "p.shah") in told_of("ask")
    son = story.contact(CRN, "son")
    story.supply(CRN, son, given_name="Toby", family_name="Ellershaw", date_of_birth="2017-05-30")
    assert [one["kind"] for one in story.inbox(cast.council)] == ["childrens_safeguarding"]


def test_the_first_referral_takes_over_the_open_checks_and_raises_none_twice(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    (check,) = ok(story.practitioner.post("/v1/people", json=OPENING), 201)["checks"]
    asked = [one["id"] for one in story.inbox(cast.police)]
    document = minimal("R-1", CRN) | {name: OPENING[name] for name in ("household", "addresses")}
    document["urgency"], document["urgency_reason"] = "urgent", "Released today."
    referral = story.submit(document)
    (taken,) = ok(story.practitioner.get("/v1/checks", referral_id=referral["id"]))["items"]
    assert (taken["id"], taken["cycle"], taken["urgency"]) == (check["id"], 1, "urgent")
    assert [one["id"] for one in story.inbox(cast.police)] == asked
    assert as_owner("SELECT DISTINCT referral_id FROM clock WHERE subject_kind = 'check_request'") == [
        {"referral_id": UUID(referral["id"])}
    ]


def test_what_the_referral_adds_to_the_household_is_asked_too(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    ok(story.practitioner.post("/v1/people", json=OPENING), 201)
    story.submit(darren_and_toby())
    kinds = ok(story.practitioner.get(f"{person_at(CRN)}/checks"))["items"]
    assert sorted((one["kind"], one["cycle"]) for one in kinds) == [
        ("childrens_safeguarding", 1),
        ("police_da", 1),
    ]
    (police,) = (one for one in kinds if one["kind"] == "police_da")
    assert {one["area"] for one in police["requests"]} >= {"west-yorkshire", "greater-manchester"}


def test_a_case_is_opened_once_and_by_probation(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    first = story.practitioner.post("/v1/people", json=OPENING, idempotency_key="one")
    again = story.practitioner.post("/v1/people", json=OPENING, idempotency_key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json()["person_id"] == again.get_json()["person_id"]
    refused = story.practitioner.post("/v1/people", json=OPENING)
    assert (refused.status_code, refused.get_json()["href"]) == (409, person_at(CRN))
    assert cast.crs.post("/v1/people", json=OPENING).status_code == 403
    assert cast.probation.post("/v1/people", json=OPENING).status_code == 403


def test_a_case_that_another_region_holds_is_opened_as_a_side_record_and_the_holder_is_told(
    story: Story,
) -> None:
    stranger = story.cast.stranger.as_practitioner("x.other")
    case = ok(stranger.post("/v1/people", json=OPENING), 201)
    assert (case["held_elsewhere"], case["held"]["region"]) == (True, "N51")
    assert case["href"] != person_at(CRN)
    (told,) = story.told(story.practitioner, "person.submitted_elsewhere")
    assert (told["data"]["asked"], told["data"]["region"]) == ("opening", "N51")
    assert stranger.get(person_at(CRN)).status_code == 404


def opened_with_a_name(story: Story) -> Json:
    """Open the case of somebody of whom only the CRN and the name are known."""
    person = {"crn": CRN, "name": OPENING["person"]["name"]}
    case = story.practitioner.post("/v1/people", json={"because": "pre_sentence_report", "person": person})
    return ok(case, 201)


def supply(story: Story, **details: Any) -> Any:
    seen = story.practitioner.get(person_at(CRN)).headers["ETag"]
    return story.practitioner.patch(person_at(CRN), json=details, if_match=seen)


def test_an_opened_case_is_completed_before_any_referral(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    (check,) = (one for one in opened_with_a_name(story)["checks"] if one["kind"] == "police_da")
    assert [one["state"] for one in check["requests"]] == ["awaiting_details"]
    record = ok(supply(story, date_of_birth="1988-11-04", sex="male", noms_number="A4417DX", children="no"))
    assert (record["date_of_birth"], record["noms_number"], record["children"]) == (
        "1988-11-04", "A4417DX", "no",
    )  # fmt: skip
    assert record["name"]["family"] == OPENING["person"]["name"]["family"], "what is not given stays"
    assert story.inbox(cast.police) == [], "the address is still missing"
    home = OPENING["addresses"][0] | {"kind": "current"}
    moved = story.report_change(CRN, "address_new", addresses=[home])
    assert moved["checks"]
    assert [one["state"] for one in story.inbox(cast.police)] == ["requested"]
    recorded, *_ = as_owner("SELECT data FROM event WHERE name = 'person.changed' ORDER BY ordinal")
    assert recorded["data"] == {"fields": ["children", "date_of_birth", "noms_number", "sex"]}


def test_a_change_in_an_opened_case_has_its_checks_reviews_and_clocks(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    opened = ok(story.practitioner.post("/v1/people", json=OPENING), 201)
    path = f"{person_at(CRN)}/changes-of-circumstance"
    partner = {"ref": "new", "relationship": "partner", "details_status": "not_asked"}
    change = story.report_change(CRN, "new_relationship", contacts=[partner])
    again = ok(story.practitioner.get(f"{person_at(CRN)}/checks"))["items"]
    police = [one for one in again if one["kind"] == "police_da"]
    assert sorted((one["cycle"], one["referral_id"]) for one in police) == [(1, None), (2, None)]
    assert min(police, key=lambda one: one["cycle"])["id"] == opened["checks"][0]["id"]
    reviews = change["reviews"]
    assert [one["kind"] for one in reviews] == ["risk"]
    (decision,) = change["disclosure_decisions"]
    assert ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))["state"] == "open"
    assert ok(story.practitioner.get(path))["items"][0]["id"] == change["id"]
    visit = OPENING["addresses"][0] | {"ref": "visit", "kind": "visited", "lines": ["9 Mill Lane"]}
    visited = ok(story.practitioner.post(f"{person_at(CRN)}/addresses", json=visit), 201)
    assert visited["kind"] == "address_proposed"
    clocks = "SELECT DISTINCT referral_id FROM clock WHERE subject_kind IN ('check_request', 'review')"
    assert as_owner(clocks) == [{"referral_id": None}]
    document = minimal("R-1", CRN) | {name: OPENING[name] for name in ("household", "addresses")}
    referral = story.submit(document)
    taken = ok(story.practitioner.get("/v1/checks", referral_id=referral["id"]))["items"]
    assert {one["id"] for one in police} <= {one["id"] for one in taken}
    assert as_owner(f"{clocks} AND state <> 'stopped'") == [{"referral_id": UUID(referral["id"])}]
    story.wait(days=40)
    assert ("practitioner", "p.shah") in told_of("review")


def test_who_answers_for_an_opened_case_does_not_agree_alone(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    ok(story.practitioner.post("/v1/people", json=OPENING), 201)
    seen = story.spo.get(f"{person_at(CRN)}/holding").headers["ETag"]
    ok(story.spo.post(f"{person_at(CRN)}/holding", json={"practitioner": "m.own"}, if_match=seen))
    recorded = story.report_change(CRN, "missed_appointments")
    (review,) = recorded["reviews"]
    own = cast.probation.as_practitioner("m.own", "pdu_head")
    proposed = ok(story.complete_review(review["id"], own, no_change_reason="It was known."))
    assert proposed["state"] == "awaiting_agreement"
    manager = cast.probation.as_practitioner("h.other", "pdu_head")
    assert "agree" in ok(manager.get(review["href"]))["allowed_transitions"]
    assert "agree" not in ok(own.get(review["href"]))["allowed_transitions"]


def test_details_of_the_person_reach_the_referral_while_one_is_open(story: Story) -> None:
    referral = ok(story.practitioner.get("/v1/referrals"))["items"][0]
    ok(supply(story, sex="female"))
    newest = ok(story.practitioner.get(referral["href"]))["current_version"]
    document = ok(story.practitioner.get(f"{referral['href']}/versions/{newest}"))["document"]
    assert document["person"]["sex"] == "female"


def test_who_the_person_is_takes_whoever_acts_for_the_case(story: Story) -> None:
    """Anybody of the region supplies what is missing; what is on record, and is otherwise, is not theirs."""
    colleague = story.cast.probation.as_practitioner("q.other")
    tag = colleague.get(person_at(CRN)).headers["ETag"]
    refused = colleague.patch(person_at(CRN), json={"name": {"given": "Dale"}}, if_match=tag)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/not-accountable")
    withdrawn = colleague.patch(person_at(CRN), json={"date_of_birth": None}, if_match=tag)
    assert withdrawn.status_code == 403


def test_details_are_supplied_by_the_holder_on_what_it_has_seen(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    opened_with_a_name(story)
    blind = story.practitioner.patch(person_at(CRN), json={"sex": "male"})
    assert blind.status_code == 428
    stale = story.practitioner.get(person_at(CRN)).headers["ETag"]
    ok(supply(story, sex="male"))
    late = story.practitioner.patch(person_at(CRN), json={"sex": "female"}, if_match=stale)
    assert late.status_code == 412
    other = cast.stranger.as_practitioner("x.other")
    assert other.patch(person_at(CRN), json={"sex": "female"}, if_match=stale).status_code == 404
    for body in ({"crn": "X000001"}, {"date_of_birth": "2999-01-01"}, {"name": {"given": None}}):
        assert supply(story, **body).status_code == 422, body


def test_details_on_a_side_record_reach_the_holder(story: Story) -> None:
    other = story.cast.stranger.as_practitioner("x.other")
    case = ok(other.post("/v1/people", json=OPENING), 201)
    seen = other.get(case["href"]).headers["ETag"]
    ok(other.patch(case["href"], json={"noms_number": "A9999ZZ"}, if_match=seen))
    told = story.told(story.practitioner, "person.submitted_elsewhere")
    assert [one["data"]["asked"] for one in told] == ["opening", "change"]
    found = ok(story.practitioner.get(f"{person_at(CRN)}/proposals"))["items"]
    assert {"noms_number": "A9999ZZ"} in [one["value"] for one in found]


@pytest.mark.parametrize(
    ("change_of", "pointer"),
    [
        ({"because": "boredom"}, "/because"),
        ({"destinations": []}, "/destinations"),
        (
            {"household": {"contacts": [{**OPENING["household"]["contacts"][0], "lives_at": "nowhere"}]}},
            "/household/contacts/0/lives_at",
        ),
    ],
)
def test_a_case_that_contradicts_itself_is_not_opened(story: Story, change_of: Json, pointer: str) -> None:
    refused = story.practitioner.post("/v1/people", json=OPENING | change_of)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("noms_number", "not a number"),
        ("noms_number", ""),
        ("noms_number", "A" * 61),
        ("pnc_number", "2008/0123456K-and-more"),
        ("pnc_number", ""),
        ("pnc_number", 2008),
    ],
)
def test_a_number_is_judged_alike_when_it_is_submitted_opened_with_and_supplied(
    cast: Cast, the_clock: TheClock, number: str, value: Any
) -> None:
    story = Story(cast, the_clock)
    ok(story.practitioner.post("/v1/people", json=OPENING), 201)
    document, opening = minimal(), {**OPENING, "person": {**OPENING["person"], "crn": "X555555"}}
    document["person"][number] = opening["person"][number] = value
    said = []
    for refused in (
        story.practitioner.post("/v1/referrals", json=document),
        story.practitioner.post("/v1/people", json=opening),
        supply(story, **{number: value}),
    ):
        assert refused.status_code == 422, refused.text
        (fault,) = refused.get_json()["errors"]
        assert fault["pointer"].endswith(f"/{number}")
        said.append(fault["detail"])
    assert len(set(said)) == 1, said


def test_a_number_that_another_record_has_is_taken_as_it_is_when_it_is_submitted(
    cast: Cast, the_clock: TheClock
) -> None:
    """Whose it really is, nobody knows yet: a search by the number finds both."""
    story = Story(cast, the_clock)
    ok(story.practitioner.post("/v1/people", json=OPENING), 201)
    other = {**OPENING, "person": {**OPENING["person"], "crn": "X555555", "noms_number": "A9999ZZ"}}
    ok(story.practitioner.post("/v1/people", json=other), 201)
    ok(supply(story, noms_number="A9999ZZ"))
    found = ok(story.practitioner.post("/v1/people/search", json={"noms_number": "A9999ZZ"}))["found"]
    assert {one["crn"] for one in found} == {CRN, "X555555"}
