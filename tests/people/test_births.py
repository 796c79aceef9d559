"""Whether a child is born who was due: asked of the practitioner, who alone can say."""

from typing import Any

import pytest

from service.timers.sweep import sweep
from tests.people.factories import as_owner
from tests.referrals.driver import Driver, said
from tests.referrals.samples import LEEDS, toby

pytestmark = pytest.mark.long

Json = dict[str, Any]


@pytest.fixture
def driver(cast: Any, the_clock: Any) -> Driver:
    return Driver(cast, the_clock)


def expecting(due: str = "2026-04-20") -> Json:
    document = toby()
    document["household"]["contacts"] = [
        {
            "ref": "mum",
            "relationship": "partner",
            "given_name": "Imelda",
            "family_name": "Vance",
            "date_of_birth": "1995-01-01",
            "details_status": "provided",
        },
        {
            "ref": "baby",
            "relationship": "unborn_child",
            "due_date": due,
            "mother_ref": "mum",
            "details_status": "provided",
            "local_authority": LEEDS,
        },
    ]
    document["addresses"] = [one for one in document["addresses"] if "contact_ref" not in one]
    return document


def asked(driver: Driver, day: str) -> list[str]:
    """Who has been asked by a day whether the child is born."""
    driver.clock.set(f"{day}T12:00:00Z")
    sweep(driver.clock.at)
    found = said(driver.pdu_head.get("/v1/escalations", limit="200", order="oldest"))["items"]
    return [one["step"] for one in found if one["timer"] == "birth"]


def child_of(driver: Driver, referral: Json) -> tuple[str, Json]:
    path = f"/v1/people/{referral['person']['id']}/contacts"
    found = said(driver.officer.get(path, limit=50))["items"]
    child = next(one for one in found if one["relationship"] == "unborn_child")
    return f"{path}/{child['id']}", child


def runs() -> bool:
    return bool(as_owner("SELECT 1 FROM clock WHERE timer = 'birth' AND state = 'running'"))


def test_after_the_day_on_which_a_child_was_due_it_is_asked_whether_it_is_born(driver: Driver) -> None:
    referral = driver.submit(expecting())
    assert asked(driver, "2026-05-01") == []
    assert asked(driver, "2026-05-05") == ["practitioner"]
    assert asked(driver, "2026-05-13") == ["practitioner", "spo"]
    path, child = child_of(driver, referral)
    born = {"given_name": "Ivy", "date_of_birth": "2026-04-22", "due_date": None}
    said(driver.officer.patch(path, json=born, if_match=child["etag"]))
    assert not runs()


def test_another_day_is_waited_for_and_a_child_in_error_is_not(driver: Driver) -> None:
    referral = driver.submit(expecting())
    path, child = child_of(driver, referral)
    said(driver.officer.patch(path, json={"due_date": "2026-06-01"}, if_match=child["etag"]))
    assert asked(driver, "2026-05-13") == []
    assert runs()
    path, child = child_of(driver, referral)
    said(driver.officer.post(f"{path}/entered-in-error", json={"reason": "No."}, if_match=child["etag"]))
    assert not runs()


def test_it_is_asked_again_of_whoever_has_not_died(driver: Driver) -> None:
    referral = driver.submit(expecting())
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    for kind in ("died", "death_in_error"):
        body = {
            "kind": kind,
            "occurred_on": "2026-03-02",
            "source": "practitioner",
            "standing": "established",
        }
        said(driver.pdu_head.post(path, json=body), 201)
    assert runs()
