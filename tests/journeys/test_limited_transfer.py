"""A limited case between regions: who is named in it offers it and answers; emergency access only reads."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, ok
from tests.journeys.regions import CRN, OFFER, TAKEN, Regions
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long

NAMED = {"named": ["w.spo"]}


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Regions:
    story = Regions(cast, the_clock)
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    story.submit(document)
    named = {"practitioner": "s.okafor", "reason": "The manager of its unit."}
    ok(story.practitioner.post(f"{person_at(CRN)}/named-staff", json=named))
    return story


@pytest.fixture
def ours(story: Regions) -> Caller:
    """A head of another unit of the holding region, who is not named, with emergency access."""
    return in_an_emergency(story.cast.probation.as_practitioner("u.named", "pdu_head", pdu="Hull"))


def in_an_emergency(caller: Caller) -> Caller:
    body = {"crn": CRN, "reason": "He is at her door."}
    ok(caller.post("/v1/people/emergency-access", json=body), 201)
    return caller


def refused(answer: Any) -> None:
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/held-elsewhere")


def state(story: Regions, transfer: Json) -> str:
    return str(ok(story.practitioner.get(transfer["href"]))["state"])


def test_emergency_access_offers_no_case(story: Regions, ours: Caller) -> None:
    offered = {"person_id": str(person_id(CRN)), **OFFER, **NAMED}
    refused(ours.post("/v1/transfers", json=offered))
    assert ok(story.practitioner.get("/v1/transfers"))["items"] == []
    assert story.their_spo.get(person_at(CRN)).status_code == 404
    ok(story.practitioner.post("/v1/transfers", json=offered), 201)


def test_emergency_access_of_another_region_asks_for_no_case(story: Regions) -> None:
    theirs = in_an_emergency(story.their_spo)
    asked = {"person_id": str(person_id(CRN)), "reason": "He lives here."}
    refused(theirs.post("/v1/transfers", json=asked))
    by_its_own_record = {"person_id": story.side_record(), "reason": "He lives here."}
    ok(story.north_west.post("/v1/transfers", json=by_its_own_record), 201)


@pytest.mark.parametrize(
    "answer",
    [{"action": "accept"}, {"action": "decline", "reason": "He stays."}],
    ids=lambda it: it["action"],
)
def test_emergency_access_answers_no_request(story: Regions, ours: Caller, answer: Json) -> None:
    transfer = story.request()
    assert ok(ours.get(transfer["href"]))["allowed_transitions"] == []
    assert ok(ours.get("/v1/transfers"))["items"][0]["allowed_transitions"] == []
    refused(story.settle(ours, transfer, **answer))
    assert state(story, transfer) == "requested"
    assert ok(story.spo.get(transfer["href"]))["allowed_transitions"] == ["accept", "decline"]
    ok(story.settle(story.spo, transfer, **answer))


def test_emergency_access_takes_back_no_offer(story: Regions, ours: Caller) -> None:
    transfer = story.offer(**NAMED)
    refused(story.settle(ours, transfer, action="withdraw"))
    assert state(story, transfer) == "requested"
    ok(story.settle(story.practitioner, transfer, action="withdraw"))


@pytest.mark.parametrize(
    "answer", [TAKEN, {"action": "decline", "reason": "He stays."}], ids=lambda it: it["action"]
)
def test_only_who_is_named_answers_for_the_receiving_region(story: Regions, answer: Json) -> None:
    transfer = story.offer(**NAMED)
    unnamed = story.cast.stranger.as_practitioner("y.spo", "spo", pdu="Central Lancashire")
    assert unnamed.get(transfer["href"]).status_code == 404
    in_an_emergency(unnamed)
    assert ok(unnamed.get(transfer["href"]))["allowed_transitions"] == []
    refused(story.settle(unnamed, transfer, **answer))
    assert state(story, transfer) == "requested"
    ok(story.settle(story.their_spo, transfer, **answer))


def test_whoever_asked_takes_that_back_and_need_not_be_named(story: Regions) -> None:
    transfer = story.request()
    assert transfer["allowed_transitions"] == ["withdraw"]
    assert ok(story.settle(story.north_west, transfer, action="withdraw"))["state"] == "withdrawn"


def test_a_colleague_who_is_not_named_and_asked_takes_that_back(story: Regions) -> None:
    colleague = story.cast.probation.as_practitioner("n.other")
    side = ok(colleague.post("/v1/referrals", json=minimal("N-1", CRN)), 201)["person"]["id"]
    transfer = ok(colleague.post("/v1/transfers", json={"person_id": side, "reason": "Mine."}), 201)
    assert transfer["allowed_transitions"] == ["withdraw"]
    ok(story.settle(colleague, transfer, action="withdraw"))


def test_whoever_offered_a_case_and_must_not_know_of_it_now_takes_nothing_back(story: Regions) -> None:
    other = story.cast.probation.as_practitioner("q.brown", "region")
    named = {"practitioner": "q.brown", "reason": "Joins the team."}
    ok(story.practitioner.post(f"{person_at(CRN)}/named-staff", json=named))
    offered = {"person_id": str(person_id(CRN)), **OFFER, **NAMED}
    transfer = ok(other.post("/v1/transfers", json=offered), 201)
    ok(story.practitioner.post(f"{person_at(CRN)}/exclusions", json={**named, "reason": "His cousin."}))
    assert story.settle(other, transfer, action="withdraw").status_code in {404, 409}
    assert state(story, transfer) == "requested"


def test_whom_the_old_holder_named_a_share_that_is_given_back_does_not_let_in(story: Regions) -> None:
    body = {"practitioner": "n.other", "reason": "She covers."}
    ok(story.practitioner.post(f"{person_at(CRN)}/named-staff", json=body))
    colleague = story.cast.probation.as_practitioner("n.other")
    assert colleague.get(person_at(CRN)).status_code == 200
    ok(story.settle(story.their_spo, story.offer(**NAMED), **TAKEN))
    shared = {
        "organisation": "N55",
        "basis": "host_area",
        "reason": "He visits.",
        "named": ["p.shah"],
        "until": (story.clock.at + timedelta(days=30)).isoformat(),
    }
    ok(story.north_west.post(f"{person_at(CRN)}/shares", json=shared), 201)
    assert story.practitioner.get(person_at(CRN)).status_code == 200
    assert colleague.get(person_at(CRN)).status_code == 404
    assert story.spo.get(person_at(CRN)).status_code == 404
