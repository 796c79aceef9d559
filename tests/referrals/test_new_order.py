"""Under a new order whatever could not be asked without a basis is asked."""

from datetime import timedelta

from tests.referrals.driver import Driver, Json, said
from tests.referrals.samples import toby

ENDED, GOES_ON = "2026-04-01", "2027-12-01"


def sentenced(reference: str, until: str) -> Json:
    document = toby(reference)
    document["sentence"]["expiry_date"] = until
    return document


def missing(driver: Driver, referral: Json) -> list[list[str]]:
    """What each question about the person waits for that has not been sent."""
    path = f"/v1/people/{referral['person']['id']}/checks"
    checks = said(driver.officer.get(path, limit=100))["items"]
    questions = [one for check in checks for one in said(driver.officer.get(check["href"]))["requests"]]
    return [
        [lack["detail"] for lack in one["missing"]] for one in questions if one["state"] == "awaiting_details"
    ]


def happened(driver: Driver) -> list[str]:
    """What the force has been told of that happened."""
    (asked,) = said(driver.cast.police.get("/v1/check-requests"))["items"]
    why = said(driver.cast.police.get(asked["href"]))["document"]["why"]
    return [one["happened"]["kind"] for one in (why, *why["earlier"]) if one["happened"]]


def told(driver: Driver) -> list[str]:
    """What the feed of the force says of its question, but for what it did itself."""
    items = said(driver.cast.police.get("/v1/events", limit=100))["items"]
    events = [one["event"] for one in items]
    return [one for one in events if one not in {"check_request.requested", "check_request.acknowledged"}]


def test_a_new_order_sends_what_waits_for_a_basis(driver: Driver) -> None:
    first = driver.submit(sentenced("TOB-1", ENDED))
    driver.clock.move(timedelta(days=40))
    call_out = {
        "kind": "police_call_out",
        "occurred_on": "2026-04-10",
        "source": "police",
        "standing": "established",
    }
    path = f"/v1/people/{first['person']['id']}/changes-of-circumstance"
    said(driver.officer.post(path, json=call_out), 201)
    assert [one for one in missing(driver, first) if "basis" not in one] == []
    assert len(missing(driver, first)) == 3
    assert happened(driver) == []
    driver.clock.move(timedelta(days=1))
    driver.submit(sentenced("TOB-2", GOES_ON))
    assert missing(driver, first) == []
    assert happened(driver) == ["police_call_out"]
    assert told(driver) == ["check_request.question_changed", "check_request.urgency_raised"]
