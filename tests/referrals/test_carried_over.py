"""What waited before there was a clock for it is counted from now on, and the first sweep sends nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service import clock, db
from service.referrals.actions.carried_over import WhatWaited
from service.timers.sweep import sweep
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import toby
from tests.referrals.stays import ADDRESS, settle_in, without_mappa

NEW = ("probation_move", "completion", "placement")
OF_THIS_RELEASE = """
    state <> 'stopped' AND (subject_kind = ANY(:kinds) OR timer = 'agreement' OR (
        timer = 'answer' AND subject_id IN (
            SELECT id FROM destination_referral WHERE state IN ('deferred', 'waitlisted')
        )
    ))
"""


def as_before() -> None:
    """Leave of the clocks of this release what the release before would have left: none that runs."""
    with db.transaction("owner") as session:
        session.execute(text("ALTER TABLE clock DISABLE TRIGGER USER"))
        session.execute(
            text(
                "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL,"
                f" stopped_at = started_at, stop_reason = 'not_timed' WHERE {OF_THIS_RELEASE}"
            ),
            {"kinds": list(NEW)},
        )
        session.execute(text("ALTER TABLE clock ENABLE TRIGGER USER"))


def running() -> dict[tuple[str, str], tuple[object, object]]:
    """Return by subject and timer when each clock that runs was anchored, and since when it is exposed."""
    with db.transaction("owner") as session:
        found = session.execute(
            text(f"SELECT subject_id::text, timer, anchor, exposed_since FROM clock WHERE {OF_THIS_RELEASE}"),
            {"kinds": list(NEW)},
        )
        return {(one.subject_id, one.timer): (one.anchor, one.exposed_since) for one in found}


def fired() -> int:
    with db.transaction("owner") as session:
        count: int = session.execute(text("SELECT count(*) FROM clock_firing")).scalar_one()
        return count


@pytest.fixture
def waiting(driver: Driver) -> set[tuple[str, str]]:
    """A question that nobody has answered, an arrival that nobody has recorded, and a gap."""
    document = without_mappa()
    document["urgency"] = "routine"
    lacking = next(one for one in document["destinations"] if one["kind"] == "crs")
    del lacking["annex"]["complexity"]
    referral = driver.submit(document)
    stay, gap = part_of(referral, "approved_premises"), part_of(referral, "crs", lacking["service_category"])
    driver.accept(driver.cast.ap, stay)
    days: Json = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **days)
    driver.place(driver.officer, stay, "confirm")
    asked = part_of(driver.submit(toby()), "crs")
    driver.move(driver.cast.crs, asked, "receive")
    driver.move(driver.cast.crs, asked, "request_information", question="Which floor can he manage?")
    late = part_of(driver.submit(toby() | {"submission_reference": "T-2"}), "crs")
    driver.move(driver.cast.crs, late, "receive")
    driver.move(driver.cast.crs, late, "defer", reason="Full.", not_before="2026-04-01")
    owed = {"completion": gap, "arrival": stay, "information": asked, "answer": late}
    return {(part["id"], timer) for timer, part in owed.items()}


def test_what_waited_is_counted_from_now_with_the_time_it_has_really_waited(
    driver: Driver, waiting: set[tuple[str, str]]
) -> None:
    since = clock.now()
    assert waiting <= running().keys()
    as_before()
    assert running() == {}
    driver.clock.move(timedelta(days=40))
    sweep(driver.clock.at)
    before = fired()

    WhatWaited()(driver.clock.at)
    found = running()
    assert waiting <= found.keys()
    assert {found[one] for one in waiting} == {(driver.clock.at, since)}
    sweep(driver.clock.at)
    assert fired() == before, "the first sweep sends nothing"

    listed = said(driver.officer.get("/v1/work", limit=100))["items"]
    over = {(one["subject"]["id"], one["timer"]) for one in listed if one["carried_over"]}
    assert over == found.keys() & {(one["subject"]["id"], one["timer"]) for one in listed}

    WhatWaited()(driver.clock.at)
    assert running() == found, "whoever looks again finds the same"
    driver.clock.move(timedelta(days=14))
    sweep(driver.clock.at)
    assert fired() > before


def test_an_agreement_to_an_address_has_been_owed_since_the_address_was_proposed(driver: Driver) -> None:
    referral, stay = settle_in(driver)
    mappa = part_of(referral, "mappa")
    driver.accept(driver.cast.mappa, mappa)
    driver.place(driver.officer, stay, "propose_move_on", address=ADDRESS)
    since = clock.now()
    as_before()
    driver.clock.move(timedelta(days=40))
    sweep(driver.clock.at)
    before = fired()
    WhatWaited()(driver.clock.at)
    assert running()[mappa["id"], "agreement"] == (driver.clock.at, since)
    sweep(driver.clock.at)
    assert fired() == before, "the first sweep sends nothing"


def test_a_worker_looks_once(driver: Driver, waiting: set[tuple[str, str]]) -> None:
    chore = WhatWaited()
    chore(driver.clock.at)
    as_before()
    chore(driver.clock.at)
    assert not waiting & running().keys()


AS_OWED_BEFORE = """
UPDATE clock SET timer = 'completion', owner_role = 'practitioner', policy_id = (
    SELECT id FROM policy WHERE key = 'referral.incomplete' AND responder_id IS NULL
    ORDER BY version DESC LIMIT 1
) WHERE subject_kind = 'completion' AND timer = 'registration'
"""
"""What the release before would have left of a registration: the practitioner owes it."""


def test_a_registration_that_a_practitioner_owed_before_is_the_regions(driver: Driver) -> None:
    with db.transaction("owner") as session:
        session.execute(text("DELETE FROM responsibility WHERE duty = 'approved_premises'"))
    part = part_of(driver.submit(without_mappa()), "approved_premises")
    with db.transaction("owner") as session:
        session.execute(text("ALTER TABLE clock DISABLE TRIGGER USER"))
        session.execute(text(AS_OWED_BEFORE))
        session.execute(text("ALTER TABLE clock ENABLE TRIGGER USER"))
    since = clock.now()
    of_part = {(part["id"], "completion")}
    assert of_part <= running().keys()
    driver.clock.move(timedelta(days=40))
    WhatWaited()(driver.clock.at)
    found = running()
    assert not of_part & found.keys()
    assert found[part["id"], "registration"] == (driver.clock.at, since)
