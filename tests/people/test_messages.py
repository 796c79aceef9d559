"""What a practitioner reads when something about a record is refused: it says why, and what to do instead."""

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.faults.fixtures import Place
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import give_sight
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at, person_id

CRN = "X320741"


@pytest.fixture
def place(server: str, database: str, cast: Cast, the_clock: TheClock) -> Place:
    place = Place(server, database, cast, Story(cast, the_clock))
    place.referral = place.story.submit(darren_and_toby())
    return place


def asked_by_the_other_region(place: Place) -> Json:
    stranger = place.callers()["stranger"]
    side = ok(stranger.post("/v1/referrals", json=minimal("T-1", CRN)), 201)["person"]["id"]
    asked = {"person_id": side, "reason": "He moves here.", "practitioner": "n.west"}
    found: Json = ok(stranger.post("/v1/transfers", json=asked), 201)
    return found


def why(answer: object) -> list[tuple[str, str]]:
    body = answer.get_json()  # type: ignore[attr-defined] # a test response
    return [(one["pointer"], one["detail"]) for one in body["errors"]]


def test_a_side_that_asked_for_a_transfer_is_told_who_answers(place: Place) -> None:
    transfer = asked_by_the_other_region(place)
    for caller, action, said in (
        (
            place.callers()["stranger"],
            "accept",
            "Your region asked for this transfer: the other region accepts or declines it.",
        ),
        (
            place.callers()["manager"],
            "withdraw",
            "Whoever asked for this transfer takes it back: accept or decline it.",
        ),
    ):
        seen = caller.get(transfer["href"]).headers["ETag"]
        refused = caller.post(f"{transfer['href']}/transitions", json={"action": action}, if_match=seen)
        assert (refused.status_code, refused.get_json()["detail"]) == (409, said)


def test_what_has_ended_is_not_answered_again(place: Place) -> None:
    transfer = asked_by_the_other_region(place)
    manager = place.callers()["manager"]
    for status, body in ((200, {"action": "decline", "reason": "No."}), (409, {"action": "accept"})):
        seen = manager.get(transfer["href"]).headers["ETag"]
        answer = manager.post(f"{transfer['href']}/transitions", json=body, if_match=seen)
        assert answer.status_code == status
    assert answer.get_json()["detail"] == "This transfer has ended."


def test_an_etag_is_good_only_for_whoever_read_it(place: Place) -> None:
    transfer = asked_by_the_other_region(place)
    read_by_a_manager = place.callers()["manager"].get(transfer["href"]).headers["ETag"]
    refused = place.officer.post(
        f"{transfer['href']}/transitions", json={"action": "decline"}, if_match=read_by_a_manager
    )
    assert refused.status_code == 412, "another who may do other things with it reads another ETag"


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ({"to_region": "N57"}, ("/to_region", "No region is registered under this code.")),
        ({"to_region": "N55"}, ("/to_region", "This region holds the case: name another.")),
        ({}, ("/to_region", "Name the region to take the case.")),
        (
            {"practitioner": "n.west"},
            ("/practitioner", "Leave it out: the region that takes this case says who answers for it."),
        ),
    ],
)
def test_an_offer_that_names_no_other_region_says_what_is_wrong(
    place: Place, to: Json, said: tuple[str, str]
) -> None:
    offer = {"person_id": str(person_id(CRN)), "reason": "He moves there."} | to
    assert why(place.officer.post("/v1/transfers", json=offer)) == [said]


def test_whoever_asks_for_a_case_does_not_say_where_it_goes(place: Place) -> None:
    stranger = place.callers()["stranger"]
    side = ok(stranger.post("/v1/referrals", json=minimal("T-1", CRN)), 201)["person"]["id"]
    asked = {"person_id": side, "reason": "He moves here.", "practitioner": "n.west", "to_region": "N51"}
    said = "Leave it out: you do not hold this case, so it comes to your region."
    assert why(stranger.post("/v1/transfers", json=asked)) == [("/to_region", said)]


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("N99", "No region is registered under this code."),
        ("N55", "This region holds the record: name another."),
    ],
)
def test_a_share_with_no_other_region_says_what_is_wrong(place: Place, region: str, said: str) -> None:
    share = {"organisation": region, "basis": "joint", "until": "2026-06-01T00:00:00Z", "reason": "Joint."}
    assert why(place.officer.post(f"{person_at(CRN)}/shares", json=share)) == [("/organisation", said)]


def test_who_only_reads_a_record_is_told_whom_to_ask(place: Place) -> None:
    give_sight(place.cast.stranger, CRN)
    manager = place.cast.stranger.as_practitioner("m.west", "spo")
    refused = manager.post(f"{person_at(CRN)}/team", json={"practitioner": "n.west", "part": "co_worker"})
    assert (refused.status_code, refused.get_json()["detail"]) == (
        409,
        "You may only read this record. Ask the region that holds it to make the change.",
    )


def test_a_practitioner_in_another_role_is_told_which_may(place: Place) -> None:
    body = {"practitioner": "n.new"}
    refused = place.officer.post(f"{person_at(CRN)}/holding", json=body, if_match='"x"')
    said = refused.get_json()["detail"]
    assert refused.status_code == 403
    assert said.startswith("Only these roles may do this: spo, pdu_head, ")
    assert said.endswith(".")


def test_a_number_a_flag_and_an_object_are_described_where_they_are_not_right(place: Place) -> None:
    (crn,) = why(place.officer.post("/v1/people/search", json={"crn": "X40000"}))
    assert crn[1] == "Must be a letter and six digits, such as X320741."
    refused = place.officer.get("/v1/referrals", mine="yes", counts="no")
    assert [one["detail"] for one in refused.get_json()["errors"]] == ["Send `yes`, or leave it out."]
    limit = {"reason": "A relative works here.", "named": ["n.other"]}
    seen = place.officer.get(f"{person_at(CRN)}/access").headers["ETag"]
    refused = place.officer.post(f"{person_at(CRN)}/limit", json=limit, if_match=seen)
    assert why(refused) == [("/named/0", "Must be an object with `practitioner`.")]
    assert why(place.officer.post("/v1/people/search", json=[]))[0][1] == "Must be an object."
