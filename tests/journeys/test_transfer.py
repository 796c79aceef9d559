"""A case goes from one region to another: offered or asked for, answered, and all of it follows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from service import db
from service.timers.sweep import sweep
from tests.cast import Cast
from tests.circumstances.waiting import wait_until_somebody_waits
from tests.conftest import TheClock
from tests.journeys.driver import EMPLOYER, Json, ok
from tests.journeys.regions import CRN, OFFER, TAKEN, Regions
from tests.people.factories import as_owner, give_sight
from tests.people.holdings import copies, expected, told_of
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Regions:
    """A live case of Yorkshire's: checks, reviews, destinations that wait."""
    story = Regions(cast, the_clock)
    story.submit(darren_and_toby())
    story.report_change(CRN, "arrest")
    return story


def test_a_case_that_is_offered_is_read_meanwhile_and_then_held(story: Regions) -> None:
    assert story.north_west.get(person_at(CRN)).status_code == 404
    transfer = story.offer()
    assert (transfer["state"], transfer["from_region"], transfer["to_region"]) == ("requested", "N55", "N51")
    assert transfer["allowed_transitions"] == ["withdraw"]
    seen = ok(story.their_spo.get(transfer["href"]))
    assert seen["allowed_transitions"] == ["accept", "decline"]
    assert {one["kind"] for one in seen["outstanding"]} >= {
        "open_check",
        "open_review",
        "destination_waiting",
    }
    assert story.north_west.get(person_at(CRN)).status_code == 200
    assert ok(story.north_west.get(f"{person_at(CRN)}/contacts"))["items"]
    taken = ok(story.settle(story.their_spo, transfer, **TAKEN))
    assert (taken["state"], taken["practitioner"], taken["allowed_transitions"]) == ("accepted", "n.west", [])
    held = ok(story.north_west.get(f"{person_at(CRN)}/holding"))
    assert (held["held"]["region"], held["held"]["because"], held["acting"]) == (
        "N51",
        "transferred",
        "n.west",
    )
    assert [one["region"] for one in held["history"]] == ["N55"]
    assert ok(story.north_west.get(person_at(CRN)))["region"] == "N51"


def test_whoever_held_a_case_sees_it_no_longer_and_every_copy_follows(story: Regions) -> None:
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    check = story.checks(referral["id"], "police_da")[0]
    review = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"][0]
    paths = (
        person_at(CRN),
        f"{person_at(CRN)}/holding",
        referral["href"],
        f"/v1/checks/{check['id']}",
        f"/v1/check-requests/{check['requests'][0]['id']}",
        f"/v1/reviews/{review['id']}",
    )
    ok(story.practitioner.post(f"{person_at(CRN)}/disclosure-decisions", json=EMPLOYER), 201)
    assert copies() == expected(story.cast.probation, "p.shah")
    ok(story.settle(story.their_spo, story.offer(), **TAKEN))
    assert copies() == expected(story.cast.stranger, "n.west")
    assert {story.practitioner.get(path).status_code for path in paths} == {404}
    assert {story.north_west.get(path).status_code for path in paths} == {200}
    assert ok(story.practitioner.get("/v1/referrals"))["items"] == []
    assert ok(story.practitioner.get("/v1/check-requests"))["items"] == []
    assert [one["id"] for one in ok(story.north_west.get("/v1/referrals", mine="yes"))["items"]] == [
        referral["id"]
    ]


def test_a_given_share_outlives_a_transfer(story: Regions) -> None:
    transfer = story.offer()
    give_sight(story.cast.probation, CRN, "risk", basis="host_area")
    ok(story.settle(story.their_spo, transfer, **TAKEN))
    assert story.practitioner.get(f"{person_at(CRN)}/rosh").status_code == 200
    assert story.practitioner.get(f"{person_at(CRN)}/contacts").status_code == 404


def test_what_the_new_region_is_then_asked_to_do_it_can_do(story: Regions) -> None:
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    ok(story.settle(story.their_spo, story.offer(), **TAKEN))
    review = ok(story.north_west.get(f"{person_at(CRN)}/reviews"))["items"][0]
    considered = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]
    ok(story.complete_review(review["id"], story.north_west, changes=["curfew"], considered=considered))
    story.report_change(CRN, "new_relationship", story.north_west)
    part = ok(story.north_west.get(referral["href"]))["destinations"][0]
    story.take_on(story.cast.ap, part["id"])
    assert copies() == expected(story.cast.stranger, "n.west")
    completed = story.told(story.north_west, "review.completed")
    assert len(completed) == 1
    assert story.told(story.practitioner, "review.completed") == []
    refused = story.practitioner.post(f"{person_at(CRN)}/changes-of-circumstance", json={})
    assert refused.status_code == 404


