"""What was decided upon an answer is decided again when its agency withdraws it or puts it right."""

from datetime import timedelta

import pytest

from service import clock
from tests.cast import Caller
from tests.checks.factories import call_out, outcomes, police_answer, review
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.record import around, change
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import ADDRESS, have_police_answer, settle_in, without_mappa
from tests.rows import person_at

pytestmark = pytest.mark.long

PERSON = "X320741"


def told(caller: Caller, name: str) -> list[Json]:
    return [one for one in said(caller.get("/v1/events", limit=500))["items"] if one["event"] == name]


def asked_about(driver: Driver, address_id: str) -> Json:
    """Return the police's request about an address."""
    for one in said(driver.cast.police.get("/v1/check-requests", limit=100))["items"]:
        request: Json = said(driver.officer.get(f"/v1/check-requests/{one['id']}"))
        if any(subject["id"] == address_id for subject in request["subjects"]):
            return request
    raise AssertionError(address_id)


def answered(driver: Driver) -> tuple[Json, Json]:
    """Propose where somebody moves on to, and have it answered; return the stay and the request about it."""
    _, stay = settle_in(driver, without_mappa())
    proposed = driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    have_police_answer(driver)
    return stay, asked_about(driver, proposed["move_on"]["address_id"])


def results(driver: Driver, request: Json) -> list[Json]:
    found: list[Json] = said(driver.officer.get(f"/v1/check-requests/{request['id']}"))["results"]
    return found


def the_same(driver: Driver, request: Json) -> Json:
    """Return the first answer as it would be said again."""
    names = ("complete", "nothing_found", "valid_as_at", "searched", "findings")
    first = results(driver, request)[0]
    return {name: first[name] for name in names} | {"subjects": outcomes(request["id"], nothing_found=True)}


def supplement(driver: Driver, request: Json) -> None:
    path = f"/v1/check-requests/{request['id']}/results"
    said(driver.cast.police.post(path, json=the_same(driver, request)), 201)


def take_back(driver: Driver, request: Json, *, right: bool = False, which: int = 0) -> None:
    path = f"/v1/check-requests/{request['id']}/results/{results(driver, request)[which]['id']}/corrections"
    instead = {"said": the_same(driver, request)} if right else {"withdrawn": True}
    said(driver.cast.police.post(path, json={"reason": "It was another house."} | instead), 201)


def corrected(driver: Driver) -> list[Json]:
    path = f"{person_at(PERSON)}/changes-of-circumstance"
    changes = said(driver.officer.get(path, limit=100))["items"]
    return [change for change in changes if change["kind"] == "report_corrected"]


def reviews(driver: Driver) -> list[Json]:
    return [one for change in corrected(driver) for one in change["reviews"]]


