"""By when an answer is needed: the first of a release, an arrival and a hearing on record."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.referrals.actions.required_checks import needed_by
from service.timers.sweep import sweep
from tests.checks.factories import answer, police_answer
from tests.referrals.driver import Driver, part_of, said
from tests.referrals.samples import asking, darren_and_toby

pytestmark = pytest.mark.long

Json = dict[str, Any]

FAR, SOON = timedelta(days=200), timedelta(days=5)
HOME: Json = {
    "ref": "home", "kind": "current", "lines": ["1 Larkhill Street", "Leeds"], "postcode": "LS1 4AP",
    "police_force": "west-yorkshire", "local_authority": "E08000035",
}  # fmt: skip


@pytest.fixture
def today(driver: Driver) -> date:
    return driver.clock.at.date()


def to_premises(release: date) -> Json:
    """Darren's referral to approved premises alone, where he arrives on the day of his release."""
    document = asking(darren_and_toby(), lambda asked: asked["kind"] == "approved_premises")
    (asked,) = document["destinations"]
    annex = {**asked["annex"], "placement": {"start_same_as_release": True}}
    return {
        **document,
        "destinations": [{**asked, "annex": annex}],
        "release": {**document["release"], "date": release.isoformat()},
    }


def open_ones(driver: Driver) -> list[Json]:
    """Return what the police are asked and have not answered."""
    found = said(driver.officer.get("/v1/check-requests", limit=100))["items"]
    return [one for one in found if one["kind"] == "police_da" and one["state"] == "requested"]


def asked_by(driver: Driver) -> set[str | None]:
    """Return by when the police must have answered what is open."""
    return {one["needed_by"] for one in open_ones(driver)}


def changed(driver: Driver, person_id: str, kind: str, **more: Any) -> None:
    given = {
        "kind": kind,
        "occurred_on": driver.clock.at.date().isoformat(),
        "source": "practitioner",
        "standing": "established",
        "details": "The prison rang.",
        **more,
    }
    path = f"/v1/people/{person_id}/changes-of-circumstance"
    assert driver.officer.post(path, json=given).status_code == 201


def all_answered(driver: Driver) -> None:
    for agency in (driver.cast.police, driver.cast.other_police):
        for one in said(agency.get("/v1/check-requests", limit=100))["items"]:
            if one["state"] == "requested":
                assert answer(agency, one["id"], police_answer()).status_code == 201


def days(*found: date) -> set[str]:
    return {one.isoformat() for one in found}


def in_days(found: set[str | None]) -> set[str]:
    """Return the days in which London is at some moments."""
    return {(one or "None")[:10] if one is None or one[11:13] == "00" else next_day(one) for one in found}


def next_day(moment: str) -> str:
    return (date.fromisoformat(moment[:10]) + timedelta(days=1)).isoformat()


def test_what_is_asked_after_the_release_has_come_nearer_is_needed_by_its_new_day(
    driver: Driver, today: date
) -> None:
    referral = driver.submit(to_premises(today + FAR))
    person = referral["person"]["id"]
    all_answered(driver)
    changed(driver, person, "release_date_changed", release_date=(today + SOON).isoformat())
    changed(driver, person, "police_call_out")
    assert in_days(asked_by(driver)) == days(today + SOON)


def test_a_placement_that_begins_first_is_when_the_answers_are_needed(driver: Driver, today: date) -> None:
    del driver  # for its clock
    start = today + timedelta(days=3)

    def asking_for(**placement: Any) -> Json:
        return {"destinations": [{"kind": "approved_premises", "annex": {"placement": placement}}]}

    def on(document: Json) -> date | None:
        found = needed_by(document)
        return found and found.date()

    community = asking_for(start_date=start.isoformat())
    custody = community | {"release": {"date": (today + SOON).isoformat()}}
    same = asking_for(start_same_as_release=True, start_date=start.isoformat())
    begun = asking_for(start_date=(today - SOON).isoformat())
    assert [on(one) for one in (community, custody, same, begun)] == [start, start, None, None]