def test_a_notice_that_waited_for_the_old_region_is_not_sent_to_it(story: Regions) -> None:
    transfer = story.offer()
    story.clock.set("2026-03-12T09:00:00+00:00")
    assert sweep(story.clock.at).firings
    waiting = (
        "SELECT 1 FROM notice_item WHERE notice_id IS NULL AND dropped_at IS NULL AND side = 'probation'"
    )
    assert as_owner(waiting)
    ok(story.settle(story.their_spo, transfer, **TAKEN))
    story.work()
    assert as_owner(waiting) == []
    assert story.told(story.practitioner, "escalation.notified") == []
    story.wait(days=10)
    assert story.told(story.practitioner, "escalation.notified") == []
    assert story.told(story.north_west, "escalation.notified")


def test_a_case_that_is_asked_for_shows_nothing_before_its_holder_accepts(story: Regions) -> None:
    transfer = story.request()
    assert (transfer["person_id"], transfer["from_region"], transfer["outstanding"]) == (None, None, None)
    assert (transfer["practitioner"], transfer["allowed_transitions"]) == ("n.west", ["withdraw"])
    assert story.north_west.get(person_at(CRN)).status_code == 404
    assert story.settle(story.their_spo, transfer, action="accept").status_code == 404
    seen = ok(story.spo.get(transfer["href"]))
    assert (seen["allowed_transitions"], seen["from_region"]) == (["accept", "decline"], "N55")
    assert seen["outstanding"]
    ok(story.settle(story.spo, transfer, action="accept"))
    assert ok(story.north_west.get(person_at(CRN)))["region"] == "N51"
    assert story.spo.get(person_at(CRN)).status_code == 404
    shown = ok(story.north_west.get(transfer["href"]))
    assert shown["person_id"] == str(person_id(CRN))
    held = ok(story.north_west.get(f"{person_at(CRN)}/holding"))["held"]
    assert (held["practitioner"], held["pdu"]) == ("n.west", "Central Lancashire")


def test_a_side_record_stays_as_it_is(story: Regions) -> None:
    transfer = story.request()
    side = as_owner("SELECT * FROM person WHERE NOT held")
    ok(story.settle(story.spo, transfer, action="accept"))
    assert as_owner("SELECT * FROM person WHERE NOT held") == side
    assert as_owner("SELECT count(*) AS held FROM person WHERE held") == [{"held": 1}]


def test_a_limited_case_that_is_asked_for_looks_like_any_other(story: Regions, cast: Cast) -> None:
    """A colleague who is not named asks for a limited case of the own region, and for one held elsewhere."""
    document = darren_and_toby("LIM-1", crn="X320799")
    document["person"]["restricted_record"] = True
    story.submit(document)
    colleague = cast.probation.as_practitioner("u.named")
    theirs = ok(story.north_west.post("/v1/referrals", json=minimal("NW-2", "X320798")), 201)
    del theirs
    answers = []
    for number, crn in enumerate(("X320799", "X320798")):
        side = ok(colleague.post("/v1/referrals", json=minimal(f"SIDE-{number}", crn)), 201)["person"]["id"]
        asked = ok(colleague.post("/v1/transfers", json={"person_id": side, "reason": "He lives here."}), 201)
        answers.append({name: value for name, value in asked.items() if name not in {"id", "href"}})
    assert answers[0] == answers[1]
    asked_for = [one for one in story.feed(colleague) if one["occurred_at"] is None]
    assert {one["event"] for one in asked_for} == {"entry.withheld"}
    assert story.told(colleague, "transfer.requested") == []
    assert len(story.told(cast.probation, "transfer.requested")) == 2
    (ours,) = ok(story.practitioner.get("/v1/transfers"))["items"]
    assert ours["reason"] == "He lives here."
    manager = cast.probation.as_practitioner("m.unnamed", "spo")
    assert ok(manager.get("/v1/transfers"))["items"] == []


def test_it_is_declined_with_a_reason_and_the_sight_ends(story: Regions) -> None:
    transfer = story.offer()
    bare = story.settle(story.their_spo, transfer, action="decline")
    assert (bare.status_code, bare.get_json()["errors"][0]["pointer"]) == (422, "/reason")
    declined = ok(story.settle(story.their_spo, transfer, action="decline", reason="He does not live here."))
    assert (declined["state"], declined["answer_reason"]) == ("declined", "He does not live here.")
    assert story.north_west.get(person_at(CRN)).status_code == 404
    assert ok(story.practitioner.get(f"{person_at(CRN)}/holding"))["acting"] == "p.shah"
    assert [one["event"] for one in story.told(story.cast.probation, "transfer.declined")]
    again = story.settle(story.their_spo, transfer, **TAKEN)
    assert (again.status_code, again.get_json()["state"]) == (409, "declined")
    story.offer()


