"""What a destination reports has been, and what it offers is not long past."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import settle_in, without_mappa

pytestmark = pytest.mark.long

REPORTED = "Must not be after today, nor more than 2 years before it."
REPORTED_AT = "Must not be after now, nor more than 2 years before it."
STAY = "Must be from 4 weeks before today to 3 years after it."


def faults(answer: Any) -> dict[str, str]:
    return {fault["pointer"]: fault["detail"] for fault in said(answer, 422)["errors"]}


def offered_housing(driver: Driver, first: str, last: str) -> Json:
    """Offer Darren housing of CAS3 for these days, and have it confirmed."""
    document = darren_and_toby()
    document["destinations"][1]["annex"]["placement"]["start_date"] = first
    stay = part_of(driver.submit(document), "cas3")
    driver.accept(driver.cast.cas3, stay)
    driver.place(driver.cast.cas3, stay, "offer", expected_arrival=first, expected_departure=last)
    driver.place(driver.officer, stay, "confirm")
    return stay


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        ("1950-03-24", "1950-06-16", {"/expected_arrival": STAY, "/expected_departure": STAY}),
        ("2026-03-24", "2062-06-16", {"/expected_departure": STAY}),
    ],
)
def test_no_bed_is_offered_long_ago_or_long_ahead(
    driver: Driver, first: str, last: str, refused: dict[str, str]
) -> None:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    offered = driver.try_to_place(
        driver.cast.ap, stay, "offer", expected_arrival=first, expected_departure=last
    )
    assert faults(offered) == refused


def test_a_bed_of_the_weekend_is_put_on_record_on_monday(driver: Driver) -> None:
    stay = part_of(driver.submit(without_mappa()), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    nights = {"expected_arrival": "2026-02-28", "expected_departure": "2026-05-23"}
    driver.place(driver.cast.ap, stay, "offer", **nights)
    driver.place(driver.officer, stay, "confirm")
    arrived = driver.place(driver.cast.ap, stay, "record_arrival", arrived_on="2026-02-28")
    assert arrived["arrived_on"] == "2026-02-28"


@pytest.mark.parametrize("day", ["1990-03-24", "2026-03-29"])
def test_nobody_has_arrived_in_another_age_or_tomorrow(driver: Driver, day: str) -> None:
    stay = offered_housing(driver, "2026-03-28", "2026-06-20")
    driver.clock.set("2026-03-28T15:00:00Z")
    arrived = driver.try_to_place(driver.cast.cas3, stay, "record_arrival", arrived_on=day)
    assert faults(arrived) == {"/arrived_on": REPORTED}


@pytest.mark.parametrize(
    ("arrived_on", "taken"),
    [
        ("2026-03-28", True),
        ("2026-06-20", True),
        ("2026-06-21", False),
    ],
)
def test_nobody_arrives_after_the_days_offered(driver: Driver, arrived_on: str, taken: bool) -> None:
    stay = offered_housing(driver, "2026-03-28", "2026-06-20")
    driver.clock.set("2026-06-21T15:00:00Z")
    answer = driver.try_to_place(driver.cast.cas3, stay, "record_arrival", arrived_on=arrived_on)
    if taken:
        assert said(answer)["arrived_on"] == arrived_on
    else:
        assert faults(answer) == {
            "/arrived_on": "Must not be after the days offered, 2026-03-28 to 2026-06-20."
        }


def test_whoever_has_come_early_is_there_and_why_is_said(driver: Driver) -> None:
    """T9: with the 20 nights before the offer, 104 where at most 84 may be offered."""
    stay = offered_housing(driver, "2026-03-28", "2026-06-20")
    driver.clock.set("2026-03-08T15:00:00Z")
    early = {"arrived_on": "2026-03-08"}
    assert faults(driver.try_to_place(driver.cast.cas3, stay, "record_arrival", **early)) == {
        "/reason": "Missing: the days offered begin on 2026-03-28. Say why the person came before."
    }
    shown = driver.place(
        driver.cast.cas3, stay, "record_arrival", **early, reason="He stood at the door with his bag."
    )
    assert (shown["state"], shown["arrived_on"], shown["starts_on"]) == (
        "arrived",
        "2026-03-08",
        "2026-03-28",
    )
    assert shown["details"]["overstay_nights"] == 20
    open_ones = said(driver.officer.get("/v1/check-requests", referral_id=stay["referral_id"]))["items"]
    unanswered = [one for one in open_ones if one["state"] in {"requested", "awaiting_details"}]
    assert {(one["needed_by"], one["urgency"]) for one in unanswered} == {("2026-03-08T00:00:00Z", "urgent")}


def test_the_day_on_which_somebody_came_early_is_put_right_with_its_nights(driver: Driver) -> None:
    stay = offered_housing(driver, "2026-03-28", "2026-06-20")
    driver.clock.set("2026-03-29T15:00:00Z")
    driver.place(driver.cast.cas3, stay, "record_arrival", arrived_on="2026-03-28")
    put_right = {"arrived_on": "2026-03-26", "reason": "The gate of the prison opened on the Thursday."}
    shown = driver.correct_stay(driver.cast.cas3, stay, "record_arrival", said=put_right)
    assert shown["details"]["overstay_nights"] == 2


def test_whoever_comes_early_may_be_offered_the_earlier_days(driver: Driver) -> None:
    stay = offered_housing(driver, "2026-03-28", "2026-06-20")
    driver.clock.set("2026-03-08T15:00:00Z")
    driver.place(driver.cast.cas3, stay, "cancel", reason="The release was brought forward.")
    driver.place(
        driver.cast.cas3, stay, "offer", expected_arrival="2026-03-08", expected_departure="2026-05-31"
    )
    driver.place(driver.officer, stay, "confirm")
    arrived = driver.place(driver.cast.cas3, stay, "record_arrival", arrived_on="2026-03-08")
    assert arrived["state"] == "arrived"


def reported(driver: Driver, who: str, kind: str, content: Json) -> Any:
    """Report as one destination about Darren."""
    caller = getattr(driver.cast, who)
    part = part_of(driver.submit(), {"ap": "approved_premises"}.get(who, who))
    driver.accept(caller, part)
    return caller.post(
        f"/v1/destination-referrals/{part['id']}/updates", json={"kind": kind, "content": content}
    )


LEVEL = {"level": "3", "rationale": "Two agencies hold what the plan needs."}
BREACH, NEXT_YEAR = {"status": "established"}, "2027-03-01T23:10:00Z"


@pytest.mark.parametrize(
    ("who", "kind", "content", "refused"),
    [
        ("crs", "attendance", {"on": "2026-03-16T10:00:00Z", "attended": "yes"}, {"/on": REPORTED_AT}),
        ("crs", "attendance", {"on": "2026-03-16T10:00:00Z", "attended": "no"}, {"/on": REPORTED_AT}),
        ("crs", "attendance", {"on": "2026-03-16T10:00:00Z", "attended": "cancelled_by_provider"}, {}),
        ("crs", "attendance", {"on": "2026-02-27T10:00:00Z", "attended": "yes"}, {}),
        (
            "crs",
            "session",
            {"on": "2026-03-16T10:00:00Z", "minutes": 50, "summary": "Tenancies."},
            {"/on": REPORTED_AT},
        ),
        (
            "crs",
            "session",
            {"on": "2026-02-01T23:59:00Z", "minutes": 50, "summary": "Tenancies."},
            {"/on": "Is more than 4 weeks before the person was referred to you."},
        ),
        (
            "crs",
            "attendance",
            {"on": "2025-04-01T10:00:00Z", "attended": "yes"},
            {"/on": "Is more than 4 weeks before the person was referred to you."},
        ),
        ("crs", "attendance", {"on": "2026-02-02T00:00:00Z", "attended": "yes"}, {}),
        (
            "ap",
            "curfew_breach",
            BREACH | {"noticed_at": NEXT_YEAR},
            {"/noticed_at": REPORTED_AT},
        ),
        ("ap", "curfew_breach", BREACH | {"noticed_at": "2026-03-01T23:10:00Z"}, {}),
        (
            "ap",
            "missed_sign_in",
            {"due_at": "2026-03-01T21:00:00Z", "back_at": "2026-03-01T20:00:00Z"},
            {"/back_at": "Must not be before `due_at`."},
        ),
        ("mappa", "level_decision", LEVEL | {"decided_on": "2027-07-15"}, {"/decided_on": REPORTED}),
        (
            "mappa",
            "level_decision",
            LEVEL | {"decided_on": "2026-03-02", "review_on": "2026-03-01"},
            {"/review_on": "Must not be before `decided_on`."},
        ),
        ("mappa", "level_decision", LEVEL | {"decided_on": "2026-03-02", "review_on": "2026-06-01"}, {}),
    ],
)
def test_what_is_reported_has_happened(
    driver: Driver, who: str, kind: str, content: Json, refused: dict[str, str]
) -> None:
    answer = reported(driver, who, kind, content)
    if refused:
        assert faults(answer) == {f"/content{pointer}": words for pointer, words in refused.items()}
    else:
        assert said(answer, 201)["content"]


def test_what_was_planned_and_has_passed_since_keeps_nobody_from_amending(driver: Driver) -> None:
    referral = driver.submit(without_mappa())
    driver.clock.move(timedelta(days=400))
    document = driver.document(referral)
    assert document["release"]["date"] < driver.clock.at.date().isoformat()
    document["move_on"]["plan"] = "He looks for a flat of his own."
    assert driver.amend(referral, document)["current_version"] == 2


def test_a_repeat_is_answered_as_before_although_its_day_has_passed(driver: Driver) -> None:
    part = part_of(driver.submit(without_mappa()), "approved_premises")
    said(driver.cast.ap.get(f"{part['href']}/document"))
    path, body = (
        f"{part['href']}/transitions",
        {"action": "waitlist", "expected_by": "2026-03-04", "reason": "Full."},
    )
    tag = driver.cast.ap.get(part["href"]).headers["ETag"]
    first = said(driver.cast.ap.post(path, json=body, if_match=tag, idempotency_key="waits"))
    driver.clock.set("2026-03-05T09:00:00Z")
    assert said(driver.cast.ap.post(path, json=body, if_match=tag, idempotency_key="waits")) == first


def recorded(driver: Driver, kind: str, day: str) -> Any:
    """Record what happened to Darren on a day."""
    (found,) = said(driver.officer.post("/v1/people/search", json={"crn": "X320741"}))["found"]
    change = {"kind": kind, "occurred_on": day, "source": "practitioner", "standing": "established"}
    return driver.officer.post(f"{found['href']}/changes-of-circumstance", json=change)


def test_nothing_happened_to_somebody_before_their_birth(driver: Driver) -> None:
    born = driver.document(driver.submit())["person"]["date_of_birth"]
    before = (date.fromisoformat(born) - timedelta(days=1)).isoformat()
    assert faults(recorded(driver, "arrest", before)) == {"/occurred_on": "Is before the person was born."}
    assert said(recorded(driver, "arrest", born), 201)


def test_nobody_died_before_they_arrived(driver: Driver) -> None:
    settle_in(driver, without_mappa())
    assert faults(recorded(driver, "died", "2026-03-23")) == {
        "/occurred_on": "Is before the person arrived where they stay."
    }
    assert said(recorded(driver, "died", "2026-03-24"), 201)


def test_who_reports_a_death_learns_of_no_arrival_elsewhere(driver: Driver) -> None:
    """One of the two arrivals is a mistake: probation sees both, and each of the destinations its own."""
    document = without_mappa()
    document["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-24"
    referral = driver.submit(document)
    stays = {"2026-03-24": ("ap", "approved_premises"), "2026-03-28": ("cas3", "cas3")}
    for who, kind in stays.values():
        caller, stay = driver.cast.callers[who], part_of(referral, kind)
        driver.accept(caller, stay)
        nights = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
        driver.place(caller, stay, "offer", **nights)
        driver.place(driver.officer, stay, "confirm")
    for day, (who, kind) in stays.items():
        driver.clock.set(f"{day}T15:00:00Z")
        driver.place(driver.cast.callers[who], part_of(referral, kind), "record_arrival", arrived_on=day)
    left = {"departed_on": "2026-03-26", "departed_to": "died", "reason": "other"}
    stay = part_of(referral, "approved_premises")
    assert driver.place(driver.cast.ap, stay, "record_departure", **left)["state"] == "departed"
    person = said(driver.officer.get(f"/v1/people/{referral['person']['id']}"))
    assert person["died_on"] == "2026-03-26"


def test_nobody_lives_yet_where_they_will_live(driver: Driver) -> None:
    document = darren_and_toby()
    document["addresses"][0] |= {"kind": "current", "from": "2026-03-03", "to": "2026-06-03"}
    answer = driver.officer.post("/v1/referrals", json=document)
    assert faults(answer) == {"/addresses/0/from": "Must not be after today."}
    document["addresses"][0]["from"] = "2026-03-02"
    driver.submit(document)
