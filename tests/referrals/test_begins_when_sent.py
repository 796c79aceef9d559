"""For its destination a referral begins when it is sent: nothing of what it waited for shows."""

from copy import deepcopy
from typing import Any

import pytest

from service.referrals.actions import open_what_may_be_sent
from service.referrals.actions.release import release_for_duty
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

QUIST: Json = {
    "ref": "now-victim",
    "relationship": "victim",
    "given_name": "Ottoline",
    "family_name": "Quist",
    "details_status": "provided",
}


def as_read(driver: Driver, part: Json) -> tuple[Any, ...]:
    """Return what a housing team reads of a referral, but for ids and moments."""
    shown = driver.look(driver.cast.cas3, part)
    feed = said(driver.cast.cas3.get("/v1/events", limit=500))["items"]
    moves = [{name: one[name] for name in one if name not in {"id", "moved_at"}} for one in shown["moves"]]
    return shown["version"], moves, [(one["event"], one["version"], one["data"]) for one in feed]


@pytest.mark.parametrize("protected_meanwhile", [False, True])
def test_what_happened_while_it_was_held_does_not_show(driver: Driver, *, protected_meanwhile: bool) -> None:
    document = darren_and_toby()
    document["move_on"]["plan"] = "A room with Ottoline Quist."
    referral = driver.submit(document)
    housing = part_of(referral, "cas3")
    assert housing["state"] == "held"
    tags = {driver.officer.get(housing["href"]).headers["ETag"]}
    if protected_meanwhile:
        change = {
            "kind": "victim_report",
            "details": "A victim is known.",
            "occurred_on": "2026-03-02",
            "source": "police",
            "standing": "established",
            "contacts": [QUIST],
        }
        said(driver.officer.post(f"{person_at('X320741')}/changes-of-circumstance", json=change), 201)
        assert driver.look(driver.officer, housing)["state"] == "incomplete"
        tags.add(driver.officer.get(housing["href"]).headers["ETag"])
    reworded = deepcopy(document)
    reworded["move_on"]["plan"] = "A room with a friend."
    driver.amend(referral, reworded)
    tags.add(driver.officer.get(housing["href"]).headers["ETag"])
    driver.clock.set("2026-03-16T00:30:00Z")
    open_what_may_be_sent()
    release_for_duty("cas3", "worker")

    opened = {"action": "open", "from_state": None, "to_state": "sent", "side": "service"}
    stands = {"correction": None, "corrected_by": None}
    assert as_read(driver, housing) == (
        1,
        [{**opened, **stands, "practitioner": None, "detail": {}}],
        [("destination_referral.sent", 1, {})],
    )
    history = [one["action"] for one in driver.look(driver.officer, housing)["moves"]]
    waited = ["find_incomplete", "hold"] if protected_meanwhile else []
    assert history == ["open", *waited, "send"]
    assert len(tags) == (3 if protected_meanwhile else 1)


def test_a_change_after_it_was_sent_raises_its_version(driver: Driver) -> None:
    part = part_of(driver.submit(), "crs", "accommodation")
    assert driver.look(driver.cast.crs, part)["version"] == 1
    driver.accept(driver.cast.crs, part)
    assert driver.look(driver.cast.crs, part)["version"] > 1