def test_whoever_asked_takes_it_back_and_nobody_else(story: Regions) -> None:
    transfer = story.offer()
    assert story.settle(story.their_spo, transfer, action="withdraw").status_code == 409
    assert story.settle(story.spo, transfer, **TAKEN).status_code == 409
    ok(story.settle(story.practitioner, transfer, action="withdraw"))
    assert story.north_west.get(person_at(CRN)).status_code == 404


def test_it_takes_a_manager_of_the_other_region_to_answer(story: Regions) -> None:
    transfer = story.offer()
    refused = story.settle(story.north_west, transfer, **TAKEN)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    no_one = story.settle(story.their_spo, transfer, action="accept")
    assert (no_one.status_code, no_one.get_json()["errors"][0]["pointer"]) == (422, "/practitioner")
    unknown = story.settle(story.their_spo, transfer, **{**TAKEN, "practitioner": "not.in.the.register"})
    assert (unknown.status_code, unknown.get_json()["errors"][0]["pointer"]) == (422, "/practitioner")
    third = story.cast.crs
    assert third.get(transfer["href"]).status_code == 403
    assert third.post("/v1/transfers", json={}).status_code == 403


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"to_region": "N55"}, "/to_region"),
        ({"to_region": "N07"}, "/to_region"),
        ({"to_region": None}, "/to_region"),
        ({"practitioner": "n.west"}, "/practitioner"),
    ],
)
def test_an_offer_names_another_region_that_is_registered(story: Regions, given: Json, pointer: str) -> None:
    offered = {"person_id": str(person_id(CRN)), **OFFER, **given}
    offered = {name: value for name, value in offered.items() if value is not None}
    refused = story.practitioner.post("/v1/transfers", json=offered)
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_case_is_offered_once_at_a_time_and_by_who_sees_it(story: Regions) -> None:
    story.offer()
    offered = {"person_id": str(person_id(CRN)), **OFFER}
    assert story.practitioner.post("/v1/transfers", json=offered).status_code == 409
    unknown = story.cast.stranger.as_practitioner("x.other").post(
        "/v1/transfers",
        json={"person_id": "0190b4a0-0000-7000-8000-000000000000", "reason": "He lives here."},
    )
    assert unknown.status_code == 404


def test_a_limited_case_names_who_may_know_of_it_in_the_other_region(cast: Cast, the_clock: TheClock) -> None:
    story = Regions(cast, the_clock)
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    story.submit(document)
    offered = {"person_id": str(person_id(CRN)), **OFFER}
    bare = story.practitioner.post("/v1/transfers", json=offered)
    assert (bare.status_code, bare.get_json()["errors"][0]["pointer"]) == (422, "/named")
    transfer = story.offer(named=["W.Spo"])
    assert story.north_west.get(transfer["href"]).status_code == 404
    assert ok(story.north_west.get("/v1/transfers"))["items"] == []
    assert story.north_west.get(person_at(CRN)).status_code == 404
    ok(story.settle(story.their_spo, transfer, **TAKEN))
    assert story.north_west.get(person_at(CRN)).status_code == 200
    named = as_owner("SELECT practitioner_id FROM restriction WHERE because = 'works_on_it'")
    # Those of the unit there are named too, and nobody of the team that had the case stays on it.
    assert {row["practitioner_id"] for row in named} >= {"w.spo", "n.west", "s.okafor", "h.grant"}
    assert ok(story.north_west.get(f"{person_at(CRN)}/holding"))["team"] == []
    assert cast.stranger.as_practitioner("x.other").get(person_at(CRN)).status_code == 404


def test_a_transfer_that_nobody_answers_climbs_where_it_must_be_answered(story: Regions) -> None:
    transfer = story.offer()
    story.wait(days=12)
    told = told_of("answer", "transfer")
    assert [role for role, _ in told] == ["spo", "pdu_head"]
    whose = as_owner(
        "SELECT DISTINCT n.organisation_id FROM notice_item n JOIN clock c ON c.id = n.clock_id"
        " WHERE c.subject_kind = 'transfer'"
    )
    assert whose == [{"organisation_id": story.cast.stranger.organisation_id}]
    overdue = ok(story.their_spo.get("/v1/overdue"))["items"]
    assert [one["subject"]["href"] for one in overdue] == [transfer["href"]]
    assert ok(story.their_spo.get("/v1/escalations"))["items"]
    ok(story.settle(story.their_spo, transfer, **TAKEN))
    story.wait(days=20)
    assert len(told_of("answer", "transfer")) == 2


def test_the_sight_that_comes_with_an_offer_ends_by_itself(story: Regions) -> None:
    story.offer()
    story.wait(days=29)
    assert story.north_west.get(person_at(CRN)).status_code == 404