def test_an_arrival_that_is_confirmed_pulls_what_is_asked_forward(driver: Driver, today: date) -> None:
    referral = driver.submit(to_premises(today + FAR))
    stay = part_of(referral, "approved_premises")
    driver.accept(driver.cast.ap, stay)
    arrives = today + timedelta(days=4)
    leaves = (today + timedelta(days=60)).isoformat()
    driver.place(
        driver.cast.ap, stay, "offer", expected_arrival=arrives.isoformat(), expected_departure=leaves
    )
    assert in_days(asked_by(driver)) == days(today + FAR)
    driver.place(driver.officer, stay, "confirm")
    assert in_days(asked_by(driver)) == days(arrives)


def opened(driver: Driver, **dates: date) -> str:
    """Open a case for a report to a court, with his home; return the person's id."""
    document = {
        "because": "pre_sentence_report",
        "person": {"crn": "X320999", "name": {"given": "Larry", "family": "Penhallow"},
                   "date_of_birth": "1979-03-14"},
        "household": {"children": "no", "contacts": []},
        "addresses": [HOME],
        **{name: day.isoformat() for name, day in dates.items()},
    }  # fmt: skip
    return str(said(driver.officer.post("/v1/people", json=document), 201)["person_id"])


def test_a_case_is_opened_of_somebody_who_was_released_years_ago(driver: Driver, today: date) -> None:
    """On a long licence: a referral took the day, and an opening refused it."""
    opened(driver, release_date=today - timedelta(days=1000))
    assert asked_by(driver)


def test_a_release_that_may_wait_leaves_the_hearing_where_it_is(driver: Driver, today: date) -> None:
    hearing = today + timedelta(days=8)
    person = opened(driver, hearing_date=hearing, release_date=today + timedelta(days=30))
    later = (today + FAR).isoformat()
    changed(driver, person, "release_date_changed", release_date=later, may_wait=True)
    assert in_days(asked_by(driver)) == days(hearing)
    all_answered(driver)
    changed(driver, person, "police_call_out")
    assert in_days(asked_by(driver)) == days(hearing)
    all_answered(driver)
    driver.clock.move(timedelta(days=9))
    changed(driver, person, "police_call_out")
    assert in_days(asked_by(driver)) == days(today + FAR), "a hearing that has been needs nothing"


def test_a_hearing_today_is_to_come_for_every_agency_until_the_day_is_over(
    driver: Driver, today: date
) -> None:
    person = opened(driver, hearing_date=today)
    all_answered(driver)
    changed(driver, person, "police_call_out")
    assert in_days(asked_by(driver)) == days(today)
    driver.clock.move(timedelta(days=1))
    all_answered(driver)
    changed(driver, person, "police_call_out")
    assert asked_by(driver) == {None}


def answers_due(driver: Driver) -> set[str]:
    """Return when the clocks of what is open say that the police are late."""
    return {
        ticking["due_at"]
        for one in open_ones(driver)
        for ticking in one["clocks"]
        if ticking["timer"] == "answer"
    }


def test_a_hearing_that_is_brought_forward_pulls_the_checks_and_their_clocks_with_it(
    driver: Driver, today: date
) -> None:
    person = opened(driver, hearing_date=today + timedelta(days=30))
    late = answers_due(driver)
    changed(driver, person, "hearing_date_changed", hearing_date=(today + timedelta(days=3)).isoformat())
    assert in_days(asked_by(driver)) == days(today + timedelta(days=3))
    assert max(answers_due(driver)) < min(late)


def test_a_hearing_that_is_put_off_leaves_what_is_asked_unless_somebody_says_that_it_may_wait(
    driver: Driver, today: date
) -> None:
    first, later = today + timedelta(days=3), (today + timedelta(days=40)).isoformat()
    person = opened(driver, hearing_date=first, release_date=today + FAR)
    before = answers_due(driver)
    changed(driver, person, "hearing_date_changed", hearing_date=later)
    assert (in_days(asked_by(driver)), answers_due(driver)) == (days(first), before)
    changed(driver, person, "hearing_date_changed", hearing_date=later, may_wait=True)
    assert in_days(asked_by(driver)) == {later}
    assert min(answers_due(driver)) > max(before)
    all_answered(driver)
    changed(driver, person, "police_call_out")
    assert in_days(asked_by(driver)) == {later}


