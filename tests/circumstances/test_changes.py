"""Recording changes through HTTP: what is refused, what is repeated, what is told and to whom."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import GROUNDS
from tests.referrals import samples
from tests.rows import person_at

CRN = "X320744"


def changes() -> str:
    """Return the address of the person's changes."""
    return f"{person_at(CRN)}/changes-of-circumstance"


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """Toby's case, submitted; the provider is at work."""
    told = Story(cast, the_clock)
    referral_id = told.submit(samples.toby())["id"]
    told.take_on(cast.crs, told.part(referral_id, "crs", "accommodation")["id"])
    return told


def change(**members: Any) -> Json:
    return {
        "kind": "arrest",
        "occurred_on": "2026-03-01",
        "source": "police",
        "standing": "alleged",
    } | members


def pointers(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {fault["pointer"] for fault in answer.get_json()["errors"]}


REFUSED: list[tuple[Json, set[str]]] = [
    ({"kind": "telepathy"}, {"/kind"}),
    ({"occurred_on": "1066-10-14"}, {"/occurred_on"}),
    ({"occurred_on": "2026-03-09"}, {"/occurred_on"}),
    ({"source": "a little bird", "standing": "certain"}, {"/source", "/standing"}),
    ({"standing": "not_substantiated"}, {"/follows"}),
    ({"standing": "unfounded"}, {"/standing"}),
    ({"details": "a\x00b"}, {"/details"}),
    ({"kind": "rosh_changed", "standing": "established"}, {"/rosh"}),
    ({"rosh": {"group": "children", "level": "high", "reason": "So."}}, {"/rosh"}),
    ({"kind": "address_new"}, {"/addresses"}),
    ({"contact_ids": ["5f0c5c1c-6f1c-4d0e-8a34-0f2f9d4c9d8e"]}, {"/contact_ids/0"}),
    ({"follows": "5f0c5c1c-6f1c-4d0e-8a34-0f2f9d4c9d8e"}, {"/follows"}),
    ({"recall_him": True}, {"/recall_him"}),
]


def test_what_cannot_be_is_refused_where_it_stands(story: Story) -> None:
    for members, at in REFUSED:
        assert pointers(story.practitioner.post(changes(), json=change(**members))) == at, members
    assert ok(story.practitioner.get(changes()))["items"] == []


def test_a_change_sent_twice_is_one_change(story: Story) -> None:
    first = ok(story.practitioner.post(changes(), json=change(), idempotency_key="k1"), 201)
    again = ok(story.practitioner.post(changes(), json=change(), idempotency_key="k1"), 201)
    assert again["id"] == first["id"]
    assert len(ok(story.practitioner.get(changes()))["items"]) == 1
    assert story.practitioner.post(changes(), json=change(), idempotency_key=None).status_code == 400


def test_only_probation_with_a_named_practitioner_records_a_change(story: Story) -> None:
    assert story.cast.probation.post(changes(), json=change()).status_code == 403
    assert story.cast.crs.post(changes(), json=change()).status_code == 403
    assert story.cast.stranger.as_practitioner().post(changes(), json=change()).status_code == 404


def test_details_are_for_probation_alone(story: Story) -> None:
    story.report_change(CRN, "arrest", details="Arrested at 4 Larkhill Close.", standing="alleged")
    (entry,) = story.told(story.cast.crs, "destination_referral.circumstances_changed")
    news = ok(story.cast.crs.get(f"{entry['subject']['href']}/changes-of-circumstance"))
    assert [(one["kind"], one["standing"]) for one in news["items"]] == [("arrest", "alleged")]
    assert "Larkhill" not in str(news) + str(story.feed(story.cast.crs))


def test_an_agency_reads_what_happened_and_what_was_written_for_it_and_no_details(story: Story) -> None:
    words = "We need to know of threats before Friday."
    story.report_change(CRN, "threat", details="He told his mother.", for_agencies=words)
    asked = story.inbox(story.cast.police)
    why = [ok(story.cast.police.get(one["href"]))["document"]["why"] for one in asked]
    assert {one["words"] for one in why} == {words}
    assert {one["happened"]["kind"] for one in why} == {"threat"}
    assert "mother" not in str(why)
    assert words not in str(story.feed(story.cast.police))


def test_telling_a_destination_is_a_disclosure_and_its_reading_a_consultation(story: Story) -> None:
    told = story.report_change(CRN, "arrest")
    (entry,) = story.told(story.cast.crs, "destination_referral.circumstances_changed")
    ok(story.cast.crs.get(f"{entry['subject']['href']}/changes-of-circumstance"))
    entries = [
        one
        for one in ok(story.cast.oversight.get("/v1/audit/entries", limit=500))["items"]
        if one["object"]["id"] == told["id"]
    ]
    disclosed = [one for one in entries if one["verb"] == "disclosure"]
    assert [one["recipients"] for one in disclosed] == [[str(story.cast.crs.organisation_id)]]
    assert disclosed[0]["fields"] == ["kind", "occurred_on", "standing"]
    readers = {one["actor"]["organisation_id"] for one in entries if one["verb"] == "consultation"}
    assert str(story.cast.crs.organisation_id) in readers


def test_what_was_alleged_can_be_established_or_ended_and_only_an_allegation_can(
    story: Story,
) -> None:
    alleged = story.report_change(CRN, "exclusion_breach", standing="alleged", source="anonymous")
    assert (alleged["told"], alleged["checks"]) == ([], [])
    assert len(alleged["reviews"]) == 1

    established = story.report_change(CRN, "exclusion_breach", follows=alleged["id"], source="police")
    assert established["checks"]
    ended = story.report_change(
        CRN, "exclusion_breach", standing="not_substantiated", follows=alleged["id"], source="police"
    )
    assert (ended["checks"], len(ended["reviews"]), ended["told"]) == ([], 1, [])
    twice = story.practitioner.post(
        changes(),
        json=change(kind="exclusion_breach", standing="not_substantiated", follows=established["id"]),
    )
    assert pointers(twice) == {"/follows"}


def test_lowering_a_risk_takes_evidence_and_from_high_a_manager(story: Story) -> None:
    def judge(caller: Any, **rosh: Any) -> Any:
        body = change(
            kind="rosh_changed",
            standing="established",
            source="practitioner",
            rosh={"group": "children", "reason": "Reviewed.", **rosh},
        )
        return caller.post(changes(), json=body)

    ok(judge(story.practitioner, level="high"), 201)
    wanting = pointers(judge(story.practitioner, level="medium"))
    assert wanting == {"/rosh/evidence", "/rosh/grounds"}
    lower = {"level": "medium", "evidence": "A year without.", "grounds": GROUNDS}
    refused = judge(story.practitioner, **lower)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    shut = judge(story.spo, **lower)
    assert shut.status_code == 409
    assert {one["code"] for one in shut.get_json()["outstanding"]} == {"check_request"}
    regardless = lower | {"override_reason": "The force answers within the week."}
    assert judge(story.spo, **regardless).get_json()["type"] == "/problems/role-required"
    ok(judge(story.pdu_head, **regardless), 201)
    history = ok(story.practitioner.get(f"{person_at(CRN)}/rosh"))["items"]
    assert [one["level"] for one in history if one["group_at_risk"] == "children"] == [
        "low",
        "high",
        "medium",
    ]


def test_details_are_supplied_only_by_who_has_read_the_contact(story: Story) -> None:
    son = story.contact(CRN, "son")
    path = f"{person_at(CRN)}/contacts/{son['id']}"
    assert story.practitioner.patch(path, json={"given_name": "Alfie"}).status_code == 428
    story.supply(CRN, son, given_name="Alfie")
    stale = story.practitioner.patch(path, json={"given_name": "Alf"}, if_match=son["etag"])
    assert stale.status_code == 412


def test_details_whose_answer_was_lost_are_supplied_once(story: Story) -> None:
    son = ok(story.practitioner.get(story.contact(CRN, "son")["href"]))
    details = {"given_name": "Alfie", "family_name": "Marchbanks", "date_of_birth": "2017-05-30"}
    key = {"Idempotency-Key": "alfie-1"}
    answers = [
        ok(story.practitioner.patch(son["href"], json=details, if_match=son["etag"], headers=key))
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(answers[0]["check_requests"]) == 1
    assert ok(story.practitioner.get(son["href"]))["version"] == son["version"] + 1
    other = story.practitioner.patch(
        son["href"], json=details | {"given_name": "Alf"}, if_match=son["etag"], headers=key
    )
    assert other.status_code == 422


def test_details_that_are_still_not_enough_keep_the_check_waiting(story: Story) -> None:
    supplied = story.supply(CRN, story.contact(CRN, "son"), given_name="Alfie")
    assert supplied["check_requests"] == []
    assert supplied["details_status"] == "not_asked"


def test_reviews_are_listed_open_first_and_overdue_when_late(story: Story) -> None:
    first = story.report_change(CRN, "arrest")["reviews"][0]
    second = story.report_change(CRN, "self_harm")["reviews"][0]
    considered = [{"what": "mappa", "outcome": "not_needed", "reason": "No charge."}]
    ok(story.complete_review(first["id"], changes=["risk_management_plan"], considered=considered))
    story.wait(days=4)
    listed = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]
    assert [(one["id"], one["overdue"]) for one in listed] == [(second["id"], True), (first["id"], False)]
    assert ok(story.practitioner.get(listed[0]["href"]))["id"] == second["id"]
    assert story.cast.stranger.as_practitioner().get(listed[0]["href"]).status_code == 404


def test_changes_are_listed_a_page_at_a_time(story: Story) -> None:
    kinds = ["arrest", "self_harm", "work_started"]
    for kind in kinds:
        story.report_change(CRN, kind)
        story.clock.move(timedelta(minutes=1))
    page = ok(story.practitioner.get(changes(), limit=2))
    rest = ok(story.practitioner.get(changes(), limit=2, after=page["next"]))
    assert [one["kind"] for one in page["items"] + rest["items"]] == kinds
    for one in page["items"]:
        assert ok(story.practitioner.get(one["href"]))["id"] == one["id"]
    assert rest["next"] is None
    assert story.practitioner.get(changes(), after="nonsense").status_code == 400


def test_somebody_without_a_referral_is_nobody_here(story: Story) -> None:
    unknown = story.practitioner.post(f"{person_at('X999999')}/changes-of-circumstance", json=change())
    assert unknown.status_code == 404