def test_a_reference_belongs_to_the_region_that_used_it(story: Regions) -> None:
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    reference = referral["submission_reference"]
    ok(story.settle(story.their_spo, story.offer(), **TAKEN))
    assert ok(story.north_west.post("/v1/referrals", json=minimal(reference, "X320777")), 201)
    assert story.practitioner.post("/v1/referrals", json=minimal(reference, "X320778")).status_code == 409
    back = ok(
        story.north_west.post(
            "/v1/transfers", json={"person_id": str(person_id(CRN)), "reason": "Back.", "to_region": "N55"}
        ),
        201,
    )
    ok(story.settle(story.spo, back, action="accept", practitioner="p.shah"))
    assert ok(story.practitioner.get(referral["href"]))["submission_reference"] == reference


# At the same time


def test_of_two_acceptances_at_once_one_counts(story: Regions) -> None:
    transfer = story.offer()
    spo = story.their_spo
    tag = spo.get(transfer["href"]).headers["ETag"]

    def accept(who: str) -> int:
        given = {"action": "accept", "practitioner": who}
        return spo.post(f"{transfer['href']}/transitions", json=given, if_match=tag).status_code

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(accept, ("n.west", "n.other")))
    assert answers == [200, 412]
    assert len(as_owner("SELECT 1 FROM case_holding WHERE because = 'transferred'")) == 1
    assert as_owner("SELECT count(*) AS held FROM person WHERE held") == [{"held": 1}]


def test_what_is_submitted_while_a_transfer_is_accepted_follows_or_stays(story: Regions) -> None:
    """The submission waits with the acceptance; whoever is first, its referral is the record holder's."""
    transfer = story.offer()
    tag = story.their_spo.get(transfer["href"]).headers["ETag"]
    story.practitioner.token()
    hold = text("SELECT id FROM person WHERE crn = :crn AND held FOR UPDATE")
    with ThreadPoolExecutor(2) as pool, db.transaction("owner") as session:
        session.execute(hold, {"crn": CRN})
        accepted = pool.submit(
            story.their_spo.post, f"{transfer['href']}/transitions", json=TAKEN, if_match=tag
        )
        wait_until_somebody_waits(session)
        submitted = pool.submit(story.practitioner.post, "/v1/referrals", json=minimal("R-2", CRN))
        session.commit()
        assert accepted.result(30).status_code == 200
        referral = ok(submitted.result(30), 201)
    (record,) = as_owner(f"SELECT held, holder_id FROM person WHERE id = '{referral['person']['id']}'")
    (copy,) = as_owner(f"SELECT probation_id FROM referral WHERE id = '{referral['id']}'")
    assert record["holder_id"] == copy["probation_id"]
    assert (
        as_owner(
            "SELECT 1 FROM referral r JOIN person p ON p.id = r.person_id WHERE r.probation_id <> p.holder_id"
        )
        == []
    )


def test_the_acceptance_waits_for_a_submission_and_takes_its_referral_too(story: Regions) -> None:
    transfer = story.offer()
    story.submit(minimal("R-2", CRN))
    ok(story.settle(story.their_spo, transfer, **TAKEN))
    references = {
        one["submission_reference"] for one in ok(story.north_west.get("/v1/referrals", mine="yes"))["items"]
    }
    assert len(references) == 2


def test_only_whoever_asked_or_a_manager_takes_an_offer_back(story: Regions) -> None:
    transfer = story.offer()
    for who in (("n.other", "practitioner"), ("o.call", "on_call_manager")):
        other = story.cast.probation.as_practitioner(*who)
        assert ok(other.get(transfer["href"]))["allowed_transitions"] == []
        refused = story.settle(other, transfer, action="withdraw")
        assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    assert ok(story.spo.get(transfer["href"]))["allowed_transitions"] == ["withdraw"]
    assert ok(story.settle(story.spo, transfer, action="withdraw"))["state"] == "withdrawn"


def test_what_a_region_asked_to_see_is_settled_when_it_holds_the_case(story: Regions) -> None:
    side = f"/v1/people/{story.side_record()}"
    until = (story.clock.at + timedelta(days=60)).isoformat()
    asked = {"basis": "joint", "sections": ["risk"], "until": until, "reason": "He lives here on weekdays."}
    ok(story.north_west.post(f"{side}/share-requests", json=asked), 201)
    ok(story.settle(story.their_spo, story.offer(), **TAKEN))
    (request,) = ok(story.north_west.get(f"{side}/share-requests"))["items"]
    assert (request["given"], request["answer_reason"]) == (True, "The region holds the record now.")
    story.wait(days=20)
    overdue = ok(story.north_west.get("/v1/overdue"))["items"]
    assert "share_request" not in {one["subject"]["kind"] for one in overdue}