def test_without_its_hearing_a_case_is_needed_by_the_release_again_or_by_no_day(
    driver: Driver, today: date
) -> None:
    person = opened(driver, hearing_date=today + timedelta(days=8), release_date=today + FAR)
    changed(driver, person, "hearing_vacated")
    assert in_days(asked_by(driver)) == days(today + timedelta(days=8)), "later puts nothing off"
    changed(driver, person, "hearing_vacated", may_wait=True)
    assert in_days(asked_by(driver)) == days(today + FAR)
    all_answered(driver)
    changed(driver, person, "police_call_out")
    assert in_days(asked_by(driver)) == days(today + FAR)


def test_a_hearing_of_a_case_that_had_none_is_recorded_too(driver: Driver, today: date) -> None:
    person = driver.submit(to_premises(today + FAR))["person"]["id"]
    hearing = today + timedelta(days=20)
    changed(driver, person, "hearing_date_changed", hearing_date=hearing.isoformat())
    assert in_days(asked_by(driver)) == days(hearing)
    changed(driver, person, "hearing_vacated", may_wait=True)
    assert in_days(asked_by(driver)) == days(today + FAR)


@pytest.mark.parametrize(
    ("kind", "more", "at"),
    [
        ("hearing_date_changed", {}, "/hearing_date"),
        ("hearing_vacated", {"hearing_date": "2026-04-01"}, "/hearing_date"),
        ("arrest", {"hearing_date": "2026-04-01"}, "/hearing_date"),
        ("hearing_vacated", {"standing": "alleged"}, "/standing"),
        ("hearing_vacated", {"details": None}, "/details"),
        ("arrest", {"may_wait": True}, "/may_wait"),
    ],
)
def test_a_hearing_is_changed_with_its_day_and_a_reason(
    driver: Driver, today: date, kind: str, more: Json, at: str
) -> None:
    person = opened(driver, hearing_date=today + SOON)
    given = {
        "kind": kind, "occurred_on": today.isoformat(), "source": "court", "standing": "established",
        "details": "The court listed it anew.", **more,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    refused = driver.officer.post(f"/v1/people/{person}/changes-of-circumstance", json=given)
    assert refused.status_code == 422
    assert at in {one["pointer"] for one in refused.get_json()["errors"]}


def test_the_day_of_a_hearing_is_put_right_by_another_and_not_refuted(driver: Driver, today: date) -> None:
    person = opened(driver, hearing_date=today + timedelta(days=8))
    path = f"/v1/people/{person}/changes-of-circumstance"
    given = {
        "kind": "hearing_date_changed", "occurred_on": today.isoformat(), "source": "court",
        "standing": "established", "details": "Listed anew.",
        "hearing_date": (today + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    recorded = said(driver.officer.post(path, json=given), 201)
    assert recorded["hearing_date"] == given["hearing_date"]
    refuting = given | {"standing": "refuted", "follows": recorded["id"]}
    assert driver.pdu_head.post(path, json=refuting).status_code == 422


def test_a_release_that_may_wait_puts_back_what_waited_for_it(driver: Driver, today: date) -> None:
    person = opened(driver, release_date=today + timedelta(days=30))
    later = today + FAR
    changed(driver, person, "release_date_changed", release_date=later.isoformat(), may_wait=True)
    assert in_days(asked_by(driver)) == days(later)


@pytest.mark.parametrize("referred", [False, True])
def test_a_later_release_that_was_not_so_leaves_everything_needed_by_the_day_before_it(
    driver: Driver, today: date, referred: bool
) -> None:
    """Whether a case was opened without a referral, or none of its referrals is open any more."""
    first = today + timedelta(days=30)
    if referred:
        referral = driver.submit(to_premises(first))
        person = referral["person"]["id"]
        driver.move(
            driver.officer, part_of(referral, "approved_premises"), "withdraw", reason="no_longer_needed"
        )
    else:
        person = opened(driver, release_date=first)
    path = f"/v1/people/{person}/changes-of-circumstance"
    later = {
        "kind": "release_date_changed", "occurred_on": today.isoformat(), "source": "prison",
        "standing": "established", "release_date": (today + FAR).isoformat(), "may_wait": True,
        "details": "The parole board adjourned.",
    }  # fmt: skip
    driver.clock.move(timedelta(hours=1))
    wrong = said(driver.officer.post(path, json=later), 201)
    assert in_days(asked_by(driver)) == days(today + FAR)
    driver.clock.move(timedelta(hours=1))
    changed(driver, person, "arrest")
    driver.clock.move(timedelta(hours=1))
    refuted = {
        "kind": "release_date_changed", "occurred_on": today.isoformat(), "source": "prison",
        "standing": "refuted", "follows": wrong["id"], "details": "That was somebody else.",
    }  # fmt: skip
    said(driver.pdu_head.post(path, json=refuted), 201)
    assert in_days(asked_by(driver)) == days(first)
    all_answered(driver)
    changed(driver, person, "police_call_out")
    assert in_days(asked_by(driver)) == days(first), "what is asked from now on, too"


def test_a_release_that_turns_out_to_have_been_makes_what_is_asked_urgent_from_now(
    driver: Driver, today: date
) -> None:
    referral = driver.submit(to_premises(today + FAR))
    been = (today - timedelta(days=3)).isoformat()
    changed(driver, referral["person"]["id"], "release_date_changed", release_date=been)
    asked = open_ones(driver)
    assert asked
    assert {one["urgency"] for one in asked} == {"urgent"}
    now = driver.clock.at.isoformat()[:16]
    for one in asked:
        (ticking,) = (clock for clock in one["clocks"] if clock["timer"] == "answer")
        assert (ticking["overdue"], ticking["due_at"] > now) == (False, True), "nobody is late at once"


@pytest.mark.parametrize(
    ("released", "ask_by"),
    [
        (0, "2026-03-02T11:00:00Z"),
        (1, "2026-03-02T13:00:00Z"),
        (-3, "2026-03-02T13:00:00Z"),
        (30, "2026-03-03T17:00:00Z"),
    ],
)
def test_what_is_still_to_be_asked_is_asked_while_it_can_be_answered(
    driver: Driver, today: date, released: int, ask_by: str
) -> None:
    """Probation's own duty to ask of an address whose force is not known."""
    document = to_premises(today + timedelta(days=released))
    document["addresses"] = [{**HOME, "police_force": None}]
    for one in document["household"]["contacts"]:
        one.pop("lives_at", None)
    driver.submit(document)
    found = said(driver.officer.get("/v1/check-requests", limit=100))["items"]
    waiting = [one for one in found if one["kind"] == "police_da" and one["state"] == "awaiting_details"]
    assert {clock["due_at"] for one in waiting for clock in one["clocks"] if clock["timer"] == "ask"} == {
        ask_by
    }


def steps(driver: Driver) -> list[str]:
    sweep(driver.clock.at)
    found = said(driver.officer.get("/v1/escalations", limit="200"))["items"]
    return [one["step"] for one in found if one["step"].startswith("hard_date")]


def a_case(driver: Driver, **days: str) -> None:
    case = {
        "because": "pre_sentence_report",
        "person": {
            "crn": "X320799",
            "name": {"given": "Noah", "family": "Quarmby"},
            "date_of_birth": "1991-04-05",
            "sex": "male",
        },
        "addresses": [HOME],
        **days,
    }
    said(driver.officer.post("/v1/people", json=case), 201)


def test_a_hearing_that_is_still_to_come_is_what_it_is_needed_by_after_a_release_long_ago(
    driver: Driver, today: date
) -> None:
    hearing = (today + timedelta(days=8)).isoformat()
    a_case(driver, release_date=(today - timedelta(days=200)).isoformat(), hearing_date=hearing)
    assert {(one["needed_by"], one["urgency"]) for one in open_ones(driver)} == {
        (f"{hearing}T00:00:00Z", "urgent")
    }
    driver.clock.set(f"{hearing}T09:00:00Z")
    assert steps(driver)


def test_after_the_first_day_it_is_needed_by_the_next(driver: Driver, today: date) -> None:
    release, hearing = today + timedelta(days=18), today + timedelta(days=40)
    a_case(driver, release_date=release.isoformat(), hearing_date=hearing.isoformat())
    driver.clock.set(f"{release.isoformat()}T09:00:00Z")
    first = len(steps(driver))
    assert first
    assert {next_day(one["needed_by"]) for one in open_ones(driver)} == {hearing.isoformat()}
    driver.clock.set(f"{hearing.isoformat()}T09:00:00Z")
    assert len(steps(driver)) == 2 * first
