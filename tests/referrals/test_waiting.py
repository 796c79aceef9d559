"""What has to wait goes out by itself, once, when the reason to wait has ended."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from service import db
from service.referrals.actions import open_what_may_be_sent
from tests.referrals.driver import Driver, part_of, said
from tests.referrals.samples import asking, darren_and_toby


def test_it_is_held_until_the_destination_takes_anybody(driver: Driver) -> None:
    referral = driver.submit()
    housing = part_of(referral, "cas3")
    assert (housing["state"], housing["held_until"]) == ("held", "2026-03-16")
    assert driver.cast.cas3.get(housing["href"]).status_code == 404
    driver.clock.set("2026-03-15T12:00:00Z")
    assert open_what_may_be_sent() == 0

    driver.clock.set("2026-03-16T00:30:00Z")
    assert open_what_may_be_sent() == 1
    shown = driver.look(driver.officer, housing)
    assert (shown["state"], shown["sent_at"]) == ("sent", "2026-03-16T00:30:00Z")
    assert said(driver.cast.cas3.get(f"{housing['href']}/document"))["version"] == 1
    assert open_what_may_be_sent() == 0
    told = said(driver.cast.cas3.get("/v1/events"))["items"]
    assert told[0]["event"] == "destination_referral.sent"


def test_any_number_of_workers_send_it_once(driver: Driver) -> None:
    for number in range(4):
        driver.submit(darren_and_toby(f"R{number}", crn=f"X00000{number}"))
    driver.clock.set("2026-03-17T08:00:00Z")
    with ThreadPoolExecutor(3) as workers:
        opened = list(workers.map(lambda _: open_what_may_be_sent(), range(3)))
    assert sum(opened) == 4
    with db.transaction("owner") as session:
        sent = session.scalars(
            text("SELECT count(*) FROM event WHERE name = 'destination_referral.sent' GROUP BY subject_id")
        ).all()
    assert set(sent) == {1}


def test_cas3_waits_for_help_with_a_home_to_be_under_way(driver: Driver) -> None:
    document = darren_and_toby()
    document["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-30"
    complexity = document["destinations"][2]["annex"].pop("complexity")
    referral = driver.submit(document)
    housing = part_of(referral, "cas3")
    assert housing["state"] == "blocked"
    assert [block["code"] for block in housing["blocked_by"]] == ["accommodation_referral_missing"]
    assert driver.cast.cas3.get(housing["href"]).status_code == 404

    document["destinations"][2]["annex"]["complexity"] = complexity
    amended = driver.amend(referral, document)
    assert part_of(amended, "crs", "accommodation")["state"] == "sent"
    assert part_of(amended, "cas3")["state"] == "sent"


def test_a_decline_elsewhere_blocks_what_still_waits(driver: Driver) -> None:
    referral = driver.submit()
    provider = part_of(referral, "crs", "accommodation")
    driver.move(driver.officer, provider, "withdraw", reason="No longer wanted.")
    housing = driver.look(driver.officer, part_of(referral, "cas3"))
    assert housing["state"] == "blocked"


def test_refused_consent_blocks_housing_and_no_check(driver: Driver) -> None:
    document = darren_and_toby()
    document["consent"]["cas3"] = False
    referral = driver.submit(document)
    assert "consent_refused" in {b["code"] for b in part_of(referral, "cas3")["blocked_by"]}
    with db.transaction("owner") as session:
        assert session.scalar(text("SELECT count(*) FROM safety_check")) == 2


def test_what_it_waits_for_may_come_with_another_referral(driver: Driver) -> None:
    whole = darren_and_toby("HOUSING")
    whole["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-30"
    housing = asking(whole, lambda one: one["kind"] == "cas3")
    waiting = part_of(driver.submit(housing), "cas3")
    assert waiting["state"] == "blocked"
    help_with_a_home = asking(
        darren_and_toby("HELP"), lambda one: one.get("service_category") == "accommodation"
    )
    driver.submit(help_with_a_home)
    assert driver.look(driver.officer, waiting)["state"] == "sent"