@pytest.mark.parametrize("right", [False, True])
def test_an_agreement_upon_an_answer_ends_with_it(driver: Driver, right: bool) -> None:
    stay, request = answered(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    assert said(driver.officer.get(f"{stay['href']}/placement"))["outstanding"] == []
    take_back(driver, request, right=right)
    waits = {"probation_agreement"} | (set() if right else {"check_request"})
    for caller in (driver.cast.ap, driver.officer):
        shut = said(caller.get(f"{stay['href']}/placement"))["outstanding"]
        assert {one["code"] for one in shut} == waits
        assert len(told(caller, "placement.agreement_withdrawn")) == 1


def test_an_override_covers_no_answer_that_is_withdrawn_after_it(driver: Driver) -> None:
    stay, request = answered(driver)
    driver.place(driver.pdu_head, stay, "override_gate", reason="Threats from another resident.")
    take_back(driver, request)
    shut = said(driver.officer.get(f"{stay['href']}/placement"))["outstanding"]
    assert {one["code"] for one in shut} == {"probation_agreement", "check_request"}


def test_what_was_agreed_before_something_was_said_does_not_rest_on_it(driver: Driver) -> None:
    stay, request = answered(driver)
    driver.place(driver.officer, stay, "agree_move_on")
    driver.clock.move(timedelta(hours=1))
    supplement(driver, request)
    take_back(driver, request, which=-1)
    assert said(driver.cast.ap.get(f"{stay['href']}/placement"))["outstanding"] == []
    assert told(driver.cast.ap, "placement.agreement_withdrawn") == []


def test_an_answer_withdrawn_after_its_review_opens_one_of_what_was_decided(driver: Driver) -> None:
    _, request = answered(driver)
    review(driver.officer, request["check_id"], request["id"], "nothing")
    take_back(driver, request)
    (opened,) = reviews(driver)
    assert (opened["owner"], opened["urgency"], opened["state"]) == ("practitioner", "urgent", "open")
    assert len(told(driver.officer, "check_request.answer_corrected")) == 1
    (change,) = corrected(driver)
    assert change["details"] == "It was another house.", "not by what request: others read it than the checks"


def test_an_answer_withdrawn_before_its_review_opens_none(driver: Driver) -> None:
    _, request = answered(driver)
    take_back(driver, request)
    assert reviews(driver) == [], "nobody had decided upon it"


def test_an_answer_put_right_after_its_review_is_reviewed_as_an_answer(driver: Driver) -> None:
    _, request = answered(driver)
    review(driver.officer, request["check_id"], request["id"], "nothing")
    take_back(driver, request, right=True)
    assert reviews(driver) == []
    assert said(driver.officer.get(f"/v1/check-requests/{request['id']}"))["state"] == "returned"
    # What was decided upon the first is reviewed also where nothing takes its place.
    take_back(driver, request, which=-1)
    assert len(reviews(driver)) == 1


def test_whoever_has_ended_the_work_reads_no_longer_what_a_withdrawn_answer_had_verified(
    driver: Driver,
) -> None:
    referral = driver.submit(darren_and_toby())
    part = part_of(referral, "mappa")
    home = around(driver, "addresses")["mothers-home"]
    request = asked_about(driver, home["id"])
    # What verifies is that the force holds something about the place.
    findings = police_answer()["findings"] | {"call_outs": [call_out()]}
    known = police_answer(
        nothing_found=False, findings=findings, subjects=outcomes(request["id"], nothing_found=False)
    )
    path = f"/v1/check-requests/{request['id']}/results"
    result = said(driver.cast.police.post(path, json=known), 201)
    reviewed = review(driver.officer, request["check_id"], request["id"], "risk").get_json()
    signed = f"/v1/checks/{request['check_id']}/reviews/{reviewed['reviews'][0]['id']}/countersignature"
    tag = driver.pdu_head.get(f"/v1/checks/{request['check_id']}").headers["ETag"]
    said(driver.pdu_head.post(signed, json={"agreed": True, "reason": "Read."}, if_match=tag))
    by_answer = {"how": "agency", "on": clock.today().isoformat(), "check_request_id": request["id"]}
    said(change(driver.officer, home, verification=by_answer))
    driver.move(driver.cast.mappa, part, "receive")
    driver.move(driver.cast.mappa, part, "decline", reason_code="lower_level_suffices", reason="Level 1.")

    def verified() -> list[bool]:
        read = said(driver.cast.mappa.get(f"{part['href']}/document"))["document"]["addresses"]
        return [one["verified"] for one in read if one["postcode"] == home["postcode"]]

    before = len(told(driver.cast.mappa, "destination_referral.changed"))
    assert verified() == [True]
    said(
        driver.cast.police.post(
            f"{path}/{result['id']}/corrections", json={"reason": "Another house.", "withdrawn": True}
        ),
        201,
    )
    assert verified() == [False]
    (news,) = told(driver.cast.mappa, "destination_referral.changed")[before:]
    assert (news["subject"]["id"], news["data"]["sections"]) == (part["id"], ["addresses"])
